"""Running totals since the first candle: anchored there for ever."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from candlewick.operators.operator import UNBOUNDED, Operator


@dataclass(frozen=True)
class Cumulative(Operator):
    """A statistic of every candle so far; it never settles, so its value depends on the first candle."""

    klass: ClassVar[str] = "R"

    @property
    def lookback(self) -> int:
        """Every candle."""
        return UNBOUNDED

    @property
    def settling(self) -> int | None:
        """Never."""
        return None


@dataclass(frozen=True)
class CumulativeSum(Cumulative):
    """Sum of every candle so far, compensated (Neumaier), so that ten million candles lose nothing.

    Lookback: unbounded, anchored at the first candle
    NaN: where the value is missing; the sum goes on after it
    """

    spellings: ClassVar[tuple[str, ...]] = ("x.cumsum(axis=None, skipna=True)",)

    @property
    def slots(self) -> int:
        """Sum and what rounding took from it."""
        return 2

    @staticmethod
    def kernel(m: Any, out: int, x: int, s: int, p: int, candle: int, n: int, lanes: int) -> None:
        lost = s + lanes
        for row in range(n):
            here = row * lanes
            for lane in range(lanes):
                value = m[x + here + lane]
                total = m[s + lane]
                missing = value != value
                added = 0.0 if missing else value
                new = total + added
                error = (total - new) + added if abs(total) >= abs(added) else (added - new) + total
                rest = m[lost + lane] + (error if error - error == 0.0 else 0.0)
                m[s + lane] = new
                m[lost + lane] = rest
                m[out + here + lane] = np.nan if missing else new + rest
