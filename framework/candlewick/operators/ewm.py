"""Exponentially weighted means: recursions, seeded by the first valid candle."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from candlewick.operators.fused import fma
from candlewick.operators.operator import EPSILON, UNBOUNDED, Operator, Unsupported, flag, integer, real
from candlewick.operators.window import are_there

EWM = (
    "x.ewm(com=None, span=None, halflife=None, alpha=None, min_periods=0, adjust=True, ignore_na=False, "
    "times=None, method='single')"
)
EWM_SAMPLES: tuple[dict[str, Any], ...] = (
    {"span": 5},
    {"span": 9, "adjust": False, "min_periods": 9},
    {"alpha": 0.3, "adjust": False, "ignore_na": True},
    {"halflife": 4, "min_periods": 3, "ignore_na": True},
    {"com": 2, "adjust": False},
)


def centre_of_mass(com: Any, span: Any, halflife: Any, alpha: Any) -> float:
    """The centre of mass, from whichever of pandas' four spellings is given; pandas goes through it too."""
    given = {"com": com, "span": span, "halflife": halflife, "alpha": alpha}
    named = {name: real(name, value) for name, value in given.items() if value is not None}
    if len(named) != 1:
        raise Unsupported("ewm() needs exactly one of com, span, halflife and alpha", "write ewm(span=20)")
    match named:
        case {"com": value} if value >= 0:
            return value
        case {"span": value} if value >= 1:
            return (value - 1) / 2
        case {"halflife": value} if value > 0:
            return 1 / (1 - math.exp(math.log(0.5) / value)) - 1
        case {"alpha": value} if 0 < value <= 1:
            return (1 - value) / value
        case _:
            name, value = next(iter(named.items()))
            raise Unsupported(f"ewm({name}={value}) is outside its range", "pandas refuses it too")


@dataclass(frozen=True)
class Ewm(Operator):
    """An exponentially weighted statistic; missing and infinite values are left out, as in pandas."""

    klass: ClassVar[str] = "R"
    samples: ClassVar[tuple[dict[str, Any], ...]] = EWM_SAMPLES
    com: float | None = None
    span: float | None = None
    halflife: float | None = None
    alpha: float | None = None
    min_periods: int | None = 0
    adjust: bool = True
    ignore_na: bool = False

    def __post_init__(self) -> None:
        """Four spellings of one number become ``com``: of itself it is the same bits, ``alpha`` of itself is not."""
        object.__setattr__(self, "com", centre_of_mass(self.com, self.span, self.halflife, self.alpha))
        for spelled in ("span", "halflife", "alpha"):
            object.__setattr__(self, spelled, None)
        least = 0 if self.min_periods is None else integer("min_periods", self.min_periods, least=0)
        object.__setattr__(self, "min_periods", max(least, 1))
        flag("adjust", self.adjust)
        flag("ignore_na", self.ignore_na)

    @property
    def weight(self) -> float:
        """What the current candle weighs."""
        return 1 / (1 + float(self.com or 0.0))

    @property
    def numbers(self) -> tuple[float, ...]:
        """Weight, least, adjust, ignore_na."""
        return (self.weight, float(self.min_periods or 1), float(self.adjust), float(self.ignore_na))

    @property
    def lookback(self) -> int:
        """Every candle."""
        return UNBOUNDED

    @property
    def settling(self) -> int:
        """Candles until the first one weighs less than `EPSILON`."""
        alpha = self.weight
        return 0 if alpha >= 1.0 else math.ceil(math.log(EPSILON) / math.log1p(-alpha))

    @property
    def first(self) -> int:
        """Candles before there are ``min_periods``."""
        return (self.min_periods or 1) - 1

    def new_weight(self, past: float) -> float:
        """What a new candle weighs beside the past."""
        del past
        return 1.0 if self.adjust else self.weight

    def weights(self, values: Any) -> list[float]:
        """The weight of every valid candle in the last mean, from all candles so far, missing ones included."""
        alpha, past = self.weight, 1.0
        weights: list[float] = []
        for value in values:
            there = math.isfinite(value)
            if not weights:
                weights = [1.0] if there else []
                continue
            past *= 1.0 - alpha if there or not self.ignore_na else 1.0
            if there:
                new = self.new_weight(past)
                share = new / (past + new)
                weights = [weight * (1.0 - share) for weight in weights] + [share]
                past = past + new if self.adjust else 1.0
        return weights

    def exact_value(self, *pasts: Any) -> float | None:
        """The definition on all candles so far."""
        return self.definition(*(np.asarray(past, dtype=np.float64).tolist() for past in pasts))

    def definition(self, *values: Any) -> float:
        """The exact value for all candles so far, missing ones included: what the laws hold the kernel to."""
        raise NotImplementedError


