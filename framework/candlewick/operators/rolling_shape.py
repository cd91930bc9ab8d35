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
)


def central_moments(x: Any, at: int, window: int, lanes: int, count: float) -> tuple[float, float, float]:
    """Second, third and fourth central sums of one window in two passes: where the pivot is an outlier of it."""
    mean = 0.0
    for back in range(window):
        value = x[at - back * lanes]
        mean += value / count if value - value == 0.0 else 0.0
    second = third = fourth = 0.0
    for back in range(window):
        value = x[at - back * lanes]
        if value - value == 0.0:
            y = value - mean
            second += y * y
            third += y * y * y
            fourth += y * y * (y * y)
    return second, third, fourth


def skewness(k: float, second: float, third: float) -> float:
    """From the central sums of ``k`` values, unbiased."""
    spread = second / k
    return float(np.sqrt(k * (k - 1.0)) / (k - 2.0) * (third / k) / (spread * np.sqrt(spread)))


def kurtosis(k: float, second: float, fourth: float) -> float:
    """Excess kurtosis from the central sums of ``k`` values, unbiased."""
    spread = second / k
    ratio = (k + 1.0) * (fourth / k) / (spread * spread)
    return float((ratio - 3.0 * (k - 1.0)) * (k - 1.0) / ((k - 2.0) * (k - 3.0)))


@dataclass(frozen=True)
class RollingShape(Window):
    """Skewness (``order`` 3) or excess kurtosis (``order`` 4) of the last ``window`` candles, unbiased.

    Lookback: window - 1
    NaN: while fewer than ``min_periods`` candles of the window are valid, and where they are all equal
    """

    samples: ClassVar[tuple[dict[str, Any], ...]] = tuple(
        {**sample, "order": order} for sample in WINDOW_SAMPLES for order in (3, 4)
    )
    helpers = (*CHUNK, central_moments, skewness, kurtosis)
    order: int = 3

    @property
    def first(self) -> int:
        """As many candles as the order are needed."""
        return max(super().first, self.order - 1)

    scalars: ClassVar[int] = 7

    @property
    def slots(self) -> int:
        """Pivot, whether it waits, count, four prefixes, four sets of suffixes."""
        return 7 + 4 * self.window

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
        order = p[2]
        least = max(p[1], order)
        age = (candle + int(p[3])) % window
        waits = lanes
        counts = 2 * lanes
        prefix = 3 * lanes
        stride = window * lanes
        waiting = 0.0
        for lane in range(lanes):
            waiting += s[waits + lane]
        for row in range(n):
            at = row * lanes
            if age == 0:
                waiting = begin_chunk(x, at, s, w, window, lanes, 4)
            elif waiting > 0.0:
                waiting = 0.0
                for lane in range(lanes):
                    value = x[at + lane]
                    if s[waits + lane] > 0.0 and value - value == 0.0:
                        begin_late(x, at, s, w, lane, window, age, lanes, 4)
                    waiting += s[waits + lane]
            laid = age * lanes
            far = 0
            for lane in range(lanes):
                value = x[at + lane]
                gone = x[at + lane - stride]
                valid = value - value == 0.0
                y = value - s[lane] if valid else 0.0
                square = y * y
                first = s[prefix + lane] + y
                second = s[prefix + lanes + lane] + square
                third = s[prefix + 2 * lanes + lane] + square * y
                fourth = s[prefix + 3 * lanes + lane] + square * square
                k = s[counts + lane] + ((1.0 if valid else 0.0) - (1.0 if gone - gone == 0.0 else 0.0))
                s[prefix + lane] = first
                s[prefix + lanes + lane] = second
                s[prefix + 2 * lanes + lane] = third
                s[prefix + 3 * lanes + lane] = fourth
                s[counts + lane] = k
                a = (w[laid + lane] + first) / k
                b = w[laid + stride + lane] + second
                c = w[laid + 2 * stride + lane] + third
                m2 = b - k * a * a
                far += 0 if (k * a * a <= 9.0 * m2) | (k < least) else 1
                if order == 3.0:
                    m3 = c - 3.0 * a * b + 2.0 * k * a * a * a
                    shape = skewness(k, m2, m3)
                else:
                    d = w[laid + 3 * stride + lane] + fourth
                    m4 = d - 4.0 * a * c + 6.0 * a * a * b - 3.0 * k * a * a * a * a
                    shape = kurtosis(k, m2, m4)
                out[at + lane] = shape if k >= least and m2 > 0.0 else np.nan
            if far > 0:  # somewhere the pivot is an outlier of its window
                for lane in range(lanes):
                    k = s[counts + lane]
                    a = (w[laid + lane] + s[prefix + lane]) / k
                    m2 = w[laid + stride + lane] + s[prefix + lanes + lane] - k * a * a
                    if k >= least and not k * a * a <= 9.0 * m2:
                        m2, m3, m4 = central_moments(x, at + lane, window, lanes, k)
                        shape = skewness(k, m2, m3) if order == 3.0 else kurtosis(k, m2, m4)
                        out[at + lane] = shape if m2 > 0.0 else np.nan
            age = 0 if age == window - 1 else age + 1


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
