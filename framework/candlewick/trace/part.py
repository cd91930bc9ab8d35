"""Arrays shorter than the candles: ``np.diff(x)``, ``x[1:] - x[:-1]``.

What is short ends with the last candle: value ``j`` of a `Part` belongs to candle ``j + skip``, so ``x[:-1]`` is the
candle before, and puts together with what is missing at the start it is a column again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from candlewick.trace.position import MOST_VALUES, Head, Single, opened
from candlewick.trace.span import place_of, span_of
from candlewick.trace.stand import BINARY, COMPARISON, call, describe, is_number, node_of, series
from candlewick.trace.tracing import active
from candlewick.trace.verdicts import refuse_position, refuse_whole

if TYPE_CHECKING:
    from collections.abc import Callable


STATISTICS = {"mean", "sum", "std", "var", "min", "max", "median", "argmax", "argmin", "ptp", "prod", "any", "all",
                "quantile", "percentile"}  # fmt: skip


@dataclass(eq=False)
class Part:
    """A column without its first ``skip`` candles, as an array."""

    spoken = "an array without its first values"

    column: Any
    skip: int

    __pandas_priority__ = 6000
    answers_operators = True
    __array_priority__ = 6000

    def beside(self, other: Any) -> Any:
        """What stands beside the values: a number or as many of another column."""
        if isinstance(other, Part) and other.skip == self.skip:
            return other.column
        if is_number(other):
            return other
        return refuse_position(f"an array without its first {self.skip} values beside {describe(other)}")

    def combined(self, key: str, other: Any, *, swap: bool) -> Part:
        """An operation on each value."""
        beside = self.beside(other)
        return self.of(call(key, None, (((beside, self.column) if swap else (self.column, beside)), {}), array=False))

    def of(self, column: Any) -> Part:
        """Other values of the same candles."""
        return Part(series(node_of(column), None), self.skip)

    def __getitem__(self, key: Any) -> Any:
        if key == (slice(None), None):
            return Standing(self)
        if isinstance(key, slice):
            span = span_of(key, "array")
            if span.stop is not None:
                return Head(self.column, self.skip + span.start, self.skip + span.stop, raw=True)
            return cut_off(self, span.start, span.cut)
        if isinstance(key, int | np.integer):
            place = self.skip + place_of(key, "array")
            return Head(self.column, place, place + 1, raw=True)[0]
        return refuse_position(f"array[{describe(key)}]")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        match name:
            case "copy" | "ravel" | "flatten" | "squeeze":
                return lambda: self
            case "size" | "shape":
                return len(self) if name == "size" else (len(self),)
            case "astype":
                return lambda dtype: self.of(self.column.astype(dtype))
            case "mean" | "sum" | "min" | "max" | "std" | "var" | "any" | "all" | "argmax" | "argmin":
                return lambda *_, **__: refuse_whole(f"{name}() of a column")
        return refuse_position(f"{name} of an array without its first {self.skip} values")

    def __len__(self) -> int:
        return active().length() - self.skip

    def __neg__(self) -> Part:
        return self.of(-self.column)

    def __invert__(self) -> Part:
        return self.of(~self.column)

    def __abs__(self) -> Part:
        return self.of(abs(self.column))

    def used(self, *_: Any, **__: Any) -> Any:
        """Refused."""
        return refuse_position(f"an array without its first {self.skip} values")

    __bool__ = __iter__ = __float__ = __array__ = __setitem__ = used

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **keywords: Any) -> Any:
        if method != "__call__" or keywords:
            return self.used()
        given = tuple(self.column if item is self else self.beside(item) for item in inputs)
        return self.of(ufunc(*given))

    def __array_function__(self, function: Any, types: Any, given: Any, keywords: Any) -> Any:
        del types
        name = function.__name__
        if name in OF_PARTS:
            return OF_PARTS[name](*given, **keywords)
        if name.removeprefix("nan") in STATISTICS:
            return refuse_whole(f"np.{name}() of a column")
        if name in {"where", "nan_to_num", "clip", "abs"}:
            return self.of(function(*(self.beside(x) if x is not self else x.column for x in given), **keywords))
        return refuse_position(f"np.{name} of an array without its first {self.skip} values")


for _name, _key in {**BINARY, **COMPARISON}.items():

    def _operator(key: str, *, swap: bool) -> Callable[[Part, Any], Any]:
        return lambda self, other: self.combined(key, other, swap=swap)

    setattr(Part, f"__{_name}__", _operator(_key, swap=False))
    setattr(Part, f"__r{_name}__", _operator(_key, swap=True))
Part.__hash__ = object.__hash__  # type: ignore[method-assign]


def cut_off(array: Any, start: int, cut: int) -> Part:
    """``x[start:-cut]``: what is cut off at the end makes the rest end earlier."""
    column, skip = (array.column, array.skip) if isinstance(array, Part) else (array, 0)
    column = series(node_of(column), None)
    return Part(column.shift(cut) if cut else column, skip + start + cut)


def differences(array: Any, n: int = 1) -> Part:
    """``np.diff(x)``."""
    result = array
    for _ in range(n):
        result = cut_off(result, 1, 0).combined("Sub", cut_off(result, 0, 1), swap=False)
    return result  # type: ignore[no-any-return]


def put_together(pieces: Any, axis: Any = 0, **rest: Any) -> Any:
    """``np.concatenate([lead, rest])``: a column, when what leads is as long as what is missing."""
    items = list(pieces)
    while len(items) > 2 and not any(hasattr(item, "column") for item in items[:2]):  # noqa: PLR2004 - numbers lead
        items[:2] = [[*np.atleast_1d(items[0]), *np.atleast_1d(items[1])]]
    if rest or axis not in (0, None, -1) or len(items) != 2 or not isinstance(items[1], Part):  # noqa: PLR2004 - two
        return refuse_position("arrays put together but for some values before the rest of a column,")
    lead, part = items
    lead = [lead] if is_number(lead) or isinstance(lead, Single) else lead
    if len(lead) != part.skip:
        return refuse_position(f"{len(lead)} values before an array without its first {part.skip}")
    if isinstance(lead, Head) and lead.start == 0:
        return as_array(opened(part.column, lead.column, 0, lead.stop))
    values = list(lead)
    if len({repr(item) for item in values}) == 1 and is_number(values[0]):
        return as_array(opened(part.column, float(values[0]), 0, part.skip))
    if len(values) > MOST_VALUES:
        return refuse_position(f"{len(values)} different values before an array")
    column = part.column
    for place, item in enumerate(values):
        column = opened(column, item.column if isinstance(item, Single) else float(item), place, place + 1)
    return as_array(column)


def as_array(column: Any) -> Any:
    """A column as an array."""
    return column.to_numpy()


def inserted(array: Any, place: Any, values: Any, axis: Any = None) -> Any:
    """``np.insert(part, 0, nan)``."""
    if axis not in (None, 0) or place != 0:
        return refuse_position("np.insert but at the start")
    return put_together([values, array])


def padded(array: Any, width: Any, mode: str = "constant", constant_values: Any = 0, **rest: Any) -> Any:
    """``np.pad(part, (n, 0), constant_values=nan)``."""
    before, after = width if isinstance(width, tuple | list) else (width, width)
    if rest or after or mode != "constant" or not is_number(constant_values):
        return refuse_position("np.pad but with one number at the start")
    return put_together([[float(constant_values)] * before, array])


OF_PARTS: dict[str, Callable[..., Any]] = {
    "concatenate": put_together,
    "hstack": put_together,
    "append": lambda *pieces: put_together(pieces),
    "insert": inserted,
    "pad": padded,
    "diff": lambda x, n=1: differences(x, n),
}


@dataclass(frozen=True, eq=False)
class Standing:
    """``x[:, None]``: one number a window, beside every candle of it."""

    part: Part

    answers_operators = True
    __array_priority__ = 6000
    __array_ufunc__ = None
