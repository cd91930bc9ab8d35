"""Windows side by side, as numpy has them: ``sliding_window_view(x, n)``, ``as_strided``, ``np.convolve``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from candlewick.operators.rolling_apply import RollingArgmax, RollingArgmin
from candlewick.trace.each import Each
from candlewick.trace.missing import leading, never_infinite
from candlewick.trace.operands import use
from candlewick.trace.part import STATISTICS, Part, Standing, as_array
from candlewick.trace.rows import Rows
from candlewick.trace.stand import BINARY, COMPARISON, describe, is_column, node_of, series
from candlewick.trace.tracing import active
from candlewick.trace.verdicts import refuse_position, refuse_whole

if TYPE_CHECKING:
    from collections.abc import Callable


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
        if name in STATISTICS:
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
        if name in STATISTICS and first is self:
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


for _name, _key in {**BINARY, **COMPARISON}.items():

    def _of_windows(key: str, *, swap: bool) -> Callable[[Windows, Any], Any]:
        return lambda self, other: self.combined(key, other, swap=swap)

    setattr(Windows, f"__{_name}__", _of_windows(_key, swap=False))
    setattr(Windows, f"__r{_name}__", _of_windows(_key, swap=True))
Windows.__hash__ = object.__hash__  # type: ignore[method-assign]


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
