"""Statistics of a full window that pandas spells as ``rolling(n).apply(f, raw=True)``; the tracer recognises f."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from candlewick.operators.operator import Unsupported
from candlewick.operators.window import APPLY, FULL, Window, is_full

WHOLE: tuple[dict[str, Any], ...] = ({"window": 1}, {"window": 4}, {"window": 11})


@dataclass(frozen=True)
class MeanAbsoluteDeviation(Window):
    """Mean of the distances of the last ``window`` candles from a value of the current one, usually their mean.

    Lookback: window - 1
    NaN: where any candle of the window, or the value, is missing or infinite
    """

    operands: ClassVar[tuple[str, ...]] = ("x", "other")
    samples: ClassVar[tuple[dict[str, Any], ...]] = WHOLE

    @property
    def lookbacks(self) -> tuple[int, ...]:
        """The window of the values; of the centre only the current one."""
        return (self.lookback, 0)

    @property
    def reach(self) -> int:
        """The window itself."""
        return self.window - 1

    @staticmethod
    def definition(*values: Any) -> float:
        """One sum, rounded once."""
        x, centre = values
        return math.fsum(abs(value - centre[-1]) for value in x) / len(x)

    @staticmethod
    def valid_rows(*rows: Any) -> Any:
        """Of the second operand only the current value counts."""
        return np.isfinite(rows[0]) & np.isfinite(rows[1][-1])

    @staticmethod
    def kernel(out: Any, x: Any, other: Any, s: Any, w: Any, p: Any, candle: int, n: int, lanes: int) -> None:
        window = int(p[0])
        size = p[0]
        total = n * lanes
        if total >= 16:  # by rows: the same sums in the same order as below, several at once
            for i in range(total):
                out[i] = 0.0
            for back in range(window):
                past = back * lanes
                for i in range(total):
                    out[i] += abs(x[i - past] - other[i])
            for i in range(total):
                out[i] = out[i] / size if out[i] - out[i] == 0.0 else np.nan
            return
        for i in range(total):
            deviation = 0.0
            for back in range(window):
                deviation += abs(x[i - back * lanes] - other[i])
            out[i] = deviation / size if deviation - deviation == 0.0 else np.nan


@dataclass(frozen=True)
class WeightedSum(Window):
    """Sum of the last ``window`` candles, each times a constant of its own; the oldest comes first.

    Lookback: window - 1
    NaN: where any candle of the window is missing or infinite
    """

    samples: ClassVar[tuple[dict[str, Any], ...]] = (
        {"window": 3, "weights": (1.0, 2.0, -0.5)},
        {"window": 5, "weights": (0.1, 0.2, 0.4, 0.2, 0.1)},
    )
    recognised: ClassVar[tuple[str, ...]] = (
        f"{APPLY}(lambda w: np.dot(w, np.array(weights)), raw=True)",
        f"{APPLY}(lambda w: (w * np.array(weights)).sum(), raw=True)",
    )
    weights: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        """A weight for each candle: the kernel reads as many."""
        super().__post_init__()
        if len(self.weights) != self.window:
            raise Unsupported(f"{len(self.weights)} weights for a window of {self.window}")

    @property
    def numbers(self) -> tuple[float, ...]:
        """Window, least, weights."""
        return (float(self.window), float(self.min_periods or 0), *self.weights)

    @property
    def reach(self) -> int:
        """The window itself."""
        return self.window - 1

    def definition(self, *values: Any) -> float:  # type: ignore[override] # depends on the weights
        """One sum, rounded once."""
        return math.fsum(value * weight for value, weight in zip(values[0], self.weights, strict=True))

    @staticmethod
    def kernel(out: Any, x: Any, s: Any, w: Any, p: Any, candle: int, n: int, lanes: int) -> None:
        window = int(p[0])
        total = n * lanes
        if total >= 16:  # by rows: the same sums in the same order as below, several at once
            for i in range(total):
                out[i] = 0.0
            for back in range(window):
                past = back * lanes
                weight = p[1 + window - back]
                for i in range(total):
                    value = x[i - past]
                    out[i] += value * weight if value - value == 0.0 else np.nan
            return
        for i in range(total):
            result = 0.0
            for back in range(window):
                value = x[i - back * lanes]
                result += value * p[1 + window - back] if value - value == 0.0 else np.nan
            out[i] = result


@dataclass(frozen=True)
class RollingArgmax(Window):
    """Position of the highest of the last ``window`` candles, 0 for the oldest; the first of several.

    Lookback: window - 1
    NaN: where any candle of the window is missing or infinite
    """

    recognised: ClassVar[tuple[str, ...]] = (
        f"{APPLY}(np.argmax, raw=True)",
        f"{APPLY}(lambda w: w.argmax(), raw=True)",
    )
    samples: ClassVar[tuple[dict[str, Any], ...]] = WHOLE
    exact: ClassVar[bool] = True

    helpers = FULL

    scalars: ClassVar[int] = 3

    @property
    def slots(self) -> int:
        """Prefix value and place, count, for each age suffix value and place (counted from the start of the chunk)."""
        return 3 + 2 * self.window

    def initial(self) -> tuple[float, ...]:
        """Nothing seen."""
        return (-math.inf, 0.0, 0.0) + (-math.inf, 0.0) * self.window

    @staticmethod
    def definition(*values: Any) -> float:
        """The first place of the highest."""
        return float(values[0].index(max(values[0])))

    @staticmethod
    def kernel(out: Any, x: Any, s: Any, w: Any, p: Any, candle: int, n: int, lanes: int) -> None:
        window = int(p[0])
        size = p[0]
        age = (candle + int(p[2])) % window
        place = lanes
        counts = 2 * lanes
        full = is_full(x, s, counts, size, n, lanes)
        row = 0
        while row < n:
            at = row * lanes
            if age == 0:
                last = 2 * (window - 1) * lanes
                for lane in range(lanes):
                    s[lane] = -np.inf
                    w[last + lane] = -np.inf
                    w[last + lanes + lane] = 0.0
                for back in range(1, window):
                    laid = last - 2 * back * lanes
                    for lane in range(lanes):
                        value = x[at + lane - back * lanes]
                        value = value if value - value == 0.0 else -np.inf
                        best = w[laid + 2 * lanes + lane]
                        w[laid + lane] = max(best, value)
                        w[laid + lanes + lane] = -float(back) if value >= best else w[laid + 3 * lanes + lane]
            laid = 2 * age * lanes
            if full:
                rows = min(window - age, n - row)
                for i in range(rows):
                    to = laid + 2 * i * lanes
                    now = float(age + i)
                    for lane in range(lanes):
                        value = x[at + i * lanes + lane]
                        best = s[lane]
                        newest = now if value > best else s[place + lane]
                        best = max(best, value)
                        s[place + lane] = newest
                        s[lane] = best
                        found = w[to + lanes + lane] if w[to + lane] >= best else newest
                        out[at + i * lanes + lane] = found - (now - (size - 1.0))
                row += rows
                age = (age + rows) % window
                continue
            for lane in range(lanes):
                value = x[at + lane]
                gone = x[at + lane - window * lanes]
                count = s[counts + lane] + (
                    (1.0 if value - value == 0.0 else 0.0) - (1.0 if gone - gone == 0.0 else 0.0)
                )
                s[counts + lane] = count
                value = value if value - value == 0.0 else -np.inf
                best = s[lane]
                newest = float(age) if value > best else s[place + lane]
                best = max(best, value)
                s[place + lane] = newest
                s[lane] = best
                found = w[laid + lanes + lane] if w[laid + lane] >= best else newest
                out[at + lane] = found - (float(age) - (size - 1.0)) if count >= size else np.nan
            row += 1
            age = 0 if age == window - 1 else age + 1


@dataclass(frozen=True)
class RollingArgmin(Window):
    """Position of the lowest of the last ``window`` candles, 0 for the oldest; the first of several.

    Lookback: window - 1
    NaN: where any candle of the window is missing or infinite
    """

    recognised: ClassVar[tuple[str, ...]] = (f"{APPLY}(np.argmin, raw=True)",)
    samples: ClassVar[tuple[dict[str, Any], ...]] = WHOLE
    exact: ClassVar[bool] = True

    @staticmethod
    def definition(*values: Any) -> float:
        """The first place of the lowest."""
        return float(values[0].index(min(values[0])))

    def expand(self, *operands: Any) -> Any:
        """Where the opposite is highest."""
        return RollingArgmax(self.window, self.min_periods), (-operands[0],)
