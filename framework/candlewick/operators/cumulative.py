"""Running statistics since the first candle: anchored there for ever. ``expanding()`` and ``cum...()``."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from candlewick.operators.operator import UNBOUNDED, Operator


@dataclass(frozen=True)
class Cumulative(Operator):
    """A statistic of every candle so far; it never settles, so its value depends on the first candle."""

    klass: ClassVar[str] = "R"

    @property
    def lookback(self) -> int:
        """Every candle."""
        return UNBOUNDED

    @property
    def settling(self) -> int | None:
        """Never."""
        return None


@dataclass(frozen=True)
class CumulativeSum(Cumulative):
    """Sum of every candle so far, compensated (Neumaier), so that ten million candles lose nothing.

    Lookback: unbounded, anchored at the first candle
    NaN: where the value is missing; the sum goes on after it
    """

    spellings: ClassVar[tuple[str, ...]] = ("x.cumsum(axis=None, skipna=True)",)

    @property
    def slots(self) -> int:
        """Sum and what rounding took from it."""
        return 2

    @staticmethod
    def kernel(out: Any, x: Any, s: Any, w: Any, p: Any, candle: int, n: int, lanes: int) -> None:
        lost = lanes
        for row in range(n):
            at = row * lanes
            for lane in range(lanes):
                value = x[at + lane]
                total = s[lane]
                missing = value != value
                added = 0.0 if missing else value
                new = total + added
                error = (total - new) + added if abs(total) >= abs(added) else (added - new) + total
                rest = s[lost + lane] + (error if error - error == 0.0 else 0.0)
                s[lane] = new
                s[lost + lane] = rest
                out[at + lane] = np.nan if missing else new + rest


@dataclass(frozen=True)
class CumulativeProduct(Cumulative):
    """Product of every candle so far.

    Lookback: unbounded, anchored at the first candle
    NaN: where the value is missing; the product goes on after it
    """

    spellings: ClassVar[tuple[str, ...]] = ("x.cumprod(axis=None, skipna=True)",)

    @property
    def slots(self) -> int:
        """Product."""
        return 1

    def initial(self) -> tuple[float, ...]:
        """Of nothing."""
        return (1.0,)

    @staticmethod
    def kernel(out: Any, x: Any, s: Any, w: Any, p: Any, candle: int, n: int, lanes: int) -> None:
        for row in range(n):
            at = row * lanes
            for lane in range(lanes):
                value = x[at + lane]
                new = s[lane] * (1.0 if value != value else value)
                s[lane] = new
                out[at + lane] = np.nan if value != value else new


@dataclass(frozen=True)
class CumulativeMax(Cumulative):
    """Highest candle so far.

    Lookback: unbounded, anchored at the first candle
    NaN: where the value is missing
    """

    spellings: ClassVar[tuple[str, ...]] = ("x.cummax(axis=None, skipna=True)",)
    exact: ClassVar[bool] = True

    @property
    def slots(self) -> int:
        """Highest."""
        return 1

    def initial(self) -> tuple[float, ...]:
        """Of nothing."""
        return (-math.inf,)

    @staticmethod
    def kernel(out: Any, x: Any, s: Any, w: Any, p: Any, candle: int, n: int, lanes: int) -> None:
        for row in range(n):
            at = row * lanes
            for lane in range(lanes):
                value = x[at + lane]
                new = max(s[lane], -np.inf if value != value else value)
                s[lane] = new
                out[at + lane] = np.nan if value != value else new


@dataclass(frozen=True)
class CumulativeMin(Cumulative):
    """Lowest candle so far.

    Lookback: unbounded, anchored at the first candle
    NaN: where the value is missing
    """

    spellings: ClassVar[tuple[str, ...]] = ("x.cummin(axis=None, skipna=True)",)
    exact: ClassVar[bool] = True

    def expand(self, *operands: Any) -> Any:
        """The opposite of the highest of the opposite."""
        return -((-operands[0]).cummax())
