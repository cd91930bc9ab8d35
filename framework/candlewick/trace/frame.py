"""Stand-in frames: columns by name, for ``pd.concat``, ``pd.DataFrame`` and the transform half of a fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from candlewick.trace import standin
from candlewick.trace.standin import BINARY, COMPARISON, StandFrame, call, is_column, is_number, node_of, series
from candlewick.trace.tracing import active

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def frame(columns: Mapping[Any, Any]) -> StandFrame:
    """A stand-in frame of stand-in columns."""
    made = object.__new__(StandFrame)
    object.__getattribute__(made, "__dict__")["columns_by_name"] = {
        name: node_of(item) for name, item in columns.items()
    }
    return made


def columns_of(value: Any) -> dict[Any, Any]:
    """The columns of a stand-in frame, as stand-ins of their own."""
    held = object.__getattribute__(value, "__dict__")["columns_by_name"]
    return {name: series(made, standin.entry_frame()) for name, made in held.items()}


def by_column(value: Any, other: Any, names: Any) -> Callable[[Any], Any]:
    """What stands beside each column: one number, a number for each, or the same column of another frame."""
    if isinstance(other, StandFrame):
        others = columns_of(other)
        if list(others) != list(names):
            active().refuse(
                "two frames of different columns are combined", "select the same columns of both", "trace-columns"
            )
        return others.__getitem__
    if isinstance(other, pd.Series) and not is_column(other):
        known = {key: float(other[key]) for key in other.index} if other.index.is_unique else {}
        missing = [name for name in names if name not in known]
        if missing or set(known) - set(names):
            active().refuse(
                f"a Series by column that lacks columns of the frame: {', '.join(map(str, missing)) or 'or has more'}",
                "select the same columns of both",
                "trace-columns",
            )
        return known.__getitem__
    if is_number(other):
        return lambda _: other
    del value
    return active().refuse(
        f"a frame beside a {type(other).__name__}", "use a number, or a Series by column", "trace-unsupported-operand"
    )


def mapped(subject: Any, make: Callable[[Any, Any], Any]) -> StandFrame:
    """A frame of what ``make(name, column)`` gives."""
    return frame({name: make(name, column) for name, column in columns_of(subject).items()})


def _binary(key: str, *, swap: bool) -> Any:
    def operator(self: Any, other: Any) -> Any:
        beside = by_column(self, other, columns_of(self))
        return mapped(self, lambda name, x: call(key, None, (((beside(name), x) if swap else (x, beside(name))), {})))

    return operator


def _reduced(name: str) -> Any:
    """A reduction over the columns of each candle; missing ones are skipped, as pandas does."""

    def method(self: Any, axis: Any = 0, skipna: Any = True, numeric_only: Any = False, min_count: Any = 0) -> Any:
        if axis not in (1, "columns") or skipna is not True or numeric_only is not False or min_count != 0:
            active().refuse(
                f"{name}() over candles, or with more than axis=1", f"write {name}(axis=1)", "trace-whole-column"
            )
        columns = list(columns_of(self).values())
        if not columns or any(item is None or node_of(item).dtype == "bool" for item in columns):  # type: ignore[union-attr]
            active().refuse(f"{name}(axis=1) of no columns or of bool ones", "write .astype(float) first")
        if name in {"max", "min"}:
            result = columns[0]
            for column in columns[1:]:
                result = call("np.fmax" if name == "max" else "np.fmin", None, ((result, column), {}))
            return result
        total, count = 0.0, 0.0
        for column in columns:
            there = column.notna()
            total = column.where(there, 0.0) + total
            count = there.astype(float) + count
        return total if name == "sum" else total / count

    return method


def _method(name: str, *by_column_arguments: str, across: bool = True) -> Any:
    """A method of each column; the arguments named may be a Series by column.

    ``across``: whether axis=1 says that they are by column; of ``shift`` and ``diff`` it means from column to column.
    """

    def method(self: Any, *given: Any, **keywords: Any) -> Any:
        names = list(columns_of(self))
        if len(given) > len(by_column_arguments):
            active().refuse(f"{name}() of a frame with {len(given)} arguments", f"write {name}(value)")
        keywords = dict(zip(by_column_arguments, given, strict=False)) | keywords
        axis = keywords.pop("axis", None)
        if axis not in ((None, 1, "columns") if across else (None, 0, "index")):
            active().refuse(
                f"{name}(axis={axis!r}) of a frame",
                f"leave axis out, or write it column by column: frame[name].{name}()",
            )
        beside = {
            key: by_column(self, value, names)
            for key, value in keywords.items()
            if key in by_column_arguments and value is not None and not isinstance(value, str)
        }

        def one(column_name: Any, column: Any) -> Any:
            arguments = {key: beside[key](column_name) if key in beside else value for key, value in keywords.items()}
            return getattr(column, name)(**arguments)

        return mapped(self, one)

    return method


def getitem(self: Any, key: Any) -> Any:
    """``frame["close"]`` and ``frame[["close", "open"]]``."""
    columns = columns_of(self)
    names = list(key) if isinstance(key, list | pd.Index) else [key]
    for name in names:
        if not isinstance(name, str) or name not in columns:
            active().refuse(
                f"frame[{standin.describe(name)}]: no such column",
                f"columns: {', '.join(map(str, columns))}",
                "trace-unknown-column",
            )
    return frame({name: columns[name] for name in names}) if isinstance(key, list | pd.Index) else columns[key]


def setitem(self: Any, key: Any, value: Any) -> None:
    """``frame["name"] = column`` on a frame the function made itself."""
    held = object.__getattribute__(self, "__dict__")
    if held.get("owner") is not standin.entry_frame():
        active().refuse("an input frame is changed in place", "change a copy: frame = frame.copy()", "trace-mutation")
    if not isinstance(key, str) or not (is_column(value) or is_number(value)):
        active().refuse("frame[...] = ... of something else than one column", 'write frame["name"] = column')
    made = node_of(value) if is_column(value) else standin.constant_column(value)
    held["columns_by_name"] = {**held["columns_by_name"], key: made}


def copy(self: Any, deep: bool = True) -> Any:
    """The same columns in a frame that may be changed."""
    del deep
    made = frame(columns_of(self))
    object.__getattribute__(made, "__dict__")["owner"] = standin.entry_frame()
    return made


def assign(self: Any, **columns: Any) -> Any:
    """``frame.assign(name=column)``."""
    result = dict(columns_of(self))
    for name, value in columns.items():
        item = value(frame(result)) if callable(value) and not is_column(value) else value
        result[name] = item if is_column(item) else series(standin.constant_column(item), None)
    return frame(result)


def concat(objs: Any, *, axis: Any = 0, keys: Any = None, join: str = "outer", **rest: Any) -> Any:
    """``pd.concat([...], axis=1)`` of columns and frames."""
    if axis not in (1, "columns") or rest or join not in {"outer", "inner"}:
        active().refuse("pd.concat of columns along candles", "write pd.concat([...], axis=1)", "trace-concat")
    items = list(objs.items()) if isinstance(objs, dict) else list(enumerate(objs))
    if keys is not None:
        items = list(zip(keys, (item for _, item in items), strict=True))
    columns: dict[Any, Any] = {}
    for key, item in items:
        parts = columns_of(item) if isinstance(item, StandFrame) else {key: item}
        for name, part in parts.items():
            if not is_column(part) or name in columns:
                active().refuse("pd.concat of something else than columns of different names", "concat columns only")
            columns[name] = part
    return frame(columns)


def takes_concat(objs: Any = (), *_: Any, **__: Any) -> bool:
    """Whether a concat is ours: a list or mapping that holds a stand-in."""
    items = objs.values() if isinstance(objs, dict) else objs
    return isinstance(items, list | tuple | type({}.values())) and any(
        is_column(item) or isinstance(item, StandFrame) for item in items
    )


METHODS: dict[str, Any] = {
    "fillna": _method("fillna", "value"),
    "clip": _method("clip", "lower", "upper"),
    "abs": _method("abs"),
    "isna": _method("isna"),
    "notna": _method("notna"),
    "round": _method("round", "decimals"),
    "astype": _method("astype", "dtype"),
    "shift": _method("shift", "periods", across=False),
    "diff": _method("diff", "periods", across=False),
    "ffill": _method("ffill", across=False),
    "where": None,
    "max": _reduced("max"),
    "min": _reduced("min"),
    "sum": _reduced("sum"),
    "mean": _reduced("mean"),
    "copy": copy,
    "assign": assign,
    "__getitem__": getitem,
    "__setitem__": setitem,
}
for _name, _key in {**BINARY, **COMPARISON}.items():
    METHODS[f"__{_name}__"] = _binary(_key, swap=False)
    METHODS[_name] = None
for _name, _key in BINARY.items():
    METHODS[f"__r{_name}__"] = _binary(_key, swap=True)
METHODS |= {
    "sub": METHODS["__sub__"], "subtract": METHODS["__sub__"], "add": METHODS["__add__"], "mul": METHODS["__mul__"],
    "multiply": METHODS["__mul__"], "div": METHODS["__truediv__"], "divide": METHODS["__truediv__"],
    "truediv": METHODS["__truediv__"],
    "__neg__": lambda self: mapped(self, lambda _, x: -x),
    "__invert__": lambda self: mapped(self, lambda _, x: ~x),
    "__abs__": lambda self: mapped(self, lambda _, x: abs(x)),
}  # fmt: skip
METHODS = {name: method for name, method in METHODS.items() if method is not None}


def getattribute(self: Any, name: str) -> Any:
    """The methods above, a column by its name, ``columns`` and ``index``; nothing else."""
    if name in {"__class__", "__doc__", "__module__", "__array_ufunc__"}:
        return object.__getattribute__(self, name)
    if name in METHODS:
        method = METHODS[name]
        return lambda *given, **keywords: method(self, *given, **keywords)
    held = object.__getattribute__(self, "__dict__")["columns_by_name"]
    if name == "columns":
        return pd.Index(list(held))
    if name == "index":
        return standin.IndexToken()
    if name in held:
        return columns_of(self)[name]
    return active().refuse(
        f"{name} of a frame has no streaming form",
        f"covered: {', '.join(n for n in METHODS if n[0] != '_')}",
        "trace-unknown-spelling",
    )


def array_ufunc(self: Any, ufunc: Any, method: str, *inputs: Any, **keywords: Any) -> Any:
    """``np.log(frame)``: of each column."""
    if method != "__call__" or keywords or any(isinstance(item, StandFrame) and item is not self for item in inputs):
        return active().refuse(f"np.{ufunc.__name__} of frames", "use it column by column")
    names = list(columns_of(self))
    beside = [None if item is self else by_column(self, item, names) for item in inputs]
    return mapped(self, lambda name, x: ufunc(*(x if given is None else given(name) for given in beside)))


def set_attribute(self: Any, name: str, value: Any) -> None:
    """Refused: attributes change frames in place."""
    del self, value
    active().refuse(f"frame.{name} = ...", 'write frame["name"] = column', "trace-mutation")


for _name in dir(pd.DataFrame):
    if _name.startswith("__") and _name.endswith("__") and _name not in standin.SAFE and _name not in METHODS:
        setattr(StandFrame, _name, standin.refused_dunder(_name))
for _name, _method_ in METHODS.items():
    if _name.startswith("__"):
        setattr(StandFrame, _name, _method_)
for _name in (
    "__array__",
    "__copy__",
    "__deepcopy__",
    "__reduce__",
    "__reduce_ex__",
    "__len__",
    "__iter__",
    "__bool__",
):
    setattr(StandFrame, _name, standin.refused_dunder(_name))
StandFrame.__getattribute__ = getattribute  # type: ignore[method-assign]
StandFrame.__setattr__ = set_attribute  # type: ignore[method-assign]
StandFrame.__array_ufunc__ = array_ufunc  # type: ignore[attr-defined]
StandFrame.__hash__ = object.__hash__  # type: ignore[assignment]
StandFrame.__repr__ = lambda self: f"<frame {list(columns_of(self))}>"  # type: ignore[method-assign]
