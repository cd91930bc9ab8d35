"""Quantiles and ranks of a window: the sorted window is kept, one value leaves and one enters per candle."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from candlewick.operators.operator import Unsupported, flag, real
from candlewick.operators.window import FULL, ROLLING, WINDOW_SAMPLES, Window, is_full

INTERPOLATIONS = ("linear", "lower", "higher", "midpoint", "nearest")
METHODS = ("average", "min", "max")


def interpolated(below: float, above: float, fraction: float, low: int, method: float) -> float:
    """What lies ``fraction`` of the way from one neighbour, in place ``low``, to the next."""
    if fraction <= 0.0 or method == 1.0:
        return below
    if method == 0.0:
        return below + (above - below) * fraction
    if method == 3.0:
        return (below + above) / 2.0
    if method == 4.0 and not (fraction > 0.5 or (fraction == 0.5 and low % 2 == 1)):
        return below
    return above


@dataclass(frozen=True)
class RollingQuantile(Window):
    """Value below which the share ``q`` of the last ``window`` candles lies.

    Lookback: window - 1
    NaN: while fewer than ``min_periods`` candles of the window are valid
    """

    spellings: ClassVar[tuple[str, ...]] = (f"{ROLLING}.quantile(q, interpolation='linear', numeric_only=False)",)
    samples: ClassVar[tuple[dict[str, Any], ...]] = (
        {"window": 5, "q": 0.5},
        {"window": 8, "q": 0.2, "min_periods": 2},
        *({"window": 6, "q": 0.35, "interpolation": method} for method in INTERPOLATIONS[1:]),
        {"window": 4, "q": 1.0},
        {"window": 20, "q": 0.0, "min_periods": 1},
    )
    q: float = 0.5
    interpolation: str = "linear"

    def __post_init__(self) -> None:
        """A share between 0 and 1, and one of pandas' interpolations."""
        super().__post_init__()
        object.__setattr__(self, "q", real("q", self.q))
        if not 0.0 <= self.q <= 1.0:
            raise Unsupported(f"q={self.q} is outside 0 to 1", "pandas refuses it too")
        if self.interpolation not in INTERPOLATIONS:
            raise Unsupported(f"interpolation={self.interpolation!r}", f"covered: {', '.join(INTERPOLATIONS)}")

    @property
    def numbers(self) -> tuple[float, ...]:
        """Window, least, share, interpolation."""
        method = INTERPOLATIONS.index(self.interpolation)
        return (float(self.window), float(self.min_periods or 0), self.q, float(method))

    helpers = (*FULL, interpolated)

    scalars: ClassVar[int] = 2

    @property
    def slots(self) -> int:
        """Count, a place to remember, the sorted window and its end; what is missing sorts last, as infinity."""
        return 3 + self.window

    def initial(self) -> tuple[float, ...]:
        """Nothing but missing candles."""
        return (0.0, 0.0) + (math.inf,) * (self.window + 1)

    def definition(self, *values: Any) -> float:  # type: ignore[override] # depends on q
        """From the sorted window."""
        ordered = sorted(values[0])
        if not ordered:
            return math.nan
        position = self.q * (len(ordered) - 1)
        low = math.floor(position)
        below, above = ordered[low], ordered[min(low + 1, len(ordered) - 1)]
        share = position - low
        if share == 0.0:
            return float(below)
        nearest = above if share > 0.5 or (share == 0.5 and low % 2) else below
        between = below + (above - below) * share
        return float(
            {"linear": between, "lower": below, "higher": above, "midpoint": (below + above) / 2}.get(
                self.interpolation, nearest
            )
        )

    @staticmethod
    def kernel(out: Any, x: Any, s: Any, w: Any, p: Any, candle: int, n: int, lanes: int) -> None:
        window = int(p[0])
        least = max(p[1], 1.0)
        share = p[2]
        method = p[3]
        size = p[0]
        full = is_full(x, s, 0, size, n, lanes)
        middle = int(share * (size - 1.0))
        before = lanes
        for row in range(n):
            at = row * lanes
            if lanes == 1:  # the same steps as below, in the direction in which nothing must be remembered
                value = x[at] if x[at] - x[at] == 0.0 else np.inf
                gone = x[at - window] if x[at - window] - x[at - window] == 0.0 else np.inf
                low = min(value, gone)
                high = max(value, gone)
                s[before] = w[window - 1]
                if value > gone:
                    for k in range(window):
                        old = w[k]
                        w[k] = min(max(w[k + 1], low), high) if (old >= low) & (old <= high) else old
                else:
                    for k in range(window - 1, 0, -1):
                        old = w[k]
                        w[k] = min(max(w[k - 1], low), high) if (old >= low) & (old <= high) else old
                    w[0] = min(max(-np.inf, low), high) if (w[0] >= low) & (w[0] <= high) else w[0]
            else:
                for lane in range(lanes):
                    s[before + lane] = -np.inf
                for k in range(0, window * lanes, lanes):
                    for lane in range(lanes):
                        value = x[at + lane]
                        gone = x[at + lane - window * lanes]
                        value = value if value - value == 0.0 else np.inf
                        gone = gone if gone - gone == 0.0 else np.inf
                        old = w[k + lane]
                        above = w[k + lanes + lane]
                        below = s[before + lane]
                        # what lies between the one that leaves and the one that comes moves by one place
                        moved = above if value > gone else below
                        low = min(value, gone)
                        high = max(value, gone)
                        s[before + lane] = old
                        w[k + lane] = min(max(moved, low), high) if (old >= low) & (old <= high) else old
            if full:
                for lane in range(lanes):
                    below = w[middle * lanes + lane]
                    above = w[(middle + 1) * lanes + lane]
                    out[at + lane] = interpolated(below, above, share * (size - 1.0) - middle, middle, method)
                continue
            for lane in range(lanes):
                value = x[at + lane]
                gone = x[at + lane - window * lanes]
                valid = s[lane] + ((1.0 if value - value == 0.0 else 0.0) - (1.0 if gone - gone == 0.0 else 0.0))
                s[lane] = valid
                result = np.nan
                if least <= valid <= size:  # it picks a slot, and it may come from a file
                    position = share * (valid - 1.0)
                    slot = int(position)
                    below = w[slot * lanes + lane]
                    result = interpolated(below, w[(slot + 1) * lanes + lane], position - slot, slot, method)
                out[at + lane] = result


