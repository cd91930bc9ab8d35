"""Values of a window themselves: the oldest, and how many different ones there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from candlewick.operators.window import Window


@dataclass(frozen=True)
class RollingOldest(Window):
    """The oldest valid one of the last ``window`` candles.

    Lookback: window - 1
    NaN: while fewer than ``min_periods`` candles of the window are valid
    """

    samples: ClassVar[tuple[dict[str, Any], ...]] = ({"window": 4}, {"window": 7, "min_periods": 2})
    exact: ClassVar[bool] = True

    @property
    def reach(self) -> int:
        """The window itself."""
        return self.window - 1

    @staticmethod
    def definition(*values: Any) -> float:
        """As it is."""
        return float(values[0][0]) if values[0] else float("nan")

    @staticmethod
    def kernel(out: Any, x: Any, s: Any, w: Any, p: Any, candle: int, n: int, lanes: int) -> None:
        window = int(p[0])
        least = max(p[1], 1.0)
        for i in range(n * lanes):
            count = 0.0
            found = np.nan
            for back in range(window):
                value = x[i - back * lanes]
                valid = value - value == 0.0
                found = value if valid else found
                count += 1.0 if valid else 0.0
            out[i] = found if count >= least else np.nan


@dataclass(frozen=True)
class RollingDistinct(Window):
    """How many different values the last ``window`` candles hold.

    Lookback: window - 1
    NaN: while fewer than ``min_periods`` candles of the window are valid
    """

    samples: ClassVar[tuple[dict[str, Any], ...]] = ({"window": 4}, {"window": 7, "min_periods": 2})
    exact: ClassVar[bool] = True

    @property
    def reach(self) -> int:
        """The window itself."""
        return self.window - 1

    @staticmethod
    def definition(*values: Any) -> float:
        """Counted."""
        return float(len(set(values[0]))) if values[0] else float("nan")

    @staticmethod
    def kernel(out: Any, x: Any, s: Any, w: Any, p: Any, candle: int, n: int, lanes: int) -> None:
        window = int(p[0])
        least = max(p[1], 1.0)
        for i in range(n * lanes):
            valid = 0.0
            different = 0.0
            for back in range(window):
                value = x[i - back * lanes]
                if value - value == 0.0:
                    valid += 1.0
                    fresh = 1.0
                    for other in range(back):
                        fresh = 0.0 if x[i - other * lanes] == value else fresh
                    different += fresh
            out[i] = different if valid >= least else np.nan
