"""Arrays shorter than the candles: ``np.diff(x)``, ``x[1:] - x[:-1]``, and windows side by side.

What is short ends with the last candle: value ``j`` of a `Part` belongs to candle ``j + skip``, so ``x[:-1]`` is the
candle before, and puts together with what is missing at the start it is a column again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from candlewick.operators.rolling_apply import RollingArgmax, RollingArgmin
from candlewick.trace.each import Each
from candlewick.trace.missing import leading, never_infinite
from candlewick.trace.position import MOST_VALUES, Head, Single, opened, place_of, span_of
from candlewick.trace.rows import Rows, use
from candlewick.trace.stand import BINARY, COMPARISON, call, describe, is_column, is_number, node_of, series
from candlewick.trace.tracing import active
from candlewick.trace.verdicts import refuse_position, refuse_whole

if TYPE_CHECKING:
    from collections.abc import Callable


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
        if name.removeprefix("nan") in OVER_WINDOWS:
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


@dataclass(eq=False)
class Windows:
    """``sliding_window_view(x, n)``: the windows of all candles that have a full one, as rows of a table."""

    spoken = "windows"

    rows: Any

    __pandas_priority__ = 6000
    answers_operators = True
    __array_priority__ = 6000

    @property
    def skip(self) -> int:
        """Candles without a full window."""
        return self.length - 1

    @property
    def length(self) -> int:
        """Candles of a window."""
        return len(self.rows)

    def part(self, column: Any) -> Part:
        """One value for every window."""
        if not is_column(column):
            return refuse_position("windows that give no column")  # type: ignore[no-any-return]
        return Part(series(node_of(column), None), self.skip)

    def reduce(self, name: str, *given: Any, keepdims: bool = False, **words: Any) -> Any:
        """One number of every window."""
        own = 1 if name in {"quantile", "percentile"} else 0
        axis = words.pop("axis", given[own] if len(given) > own else None)
        if axis not in (1, -1):
            refuse_whole(f"{name}() of all windows")
        made = self.part(reduced(self.rows, name, *given[:own], **words))
        return Standing(made) if keepdims else made

    def combined(self, key: str, other: Any, *, swap: bool) -> Windows:
        """An operation on each value of each window: beside one number a window, or one for each of its candles."""
        beside = other.rows if isinstance(other, Windows) else other
        if isinstance(other, Standing):
            beside = other.part.column
        elif isinstance(other, Part) or is_column(other):
            return refuse_position("windows beside a column that does not stand on its side")  # type: ignore[no-any-return]
        return Windows(self.rows.combined(key, beside, swap=swap))

    def __matmul__(self, weights: Any) -> Any:
        return self.part(reduced(self.rows.combined("Mult", np.asarray(weights, dtype=float), swap=False), "sum"))

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, tuple) and len(key) == 2 and key[0] == slice(None):  # noqa: PLR2004 - windows, and candles
            found = self.rows[key[1]]
            return Windows(found) if isinstance(key[1], slice) else self.part(found)
        return refuse_position(f"windows[{describe(key)}]")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in OVER_WINDOWS:
            return lambda *given, **words: self.reduce(name, *given, **words)
        match name:
            case "shape":
                return (active().length() - self.skip, self.length)
            case "dot":
                return self.__matmul__
            case "copy":
                return lambda: self
        return refuse_position(f"{name} of windows")

    def __len__(self) -> int:
        return active().length() - self.skip

    def __neg__(self) -> Windows:
        return Windows(-self.rows)

    def __abs__(self) -> Windows:
        return Windows(abs(self.rows))

    def __iter__(self) -> Any:
        active().refuse(
            "the windows are iterated over: a loop over rows",
            "x.rolling(n).apply(f, raw=True), or the statistics of windows with axis=1",
            "trace-loop",
        )

    def used(self, *_: Any, **__: Any) -> Any:
        """Refused."""
        return refuse_position("windows")

    __bool__ = __array__ = __setitem__ = used

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **keywords: Any) -> Any:
        if method != "__call__" or keywords or any(isinstance(item, Part) for item in inputs):
            return self.used()
        if ufunc.__name__ == "matmul" and inputs[0] is self:
            return self @ inputs[1]
        given = [
            item.rows if isinstance(item, Windows) else item.part.column if isinstance(item, Standing) else item
            for item in inputs
        ]
        return Windows(ufunc(*given))

    def __array_function__(self, function: Any, types: Any, given: Any, keywords: Any) -> Any:
        del types
        name = {"amax": "max", "amin": "min", "nanmean": "", "nansum": ""}.get(function.__name__, function.__name__)
        first, *more = given
        if name in OVER_WINDOWS and first is self:
            return self.reduce(name, *more, **{k: v for k, v in keywords.items() if v is not np._NoValue})  # noqa: SLF001
        if name == "average" and first is self and keywords.get("axis") in (1, -1):
            weights = np.asarray(keywords["weights"], dtype=float)
            return (self @ weights) / float(weights.sum())
        if name == "dot" or (name == "tensordot" and keywords.get("axes", 2) == 1):
            return self @ more[0] if first is self else refuse_position("windows beside windows")
        if name == "apply_along_axis":
            from candlewick.trace.branches import per_candle

            f, axis, view, *extra = given
            if axis in (1, -1) and view is self:
                return self.part(per_candle(f, exact(self.rows), *extra, **keywords))
        if name == "where":
            return Windows(np.where(*(item.rows if isinstance(item, Windows) else item for item in given)))
        return refuse_position(f"np.{function.__name__} of windows")


OVER_WINDOWS = {"mean", "sum", "std", "var", "min", "max", "median", "argmax", "argmin", "ptp", "prod", "any", "all",
                "quantile", "percentile"}  # fmt: skip
for _name, _key in {**BINARY, **COMPARISON}.items():

    def _of_windows(key: str, *, swap: bool) -> Callable[[Windows, Any], Any]:
        return lambda self, other: self.combined(key, other, swap=swap)

    setattr(Windows, f"__{_name}__", _of_windows(_key, swap=False))
    setattr(Windows, f"__r{_name}__", _of_windows(_key, swap=True))
Windows.__hash__ = object.__hash__  # type: ignore[method-assign]


@dataclass(frozen=True, eq=False)
class Standing:
    """``x[:, None]``: one number a window, beside every candle of it."""

    part: Part

    answers_operators = True
    __array_priority__ = 6000
    __array_ufunc__ = None


def exact(rows: Any) -> Any:
    """Rows whose statistics are numpy's even where a value is infinite: one by one, where the shape cannot tell."""
    if isinstance(rows, Rows) and not never_infinite(node_of(rows.column)):
        return rows.each()
    return rows


