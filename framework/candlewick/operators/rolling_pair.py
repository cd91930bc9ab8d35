"""Covariance and correlation of two columns over a window, from sums about a pivot of each."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from candlewick.operators.operator import integer
from candlewick.operators.window import FULL, ROLLING, WINDOW_SAMPLES, Window, are_there, is_full


def lay_pairs(
    x: Any, other: Any, at: int, w: Any, lane: int, px: float, py: float, window: int, age: int, lanes: int
) -> None:
    """Lay down, for one lane, sums of x, y, xy, xx and yy about the pivots over every suffix before the chunk."""
    to = 5 * (window - 1) * lanes + lane
    for k in range(5):
        w[to + k * lanes] = 0.0
    a = b = c = d = e = 0.0
    row = at - age * lanes
    for _ in range(window - 1 - age):
        row -= lanes
        to -= 5 * lanes
        v = x[row]
        u = other[row]
        if v - v == 0.0 and u - u == 0.0:
            v -= px
            u -= py
            a += v
            b += u
            c += v * u
            d += v * v
            e += u * u
        w[to] = a
        w[to + lanes] = b
        w[to + 2 * lanes] = c
        w[to + 3 * lanes] = d
        w[to + 4 * lanes] = e


def comoment(k: float, normalize: bool, free: float, a: float, b: float, c: float, d: float, e: float) -> float:
    """Covariance or correlation of ``k`` pairs from their sums about the pivots; ``free`` is what it is divided by."""
    share = 1.0 / k
    together = c - a * (b * share)
    alone = np.sqrt(max(d - a * (a * share), 0.0)) * np.sqrt(max(e - b * (b * share), 0.0))
    correlation = min(max(together / alone, -1.0), 1.0) if alone > 0.0 else np.nan
    return correlation if normalize else together * (1.0 / free)


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
    helpers = (*FULL, lay_pairs, comoment)
    ddof: int = 1
    normalize: bool = False

    @property
    def first(self) -> int:
        """More than ``ddof`` candles are needed."""
        return max(super().first, self.ddof)

    scalars: ClassVar[int] = 9

    @property
    def slots(self) -> int:
        """Two pivots, whether they wait, count, five prefixes, five suffixes for each age."""
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
    def kernel(out: Any, x: Any, other: Any, s: Any, w: Any, p: Any, candle: int, n: int, lanes: int) -> None:
        window = int(p[0])
        ddof = p[2]
        normalize = p[3] > 0.0
        least = max(p[1], ddof + 1.0)
        age = (candle + int(p[4])) % window
        pivots = lanes
        waits = 2 * lanes
        counts = 3 * lanes
        prefix = 4 * lanes
        step = 5 * lanes
        last = (window - 1) * step
        size = p[0]
        full = least <= size and is_full(x, s, counts, size, n, lanes) and are_there(other, n * lanes)
        waiting = 0.0
        for lane in range(lanes):
            waiting += s[waits + lane]
        row = 0
        while row < n:
            at = row * lanes
            if age == 0 and full and lanes > 1:  # the same sums in the same order as `lay_pairs`, in all lanes at once
                for lane in range(lanes):
                    s[lane] = x[at + lane]
                    s[pivots + lane] = other[at + lane]
                    for k in range(5):
                        s[prefix + k * lanes + lane] = 0.0
                        w[last + k * lanes + lane] = 0.0
                for back in range(1, window):
                    to = last - back * step
                    for lane in range(lanes):
                        v = x[at + lane - back * lanes] - s[lane]
                        u = other[at + lane - back * lanes] - s[pivots + lane]
                        w[to + lane] = w[to + step + lane] + v
                        w[to + lanes + lane] = w[to + step + lanes + lane] + u
                        w[to + 2 * lanes + lane] = w[to + step + 2 * lanes + lane] + v * u
                        w[to + 3 * lanes + lane] = w[to + step + 3 * lanes + lane] + v * v
                        w[to + 4 * lanes + lane] = w[to + step + 4 * lanes + lane] + u * u
            elif age == 0 or waiting > 0.0:
                waiting = 0.0
                for lane in range(lanes):
                    v = x[at + lane]
                    u = other[at + lane]
                    valid = v - v == 0.0 and u - u == 0.0
                    if age == 0 or (valid and s[waits + lane] > 0.0):
                        if not valid:
                            v = u = 0.0
                            for back in range(1, window):
                                a = x[at + lane - back * lanes]
                                b = other[at + lane - back * lanes]
                                if a - a == 0.0 and b - b == 0.0:
                                    v, u = a, b
                                    break
                        s[lane] = v
                        s[pivots + lane] = u
                        s[waits + lane] = 0.0 if valid else 1.0
                        for k in range(5):
                            s[prefix + k * lanes + lane] = 0.0
                        lay_pairs(x, other, at + lane, w, lane, v, u, window, age, lanes)
                    waiting += s[waits + lane]
            laid = age * step
            if full:
                rows = min(window - age, n - row)
                for i in range(0, rows * lanes, lanes):
                    for lane in range(lanes):
                        v = x[at + i + lane] - s[lane]
                        u = other[at + i + lane] - s[pivots + lane]
                        a = s[prefix + lane] + v
                        b = s[prefix + lanes + lane] + u
                        c = s[prefix + 2 * lanes + lane] + v * u
                        d = s[prefix + 3 * lanes + lane] + v * v
                        e = s[prefix + 4 * lanes + lane] + u * u
                        s[prefix + lane] = a
                        s[prefix + lanes + lane] = b
                        s[prefix + 2 * lanes + lane] = c
                        s[prefix + 3 * lanes + lane] = d
                        s[prefix + 4 * lanes + lane] = e
                        a += w[laid + 5 * i + lane]
                        b += w[laid + 5 * i + lanes + lane]
                        c += w[laid + 5 * i + 2 * lanes + lane]
                        d += w[laid + 5 * i + 3 * lanes + lane]
                        e += w[laid + 5 * i + 4 * lanes + lane]
                        out[at + i + lane] = comoment(size, normalize, size - ddof, a, b, c, d, e)
                row += rows
                age = (age + rows) % window
                continue
            for lane in range(lanes):
                v = x[at + lane]
                u = other[at + lane]
                v_gone = x[at + lane - window * lanes]
                u_gone = other[at + lane - window * lanes]
                valid = (v - v == 0.0) & (u - u == 0.0)
                v = v - s[lane] if valid else 0.0
                u = u - s[pivots + lane] if valid else 0.0
                a = s[prefix + lane] + v
                b = s[prefix + lanes + lane] + u
                c = s[prefix + 2 * lanes + lane] + v * u
                d = s[prefix + 3 * lanes + lane] + v * v
                e = s[prefix + 4 * lanes + lane] + u * u
                left = (v_gone - v_gone == 0.0) & (u_gone - u_gone == 0.0)
                count = s[counts + lane] + ((1.0 if valid else 0.0) - (1.0 if left else 0.0))
                s[prefix + lane] = a
                s[prefix + lanes + lane] = b
                s[prefix + 2 * lanes + lane] = c
                s[prefix + 3 * lanes + lane] = d
                s[prefix + 4 * lanes + lane] = e
                s[counts + lane] = count
                a += w[laid + lane]
                b += w[laid + lanes + lane]
                c += w[laid + 2 * lanes + lane]
                d += w[laid + 3 * lanes + lane]
                e += w[laid + 4 * lanes + lane]
                result = comoment(count, normalize, count - ddof, a, b, c, d, e)
                out[at + lane] = result if count >= least else np.nan
            row += 1
            age = 0 if age == window - 1 else age + 1


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
