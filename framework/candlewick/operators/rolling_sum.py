"""Sums, counts and means of a window."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from candlewick.operators.window import ROLLING, Window, latest_valid, lay_powers


@dataclass(frozen=True)
class RollingSum(Window):
    """Sum of the last ``window`` candles.

    Lookback: window - 1
    NaN: while fewer than ``min_periods`` candles of the window are valid
    """

    spellings: ClassVar[tuple[str, ...]] = (f"{ROLLING}.sum(numeric_only=False, engine=None, engine_kwargs=None)",)

    @property
    def slots(self) -> int:
        """Prefix, count, suffixes."""
        return 2 + self.window

    @staticmethod
    def definition(*values: Any) -> float:
        """The sum, rounded once."""
        return math.fsum(values[0]) if len(values[0]) else 0.0

    @staticmethod
    def kernel(m: Any, out: int, x: int, s: int, p: int, candle: int, n: int, lanes: int) -> None:
        one = np.uint64(1)
        window = np.uint64(m[p])
        least = m[p + one]
        age = (candle + np.uint64(m[p + np.uint64(2)])) % window
        count = s + lanes
        suffix = count + lanes
        for row in range(n):
            here = row * lanes
            if age == np.uint64(0):
                for lane in range(lanes):
                    total = 0.0
                    at = suffix + window * lanes + lane
                    back = x + here + lane
                    m[at - lanes] = 0.0
                    for j in range(one, window):
                        value = m[back - j * lanes]
                        total += value if value - value == 0.0 else 0.0
                        m[at - (j + one) * lanes] = total
                    m[s + lane] = 0.0
            laid = suffix + age * lanes
            for lane in range(lanes):
                value = m[x + here + lane]
                gone = m[x + here + lane - window * lanes]
                new = m[s + lane] + (value if value - value == 0.0 else 0.0)
                valid = m[count + lane]
                valid += 1.0 if value - value == 0.0 else 0.0
                valid -= 1.0 if gone - gone == 0.0 else 0.0
                m[s + lane] = new
                m[count + lane] = valid
                m[out + here + lane] = m[laid + lane] + new if valid >= least else np.nan
            age += one
            if age == window:
                age = np.uint64(0)


@dataclass(frozen=True)
class RollingMean(Window):
    """Mean of the last ``window`` candles.

    Lookback: window - 1
    NaN: while fewer than ``min_periods`` candles of the window are valid
    """

    spellings: ClassVar[tuple[str, ...]] = (f"{ROLLING}.mean(numeric_only=False, engine=None, engine_kwargs=None)",)
    helpers = (lay_powers, latest_valid)

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
    def kernel(m: Any, out: int, x: int, s: int, p: int, candle: int, n: int, lanes: int) -> None:
        one = np.uint64(1)
        window = np.uint64(m[p])
        least = max(m[p + one], 1.0)
        age = (candle + np.uint64(m[p + np.uint64(2)])) % window
        waits = s + lanes
        count = waits + lanes
        prefix = count + lanes
        suffix = prefix + lanes
        start = age
        for lane in range(lanes):  # the prefix waits for itself: the state stays in registers along the rows
            pivot = m[s + lane]
            waiting = m[waits + lane]
            total = m[prefix + lane]
            valid_count = m[count + lane]
            age = start
            for row in range(n):
                here = x + row * lanes + lane
                value = m[here]
                gone = m[here - window * lanes]
                valid = value - value == 0.0
                if age == np.uint64(0) or (waiting > 0.0 and valid):
                    pivot = value if valid else latest_valid(m, here, window - one, lanes)
                    waiting = 0.0 if valid else 1.0
                    total = 0.0
                    lay_powers(m, here, suffix + lane, pivot, window, age, lanes, one)
                if valid:
                    total += value - pivot
                    valid_count += 1.0
                if gone - gone == 0.0:
                    valid_count -= 1.0
                mean = pivot + (m[suffix + age * lanes + lane] + total) / valid_count
                m[out + row * lanes + lane] = mean if valid_count >= least else np.nan
                age += one
                if age == window:
                    age = np.uint64(0)
            m[s + lane] = pivot
            m[waits + lane] = waiting
            m[prefix + lane] = total
            m[count + lane] = valid_count
