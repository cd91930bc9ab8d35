"""Exponentially weighted covariance and correlation of two columns, over the candles that have both."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from candlewick.operators.ewm import EWM, EWM_SAMPLES, Ewm
from candlewick.operators.operator import flag


@dataclass(frozen=True)
class EwmPair(Ewm):
    """A statistic of two columns; a candle that lacks either value, or has an infinite one, is left out."""

    operands: ClassVar[tuple[str, ...]] = ("x", "other")
    bias: bool = False

    def pairs(self, *values: Any) -> tuple[list[float], list[float], list[float]]:
        """Both values of the candles that have them, and their weights."""
        both = [
            (a, b) if math.isfinite(a) and math.isfinite(b) else (math.nan, math.nan)
            for a, b in zip(*values, strict=True)
        ]
        there = [pair for pair in both if pair[0] == pair[0]]
        return [a for a, _ in there], [b for _, b in there], self.weights([a for a, _ in both])

    def moment(self, one: list[float], other: list[float], weights: list[float]) -> float:
        """The weighted mean of products about the weighted means."""
        means = [
            values[-1] + math.fsum(w * (v - values[-1]) for w, v in zip(weights, values, strict=True))
            for values in (one, other)
        ]
        return math.fsum(w * (a - means[0]) * (b - means[1]) for w, a, b in zip(weights, one, other, strict=True))


@dataclass(frozen=True)
class EwmCovariance(EwmPair):
    """Exponentially weighted covariance with another column, unbiased unless ``bias``.

    Lookback: unbounded
    NaN: until ``min_periods`` candles have both values, and unless ``bias`` for the first; a missing one repeats it
    """

    spellings: ClassVar[tuple[str, ...]] = (f"{EWM}.cov(other, pairwise=None, bias=False, numeric_only=False)",)
    samples: ClassVar[tuple[dict[str, Any], ...]] = (*EWM_SAMPLES, {"span": 6, "bias": True})

    def definition(self, *values: Any) -> float:
        """The weighted mean of products, unbiased by the sum of the squared weights."""
        one, other, weights = self.pairs(*values)
        if len(one) < (self.min_periods or 1):
            return math.nan
        together = self.moment(one, other, weights)
        factor = 1.0 if self.bias else 1.0 - math.fsum(weight * weight for weight in weights)
        return together / factor if self.bias or (len(one) > 1 and factor > 0.0) else math.nan

    @staticmethod
    def floor(x: Any, exact: Any) -> Any:
        """Products round to what their factors' squares allow."""
        del exact
        return 1e-3 * max((value * value for value in x.flat if value - value == 0.0), default=0.0)

    @property
    def numbers(self) -> tuple[float, ...]:
        """Weight, least, adjust, ignore_na, bias."""
        return (*super().numbers, float(flag("bias", self.bias)))

    @property
    def slots(self) -> int:
        """Two means, covariance, sum of weights, of their squares, weight of the past, pairs, two roundings."""
        return 9

    def initial(self) -> tuple[float, ...]:
        """No pair yet."""
        return (math.nan, math.nan, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0)

    @staticmethod
    def kernel(out: Any, x: Any, other: Any, s: Any, w: Any, p: Any, candle: int, n: int, lanes: int) -> None:
        alpha = p[0]
        least = p[1]
        adjust = p[2] > 0.0
        ignore = p[3] > 0.0
        bias = p[4] > 0.0
        second = lanes
        spread = 2 * lanes
        sums = 3 * lanes
        squares = 4 * lanes
        weight = 5 * lanes
        counts = 6 * lanes
        lost = 7 * lanes
        lost_too = 8 * lanes
        new_weight = 1.0 if adjust else alpha
        keep = 1.0 - alpha
        for row in range(n):
            at = row * lanes
            for lane in range(lanes):
                u = x[at + lane]
                v = other[at + lane]
                valid = u - u == 0.0 and v - v == 0.0
                covariance = s[spread + lane]
                total = s[sums + lane]
                square = s[squares + lane]
                past = s[weight + lane]
                if s[lane] == s[lane]:
                    if valid or not ignore:
                        total *= keep
                        square *= keep * keep
                        past *= keep
                    if valid:
                        share = new_weight / (past + new_weight)
                        away = (u - s[lane]) - s[lost + lane]
                        apart = (v - s[second + lane]) - s[lost_too + lane]
                        step = share * away + s[lost + lane]
                        stride = share * apart + s[lost_too + lane]
                        mean = s[lane] + step
                        middle = s[second + lane] + stride
                        s[lost + lane] = step - (mean - s[lane])
                        s[lost_too + lane] = stride - (middle - s[second + lane])
                        covariance = (1.0 - share) * (covariance + share * away * apart)
                        s[lane] = mean
                        s[second + lane] = middle
                        total += new_weight
                        square += new_weight * new_weight
                        past += new_weight
                        if not adjust:
                            total /= past
                            square /= past * past
                            past = 1.0
                elif valid:
                    s[lane] = u
                    s[second + lane] = v
                seen = s[counts + lane] + (1.0 if valid else 0.0)
                s[spread + lane] = covariance
                s[sums + lane] = total
                s[squares + lane] = square
                s[weight + lane] = past
                s[counts + lane] = seen
                result = covariance
                if not bias:
                    denominator = total * total - square
                    result = total * total / denominator * covariance if denominator > 0.0 and seen > 1.0 else np.nan
                out[at + lane] = result if seen >= least else np.nan


@dataclass(frozen=True)
class EwmCorrelation(EwmPair):
    """Exponentially weighted correlation with another column.

    Lookback: unbounded
    NaN: until ``min_periods`` candles have both values, and where either has not varied
    """

    spellings: ClassVar[tuple[str, ...]] = (f"{EWM}.corr(other, pairwise=None, numeric_only=False)",)
    samples: ClassVar[tuple[dict[str, Any], ...]] = EWM_SAMPLES

    def definition(self, *values: Any) -> float:
        """The moment of products over the roots of those of squares."""
        one, other, weights = self.pairs(*values)
        if len(one) < (self.min_periods or 1) or min(one) == max(one) or min(other) == max(other):
            return math.nan
        alone = self.moment(one, one, weights) * self.moment(other, other, weights)
        return self.moment(one, other, weights) / math.sqrt(alone) if alone > 0.0 else math.nan

    def expand(self, *operands: Any) -> Any:
        """Biased covariances, of the candles that have both values."""
        x, other = operands
        both = (x - x == 0.0) & (other - other == 0.0)
        x, other = x.where(both), other.where(both)
        words = {name: getattr(self, name) for name in ("com", "min_periods", "adjust", "ignore_na")}
        together = x.ewm(**words).cov(other, bias=True)
        return together / np.sqrt(x.ewm(**words).cov(x, bias=True) * other.ewm(**words).cov(other, bias=True))
