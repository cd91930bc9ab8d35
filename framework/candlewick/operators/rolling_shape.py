"""Skewness and kurtosis of a window, from sums of powers about a pivot inside it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from candlewick.operators.window import ROLLING, WINDOW_SAMPLES, Window, latest_valid, lay_powers


def central_moments(m: Any, x: int, window: Any, lanes: int, count: float) -> tuple[float, float, float]:
    """Second, third and fourth central sums of one window in two passes: where the pivot is an outlier of it."""
    mean = 0.0
    for back in range(window):
        value = m[x - back * lanes]
        mean += value / count if value - value == 0.0 else 0.0
    second = third = fourth = 0.0
    for back in range(window):
        value = m[x - back * lanes]
        if value - value == 0.0:
            y = value - mean
            second += y * y
            third += y * y * y
            fourth += y * y * (y * y)
    return second, third, fourth


@dataclass(frozen=True)
class RollingShape(Window):
    """Skewness (``order`` 3) or excess kurtosis (``order`` 4) of the last ``window`` candles, unbiased.

    Lookback: window - 1
    NaN: while fewer than ``min_periods`` candles of the window are valid, and where they are all equal
    """

    samples: ClassVar[tuple[dict[str, Any], ...]] = tuple(
        {**sample, "order": order} for sample in WINDOW_SAMPLES for order in (3, 4)
    )
    helpers = (lay_powers, latest_valid, central_moments)
    order: int = 3

    @property
    def first(self) -> int:
        """As many candles as the order are needed."""
        return max(super().first, self.order - 1)

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
    def kernel(m: Any, out: int, x: int, s: int, p: int, candle: int, n: int, lanes: int) -> None:
        one = np.uint64(1)
        window = np.uint64(m[p])
        order = m[p + np.uint64(2)]
        least = max(m[p + one], order)
        age = (candle + np.uint64(m[p + np.uint64(3)])) % window
        waits = s + lanes
        count = waits + lanes
        prefix = count + lanes
        suffix = prefix + np.uint64(4) * lanes
        stride = window * lanes
        waiting = 0.0
        for lane in range(lanes):
            waiting += m[waits + lane]
        for row in range(n):
            here = x + row * lanes
            if age == np.uint64(0) or waiting > 0.0:
                waiting = 0.0
                for lane in range(lanes):
                    value = m[here + lane]
                    valid = value - value == 0.0
                    if age == np.uint64(0) or (valid and m[waits + lane] > 0.0):
                        pivot = value if valid else latest_valid(m, here + lane, window - one, lanes)
                        m[s + lane] = pivot
                        m[waits + lane] = 0.0 if valid else 1.0
                        for power in range(np.uint64(4)):
                            m[prefix + power * lanes + lane] = 0.0
                        lay_powers(m, here + lane, suffix + lane, pivot, window, age, lanes, np.uint64(4))
                    waiting += m[waits + lane]
            laid = suffix + age * lanes
            for lane in range(lanes):
                value = m[here + lane]
                gone = m[here + lane - window * lanes]
                y = value - m[s + lane] if value - value == 0.0 else 0.0
                square = y * y
                first = m[prefix + lane] + y
                second = m[prefix + lanes + lane] + square
                third = m[prefix + np.uint64(2) * lanes + lane] + square * y
                fourth = m[prefix + np.uint64(3) * lanes + lane] + square * square
                valid_count = m[count + lane]
                valid_count += 1.0 if value - value == 0.0 else 0.0
                valid_count -= 1.0 if gone - gone == 0.0 else 0.0
                m[prefix + lane] = first
                m[prefix + lanes + lane] = second
                m[prefix + np.uint64(2) * lanes + lane] = third
                m[prefix + np.uint64(3) * lanes + lane] = fourth
                m[count + lane] = valid_count
                a = (m[laid + lane] + first) / valid_count
                b = m[laid + stride + lane] + second
                c = m[laid + np.uint64(2) * stride + lane] + third
                d = m[laid + np.uint64(3) * stride + lane] + fourth
                m2 = b - valid_count * a * a
                m3 = c - 3.0 * a * b + 2.0 * valid_count * a * a * a
                m4 = d - 4.0 * a * c + 6.0 * a * a * b - 3.0 * valid_count * a * a * a * a
                if valid_count >= least and not valid_count * a * a <= 9.0 * m2:
                    m2, m3, m4 = central_moments(m, here + lane, window, lanes, valid_count)
                k = valid_count
                m2 /= k
                skewness = np.sqrt(k * (k - 1.0)) / (k - 2.0) * (m3 / k) / (m2 * np.sqrt(m2))
                kurtosis = ((k + 1.0) * (m4 / k) / (m2 * m2) - 3.0 * (k - 1.0)) * (k - 1.0) / ((k - 2.0) * (k - 3.0))
                shape = skewness if order == 3.0 else kurtosis
                m[out + row * lanes + lane] = shape if valid_count >= least and m2 > 0.0 else np.nan
            age += one
            if age == window:
                age = np.uint64(0)


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
