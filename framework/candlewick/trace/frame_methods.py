"""What a frame computes: of its columns one by one, and across the columns of each candle."""

from __future__ import annotations

import re
from typing import Any

from candlewick.trace.branches import column_of, per_candle
from candlewick.trace.frame import by_column, columns_of, frame, held_by, mapped
from candlewick.trace.frame_across import REDUCED
from candlewick.trace.frame_columns import ACROSS, held_in
from candlewick.trace.routes import route
from candlewick.trace.stand import COMPARISON, is_column, node_of
from candlewick.trace.tracing import active


@route("frame.pipe(function)")
def pipe(self: Any, function: Any, *given: Any, **keywords: Any) -> Any:
    """What the function makes of the frame."""
    return function(frame(columns_of(self)), *given, **keywords)


@route("frame.apply(function)", "frame.apply(function, axis=1)")
def apply(self: Any, func: Any, axis: Any = 0, raw: bool = False, result_type: Any = None, **rest: Any) -> Any:
    """The function of each column, or of each candle; its branches become choices per candle."""
    if raw or result_type is not None or rest or not callable(func):
        active().refuse("apply() with more than a function and an axis", "write frame.apply(f, axis=1)")
    if axis not in ACROSS:
        return mapped(self, lambda _, column: func(column))
    return column_of(per_candle(func, Row(self)))


class Row:
    """One candle of a frame, as ``frame.apply(f, axis=1)`` hands it to f: a value by name."""

    def __init__(self, subject: Any) -> None:
        self.__dict__["subject"] = subject

    def __getitem__(self, key: Any) -> Any:
        return self.subject[key] if isinstance(key, str) else self.used()

    def __iter__(self) -> Any:
        return iter(columns_of(self.subject).values())

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in held_by(self.subject):
            return self.subject[name]
        if name in REDUCED:  # numpy's functions call these with words of their own
            return lambda **words: getattr(self.subject, name)(axis=1, skipna=words.get("skipna", True))
        return self.used()

    def used(self, *_: Any, **__: Any) -> Any:
        """Refused."""
        return active().refuse(
            "apply(f, axis=1): f does more with the row than read it by name", 'write it with columns: frame["name"]'
        )

    __array_ufunc__ = __array__ = __setitem__ = __setattr__ = used


def _each(name: str, *arguments: str, across: bool = True) -> Any:
    """A method of each column; the arguments named may be a Series by column.

    ``across``: whether axis=1 says that they are by column; of ``shift`` and ``diff`` it means from column to column.
    """

    def method(self: Any, *given: Any, **keywords: Any) -> Any:
        names = list(columns_of(self))
        if len(given) > len(arguments):
            active().refuse(f"{name}() of a frame with {len(given)} arguments", f"write {name}(value)")
        keywords = dict(zip(arguments, given, strict=False)) | keywords
        axis, inplace = keywords.pop("axis", None), keywords.pop("inplace", False)
        if axis not in ((None, *ACROSS) if across else (None, 0, "index")):
            active().refuse(
                f"{name}(axis={axis!r}) of a frame", f"write it column by column: frame[name].{name}()", "trace-columns"
            )
        beside = {
            key: by_column(value, names)
            for key, value in keywords.items()
            if key in arguments and value is not None and not isinstance(value, str | type)
        }

        def one(column_name: Any, column: Any) -> Any:
            words = {key: beside[key](column_name) if key in beside else value for key, value in keywords.items()}
            return getattr(column, name)(**words)

        made = mapped(self, one)
        return held_in(self, held_by(made), inplace=True) if inplace else made

    method.__name__, method.__doc__ = name, f"The {name} of each column."
    return method


for _name, _arguments in {
    "fillna": ("value",), "clip": ("lower", "upper"), "abs": (), "isna": (), "notna": (), "isnull": (), "notnull": (),
    "round": ("decimals",), "astype": ("dtype",), "ffill": (), "replace": ("to_replace", "value"), "cumsum": (),
    "cumprod": (), "cummax": (), "cummin": (),
}.items():  # fmt: skip
    route(f"frame.{_name}({', '.join(_arguments)})")(_each(_name, *_arguments))
_by_candle = {name: _each(name, "periods", across=False) for name in ("shift", "diff", "pct_change")}


@route("frame.diff(periods=1)", "frame.diff(axis=1)")
def diff(self: Any, periods: int = 1, axis: Any = 0) -> Any:
    """The difference of each column from candles ago, or from the column before."""
    if axis not in ACROSS:
        return _by_candle["diff"](self, periods=periods)
    columns = list(columns_of(self).items())
    if periods != 1:
        active().refuse("diff(axis=1) over more than one column", "write frame[name] - frame[other]", "trace-columns")
    first = {columns[0][0]: columns[0][1] * float("nan")} if columns else {}
    return frame(first | {name: column - columns[k][1] for k, (name, column) in enumerate(columns[1:])})


for _name in ("shift", "pct_change"):
    route(f"frame.{_name}(periods=1)")(_by_candle[_name])


@route('frame.eval("a + b")', 'frame.eval("c = a + b")')
def evaluate(self: Any, expr: Any, inplace: bool = False, **rest: Any) -> Any:
    """The expression of its columns, or the frame with it as a column more."""
    found = re.fullmatch(r"(?:\s*(\w+)\s*=(?!=))?(.*)", expr, re.DOTALL) if isinstance(expr, str) else None
    name, text = (found[1], found[2]) if found is not None else ("", "@")
    kept = re.sub("[=<>!]=", "", text)
    if rest or re.search(r"[@=&|~]|\b(and|or|not|in)\b", kept):  # logic binds otherwise in pandas than in Python
        active().refuse("eval() of more than arithmetic of columns", 'write frame["a"] + frame["b"]')
    value = eval(text.strip(), {"__builtins__": {}}, columns_of(self))  # noqa: S307 - the author's own text, as pandas would
    if not name:
        return value
    return held_in(self, {**held_by(self), name: node_of(value)}, inplace=inplace)


@route("frame.map(function)", "frame.applymap(function)")
def map_values(self: Any, func: Any, na_action: Any = None) -> Any:
    """The function of each value."""
    if na_action is not None or not callable(func):
        active().refuse("map() with more than a function", "write frame.map(f)")
    return mapped(self, lambda _, column: column.map(func))


def _arithmetic(dunder: str) -> Any:
    def method(self: Any, other: Any, axis: Any = "columns", level: Any = None, fill_value: Any = None) -> Any:
        if level is not None or fill_value is not None:
            active().refuse("arithmetic of a frame with level or fill_value", "leave them out")
        if is_column(other):
            if axis not in (0, "index"):
                active().refuse(
                    "a frame beside a column of candles", "write frame.sub(column, axis=0)", "trace-columns"
                )
            return mapped(self, lambda _, x: getattr(x, dunder)(other))
        return getattr(type(self), dunder)(self, other)

    method.__name__, method.__doc__ = dunder.strip("_"), "Arithmetic with each column."
    return method


ALIASES = {"add": "add", "sub": "sub", "subtract": "sub", "mul": "mul", "multiply": "mul", "div": "truediv",
           "divide": "truediv", "truediv": "truediv", "pow": "pow", "mod": "mod", "floordiv": "floordiv"}  # fmt: skip
ALIASES |= {name: name for name in COMPARISON}
for _name, _dunder in ALIASES.items():
    route(f"frame.{_name}(other)")(_arithmetic(f"__{_dunder}__"))
