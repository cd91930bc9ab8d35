"""Statistics of every candle so far: ``expanding()``."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from candlewick.operators.cumulative import Cumulative
from candlewick.operators.operator import integer

EXPANDING = "x.expanding(min_periods=1, method='single')"
EXPANDING_SAMPLES: tuple[dict[str, Any], ...] = ({}, {"min_periods": 4})


@dataclass(frozen=True)
class Expanding(Cumulative):
    """Sum, count, mean or central moment of every valid candle so far; infinite ones are missing, as in pandas."""

    samples: ClassVar[tuple[dict[str, Any], ...]] = EXPANDING_SAMPLES
    min_periods: int = 1

    def __post_init__(self) -> None:
        """A count."""
        object.__setattr__(self, "min_periods", integer("min_periods", self.min_periods, least=0))

    @property
    def first(self) -> int:
        """Candles before there are ``min_periods``."""
        return max(self.min_periods - 1, 0)


def valid_only(x: Any, instead: float) -> Any:
    """The column with missing and infinite values replaced."""
    return x.where(x - x == 0.0, instead)


def where_enough(x: Any, value: Any, least: int) -> Any:
    """The value once at least ``least`` candles were valid."""
    return value.where(counted(x) >= float(least))


def counted(x: Any) -> Any:
    """The number of valid candles so far, in pandas' words."""
    return (x - x == 0.0).astype(float).cumsum()


@dataclass(frozen=True)
class ExpandingSum(Expanding):
    """Sum of every valid candle so far.

    Lookback: unbounded, anchored at the first candle
    NaN: until ``min_periods`` candles were valid
    """

    spellings: ClassVar[tuple[str, ...]] = (f"{EXPANDING}.sum(numeric_only=False, engine=None, engine_kwargs=None)",)

    def expand(self, *operands: Any) -> Any:
        """The compensated sum."""
        x = operands[0]
        return where_enough(x, valid_only(x, 0.0).cumsum(), self.min_periods)


@dataclass(frozen=True)
class ExpandingMax(Expanding):
    """Highest valid candle so far.

    Lookback: unbounded, anchored at the first candle
    NaN: until ``min_periods`` candles were valid
    """

    spellings: ClassVar[tuple[str, ...]] = (f"{EXPANDING}.max(numeric_only=False, engine=None, engine_kwargs=None)",)
    exact: ClassVar[bool] = True

    def expand(self, *operands: Any) -> Any:
        """The running highest."""
        x = operands[0]
        return where_enough(x, valid_only(x, -math.inf).cummax(), max(self.min_periods, 1))


@dataclass(frozen=True)
class ExpandingMin(Expanding):
    """Lowest valid candle so far.

    Lookback: unbounded, anchored at the first candle
    NaN: until ``min_periods`` candles were valid
    """

    spellings: ClassVar[tuple[str, ...]] = (f"{EXPANDING}.min(numeric_only=False, engine=None, engine_kwargs=None)",)
    exact: ClassVar[bool] = True

    def expand(self, *operands: Any) -> Any:
        """The running lowest."""
        x = operands[0]
        return where_enough(x, valid_only(x, math.inf).cummin(), max(self.min_periods, 1))


@dataclass(frozen=True)
class ExpandingMoment(Expanding):
    """Mean (``order`` 1) or variance (``order`` 2) of every valid candle so far, by Welford's recursion.

    Lookback: unbounded, anchored at the first candle
    NaN: until ``min_periods`` candles, and for a variance more than ``ddof``, were valid
    """

    samples: ClassVar[tuple[dict[str, Any], ...]] = ({"order": 1}, {"order": 2, "min_periods": 3})
    order: int = 1
    ddof: int = 1

    @property
    def slots(self) -> int:
        """Mean, its rounding error, squares, count."""
        return 4

    @staticmethod
    def kernel(out: Any, x: Any, s: Any, w: Any, p: Any, candle: int, n: int, lanes: int) -> None:
        least = p[0]
        variance = p[1] == 2.0
        ddof = p[2]
        least = max(least, ddof + 1.0) if variance else max(least, 1.0)
        lost = lanes
        squares = 2 * lanes
        counts = 3 * lanes
        for row in range(n):
            at = row * lanes
            for lane in range(lanes):
                value = x[at + lane]
                valid = value - value == 0.0
                count = s[counts + lane] + (1.0 if valid else 0.0)
                mean = s[lane]
                away = (value - mean) - s[lost + lane] if valid else 0.0
                step = away / count + s[lost + lane] if valid else 0.0
                new = mean + step if valid else mean
                s[squares + lane] += away * (value - new) if valid else 0.0
                s[lost + lane] = step - (new - mean) if valid else s[lost + lane]
                s[lane] = new
                s[counts + lane] = count
                result = max(s[squares + lane], 0.0) / (count - ddof) if variance else new
                out[at + lane] = result if count >= least else np.nan


@dataclass(frozen=True)
class ExpandingMean(Expanding):
    """Mean of every valid candle so far.

    Lookback: unbounded, anchored at the first candle
    NaN: until ``min_periods`` candles were valid
    """

    spellings: ClassVar[tuple[str, ...]] = (f"{EXPANDING}.mean(numeric_only=False, engine=None, engine_kwargs=None)",)

    def expand(self, *operands: Any) -> Any:
        """The moment of order 1."""
        return ExpandingMoment(self.min_periods, 1, 0), operands


@dataclass(frozen=True)
class ExpandingVariance(Expanding):
    """Variance of every valid candle so far.

    Lookback: unbounded, anchored at the first candle
    NaN: until ``min_periods``, and more than ``ddof``, candles were valid
    """

    spellings: ClassVar[tuple[str, ...]] = (
        f"{EXPANDING}.var(ddof=1, numeric_only=False, engine=None, engine_kwargs=None)",
    )
    ddof: int = 1

    def expand(self, *operands: Any) -> Any:
        """The moment of order 2."""
        return ExpandingMoment(self.min_periods, 2, integer("ddof", self.ddof, least=0)), operands


@dataclass(frozen=True)
class ExpandingDeviation(Expanding):
    """Standard deviation of every valid candle so far.

    Lookback: unbounded, anchored at the first candle
    NaN: until ``min_periods``, and more than ``ddof``, candles were valid
    """

    spellings: ClassVar[tuple[str, ...]] = (
        f"{EXPANDING}.std(ddof=1, numeric_only=False, engine=None, engine_kwargs=None)",
    )
    ddof: int = 1

    def expand(self, *operands: Any) -> Any:
        """The root of the variance."""
        return np.sqrt(operands[0].expanding(min_periods=self.min_periods).var(ddof=self.ddof))