def reduced(rows: Any, name: str, *given: Any, **words: Any) -> Any:
    """A statistic of a window as numpy has it: missing where any value is."""
    rows = exact(rows)
    if isinstance(rows, Each):
        known = [leading(node_of(item)) for item in rows.items if is_column(item)]
        if name in {"argmax", "argmin"} and any(first is None or first >= len(rows) for first in known):
            refuse_position(f"{name}() of windows that may hold missing values")
        return rows.reduce(name, ddof=words.get("ddof", 0))
    if name in {"argmax", "argmin"}:
        if not rows.is_plain or leading(node_of(rows.column)) != 0:
            refuse_position(f"{name}() of windows that may hold missing values")
        return use((RollingArgmax if name == "argmax" else RollingArgmin)(rows.length), rows.plain())
    if name in {"median", "quantile", "percentile"}:
        if not rows.is_plain:
            refuse_position(f"{name}() of something else than the values of windows")
        share = 0.5 if name == "median" else float(given[0] if given else words["q"])
        return rows.plain().rolling(rows.length).quantile(share / 100.0 if name == "percentile" else share)
    return replace(rows, raw=True).reduce(name, **words)


def sliding(x: Any, window_shape: Any, axis: Any = None, **rest: Any) -> Windows:
    """``sliding_window_view(x, n)``."""
    n = window_shape[0] if isinstance(window_shape, tuple) else window_shape
    if rest or axis not in (None, 0, -1) or not isinstance(n, int | np.integer) or n < 1:
        refuse_position("sliding_window_view but of one window length")
    return Windows(Rows(series(node_of(x), None), int(n), raw=True))


def strided(x: Any, shape: Any = None, strides: Any = None, **rest: Any) -> Windows:
    """``as_strided(x, (len(x) - n + 1, n), (8, 8))``, as sliding windows were written before numpy had them."""
    n = shape[-1] if isinstance(shape, tuple) and len(shape) == 2 else 0  # noqa: PLR2004 - windows, and candles
    if rest or n < 1 or shape[0] != len(x) - n + 1 or set(strides or ()) != {8}:
        refuse_position("as_strided but for the windows of a column")
    return sliding(x, n)


def convolved(x: Any, weights: Any, mode: str = "full") -> Any:
    """``np.convolve(x, weights, mode="valid")``, or the start of the full one."""
    if is_column(weights) and not is_column(x):
        x, weights = weights, x
    array = np.asarray(weights, dtype=float)[::-1]
    if mode == "valid" and array.ndim == 1:
        return sliding(x, len(array)) @ array
    if mode == "full" and array.ndim == 1:
        return Full(series(node_of(x), None), array)
    return active().refuse(
        f"np.convolve(mode={mode!r}) reads candles on both sides: it looks ahead",
        'write np.convolve(x, weights, mode="valid") and put it after the first candles',
        "trace-looks-ahead",
    )


@dataclass(eq=False)
class Full:
    """``np.convolve(x, weights)``: longer than the candles, good only as its start ``[:len(x)]``."""

    column: Any
    weights: Any

    def __getitem__(self, key: Any) -> Any:
        if not isinstance(key, slice) or key != slice(None, active().history):
            return refuse_position(f"np.convolve(...)[{describe(key)}]")
        oldest = len(self.weights) - 1
        items = [
            self.column.shift(oldest - k, fill_value=0.0) * weight if oldest - k else self.column * weight
            for k, weight in enumerate(self.weights)
        ]
        return as_array(Each(items).reduce("sum"))

    def __array__(self, *_: Any, **__: Any) -> Any:
        return refuse_position("np.convolve(...) longer than the candles")