@dataclass(frozen=True)
class RollingMedian(Window):
    """Middle of the last ``window`` candles in order; the mean of the two middle ones when their number is even.

    Lookback: window - 1
    NaN: while fewer than ``min_periods`` candles of the window are valid
    """

    spellings: ClassVar[tuple[str, ...]] = (f"{ROLLING}.median(numeric_only=False, engine=None, engine_kwargs=None)",)
    exact: ClassVar[bool] = True

    def definition(self, *values: Any) -> float:  # type: ignore[override] # of the quantile
        """The quantile one half, midpoint."""
        return RollingQuantile(self.window, self.min_periods, 0.5, "midpoint").definition(*values)

    def expand(self, *operands: Any) -> Any:
        """The quantile one half, midpoint."""
        return RollingQuantile(self.window, self.min_periods, 0.5, "midpoint"), operands


@dataclass(frozen=True)
class RollingRank(Window):
    """Rank of the current candle among the last ``window``, from 1; with ``pct`` as a share of them.

    Lookback: window - 1
    NaN: where the value is missing, and while fewer than ``min_periods`` candles of the window are valid
    """

    spellings: ClassVar[tuple[str, ...]] = (
        f"{ROLLING}.rank(method='average', ascending=True, pct=False, numeric_only=False)",
    )
    samples: ClassVar[tuple[dict[str, Any], ...]] = (
        *WINDOW_SAMPLES,
        *({"window": 6, "min_periods": 2, "method": method, "pct": True} for method in METHODS),
        {"window": 6, "ascending": False, "method": "min"},
    )
    exact: ClassVar[bool] = True
    method: str = "average"
    ascending: bool = True
    pct: bool = False

    def __post_init__(self) -> None:
        """One of the three methods pandas has for windows."""
        super().__post_init__()
        if self.method not in METHODS:
            raise Unsupported(f"method={self.method!r}", f"covered: {', '.join(METHODS)}")
        flag("ascending", self.ascending)
        flag("pct", self.pct)

    @property
    def numbers(self) -> tuple[float, ...]:
        """Window, least, what an equal value counts and what is added, direction, share."""
        equal, added = {"average": (0.5, 0.5), "min": (0.0, 1.0), "max": (1.0, 0.0)}[self.method]
        sign = 1.0 if self.ascending else -1.0
        return (float(self.window), float(self.min_periods or 0), equal, added, sign, float(self.pct))

    @property
    def reach(self) -> int:
        """The window itself."""
        return self.window - 1

    def definition(self, *values: Any) -> float:  # type: ignore[override] # depends on the method
        """Counted; the law gives valid candles only, so where the last one is missing this is not asked."""
        ordered = values[0] if self.ascending else [-v for v in values[0]]
        if not ordered:
            return math.nan
        less = sum(v < ordered[-1] for v in ordered)
        same = sum(v == ordered[-1] for v in ordered)
        rank = {"average": less + (same + 1) / 2, "min": less + 1.0, "max": less + same}[self.method]
        return rank / len(ordered) if self.pct else float(rank)

    @staticmethod
    def is_wanted(values: Any) -> bool:
        """A missing value has no rank."""
        return bool(np.isfinite(values[-1]))

    @staticmethod
    def kernel(out: Any, x: Any, s: Any, w: Any, p: Any, candle: int, n: int, lanes: int) -> None:
        window = int(p[0])
        least = max(p[1], 1.0)
        equal = p[2]
        added = p[3]
        sign = p[4]
        share = p[5] > 0.0
        total = n * lanes
        missing = 0
        for i in range(-(window - 1) * lanes, total):
            value = x[i]
            missing += 0 if value - value == 0.0 else 1
        if missing == 0 and total >= 16:
            for i in range(total):
                out[i] = added
            for back in range(window):
                past = back * lanes
                for i in range(total):
                    difference = sign * (x[i] - x[i - past])
                    out[i] += 1.0 if difference > 0.0 else (equal if difference == 0.0 else 0.0)
            whole = float(window)
            for i in range(total):
                rank = out[i] / whole if share else out[i]
                out[i] = rank if whole >= least else np.nan
            return
        for i in range(total):
            here = x[i]
            rank = added
            valid = 0.0
            for back in range(window):
                value = x[i - back * lanes]
                difference = sign * (here - value)
                rank += 1.0 if difference > 0.0 and value - value == 0.0 else (equal if difference == 0.0 else 0.0)
                valid += 1.0 if value - value == 0.0 else 0.0
            rank = rank / valid if share else rank
            out[i] = rank if valid >= least and here - here == 0.0 else np.nan
