"""Skewness and kurtosis of a window, from sums of powers about a pivot inside it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from candlewick.operators.window import (
    CHUNK,
    ROLLING,
    WINDOW_SAMPLES,
    Window,
    begin_chunk,
    begin_late,
    is_full,
)


def central_moments(x: Any, at: int, window: int, lanes: int, count: float) -> tuple[float, float, float]:
    """Second, third and fourth central sums of one window in two passes: where the pivot is an outlier of it.

    The mean is taken about a value of the window, so that it is as exact as the differences whatever their level.
    """
    pivot = 0.0
    for back in range(window):
        value = x[at - back * lanes]
        pivot = value if value - value == 0.0 else pivot
    mean = 0.0
    for back in range(window):
        value = x[at - back * lanes]
        mean += (value - pivot) / count if value - value == 0.0 else 0.0
    second = third = fourth = 0.0
    for back in range(window):
        value = x[at - back * lanes]
        if value - value == 0.0:
            y = (value - pivot) - mean
            second += y * y
            third += y * y * y
            fourth += y * y * (y * y)
    return second, third, fourth


def skewness(k: float, second: float, third: float) -> float:
    """From the central sums of ``k`` values, unbiased; what depends on ``k`` alone stands alone."""
    share = 1.0 / k
    spread = second * share
    return float(np.sqrt(k * (k - 1.0)) / (k - 2.0) * share * third / (spread * np.sqrt(spread)))


def kurtosis(k: float, second: float, fourth: float) -> float:
    """Excess kurtosis from the central sums of ``k`` values, unbiased."""
    share = 1.0 / k
    spread = second * share
    ratio = (k + 1.0) * share * fourth / (spread * spread)
    return float((ratio - 3.0 * (k - 1.0)) * ((k - 1.0) / ((k - 2.0) * (k - 3.0))))


def shape_about(order: float, k: float, total: float, b: float, c: float, d: float) -> float:
    """From the sums of powers of ``k`` values about a pivot; infinite where the pivot is an outlier of them."""
    a = total * (1.0 / k)
    away = k * a * a
    second = b - away
    if order == 3.0:
        shape = skewness(k, second, c - 3.0 * a * b + 2.0 * away * a)
    else:
        shape = kurtosis(k, second, d - 4.0 * a * c + 6.0 * a * a * b - 3.0 * away * a * a)
    return (shape if second > 0.0 else np.nan) if away <= 9.0 * second else np.inf


@dataclass(frozen=True)
class RollingShape(Window):
    """Skewness (``order`` 3) or excess kurtosis (``order`` 4) of the last ``window`` candles, unbiased.

    Lookback: window - 1
    NaN: while fewer than ``min_periods`` candles of the window are valid, and where they are all equal
    """

    samples: ClassVar[tuple[dict[str, Any], ...]] = tuple(
        {**sample, "order": order} for sample in WINDOW_SAMPLES for order in (3, 4)
    )
    helpers = (*CHUNK, central_moments, skewness, kurtosis, shape_about)
    order: int = 3

    @property
    def first(self) -> int:
        """As many candles as the order are needed."""
        return max(super().first, self.order - 1)

    scalars: ClassVar[int] = 7

    @property
    def slots(self) -> int:
        """Pivot, whether it waits, count, four prefixes, for each age as many suffixes as the order."""
        return 7 + self.order * self.window

    def initial(self) -> tuple[float, ...]:
        """Waiting for the first valid candle."""
        return (0.0, 1.0) + (0.0,) * (self.slots - 2)

    def definition(self, *values: Any) -> float:  # type: ignore[override] # depends on the order
        """Two passes, each sum rounded once."""
        sample = values[0]
        n = len(sample)
        if n < self.order or min(sample) == max(sample):
            return math.nan
        mean = math.fsum(sample) / n
        second, third, fourth = (math.fsum((v - mean) ** power for v in sample) / n for power in (2, 3, 4))
        if self.order == 3:
            return math.sqrt(n * (n - 1)) / (n - 2) * third / (second * math.sqrt(second))
        return ((n + 1) * fourth / second**2 - 3 * (n - 1)) * (n - 1) / ((n - 2) * (n - 3))

    @staticmethod
    def kernel(out: Any, x: Any, s: Any, w: Any, p: Any, candle: int, n: int, lanes: int) -> None:
        window = int(p[0])
        size = p[0]
        order = p[2]
        least = max(p[1], order)
        age = (candle + int(p[3])) % window
        waits = lanes
        counts = 2 * lanes
        prefix = 3 * lanes
        step = int(order) * lanes
        full = least <= size and is_full(x, s, counts, size, n, lanes)
        waiting = 0.0
        for lane in range(lanes):
            waiting += s[waits + lane]
        row = 0
        while row < n:
            at = row * lanes
            if age == 0 and order == 3.0:
                waiting = begin_chunk(x, at, s, w, window, lanes, 3)
            elif age == 0:
                waiting = begin_chunk(x, at, s, w, window, lanes, 4)
            elif waiting > 0.0:
                waiting = 0.0
                for lane in range(lanes):
                    value = x[at + lane]
                    if s[waits + lane] > 0.0 and value - value == 0.0:
                        begin_late(x, at, s, w, lane, window, age, lanes, int(order))
                    waiting += s[waits + lane]
            laid = age * step
            rows = min(window - age, n - row) if full else 1
            if full and order == 3.0:
                for i in range(0, rows * lanes, lanes):
                    for lane in range(lanes):
                        y = x[at + i + lane] - s[lane]
                        a = s[prefix + lane] + y
                        b = s[prefix + lanes + lane] + y * y
                        c = s[prefix + 2 * lanes + lane] + y * y * y
                        s[prefix + lane] = a
                        s[prefix + lanes + lane] = b
                        s[prefix + 2 * lanes + lane] = c
                        a += w[laid + 3 * i + lane]
                        b += w[laid + 3 * i + lanes + lane]
                        c += w[laid + 3 * i + 2 * lanes + lane]
                        out[at + i + lane] = shape_about(3.0, size, a, b, c, 0.0)
            elif full:
                for i in range(0, rows * lanes, lanes):
                    for lane in range(lanes):
                        y = x[at + i + lane] - s[lane]
                        a = s[prefix + lane] + y
                        b = s[prefix + lanes + lane] + y * y
                        c = s[prefix + 2 * lanes + lane] + y * y * y
                        d = s[prefix + 3 * lanes + lane] + y * y * (y * y)
                        s[prefix + lane] = a
                        s[prefix + lanes + lane] = b
                        s[prefix + 2 * lanes + lane] = c
                        s[prefix + 3 * lanes + lane] = d
                        a += w[laid + 4 * i + lane]
                        b += w[laid + 4 * i + lanes + lane]
                        c += w[laid + 4 * i + 2 * lanes + lane]
                        d += w[laid + 4 * i + 3 * lanes + lane]
                        out[at + i + lane] = shape_about(4.0, size, a, b, c, d)
            else:
                for lane in range(lanes):
                    value = x[at + lane]
                    gone = x[at + lane - window * lanes]
                    valid = value - value == 0.0
                    k = s[counts + lane] + ((1.0 if valid else 0.0) - (1.0 if gone - gone == 0.0 else 0.0))
                    s[counts + lane] = k
                    y = value - s[lane] if valid else 0.0
                    s[prefix + lane] += y
                    s[prefix + lanes + lane] += y * y
                    s[prefix + 2 * lanes + lane] += y * y * y
                    a = s[prefix + lane] + w[laid + lane]
                    b = s[prefix + lanes + lane] + w[laid + lanes + lane]
                    c = s[prefix + 2 * lanes + lane] + w[laid + 2 * lanes + lane]
                    d = 0.0
                    if order == 4.0:
                        s[prefix + 3 * lanes + lane] += y * y * (y * y)
                        d = s[prefix + 3 * lanes + lane] + w[laid + 3 * lanes + lane]
                    out[at + lane] = shape_about(order, k, a, b, c, d) if k >= least else np.nan
            far = 0
            for i in range(at, at + rows * lanes):
                far = 1 if out[i] == np.inf else far
            if far > 0:  # once more, from the candles themselves
                for i in range(at, at + rows * lanes):
                    if out[i] == np.inf:
                        k = size if full else s[counts + i - at]
                        m2, m3, m4 = central_moments(x, i, window, lanes, k)
                        shape = skewness(k, m2, m3) if order == 3.0 else kurtosis(k, m2, m4)
                        out[i] = shape if m2 > 0.0 else np.nan
            row += rows
            age = (age + rows) % window


@dataclass(frozen=True)
class RollingSkewness(Window):
    """Skewness of the last ``window`` candles, unbiased.

    Lookback: window - 1
    NaN: while fewer than ``min_periods``, or three, candles of the window are valid, and where they are all equal
    """

    spellings: ClassVar[tuple[str, ...]] = (f"{ROLLING}.skew(numeric_only=False)",)

    @property
    def first(self) -> int:
        """Three are needed."""
        return max(super().first, 2)

    def definition(self, *values: Any) -> float:  # type: ignore[override] # of the shape
        """Its definition of order 3."""
        return RollingShape(self.window, self.min_periods, 3).definition(*values)

    def expand(self, *operands: Any) -> Any:
        """The shape of order 3."""
        return RollingShape(self.window, self.min_periods, 3), operands


@dataclass(frozen=True)
class RollingKurtosis(Window):
    """Excess kurtosis of the last ``window`` candles, unbiased.

    Lookback: window - 1
    NaN: while fewer than ``min_periods``, or four, candles of the window are valid, and where they are all equal
    """

    spellings: ClassVar[tuple[str, ...]] = (f"{ROLLING}.kurt(numeric_only=False)",)

    @property
    def first(self) -> int:
        """Four are needed."""
        return max(super().first, 3)

    def definition(self, *values: Any) -> float:  # type: ignore[override] # of the shape
        """Its definition of order 4."""
        return RollingShape(self.window, self.min_periods, 4).definition(*values)

    def expand(self, *operands: Any) -> Any:
        """The shape of order 4."""
        return RollingShape(self.window, self.min_periods, 4), operands
