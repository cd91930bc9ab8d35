"""Stand-in frames: columns by name, for ``pd.concat``, ``pd.DataFrame`` and the transform half of a fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from candlewick.trace.change import EVERY, is_note
from candlewick.trace.column import SAFE, refuse_values, refused_dunder
from candlewick.trace.index import IndexToken
from candlewick.trace.position import whole
from candlewick.trace.routes import FRAMES
from candlewick.trace.stand import (
    BINARY,
    COMPARISON,
    COPY_ON_WRITE,
    StandFrame,
    call,
    constant_column,
    describe,
    entry_frame,
    is_column,
    is_number,
    node_of,
    series,
)
from candlewick.trace.tracing import active
from candlewick.trace.verdicts import refuse_frame, refuse_position

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def frame(columns: Mapping[Any, Any]) -> StandFrame:
    """A stand-in frame of stand-in columns and numbers; the function that runs may change it."""
    made = object.__new__(StandFrame)
    become(made, columns)
    return made


def become(made: Any, columns: Mapping[Any, Any]) -> None:
    """Give a frame its columns."""
    held = object.__getattribute__(made, "__dict__")
    held["columns_by_name"] = {name: column_node(item) for name, item in columns.items()}
    held["owner"] = entry_frame()


def column_node(value: Any) -> Any:
    """The node of a column of a frame: of a column, or of one number."""
    value = active().same_everywhere(value)
    if not (is_column(value) or is_number(value)):
        active().refuse(f"a {type(value).__name__} as a column of a frame", "use columns and numbers")
    return node_of(whole(value)) if is_column(value) else constant_column(value)


def held_by(value: Any) -> dict[Any, Any]:
    """The nodes of a stand-in frame by name."""
    found: dict[Any, Any] = object.__getattribute__(value, "__dict__")["columns_by_name"]
    return found


def columns_of(value: Any) -> dict[Any, Any]:
    """The columns of a stand-in frame, as stand-ins of their own. In pandas 2 they share its memory."""
    owner = entry_frame() if COPY_ON_WRITE else None
    return {name: series(made, owner, shown(name)) for name, made in held_by(value).items()}


def shown(name: Any) -> Any:
    """The name of a column as its author knows it: of several that are called alike, the first keeps its key."""
    return name[0] if isinstance(name, tuple) else name


def unique(columns: Mapping[Any, Any], name: Any) -> Any:
    """A key for one more column of this name."""
    return (name, len(columns)) if name in columns else name


def by_column(other: Any, names: Any) -> Callable[[Any], Any]:
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
    if isinstance(other, list | tuple | np.ndarray) and np.shape(other) == (len(names),):
        return dict(zip(names, map(float, other), strict=True)).__getitem__
    return active().refuse(
        f"a frame beside a {type(other).__name__}",
        "use a number or a Series by column; with a column of candles, write it column by column",
        "trace-unsupported-operand",
    )


def mapped(subject: Any, make: Callable[[Any, Any], Any]) -> StandFrame:
    """A frame of what ``make(name, column)`` gives."""
    return frame({name: make(name, column) for name, column in columns_of(subject).items()})


def _binary(key: str, *, swap: bool) -> Any:
    def operator(self: Any, other: Any) -> Any:
        beside = by_column(other, columns_of(self))
        return mapped(self, lambda name, x: call(key, None, (((beside(name), x) if swap else (x, beside(name))), {})))

    return operator


def owned(subject: Any) -> dict[str, Any]:
    """The dictionary of a frame that may be changed; refuses a frame that others see."""
    held: dict[str, Any] = object.__getattribute__(subject, "__dict__")
    if held.get("owner") is not entry_frame():
        active().refuse("an input frame is changed in place", "change a copy: frame = frame.copy()", "trace-mutation")
    return held


def getitem(self: Any, key: Any) -> Any:
    """``frame["close"]`` and ``frame[["close", "open"]]``."""
    columns = columns_of(self)
    names = list(key) if isinstance(key, list | pd.Index) else [key]
    if any(is_column(name) for name in names):
        active().refuse("frame[condition] drops candles", "keep every candle: where(condition)", "trace-subscript")
    repeated = {shown(name) for name in columns if isinstance(name, tuple)}
    for name in names:
        if not isinstance(name, str | int) or name not in columns or name in repeated:
            active().refuse(
                f"frame[{describe(name)}]: {'several columns of this name' if name in repeated else 'no such column'}",
                f"columns: {', '.join(str(shown(item)) for item in columns)}",
                "trace-unknown-column",
            )
    return frame({name: columns[name] for name in names}) if isinstance(key, list | pd.Index) else columns[key]


def setitem(self: Any, key: Any, value: Any) -> None:
    """``frame["name"] = column`` on a frame the function made itself."""
    held = owned(self)
    if not isinstance(key, str):
        active().refuse("frame[...] = ... of something else than one column", 'write frame["name"] = column')
    held["columns_by_name"] = {**held["columns_by_name"], key: column_node(value)}


def getattribute(self: Any, name: str) -> Any:
    """The methods of the table, a column by its name, ``columns``, ``index`` and lengths; nothing else."""
    if name in {"__class__", "__doc__", "__module__", "__array_ufunc__", "__array_function__"}:
        return object.__getattribute__(self, name)
    held = held_by(self)
    if name in FRAMES and not name.startswith("__"):
        method = FRAMES[name]
        return lambda *given, **keywords: method(self, *given, **keywords)
    if name in {"__array_interface__", "__array_struct__"}:
        raise AttributeError(name)
    if name in PARTS:
        return PARTS[name](self)
    notes = object.__getattribute__(self, "__dict__").get("notes", {})
    if name in notes:
        return notes[name]
    return columns_of(self)[name] if name in held else refuse_frame(name)


class Table:
    """``frame.iloc``: good only for whole columns by their place."""

    def __init__(self, target: Any) -> None:
        self.target = target

    def __getitem__(self, key: Any) -> Any:
        rows, place = key if isinstance(key, tuple) and len(key) == 2 else (key, None)  # noqa: PLR2004
        names = list(held_by(self.target))
        if rows != EVERY or not isinstance(place, int | slice) or (isinstance(place, int) and place >= len(names)):
            return refuse_position("frame.iloc[...] of some candles")
        return columns_of(self.target)[names[place]] if isinstance(place, int) else self.target[names[place]]

    def __setitem__(self, key: Any, value: Any) -> None:
        refuse_position("frame.iloc[...] = ...")


class Cells:
    """``frame.loc``: good only for whole columns, or to choose where a condition holds."""

    def __init__(self, target: Any) -> None:
        self.target = target

    def __getitem__(self, key: Any) -> Any:
        rows, name = key if isinstance(key, tuple) and len(key) == 2 else (key, None)  # noqa: PLR2004
        if isinstance(name, list) and isinstance(rows, slice) and rows == EVERY:
            return self.target[name]
        return self.target[name].loc[rows] if isinstance(name, str) else self._refused()

    def __setitem__(self, key: Any, value: Any) -> None:
        rows, name = key if isinstance(key, tuple) and len(key) == 2 else (key, None)  # noqa: PLR2004
        if isinstance(name, list) and isinstance(rows, slice) and rows == EVERY:
            for each in name:
                setitem(self.target, each, value[each] if isinstance(value, StandFrame) else value)
            return
        if isinstance(name, list) and is_column(rows) and (is_number(value) or len(value) == len(name)):
            for each, one in zip(name, [value] * len(name) if is_number(value) else value, strict=True):
                self[rows, each] = one
            return
        if not isinstance(name, str):
            self._refused()
        owned(self.target)
        held = held_by(self.target)
        column = (
            series(held[name], entry_frame()) if name in held else series(constant_column(float("nan")), entry_frame())
        )
        column.loc[rows] = value
        setitem(self.target, name, column)

    def _refused(self) -> Any:
        return active().refuse(
            "frame.loc[...] of other candles or of several columns",
            'write frame.loc[condition, "name"] = value',
            "trace-subscript",
        )


def set_attribute(self: Any, name: str, value: Any) -> None:
    """``frame.columns = [...]`` and ``frame.name = column`` of a column it has; anything else is refused."""
    held = held_by(self)
    if name == "columns" and isinstance(value, list | tuple | pd.Index) and len(value) == len(held):
        owned(self)["columns_by_name"] = dict(zip(value, held.values(), strict=True))
    elif name == "index" and isinstance(value, IndexToken):
        return
    elif name in held:
        setitem(self, name, value)
    elif is_note(pd.DataFrame, name, value):
        object.__getattribute__(self, "__dict__").setdefault("notes", {})[name] = value
    else:
        active().refuse(f"frame.{name} = ...", 'write frame["name"] = column', "trace-mutation")


def array_ufunc(self: Any, ufunc: Any, method: str, *inputs: Any, **keywords: Any) -> Any:
    """``np.log(frame)``: of each column."""
    if method != "__call__" or keywords or any(isinstance(item, StandFrame) and item is not self for item in inputs):
        return active().refuse(f"np.{ufunc.__name__} of frames", "use it column by column")
    names = list(columns_of(self))
    beside = [None if item is self else by_column(item, names) for item in inputs]
    return mapped(self, lambda name, x: ufunc(*(x if given is None else given(name) for given in beside)))


PARTS: dict[str, Any] = {
    "columns": lambda self: pd.Index([shown(item) for item in held_by(self)]),
    "index": lambda _: IndexToken(),
    "shape": lambda self: (active().length(), len(held_by(self))),
    "empty": lambda self: active().length() == 0 or not held_by(self),
    "ndim": lambda _: 2,
    "values": lambda self: self.to_numpy(),
    "loc": Cells,
    "iloc": Table,
}
DUNDERS: dict[str, Any] = {
    "__getitem__": getitem,
    "__setitem__": setitem,
    "__neg__": lambda self: mapped(self, lambda _, x: -x),
    "__invert__": lambda self: mapped(self, lambda _, x: ~x),
    "__abs__": lambda self: mapped(self, lambda _, x: abs(x)),
    "__len__": lambda _: active().length(),
    "__contains__": lambda self, name: name in held_by(self),
    "__delitem__": lambda self, name: self.pop(name),
    "__matmul__": lambda self, other: self.dot(other),
    "__iter__": lambda self: iter([shown(name) for name in held_by(self)]),
}
for _name, _key in {**BINARY, **COMPARISON}.items():
    DUNDERS[f"__{_name}__"] = _binary(_key, swap=False)
for _name, _key in BINARY.items():
    DUNDERS[f"__r{_name}__"] = _binary(_key, swap=True)
for _name in {*dir(pd.DataFrame), "__bool__", "__copy__", "__deepcopy__", "__reduce__", "__reduce_ex__"}:
    if _name.startswith("__") and _name.endswith("__") and _name not in SAFE | set(DUNDERS) | {"__array__"}:
        setattr(StandFrame, _name, refused_dunder(_name))
for _name, _method in DUNDERS.items():
    setattr(StandFrame, _name, _method)
StandFrame.__array__ = lambda *_, **__: refuse_values()  # type: ignore[method-assign]
StandFrame.__getattribute__ = getattribute  # type: ignore[method-assign]
StandFrame.__setattr__ = set_attribute  # type: ignore[method-assign]
StandFrame.__array_ufunc__ = array_ufunc  # type: ignore[attr-defined]
StandFrame.__hash__ = object.__hash__  # type: ignore[assignment]
StandFrame.__repr__ = lambda self: f"<frame {list(columns_of(self))}>"  # type: ignore[method-assign]
