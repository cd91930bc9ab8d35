"""The exact values: the same 71 functions on columns of 80-bit floats, every window computed anew in two passes.

Nothing here shares an algorithm with candlewick, pandas or any rival: no running sum, no update of a moment. Defined by
pandas' formulas and NaN rules, as far as the workload uses them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np

from benchmarks.workload import COLUMNS, FEATURES, compute

if TYPE_CHECKING:
    from collections.abc import Callable

WIDE = np.longdouble
CHUNK = 4096  # windows held at once


def exact(x: np.ndarray) -> dict[str, np.ndarray]:
    """Every feature of an array (columns, candles), rounded to float64 once."""
    columns = {name: Column(x[k]) for k, name in enumerate(COLUMNS)}
    with np.errstate(all="ignore"):
        found = compute(columns, FEATURES, {"true_range": _true_range})
    return {name: np.asarray(column).astype(np.float64) for name, column in found.items()}


class Column(np.ndarray):
    """What the workload calls on a Series, in 80-bit floats."""

    def __new__(cls, values: Any) -> Self:
        return np.asarray(values, dtype=WIDE).view(cls)

    def shift(self, n: int) -> Column:
        out = np.full(self.shape, np.nan, dtype=WIDE)
        out[n:] = self[:-n]
        return Column(out)

    def diff(self) -> Column:
        return self - self.shift(1)

    def abs(self) -> Column:
        return np.abs(self)

    def clip(self, lower: float | None = None, upper: float | None = None) -> Column:
        return Column(np.clip(np.asarray(self), lower, upper))

    def where(self, condition: np.ndarray, other: float) -> Column:
        return Column(np.where(condition, self, other))

    def fillna(self, value: float) -> Column:
        return self.where(~np.isnan(self), value)

    def cumsum(self) -> Column:
        return Column(np.cumsum(np.asarray(self)))

    def rolling(self, window: int) -> Rolling:
        return Rolling(self, window)

    def ewm(
        self, *, adjust: bool, min_periods: int, span: float | None = None, alpha: float | None = None
    ) -> Recursion:
        if adjust:
            raise NotImplementedError("the workload has adjust=False")
        weight = WIDE(alpha) if alpha is not None else 1 / (1 + (WIDE(span) - 1) / 2)
        return Recursion(self, weight, min_periods)


class Recursion:
    """``ewm(adjust=False)``: starts at the first value; the workload has no hole after it."""

    def __init__(self, x: Column, alpha: np.longdouble, min_periods: int) -> None:
        self.x, self.alpha, self.min_periods = x, alpha, min_periods

    def mean(self) -> Column:
        out = np.full(self.x.shape, np.nan, dtype=WIDE)
        values, keep, add = np.asarray(self.x), 1 - self.alpha, self.alpha
        first = int(np.argmax(~np.isnan(values)))
        if np.isnan(values[first:]).any():
            raise NotImplementedError("a hole inside a recursion")
        mean = values[first]
        for t in range(first, len(values)):
            mean = values[first] if t == first else keep * mean + add * values[t]
            out[t] = mean
        out[: first + self.min_periods - 1] = np.nan
        return Column(out)


class Rolling:
    """Full windows, each one computed from its own values."""

    def __init__(self, x: Column, window: int) -> None:
        self.x, self.window = x, window

    def mean(self) -> Column:
        return self._each(_mean)

    def sum(self) -> Column:
        return self._each(lambda w: w.sum(axis=1))

    def std(self) -> Column:
        return self._each(lambda w: np.sqrt((_centred(w) ** 2).sum(axis=1) / (w.shape[1] - 1)))

    def min(self) -> Column:
        return self._each(lambda w: w.min(axis=1))

    def max(self) -> Column:
        return self._each(lambda w: w.max(axis=1))

    def median(self) -> Column:
        return self._each(lambda w: np.where(np.isnan(w).any(axis=1), np.nan, np.median(w, axis=1)))

    def rank(self, *, pct: bool) -> Column:
        def rank(w: np.ndarray) -> np.ndarray:
            last = w[:, -1:]
            below, ties = (w < last).sum(axis=1), (w == last).sum(axis=1)
            place = below + (ties + 1) / WIDE(2)
            return np.where(np.isnan(w).any(axis=1), np.nan, place / w.shape[1] if pct else place)

        return self._each(rank)

    def skew(self) -> Column:
        def skew(w: np.ndarray) -> np.ndarray:
            n, c = WIDE(w.shape[1]), _centred(w)
            return np.sqrt(n * (n - 1)) / (n - 2) * _mean(c**3) / _mean(c**2) ** WIDE(1.5)

        return self._each(skew)

    def kurt(self) -> Column:
        def kurt(w: np.ndarray) -> np.ndarray:
            n, c = WIDE(w.shape[1]), _centred(w)
            return (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * _mean(c**4) / _mean(c**2) ** 2 - 3 * (n - 1))

        return self._each(kurt)

    def corr(self, other: Column) -> Column:
        hole = np.isnan(self.x) | np.isnan(other)
        pair = [np.where(hole, np.nan, np.asarray(side)) for side in (self.x, other)]

        def corr(w: np.ndarray, v: np.ndarray) -> np.ndarray:
            a, b = _centred(w), _centred(v)
            return (a * b).sum(axis=1) / np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1))

        return self._each(corr, *pair)

    def apply(self, function: Callable[[np.ndarray], float], *, raw: bool) -> Column:
        if not raw:
            raise NotImplementedError("the workload has raw=True")
        return self._each(lambda w: np.array([np.nan if np.isnan(row).any() else function(row) for row in w], WIDE))

    def _each(self, function: Callable[..., np.ndarray], *columns: np.ndarray) -> Column:
        """A function of windows (rows of an array), over all of them in chunks."""
        given = columns or (np.asarray(self.x),)
        out = np.full(self.x.shape, np.nan, dtype=WIDE)
        windows = [np.lib.stride_tricks.sliding_window_view(column, self.window) for column in given]
        for start in range(0, len(windows[0]), CHUNK):
            part = function(*(w[start : start + CHUNK] for w in windows))
            out[self.window - 1 + start : self.window - 1 + start + len(part)] = part
        return Column(out)


def _mean(w: np.ndarray) -> np.ndarray:
    return w.sum(axis=1) / WIDE(w.shape[1])


def _centred(w: np.ndarray) -> np.ndarray:
    return w - _mean(w)[:, None]


def _true_range(high: Column, low: Column, prev_close: Column) -> Column:
    """``pd.concat`` of the three ranges, whose maximum skips NaN."""
    return np.fmax(np.fmax(high - low, abs(high - prev_close)), abs(low - prev_close))
