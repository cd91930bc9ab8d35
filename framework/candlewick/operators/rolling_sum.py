"""Sums, counts and means of a window."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from candlewick.operators.window import CHUNK, FULL, ROLLING, Window, begin_chunk, begin_late, is_full


@dataclass(frozen=True)
class RollingSum(Window):
    """Sum of the last ``window`` candles.

    Lookback: window - 1
    NaN: while fewer than ``min_periods`` candles of the window are valid
    """

    spellings: ClassVar[tuple[str, ...]] = (f"{ROLLING}.sum(numeric_only=False, engine=None, engine_kwargs=None)",)

    helpers = FULL

    scalars: ClassVar[int] = 2

    @property
    def slots(self) -> int:
        """Prefix, count, suffixes."""
        return 2 + self.window

    @staticmethod
    def definition(*values: Any) -> float:
        """The sum, rounded once."""
        return math.fsum(values[0]) if len(values[0]) else 0.0

    @staticmethod
    def kernel(out: Any, x: Any, s: Any, w: Any, p: Any, candle: int, n: int, lanes: int) -> None:
        window = int(p[0])
        least = p[1]
        age = (candle + int(p[2])) % window
        counts = lanes
        full = is_full(x, s, counts, p[0], n, lanes)
        row = 0
        while row < n:
            at = row * lanes
            if age == 0:
                for lane in range(lanes):
                    s[lane] = 0.0
                    w[(window - 1) * lanes + lane] = 0.0
                for back in range(1, window):
                    laid = (window - 1 - back) * lanes
                    for lane in range(lanes):
                        value = x[at + lane - back * lanes]
                        w[laid + lane] = w[laid + lanes + lane] + (value if value - value == 0.0 else 0.0)
            laid = age * lanes
            if full:
                rows = min(window - age, n - row)
                for i in range(0, rows * lanes, lanes):
                    for lane in range(lanes):
                        total = s[lane] + x[at + i + lane]
                        s[lane] = total
                        out[at + i + lane] = w[laid + i + lane] + total
                row += rows
                age = (age + rows) % window
                continue
            for lane in range(lanes):
                value = x[at + lane]
                gone = x[at + lane - window * lanes]
                valid = value - value == 0.0
                total = s[lane] + (value if valid else 0.0)
                count = s[counts + lane] + ((1.0 if valid else 0.0) - (1.0 if gone - gone == 0.0 else 0.0))
                s[lane] = total
                s[counts + lane] = count
                out[at + lane] = w[laid + lane] + total if count >= least else np.nan
            row += 1
            age = 0 if age == window - 1 else age + 1


@dataclass(frozen=True)
class RollingMean(Window):
    """Mean of the last ``window`` candles.

    Lookback: window - 1
    NaN: while fewer than ``min_periods`` candles of the window are valid
    """

    spellings: ClassVar[tuple[str, ...]] = (f"{ROLLING}.mean(numeric_only=False, engine=None, engine_kwargs=None)",)
    helpers = CHUNK

    scalars: ClassVar[int] = 4

    @property
    def slots(self) -> int:
        """Pivot, whether it waits for a valid candle, count, prefix, suffixes."""
        return 4 + self.window

    def initial(self) -> tuple[float, ...]:
        """Waiting for the first valid candle."""
        return (0.0, 1.0) + (0.0,) * (self.slots - 2)

    @staticmethod
    def definition(*values: Any) -> float:
        """The mean, rounded twice."""
        return math.fsum(values[0]) / len(values[0]) if len(values[0]) else math.nan

    @staticmethod
    def kernel(out: Any, x: Any, s: Any, w: Any, p: Any, candle: int, n: int, lanes: int) -> None:
        window = int(p[0])
        least = max(p[1], 1.0)
        age = (candle + int(p[2])) % window
        waits = lanes
        counts = 2 * lanes
        prefix = 3 * lanes
        full = is_full(x, s, counts, p[0], n, lanes)
        share = 1.0 / p[0]
        waiting = 0.0
        for lane in range(lanes):
            waiting += s[waits + lane]
        row = 0
        while row < n:
            at = row * lanes
            if age == 0:
                waiting = begin_chunk(x, at, s, w, window, lanes, 1)
            elif waiting > 0.0:
                waiting = 0.0
                for lane in range(lanes):
                    value = x[at + lane]
                    if s[waits + lane] > 0.0 and value - value == 0.0:
                        begin_late(x, at, s, w, lane, window, age, lanes, 1)
                    waiting += s[waits + lane]
            laid = age * lanes
            if full:
                rows = min(window - age, n - row)
                for i in range(0, rows * lanes, lanes):
                    for lane in range(lanes):
                        total = s[prefix + lane] + (x[at + i + lane] - s[lane])
                        s[prefix + lane] = total
                        out[at + i + lane] = s[lane] + (w[laid + i + lane] + total) * share
                row += rows
                age = (age + rows) % window
                continue
            for lane in range(lanes):
                value = x[at + lane]
                gone = x[at + lane - window * lanes]
                valid = value - value == 0.0
                pivot = s[lane]
                total = s[prefix + lane] + (value - pivot if valid else 0.0)
                count = s[counts + lane] + ((1.0 if valid else 0.0) - (1.0 if gone - gone == 0.0 else 0.0))
                s[prefix + lane] = total
                s[counts + lane] = count
                mean = pivot + (w[laid + lane] + total) * (1.0 / count)
                out[at + lane] = mean if count >= least else np.nan
            row += 1
            age = 0 if age == window - 1 else age + 1
