"""Covariance and correlation of two columns over a window, from sums about a pivot of each."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from candlewick.operators.operator import integer
from candlewick.operators.window import ROLLING, WINDOW_SAMPLES, Window


def lay_pairs(m: Any, x: int, other: int, suffix: Any, px: float, py: float, window: Any, age: Any, lanes: Any) -> None:
    """Lay down, for one lane, sums of x, y, xy, xx and yy about the pivots over every suffix before the chunk."""
    one = np.uint64(1)
    stride = window * lanes
    at = suffix + (window - one) * lanes
    for k in range(np.uint64(5)):
        m[at + k * stride] = 0.0
    a = b = c = d = e = 0.0
    back = age * lanes
    for _ in range(window - one - age):
        back += lanes
        at -= lanes
        v = m[x - back]
        w = m[other - back]
        if v - v == 0.0 and w - w == 0.0:
            v -= px
            w -= py
            a += v
            b += w
            c += v * w
            d += v * v
            e += w * w
        m[at] = a
        m[at + stride] = b
        m[at + np.uint64(2) * stride] = c
        m[at + np.uint64(3) * stride] = d
        m[at + np.uint64(4) * stride] = e


@dataclass(frozen=True)
class RollingComoment(Window):
    """Covariance, or with ``normalize`` correlation, of two columns over the last ``window`` candles.

    Lookback: window - 1
    NaN: while fewer than ``min_periods`` candles have both values
    """

    operands: ClassVar[tuple[str, ...]] = ("x", "other")
    samples: ClassVar[tuple[dict[str, Any], ...]] = tuple(
        {**sample, "normalize": normalize} for sample in WINDOW_SAMPLES for normalize in (False, True)
    )
    helpers = (lay_pairs,)
    ddof: int = 1
    normalize: bool = False

    @property
    def first(self) -> int:
        """More than ``ddof`` candles are needed."""
        return max(super().first, self.ddof)

    @property
    def slots(self) -> int:
        """Two pivots, whether they wait, count, five prefixes, five sets of suffixes."""
        return 9 + 5 * self.window

    def initial(self) -> tuple[float, ...]:
        """Waiting for the first pair."""
        return (0.0, 0.0, 1.0) + (0.0,) * (self.slots - 3)

    def definition(self, *values: Any) -> float:  # type: ignore[override] # depends on normalize
        """Two passes, each sum rounded once."""
        x, y = values
        n = len(x)
        if n <= self.ddof:
            return math.nan
        mx, my = math.fsum(x) / n, math.fsum(y) / n
        together = math.fsum((v - mx) * (w - my) for v, w in zip(x, y, strict=True))
        if not self.normalize:
            return together / (n - self.ddof)
        if min(x) == max(x) or min(y) == max(y):
            return math.nan
        alone = math.fsum((v - mx) ** 2 for v in x) * math.fsum((w - my) ** 2 for w in y)
        return together / math.sqrt(alone) if alone > 0.0 else math.nan

    @staticmethod
    def kernel(m: Any, out: int, x: int, other: int, s: int, p: int, candle: int, n: int, lanes: int) -> None:
        one = np.uint64(1)
        window = np.uint64(m[p])
        ddof = m[p + np.uint64(2)]
        normalize = m[p + np.uint64(3)] > 0.0
        least = max(m[p + one], ddof + 1.0)
        age = (candle + np.uint64(m[p + np.uint64(4)])) % window
        pivots = s + lanes
        waits = pivots + lanes
        count = waits + lanes
        prefix = count + lanes
        suffix = prefix + np.uint64(5) * lanes
        stride = window * lanes
        waiting = 0.0
        for lane in range(lanes):
            waiting += m[waits + lane]
        for row in range(n):
            here = row * lanes
            if age == np.uint64(0) or waiting > 0.0:
                waiting = 0.0
                for lane in range(lanes):
                    v = m[x + here + lane]
                    w = m[other + here + lane]
                    valid = v - v == 0.0 and w - w == 0.0
                    if age == np.uint64(0) or (valid and m[waits + lane] > 0.0):
                        if not valid:
                            v = w = 0.0
                            for back in range(one, window):
                                at = here + lane
                                a = m[x + at - back * lanes]
                                b = m[other + at - back * lanes]
                                if a - a == 0.0 and b - b == 0.0:
                                    v, w = a, b
                                    break
                        m[s + lane] = v
                        m[pivots + lane] = w
                        m[waits + lane] = 0.0 if valid else 1.0
                        for k in range(np.uint64(5)):
                            m[prefix + k * lanes + lane] = 0.0
                        lay_pairs(m, x + here + lane, other + here + lane, suffix + lane, v, w, window, age, lanes)
                    waiting += m[waits + lane]
            laid = suffix + age * lanes
            for lane in range(lanes):
                at = here + lane
                v = m[x + at]
                w = m[other + at]
                v_gone = m[x + at - window * lanes]
                w_gone = m[other + at - window * lanes]
                valid = (v - v == 0.0) & (w - w == 0.0)
                v = v - m[s + lane] if valid else 0.0
                w = w - m[pivots + lane] if valid else 0.0
                a = m[prefix + lane] + v
                b = m[prefix + lanes + lane] + w
                c = m[prefix + np.uint64(2) * lanes + lane] + v * w
                d = m[prefix + np.uint64(3) * lanes + lane] + v * v
                e = m[prefix + np.uint64(4) * lanes + lane] + w * w
                k = m[count + lane]
                k += 1.0 if valid else 0.0
                k -= 1.0 if (v_gone - v_gone == 0.0) & (w_gone - w_gone == 0.0) else 0.0
                m[prefix + lane] = a
                m[prefix + lanes + lane] = b
                m[prefix + np.uint64(2) * lanes + lane] = c
                m[prefix + np.uint64(3) * lanes + lane] = d
                m[prefix + np.uint64(4) * lanes + lane] = e
                m[count + lane] = k
                a += m[laid + lane]
                b += m[laid + stride + lane]
                c += m[laid + np.uint64(2) * stride + lane]
                d += m[laid + np.uint64(3) * stride + lane]
                e += m[laid + np.uint64(4) * stride + lane]
                together = c - a * b / k
                alone = np.sqrt(max(d - a * a / k, 0.0)) * np.sqrt(max(e - b * b / k, 0.0))
                correlation = min(max(together / alone, -1.0), 1.0) if alone > 0.0 else np.nan
                result = correlation if normalize else together / (k - ddof)
                m[out + at] = result if k >= least else np.nan
            age += one
            if age == window:
                age = np.uint64(0)


@dataclass(frozen=True)
class RollingCovariance(Window):
    """Covariance with another column over the last ``window`` candles.

    Lookback: window - 1
    NaN: while fewer than ``min_periods`` candles, or no more than ``ddof``, have both values
    """

    spellings: ClassVar[tuple[str, ...]] = (f"{ROLLING}.cov(other, pairwise=None, ddof=1, numeric_only=False)",)
    operands: ClassVar[tuple[str, ...]] = ("x", "other")
    samples: ClassVar[tuple[dict[str, Any], ...]] = (*WINDOW_SAMPLES, {"window": 5, "ddof": 0})
    ddof: int = 1

    @property
    def first(self) -> int:
        """More than ``ddof`` candles are needed."""
        return max(super().first, self.ddof)

    def definition(self, *values: Any) -> float:  # type: ignore[override] # depends on ddof
        """Its definition, not normalized."""
        return RollingComoment(self.window, self.min_periods, self.ddof, False).definition(*values)  # noqa: FBT003

    def expand(self, *operands: Any) -> Any:
        """The comoment."""
        ddof = integer("ddof", self.ddof, least=0)
        return RollingComoment(self.window, self.min_periods, ddof, False), operands  # noqa: FBT003


@dataclass(frozen=True)
class RollingCorrelation(Window):
    """Correlation with another column over the last ``window`` candles, between -1 and 1.

    Lookback: window - 1
    NaN: while fewer than ``min_periods`` candles have both values, and where either column is constant
    """

    spellings: ClassVar[tuple[str, ...]] = (f"{ROLLING}.corr(other, pairwise=None, ddof=1, numeric_only=False)",)
    operands: ClassVar[tuple[str, ...]] = ("x", "other")

    @property
    def first(self) -> int:
        """Two are needed."""
        return max(super().first, 1)

    def definition(self, *values: Any) -> float:  # type: ignore[override] # of the comoment
        """Its definition, normalized."""
        return RollingComoment(self.window, self.min_periods, 1, True).definition(*values)  # noqa: FBT003

    def expand(self, *operands: Any) -> Any:
        """The normalized comoment."""
        return RollingComoment(self.window, self.min_periods, 1, True), operands  # noqa: FBT003
