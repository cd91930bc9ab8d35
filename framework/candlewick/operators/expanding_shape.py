"""Shape of every candle so far, and what two columns have in common since the first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from candlewick.operators.expanding import EXPANDING, Expanding
from candlewick.operators.operator import integer
from candlewick.operators.rolling_shape import kurtosis, skewness


@dataclass(frozen=True)
class ExpandingCount(Expanding):
    """Number of candles so far that are not missing; infinite ones are there.

    Lookback: unbounded, anchored at the first candle
    NaN: first ``min_periods`` - 1 candles
    """

    spellings: ClassVar[tuple[str, ...]] = (f"{EXPANDING}.count(numeric_only=False)",)
    exact: ClassVar[bool] = True

    def expand(self, *operands: Any) -> Any:
        """Ones added up."""
        return operands[0].notna().astype(float).expanding(min_periods=self.min_periods).sum()


@dataclass(frozen=True)
class ExpandingStandardError(Expanding):
    """Standard deviation of every valid candle so far over the square root of their number.

    Lookback: unbounded, anchored at the first candle
    NaN: until ``min_periods``, and more than ``ddof``, candles were valid
    """

    spellings: ClassVar[tuple[str, ...]] = (f"{EXPANDING}.sem(ddof=1, numeric_only=False)",)
    ddof: int = 1

    def expand(self, *operands: Any) -> Any:
        """The deviation over the root of the count, which pandas takes infinite candles for."""
        x = operands[0]
        deviation = x.expanding(min_periods=self.min_periods).std(ddof=self.ddof)
        return deviation / np.sqrt(x.expanding().count())


@dataclass(frozen=True)
class ExpandingShape(Expanding):
    """Skewness (``order`` 3) or excess kurtosis (``order`` 4) of every valid candle so far, unbiased.

    Lookback: unbounded, anchored at the first candle
    NaN: until ``min_periods``, or as many as the order, candles were valid, and while all are equal
    """

    samples: ClassVar[tuple[dict[str, Any], ...]] = ({"order": 3}, {"order": 4, "min_periods": 6})
    helpers = (skewness, kurtosis)
    order: int = 3

    @property
    def slots(self) -> int:
        """Count, mean, its rounding, second, third and fourth central sums."""
        return 6

    @staticmethod
    def kernel(out: Any, x: Any, s: Any, w: Any, p: Any, candle: int, n: int, lanes: int) -> None:
        order = p[1]
        least = max(p[0], order)
        means = lanes
        lost = 2 * lanes
        squares = 3 * lanes
        cubes = 4 * lanes
        fourths = 5 * lanes
        for row in range(n):
            at = row * lanes
            for lane in range(lanes):
                value = x[at + lane]
                if value - value == 0.0:
                    before = s[lane]
                    k = before + 1.0
                    away = (value - s[means + lane]) - s[lost + lane]
                    share = away / k
                    step = share + s[lost + lane]
                    mean = s[means + lane] + step
                    s[lost + lane] = step - (mean - s[means + lane])
                    s[means + lane] = mean
                    term = away * share * before
                    second = s[squares + lane]
                    third = s[cubes + lane]
                    s[fourths + lane] += (
                        term * share * share * (k * k - 3.0 * k + 3.0)
                        + 6.0 * share * share * second
                        - 4.0 * share * third
                    )
                    s[cubes + lane] = third + term * share * (k - 2.0) - 3.0 * share * second
                    s[squares + lane] = second + term
                    s[lane] = k
                k = s[lane]
                second = s[squares + lane]
                result = np.nan
                if k >= least and second > 0.0:
                    if order == 3.0:
                        result = skewness(k, second, s[cubes + lane])
                    else:
                        result = kurtosis(k, second, s[fourths + lane])
                out[at + lane] = result


@dataclass(frozen=True)
class ExpandingSkewness(Expanding):
    """Skewness of every valid candle so far, unbiased.

    Lookback: unbounded, anchored at the first candle
    NaN: until ``min_periods``, or three, candles were valid, and while all are equal
    """

    spellings: ClassVar[tuple[str, ...]] = (f"{EXPANDING}.skew(numeric_only=False)",)

    def expand(self, *operands: Any) -> Any:
        """The shape of order 3."""
        return ExpandingShape(self.min_periods, 3), operands


@dataclass(frozen=True)
class ExpandingKurtosis(Expanding):
    """Excess kurtosis of every valid candle so far, unbiased.

    Lookback: unbounded, anchored at the first candle
    NaN: until ``min_periods``, or four, candles were valid, and while all are equal
    """

    spellings: ClassVar[tuple[str, ...]] = (f"{EXPANDING}.kurt(numeric_only=False)",)

    def expand(self, *operands: Any) -> Any:
        """The shape of order 4."""
        return ExpandingShape(self.min_periods, 4), operands


@dataclass(frozen=True)
class ExpandingComoment(Expanding):
    """Covariance, or with ``normalize`` correlation, of two columns over every candle so far that has both.

    Lookback: unbounded, anchored at the first candle
    NaN: until ``min_periods``, and more than ``ddof``, candles had both values
    """

    operands: ClassVar[tuple[str, ...]] = ("x", "other")
    samples: ClassVar[tuple[dict[str, Any], ...]] = ({}, {"min_periods": 5, "normalize": True})
    ddof: int = 1
    normalize: bool = False

    @property
    def slots(self) -> int:
        """Count, two means and their roundings, sums of products and of squares."""
        return 8

    @staticmethod
    def kernel(out: Any, x: Any, other: Any, s: Any, w: Any, p: Any, candle: int, n: int, lanes: int) -> None:
        ddof = p[1]
        normalize = p[2] > 0.0
        least = max(p[0], ddof + 1.0)
        one = lanes
        lost = 2 * lanes
        two = 3 * lanes
        lost_too = 4 * lanes
        products = 5 * lanes
        squares = 6 * lanes
        squares_too = 7 * lanes
        for row in range(n):
            at = row * lanes
            for lane in range(lanes):
                u = x[at + lane]
                v = other[at + lane]
                if u - u == 0.0 and v - v == 0.0:
                    k = s[lane] + 1.0
                    away = (u - s[one + lane]) - s[lost + lane]
                    apart = (v - s[two + lane]) - s[lost_too + lane]
                    step = away / k + s[lost + lane]
                    stride = apart / k + s[lost_too + lane]
                    mean = s[one + lane] + step
                    middle = s[two + lane] + stride
                    s[lost + lane] = step - (mean - s[one + lane])
                    s[lost_too + lane] = stride - (middle - s[two + lane])
                    left = (k - 1.0) / k
                    s[products + lane] += left * (away * apart)
                    s[squares + lane] += left * (away * away)
                    s[squares_too + lane] += left * (apart * apart)
                    s[one + lane] = mean
                    s[two + lane] = middle
                    s[lane] = k
                count = s[lane]
                if normalize:
                    alone = np.sqrt(s[squares + lane]) * np.sqrt(s[squares_too + lane])
                    result = min(max(s[products + lane] / alone, -1.0), 1.0) if alone > 0.0 else np.nan
                else:
                    result = s[products + lane] / (count - ddof)
                out[at + lane] = result if count >= least else np.nan


@dataclass(frozen=True)
class ExpandingCovariance(Expanding):
    """Covariance with another column over every candle so far that has both values.

    Lookback: unbounded, anchored at the first candle
    NaN: until ``min_periods``, and more than ``ddof``, candles had both values
    """

    spellings: ClassVar[tuple[str, ...]] = (f"{EXPANDING}.cov(other, pairwise=None, ddof=1, numeric_only=False)",)
    operands: ClassVar[tuple[str, ...]] = ("x", "other")
    ddof: int = 1

    def expand(self, *operands: Any) -> Any:
        """The comoment."""
        return ExpandingComoment(self.min_periods, integer("ddof", self.ddof, least=0)), operands


@dataclass(frozen=True)
class ExpandingCorrelation(Expanding):
    """Correlation with another column over every candle so far that has both values.

    Lookback: unbounded, anchored at the first candle
    NaN: until ``min_periods``, or two, candles had both values, and while either has not varied
    """

    spellings: ClassVar[tuple[str, ...]] = (f"{EXPANDING}.corr(other, pairwise=None, ddof=1, numeric_only=False)",)
    operands: ClassVar[tuple[str, ...]] = ("x", "other")

    def expand(self, *operands: Any) -> Any:
        """The comoment over both deviations."""
        return ExpandingComoment(self.min_periods, 1, normalize=True), operands
