"""How many candles of a window are there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from candlewick.operators.window import ROLLING, Window


@dataclass(frozen=True)
class RollingCount(Window):
    """Number of the last ``window`` candles that are not missing; infinite ones are there.

    Lookback: window - 1
    NaN: first ``min_periods`` - 1 candles
    """

    spellings: ClassVar[tuple[str, ...]] = (f"{ROLLING}.count(numeric_only=False)",)
    exact: ClassVar[bool] = True

    @property
    def slots(self) -> int:
        """Count."""
        return 1

    @staticmethod
    def valid_rows(*rows: Any) -> Any:
        """All: missing ones are what is counted."""
        return np.full(len(rows[0]), fill_value=True)

    @staticmethod
    def definition(*values: Any) -> float:
        """Counted."""
        return float(sum(value == value for value in values[0]))

    @staticmethod
    def kernel(out: Any, x: Any, s: Any, w: Any, p: Any, candle: int, n: int, lanes: int) -> None:
        window = int(p[0])
        least = int(p[1])
        for row in range(n):
            at = row * lanes
            for lane in range(lanes):
                value = x[at + lane]
                gone = x[at + lane - window * lanes]
                count = s[lane] + ((1.0 if value == value else 0.0) - (1.0 if gone == gone else 0.0))
                s[lane] = count
                out[at + lane] = count if candle + row + 1 >= least else np.nan


@dataclass(frozen=True)
class RollingStandardError(Window):
    """Standard deviation of the last ``window`` candles over the square root of their number.

    Lookback: window - 1
    NaN: while fewer than ``min_periods`` candles of the window, or no more than ``ddof``, are valid
    """

    spellings: ClassVar[tuple[str, ...]] = (f"{ROLLING}.sem(ddof=1, numeric_only=False)",)
    ddof: int = 1

    @property
    def first(self) -> int:
        """More than ``ddof`` are needed."""
        return max(super().first, self.ddof)

    def definition(self, *values: Any) -> float:  # type: ignore[override] # of the variance
        """From the variance."""
        from candlewick.operators.rolling_moments import RollingVariance

        variance = RollingVariance(self.window, self.min_periods, self.ddof).definition(*values)
        return float(np.sqrt(variance / len(values[0]))) if values[0] else float("nan")

    def expand(self, *operands: Any) -> Any:
        """The deviation over the root of the sum of ones where a value is valid."""
        x = operands[0]
        rolling = x.rolling(self.window, min_periods=self.min_periods)
        valid = (x - x == 0.0).astype(float).rolling(self.window, min_periods=0).sum()
        return rolling.std(ddof=self.ddof) / np.sqrt(valid)
