"""The last value that was there: ``ffill()``."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from candlewick.operators.operator import UNBOUNDED, Operator, Unsupported, integer


@dataclass(frozen=True)
class ForwardFill(Operator):
    """The last value that was there, at most ``limit`` candles old.

    Lookback: unbounded, or ``limit``
    NaN: until the first value, and after ``limit`` missing candles
    """

    spellings: ClassVar[tuple[str, ...]] = ("x.ffill(axis=None, inplace=False, limit=None, limit_area=None)",)
    samples: ClassVar[tuple[dict[str, Any], ...]] = ({}, {"limit": 2})
    klass: ClassVar[str] = "R"
    exact: ClassVar[bool] = True
    limit: int | None = None

    def __post_init__(self) -> None:
        """A count of candles."""
        if self.limit is not None:
            object.__setattr__(self, "limit", integer("limit", self.limit, least=1))

    @property
    def numbers(self) -> tuple[float, ...]:
        """The limit, or infinity."""
        return (math.inf if self.limit is None else float(self.limit),)

    def dtype(self, *operands: str) -> str:
        """Float."""
        if operands[0] == "bool":
            raise Unsupported("a bool column has nothing missing", "leave ffill out")
        return super().dtype(*operands)

    @property
    def lookback(self) -> int:
        """The last value may be any number of candles old."""
        return UNBOUNDED

    @property
    def settling(self) -> int:
        """The first value there settles it."""
        return 0

    @property
    def slots(self) -> int:
        """Last value and its age."""
        return 2

    def initial(self) -> tuple[float, ...]:
        """None yet."""
        return (math.nan, 0.0)

    @staticmethod
    def kernel(out: Any, x: Any, s: Any, w: Any, p: Any, candle: int, n: int, lanes: int) -> None:
        limit = p[0]
        age = lanes
        for row in range(n):
            at = row * lanes
            for lane in range(lanes):
                value = x[at + lane]
                there = value == value
                s[lane] = value if there else s[lane]
                s[age + lane] = 0.0 if there else s[age + lane] + 1.0
                out[at + lane] = s[lane] if s[age + lane] <= limit else np.nan