@dataclass(frozen=True)
class EwmMean(Ewm):
    """Exponentially weighted mean; with ``adjust=False`` ``m += alpha * (x - m)``, seeded by the first candle.

    Computed as ``(1 - alpha) * m + alpha * x`` with two roundings and weights whose sum is 1 to the bit: the mean of
    equal candles is that candle.

    Wilder's smoothing of n candles is ``ewm(alpha=1/n, adjust=False)``; Wilder himself seeds with a simple mean.
    ``irregular``: after missing candles the new one weighs what the past has lost, as pandas 3 has it for ``com=1``
    with ``adjust=False`` (which is how it computes means at irregular times).

    Lookback: unbounded
    NaN: until ``min_periods`` valid candles; a missing candle repeats the value
    """

    spellings: ClassVar[tuple[str, ...]] = (f"{EWM}.mean(numeric_only=False, engine=None, engine_kwargs=None)",)
    samples: ClassVar[tuple[dict[str, Any], ...]] = (*EWM_SAMPLES, {"com": 1, "adjust": False, "irregular": True})
    helpers = (fma, are_there)
    irregular: bool = False

    @property
    def numbers(self) -> tuple[float, ...]:
        """Weight, least, adjust, ignore_na, irregular."""
        return (*super().numbers, float(self.irregular))

    def new_weight(self, past: float) -> float:
        """What a new candle weighs beside the past."""
        return 1.0 - past if self.irregular else super().new_weight(past)

    def definition(self, *values: Any) -> float:
        """The weighted mean, about the last candle."""
        sample = [value for value in values[0] if math.isfinite(value)]
        if len(sample) < (self.min_periods or 1):
            return math.nan
        weights = self.weights(values[0])
        return float(sample[-1] + math.fsum(w * (v - sample[-1]) for w, v in zip(weights, sample, strict=True)))

    @property
    def slots(self) -> int:
        """Mean, weight of the past, valid candles."""
        return 3

    def initial(self) -> tuple[float, ...]:
        """No candle yet."""
        return (math.nan, 1.0, 0.0)

    @staticmethod
    def kernel(out: Any, x: Any, s: Any, w: Any, p: Any, candle: int, n: int, lanes: int) -> None:
        alpha = p[0]
        least = p[1]
        adjust = p[2] > 0.0
        ignore = p[3] > 0.0
        irregular = p[4] > 0.0
        weight = lanes
        counts = 2 * lanes
        keep = 1.0 - alpha
        take = 1.0 - keep
        special = 1 if adjust else 0
        for lane in range(lanes):
            special = special if s[weight + lane] == 1.0 and s[lane] == s[lane] and s[counts + lane] >= least else 1
        if special == 0 and are_there(x, n * lanes):  # the usual block: weights do not change, the steps are as below
            for at in range(0, n * lanes, lanes):
                for lane in range(lanes):
                    mean = fma(keep, s[lane], take * x[at + lane])
                    s[lane] = mean
                    out[at + lane] = mean
            for lane in range(lanes):
                s[counts + lane] += float(n)
            return
        new_weight = 1.0 if adjust else alpha
        for row in range(n):
            at = row * lanes
            for lane in range(lanes):
                value = x[at + lane]
                valid = value - value == 0.0
                mean = s[lane]
                past = s[weight + lane]
                seen = s[counts + lane] + (1.0 if valid else 0.0)
                started = mean == mean
                moved = fma(keep, mean, take * value)
                if adjust or past != 1.0:  # without missing candles the weights of a recursion are constant
                    decayed = past * keep
                    new = 1.0 - decayed if irregular else new_weight
                    moved = mean + new / (decayed + new) * (value - mean)
                    past = (decayed if not ignore else past) if not valid else (decayed + 1.0 if adjust else 1.0)
                elif not valid and not ignore:
                    past = keep
                mean = (moved if valid else mean) if started else (value if valid else mean)
                s[weight + lane] = past if started else s[weight + lane]
                s[lane] = mean
                s[counts + lane] = seen
                out[at + lane] = mean if seen >= least else np.nan


@dataclass(frozen=True)
class EwmSum(Ewm):
    """Exponentially weighted sum: a candle counts in full, and ``1 - alpha`` of what it counted with every later one.

    Lookback: unbounded
    NaN: until ``min_periods`` valid candles; a missing candle lets the sum fade
    """

    spellings: ClassVar[tuple[str, ...]] = (f"{EWM}.sum(numeric_only=False, engine=None, engine_kwargs=None)",)
    samples: ClassVar[tuple[dict[str, Any], ...]] = ({"span": 5}, {"halflife": 4, "min_periods": 3})

    def definition(self, *values: Any) -> float:
        """Each valid candle times its weight."""
        there = [(age, value) for age, value in enumerate(reversed(values[0])) if math.isfinite(value)]
        keep = float(self.com or 0.0) / (1.0 + float(self.com or 0.0))
        return math.fsum(keep**age * v for age, v in there) if len(there) >= (self.min_periods or 1) else math.nan

    def expand(self, *operands: Any) -> Any:
        """The mean of all candles, missing ones as zeros, times the sum of all weights."""
        if not self.adjust or self.ignore_na or not self.com:
            raise Unsupported("ewm().sum() with adjust=False, ignore_na=True or no past", "write ewm(span=20).sum()")
        x = operands[0]
        there = x - x == 0.0
        filled = x.where(there, 0.0)
        candles = (filled * 0.0 + 1.0).cumsum()
        weights = np.expm1(candles * math.log(self.com / (1.0 + self.com))) * -(1.0 + self.com)
        total = filled.ewm(com=self.com).mean() * weights
        return total.where(there.astype(float).cumsum() >= float(self.min_periods or 1))
