"""Lowest and highest of a window, by van Herk, Gil and Werman: suffix extreme of the last chunk, prefix of this one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from candlewick.operators.window import ROLLING, Window


@dataclass(frozen=True)
class RollingMax(Window):
    """Highest of the last ``window`` candles.

    Lookback: window - 1
    NaN: while fewer than ``min_periods`` candles of the window are valid
    """

    spellings: ClassVar[tuple[str, ...]] = (f"{ROLLING}.max(numeric_only=False, engine=None, engine_kwargs=None)",)
    exact: ClassVar[bool] = True

    @property
    def slots(self) -> int:
        """Prefix, count, suffixes."""
        return 2 + self.window

    def initial(self) -> tuple[float, ...]:
        """Nothing seen."""
        return (-math.inf, 0.0) + (-math.inf,) * self.window

    @staticmethod
    def definition(*values: Any) -> float:
        """The highest."""
        return max(values[0], default=math.nan)

    @staticmethod
    def kernel(m: Any, out: int, x: int, s: int, p: int, candle: int, n: int, lanes: int) -> None:
        one = np.uint64(1)
        window = np.uint64(m[p])
        least = max(m[p + one], 1.0)
        age = (candle + np.uint64(m[p + np.uint64(2)])) % window
        count = s + lanes
        suffix = count + lanes
        for row in range(n):
            here = x + row * lanes
            if age == np.uint64(0):
                last = suffix + (window - one) * lanes
                for lane in range(lanes):
                    m[s + lane] = -np.inf
                    m[last + lane] = -np.inf
                for j in range(one, window):
                    laid = last - j * lanes
                    for lane in range(lanes):
                        value = m[here + lane - j * lanes]
                        value = value if value - value == 0.0 else -np.inf
                        m[laid + lane] = max(m[laid + lanes + lane], value)
            laid = suffix + age * lanes
            for lane in range(lanes):
                value = m[here + lane]
                gone = m[here + lane - window * lanes]
                new = max(m[s + lane], value if value - value == 0.0 else -np.inf)
                valid = m[count + lane]
                valid += 1.0 if value - value == 0.0 else 0.0
                valid -= 1.0 if gone - gone == 0.0 else 0.0
                m[s + lane] = new
                m[count + lane] = valid
                m[out + row * lanes + lane] = max(m[laid + lane], new) if valid >= least else np.nan
            age += one
            if age == window:
                age = np.uint64(0)


@dataclass(frozen=True)
class RollingMin(Window):
    """Lowest of the last ``window`` candles.

    Lookback: window - 1
    NaN: while fewer than ``min_periods`` candles of the window are valid
    """

    spellings: ClassVar[tuple[str, ...]] = (f"{ROLLING}.min(numeric_only=False, engine=None, engine_kwargs=None)",)
    exact: ClassVar[bool] = True

    @property
    def slots(self) -> int:
        """Prefix, count, suffixes."""
        return 2 + self.window

    def initial(self) -> tuple[float, ...]:
        """Nothing seen."""
        return (math.inf, 0.0) + (math.inf,) * self.window

    @staticmethod
    def definition(*values: Any) -> float:
        """The lowest."""
        return min(values[0], default=math.nan)

    @staticmethod
    def kernel(m: Any, out: int, x: int, s: int, p: int, candle: int, n: int, lanes: int) -> None:
        one = np.uint64(1)
        window = np.uint64(m[p])
        least = max(m[p + one], 1.0)
        age = (candle + np.uint64(m[p + np.uint64(2)])) % window
        count = s + lanes
        suffix = count + lanes
        for row in range(n):
            here = x + row * lanes
            if age == np.uint64(0):
                last = suffix + (window - one) * lanes
                for lane in range(lanes):
                    m[s + lane] = np.inf
                    m[last + lane] = np.inf
                for j in range(one, window):
                    laid = last - j * lanes
                    for lane in range(lanes):
                        value = m[here + lane - j * lanes]
                        value = value if value - value == 0.0 else np.inf
                        m[laid + lane] = min(m[laid + lanes + lane], value)
            laid = suffix + age * lanes
            for lane in range(lanes):
                value = m[here + lane]
                gone = m[here + lane - window * lanes]
                new = min(m[s + lane], value if value - value == 0.0 else np.inf)
                valid = m[count + lane]
                valid += 1.0 if value - value == 0.0 else 0.0
                valid -= 1.0 if gone - gone == 0.0 else 0.0
                m[s + lane] = new
                m[count + lane] = valid
                m[out + row * lanes + lane] = min(m[laid + lane], new) if valid >= least else np.nan
            age += one
            if age == window:
                age = np.uint64(0)
