"""Whole numbers near a value, and its sign."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from candlewick.operators.operator import Elementwise, Operator, Unsupported, integer


@dataclass(frozen=True)
class Sign(Elementwise):
    """-1, 0 or 1.

    NaN: where the value is missing
    """

    spellings: ClassVar[tuple[str, ...]] = ("np.sign(x)",)

    @staticmethod
    def value(x: float) -> float:
        outside = 0.0 if x == 0.0 else np.nan
        below = -1.0 if x < 0.0 else outside
        return 1.0 if x > 0.0 else below


@dataclass(frozen=True)
class Floor(Elementwise):
    """Largest whole number not above the value.

    NaN: where the value is missing
    """

    spellings: ClassVar[tuple[str, ...]] = ("np.floor(x)",)

    @staticmethod
    def value(x: float) -> float:
        return np.floor(x)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Ceiling(Elementwise):
    """Smallest whole number not below the value.

    NaN: where the value is missing
    """

    spellings: ClassVar[tuple[str, ...]] = ("np.ceil(x)",)

    @staticmethod
    def value(x: float) -> float:
        return np.ceil(x)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Truncate(Elementwise):
    """Whole part of the value.

    NaN: where the value is missing
    """

    spellings: ClassVar[tuple[str, ...]] = ("np.trunc(x)",)

    @staticmethod
    def value(x: float) -> float:
        return np.trunc(x)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class RoundedWhole(Elementwise):
    """Nearest whole number, the even one of two.

    NaN: where the value is missing
    """

    spellings: ClassVar[tuple[str, ...]] = ("np.rint(x)",)

    @staticmethod
    def value(x: float) -> float:
        return np.rint(x)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Rounded(Operator):
    """Value to ``decimals`` decimals, as numpy rounds: times a power of ten, to the nearest, and back.

    NaN: where the value is missing
    """

    spellings: ClassVar[tuple[str, ...]] = ("x.round(decimals=0)", "np.round(x, decimals=0)")
    samples: ClassVar[tuple[dict[str, Any], ...]] = ({}, {"decimals": 2}, {"decimals": -1})
    exact: ClassVar[bool] = True
    accepts: ClassVar[tuple[str, ...]] = ("float",)
    decimals: int = 0

    def expand(self, *operands: Any) -> Any:
        """``np.rint(x * 10**d) / 10**d``."""
        decimals = integer("decimals", self.decimals, least=-22)
        if decimals > 22:
            raise Unsupported(f"decimals={decimals}", "a float64 has at most 17 digits")
        power = 10.0 ** abs(decimals)
        if decimals == 0:
            return np.rint(operands[0])
        return np.rint(operands[0] * power) / power if decimals > 0 else np.rint(operands[0] / power) * power
