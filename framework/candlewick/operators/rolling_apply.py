"""Statistics of a full window that pandas spells as ``rolling(n).apply(f, raw=True)``; the tracer recognises f."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from candlewick.operators.window import APPLY, Window

FULL: tuple[dict[str, Any], ...] = ({"window": 1}, {"window": 4}, {"window": 11})


@dataclass(frozen=True)
class MeanAbsoluteDeviation(Window):
    """Mean of the distances of the last ``window`` candles from a value of the current one, usually their mean.

    Lookback: window - 1
    NaN: where any candle of the window, or the value, is missing or infinite
    """

    operands: ClassVar[tuple[str, ...]] = ("x", "other")
    samples: ClassVar[tuple[dict[str, Any], ...]] = FULL

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
    def kernel(m: Any, out: int, x: int, other: int, s: int, p: int, candle: int, n: int, lanes: int) -> None:
        window = np.uint64(m[p])
        size = np.float64(window)
        total = n * lanes
        if total >= np.uint64(16):  # by rows: the same sums in the same order as below, several at once
            for i in range(total):
                m[out + i] = 0.0
            for back in range(window):
                past = x - back * lanes
                for i in range(total):
                    m[out + i] += abs(m[past + i] - m[other + i])
            for i in range(total):
                m[out + i] = m[out + i] / size if m[out + i] - m[out + i] == 0.0 else np.nan
            return
        for i in range(total):
            deviation = 0.0
            for back in range(window):
                deviation += abs(m[x + i - back * lanes] - m[other + i])
            m[out + i] = deviation / size if deviation - deviation == 0.0 else np.nan


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
    def kernel(m: Any, out: int, x: int, s: int, p: int, candle: int, n: int, lanes: int) -> None:
        one = np.uint64(1)
        window = np.uint64(m[p])
        weights = p + np.uint64(2)
        total = n * lanes
        if total >= np.uint64(16):  # by rows: the same sums in the same order as below, several at once
            for i in range(total):
                m[out + i] = 0.0
            for back in range(window):
                past = x - back * lanes
                weight = m[weights + (window - one - back)]
                for i in range(total):
                    value = m[past + i]
                    m[out + i] += value * weight if value - value == 0.0 else np.nan
            return
        for i in range(total):
            result = 0.0
            for back in range(window):
                value = m[x + i - back * lanes]
                result += value * m[weights + (window - one - back)] if value - value == 0.0 else np.nan
            m[out + i] = result


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
    samples: ClassVar[tuple[dict[str, Any], ...]] = FULL
    exact: ClassVar[bool] = True

    @property
    def slots(self) -> int:
        """Prefix value and place, count, suffix values, suffix places (counted from the start of the chunk)."""
        return 3 + 2 * self.window

    def initial(self) -> tuple[float, ...]:
        """Nothing seen."""
        return (-math.inf, 0.0, 0.0) + (-math.inf,) * self.window + (0.0,) * self.window

    @staticmethod
    def definition(*values: Any) -> float:
        """The first place of the highest."""
        return float(values[0].index(max(values[0])))

    @staticmethod
    def kernel(m: Any, out: int, x: int, s: int, p: int, candle: int, n: int, lanes: int) -> None:
        one = np.uint64(1)
        window = np.uint64(m[p])
        full = m[p]
        age = (candle + np.uint64(m[p + np.uint64(2)])) % window
        place = s + lanes
        count = place + lanes
        suffix = count + lanes
        places = suffix + window * lanes
        for row in range(n):
            here = x + row * lanes
            if age == np.uint64(0):
                last = (window - one) * lanes
                for lane in range(lanes):
                    m[s + lane] = -np.inf
                    m[suffix + last + lane] = -np.inf
                    m[places + last + lane] = 0.0
                for j in range(one, window):
                    laid = last - j * lanes
                    for lane in range(lanes):
                        value = m[here + lane - j * lanes]
                        value = value if value - value == 0.0 else -np.inf
                        best = m[suffix + laid + lanes + lane]
                        m[suffix + laid + lane] = max(best, value)
                        m[places + laid + lane] = -np.float64(j) if value >= best else m[places + laid + lanes + lane]
            laid = age * lanes
            for lane in range(lanes):
                value = m[here + lane]
                gone = m[here + lane - window * lanes]
                valid = m[count + lane]
                valid += 1.0 if value - value == 0.0 else 0.0
                valid -= 1.0 if gone - gone == 0.0 else 0.0
                m[count + lane] = valid
                value = value if value - value == 0.0 else -np.inf
                best = m[s + lane]
                m[place + lane] = np.float64(age) if value > best else m[place + lane]
                m[s + lane] = max(best, value)
                older = m[suffix + laid + lane] >= m[s + lane]
                at = m[places + laid + lane] if older else m[place + lane]
                oldest = np.float64(age) - (full - 1.0)
                m[out + row * lanes + lane] = at - oldest if valid >= full else np.nan
            age += one
            if age == window:
                age = np.uint64(0)


@dataclass(frozen=True)
class RollingArgmin(Window):
    """Position of the lowest of the last ``window`` candles, 0 for the oldest; the first of several.

    Lookback: window - 1
    NaN: where any candle of the window is missing or infinite
    """

    recognised: ClassVar[tuple[str, ...]] = (f"{APPLY}(np.argmin, raw=True)",)
    samples: ClassVar[tuple[dict[str, Any], ...]] = FULL
    exact: ClassVar[bool] = True

    @staticmethod
    def definition(*values: Any) -> float:
        """The first place of the lowest."""
        return float(values[0].index(min(values[0])))

    def expand(self, *operands: Any) -> Any:
        """Where the opposite is highest."""
        return RollingArgmax(self.window, self.min_periods), (-operands[0],)
