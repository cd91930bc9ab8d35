"""Variance, skewness and kurtosis of a window, from sums of powers about a pivot inside it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from candlewick.operators.operator import integer
from candlewick.operators.window import ROLLING, WINDOW_SAMPLES, Window, latest_valid, lay_powers


@dataclass(frozen=True)
class RollingVariance(Window):
    """Variance of the last ``window`` candles, with ``ddof`` degrees of freedom taken off; never negative.

    pandas drifts here (its running sums keep the error of a bad tick); this is within 1e-9 of the exact value.

    Lookback: window - 1
    NaN: while fewer than ``min_periods`` candles of the window, or no more than ``ddof``, are valid
    """

    spellings: ClassVar[tuple[str, ...]] = (
        f"{ROLLING}.var(ddof=1, numeric_only=False, engine=None, engine_kwargs=None)",
    )
    samples: ClassVar[tuple[dict[str, Any], ...]] = (*WINDOW_SAMPLES, {"window": 6, "ddof": 0})
    helpers = (lay_powers, latest_valid)
    ddof: int = 1

    def __post_init__(self) -> None:
        """``ddof`` counts."""
        super().__post_init__()
        object.__setattr__(self, "ddof", integer("ddof", self.ddof, least=0))

    @property
    def first(self) -> int:
        """More than ``ddof`` candles are needed."""
        return max(super().first, self.ddof)

    @property
    def slots(self) -> int:
        """Pivot, whether it waits for a valid candle, count, two prefixes, two sets of suffixes."""
        return 5 + 2 * self.window

    def initial(self) -> tuple[float, ...]:
        """Waiting for the first valid candle."""
        return (0.0, 1.0) + (0.0,) * (self.slots - 2)

    def definition(self, *values: Any) -> float:  # type: ignore[override] # depends on ddof
        """Two passes, each sum rounded once."""
        sample = values[0]
        if len(sample) <= self.ddof:
            return math.nan
        mean = math.fsum(sample) / len(sample)
        squares = math.fsum((v - mean) ** 2 for v in sample) - math.fsum(v - mean for v in sample) ** 2 / len(sample)
        return max(squares, 0.0) / (len(sample) - self.ddof)

    @staticmethod
    def kernel(m: Any, out: int, x: int, s: int, p: int, candle: int, n: int, lanes: int) -> None:
        one = np.uint64(1)
        two = np.uint64(2)
        window = np.uint64(m[p])
        ddof = m[p + two]
        least = max(m[p + one], ddof + 1.0)
        age = (candle + np.uint64(m[p + np.uint64(3)])) % window
        waits = s + lanes
        count = waits + lanes
        prefix = count + lanes
        squares = prefix + lanes
        suffix = squares + lanes
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
                        m[prefix + lane] = 0.0
                        m[squares + lane] = 0.0
                        lay_powers(m, here + lane, suffix + lane, pivot, window, age, lanes, two)
                    waiting += m[waits + lane]
            laid = suffix + age * lanes
            laid_squares = laid + window * lanes
            for lane in range(lanes):
                value = m[here + lane]
                gone = m[here + lane - window * lanes]
                y = value - m[s + lane] if value - value == 0.0 else 0.0
                total = m[prefix + lane] + y
                square = m[squares + lane] + y * y
                valid_count = m[count + lane]
                valid_count += 1.0 if value - value == 0.0 else 0.0
                valid_count -= 1.0 if gone - gone == 0.0 else 0.0
                m[prefix + lane] = total
                m[squares + lane] = square
                m[count + lane] = valid_count
                a = m[laid + lane] + total
                b = m[laid_squares + lane] + square
                variance = max(b - a * a / valid_count, 0.0) / (valid_count - ddof)
                m[out + row * lanes + lane] = variance if valid_count >= least else np.nan
            age += one
            if age == window:
                age = np.uint64(0)


@dataclass(frozen=True)
class RollingDeviation(RollingVariance):
    """Standard deviation of the last ``window`` candles, with ``ddof`` degrees of freedom taken off.

    Lookback: window - 1
    NaN: while fewer than ``min_periods`` candles of the window, or no more than ``ddof``, are valid
    """

    spellings: ClassVar[tuple[str, ...]] = (
        f"{ROLLING}.std(ddof=1, numeric_only=False, engine=None, engine_kwargs=None)",
    )

    def definition(self, *values: Any) -> float:  # type: ignore[override] # depends on ddof
        """The root of the variance."""
        return math.sqrt(super().definition(*values))

    def expand(self, *operands: Any) -> Any:
        """The root of the variance."""
        return np.sqrt(operands[0].rolling(self.window, min_periods=self.min_periods).var(ddof=self.ddof))
