"""Variance, skewness and kurtosis of a window, from sums of powers about a pivot inside it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from candlewick.operators.operator import integer
from candlewick.operators.window import (
    CHUNK,
    ROLLING,
    WINDOW_SAMPLES,
    Window,
    begin_chunk,
    begin_late,
    is_full,
)


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
    helpers = CHUNK
    ddof: int = 1

    def __post_init__(self) -> None:
        """``ddof`` counts."""
        super().__post_init__()
        object.__setattr__(self, "ddof", integer("ddof", self.ddof, least=0))

    @property
    def first(self) -> int:
        """More than ``ddof`` candles are needed."""
        return max(super().first, self.ddof)

    scalars: ClassVar[int] = 5

    @property
    def slots(self) -> int:
        """Pivot, whether it waits for a valid candle, count, two prefixes, two suffixes for each age."""
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
    def kernel(out: Any, x: Any, s: Any, w: Any, p: Any, candle: int, n: int, lanes: int) -> None:
        window = int(p[0])
        ddof = p[2]
        least = max(p[1], ddof + 1.0)
        age = (candle + int(p[3])) % window
        waits = lanes
        counts = 2 * lanes
        prefix = 3 * lanes
        squares = 4 * lanes
        full = least <= p[0] and is_full(x, s, counts, p[0], n, lanes)
        share = 1.0 / p[0]
        free = 1.0 / (p[0] - ddof)
        waiting = 0.0
        for lane in range(lanes):
            waiting += s[waits + lane]
        row = 0
        while row < n:
            at = row * lanes
            if age == 0:
                waiting = begin_chunk(x, at, s, w, window, lanes, 2)
            elif waiting > 0.0:
                waiting = 0.0
                for lane in range(lanes):
                    value = x[at + lane]
                    if s[waits + lane] > 0.0 and value - value == 0.0:
                        begin_late(x, at, s, w, lane, window, age, lanes, 2)
                    waiting += s[waits + lane]
            laid = 2 * age * lanes
            if full:
                rows = min(window - age, n - row)
                for i in range(0, rows * lanes, lanes):
                    for lane in range(lanes):
                        y = x[at + i + lane] - s[lane]
                        total = s[prefix + lane] + y
                        square = s[squares + lane] + y * y
                        s[prefix + lane] = total
                        s[squares + lane] = square
                        a = w[laid + 2 * i + lane] + total
                        b = w[laid + 2 * i + lanes + lane] + square
                        out[at + i + lane] = max(b - a * (a * share), 0.0) * free
                row += rows
                age = (age + rows) % window
                continue
            for lane in range(lanes):
                value = x[at + lane]
                gone = x[at + lane - window * lanes]
                valid = value - value == 0.0
                y = value - s[lane] if valid else 0.0
                total = s[prefix + lane] + y
                square = s[squares + lane] + y * y
                count = s[counts + lane] + ((1.0 if valid else 0.0) - (1.0 if gone - gone == 0.0 else 0.0))
                s[prefix + lane] = total
                s[squares + lane] = square
                s[counts + lane] = count
                a = w[laid + lane] + total
                b = w[laid + lanes + lane] + square
                variance = max(b - a * (a * (1.0 / count)), 0.0) * (1.0 / (count - ddof))
                out[at + lane] = variance if count >= least else np.nan
            row += 1
            age = 0 if age == window - 1 else age + 1


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
