"""Lowest and highest of a window, by van Herk, Gil and Werman: suffix extreme of the last chunk, prefix of this one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from candlewick.operators.window import FULL, ROLLING, Window, is_full


@dataclass(frozen=True)
class RollingMax(Window):
    """Highest of the last ``window`` candles.

    Lookback: window - 1
    NaN: while fewer than ``min_periods`` candles of the window are valid
    """

    spellings: ClassVar[tuple[str, ...]] = (f"{ROLLING}.max(numeric_only=False, engine=None, engine_kwargs=None)",)
    exact: ClassVar[bool] = True

    helpers = FULL

    scalars: ClassVar[int] = 2

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
    def kernel(out: Any, x: Any, s: Any, w: Any, p: Any, candle: int, n: int, lanes: int) -> None:
        window = int(p[0])
        least = max(p[1], 1.0)
        age = (candle + int(p[2])) % window
        counts = lanes
        full = is_full(x, s, counts, p[0], n, lanes)
        row = 0
        while row < n:
            at = row * lanes
            if age == 0:
                for lane in range(lanes):
                    s[lane] = -np.inf
                    w[(window - 1) * lanes + lane] = -np.inf
                for back in range(1, window):
                    laid = (window - 1 - back) * lanes
                    for lane in range(lanes):
                        value = x[at + lane - back * lanes]
                        w[laid + lane] = max(w[laid + lanes + lane], value if value - value == 0.0 else -np.inf)
            laid = age * lanes
            if full:
                rows = min(window - age, n - row)
                for i in range(0, rows * lanes, lanes):
                    for lane in range(lanes):
                        best = max(s[lane], x[at + i + lane])
                        s[lane] = best
                        out[at + i + lane] = max(w[laid + i + lane], best)
                row += rows
                age = (age + rows) % window
                continue
            for lane in range(lanes):
                value = x[at + lane]
                gone = x[at + lane - window * lanes]
                valid = value - value == 0.0
                best = max(s[lane], value if valid else -np.inf)
                count = s[counts + lane] + ((1.0 if valid else 0.0) - (1.0 if gone - gone == 0.0 else 0.0))
                s[lane] = best
                s[counts + lane] = count
                out[at + lane] = max(w[laid + lane], best) if count >= least else np.nan
            row += 1
            age = 0 if age == window - 1 else age + 1


@dataclass(frozen=True)
class RollingMin(Window):
    """Lowest of the last ``window`` candles.

    Lookback: window - 1
    NaN: while fewer than ``min_periods`` candles of the window are valid
    """

    spellings: ClassVar[tuple[str, ...]] = (f"{ROLLING}.min(numeric_only=False, engine=None, engine_kwargs=None)",)
    exact: ClassVar[bool] = True

    helpers = FULL

    scalars: ClassVar[int] = 2

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
    def kernel(out: Any, x: Any, s: Any, w: Any, p: Any, candle: int, n: int, lanes: int) -> None:
        window = int(p[0])
        least = max(p[1], 1.0)
        age = (candle + int(p[2])) % window
        counts = lanes
        full = is_full(x, s, counts, p[0], n, lanes)
        row = 0
        while row < n:
            at = row * lanes
            if age == 0:
                for lane in range(lanes):
                    s[lane] = np.inf
                    w[(window - 1) * lanes + lane] = np.inf
                for back in range(1, window):
                    laid = (window - 1 - back) * lanes
                    for lane in range(lanes):
                        value = x[at + lane - back * lanes]
                        w[laid + lane] = min(w[laid + lanes + lane], value if value - value == 0.0 else np.inf)
            laid = age * lanes
            if full:
                rows = min(window - age, n - row)
                for i in range(0, rows * lanes, lanes):
                    for lane in range(lanes):
                        best = min(s[lane], x[at + i + lane])
                        s[lane] = best
                        out[at + i + lane] = min(w[laid + i + lane], best)
                row += rows
                age = (age + rows) % window
                continue
            for lane in range(lanes):
                value = x[at + lane]
                gone = x[at + lane - window * lanes]
                valid = value - value == 0.0
                best = min(s[lane], value if valid else np.inf)
                count = s[counts + lane] + ((1.0 if valid else 0.0) - (1.0 if gone - gone == 0.0 else 0.0))
                s[lane] = best
                s[counts + lane] = count
                out[at + lane] = min(w[laid + lane], best) if count >= least else np.nan
            row += 1
            age = 0 if age == window - 1 else age + 1
