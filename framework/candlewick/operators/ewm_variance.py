"""Exponentially weighted variance and standard deviation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from candlewick.operators.ewm import EWM, EWM_SAMPLES, Ewm
from candlewick.operators.operator import flag


@dataclass(frozen=True)
class EwmVariance(Ewm):
    """Exponentially weighted variance, unbiased unless ``bias``.

    Lookback: unbounded
    NaN: until ``min_periods`` valid candles, and unless ``bias`` for the first; a missing candle repeats the value
    """

    spellings: ClassVar[tuple[str, ...]] = (f"{EWM}.var(bias=False, numeric_only=False)",)
    samples: ClassVar[tuple[dict[str, Any], ...]] = (*EWM_SAMPLES, {"span": 6, "bias": True})
    bias: bool = False

    def definition(self, *values: Any) -> float:
        """The weighted mean of squares about the weighted mean; unbiased by the sum of the squared weights."""
        sample = [value for value in values[0] if math.isfinite(value)]
        if len(sample) < (self.min_periods or 1):
            return math.nan
        weights = self.weights(values[0])
        mean = math.fsum(weight * (value - sample[-1]) for weight, value in zip(weights, sample, strict=True))
        variance = math.fsum(w * (v - sample[-1] - mean) ** 2 for w, v in zip(weights, sample, strict=True))
        if self.bias:
            return variance
        factor = 1.0 - math.fsum(weight * weight for weight in weights)
        return variance / factor if len(sample) > 1 and factor > 0.0 else math.nan

    @property
    def numbers(self) -> tuple[float, ...]:
        """Weight, least, adjust, ignore_na, bias."""
        return (*super().numbers, float(flag("bias", self.bias)))

    @property
    def slots(self) -> int:
        """Mean, variance, sum of weights, of their squares, weight of the past, valid candles, rounding of the mean."""
        return 7

    def initial(self) -> tuple[float, ...]:
        """No candle yet."""
        return (math.nan, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0)

    @staticmethod
    def kernel(out: Any, x: Any, s: Any, w: Any, p: Any, candle: int, n: int, lanes: int) -> None:
        alpha = p[0]
        least = p[1]
        adjust = p[2] > 0.0
        ignore = p[3] > 0.0
        bias = p[4] > 0.0
        spread = lanes
        sums = 2 * lanes
        squares = 3 * lanes
        weight = 4 * lanes
        counts = 5 * lanes
        lost = 6 * lanes
        new_weight = 1.0 if adjust else alpha
        keep = 1.0 - alpha
        for row in range(n):
            at = row * lanes
            for lane in range(lanes):
                value = x[at + lane]
                valid = value - value == 0.0
                mean = s[lane]
                variance = s[spread + lane]
                total = s[sums + lane]
                square = s[squares + lane]
                past = s[weight + lane]
                if mean == mean:
                    if valid or not ignore:
                        total *= keep
                        square *= keep * keep
                        past *= keep
                    if valid:
                        share = new_weight / (past + new_weight)
                        away = (value - mean) - s[lost + lane]
                        step = share * away + s[lost + lane]
                        new = mean + step
                        s[lost + lane] = step - (new - mean)
                        variance = (1.0 - share) * (variance + share * away * away)
                        mean = new
                        total += new_weight
                        square += new_weight * new_weight
                        past += new_weight
                        if not adjust:
                            total /= past
                            square /= past * past
                            past = 1.0
                elif valid:
                    mean = value
                seen = s[counts + lane] + (1.0 if valid else 0.0)
                s[lane] = mean
                s[spread + lane] = variance
                s[sums + lane] = total
                s[squares + lane] = square
                s[weight + lane] = past
                s[counts + lane] = seen
                result = variance
                if not bias:
                    denominator = total * total - square
                    result = total * total / denominator * variance if denominator > 0.0 and seen > 1.0 else np.nan
                out[at + lane] = result if seen >= least else np.nan


@dataclass(frozen=True)
class EwmDeviation(Ewm):
    """Exponentially weighted standard deviation, unbiased unless ``bias``.

    Lookback: unbounded
    NaN: until ``min_periods`` valid candles, and unless ``bias`` for the first; a missing candle repeats the value
    """

    spellings: ClassVar[tuple[str, ...]] = (f"{EWM}.std(bias=False, numeric_only=False)",)
    bias: bool = False

    def definition(self, *values: Any) -> float:
        """The root of the variance."""
        return math.sqrt(max(EwmVariance(**self.parameters).definition(*values), 0.0))

    def expand(self, *operands: Any) -> Any:
        """The root of the variance."""
        parameters = self.parameters
        return np.sqrt(
            operands[0]
            .ewm(**{k: parameters[k] for k in ("com", "min_periods", "adjust", "ignore_na")})
            .var(bias=self.bias)
        )
