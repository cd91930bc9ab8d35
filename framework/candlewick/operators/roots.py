"""Squares, roots and what is made of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from candlewick.operators.operator import Elementwise, Operator


@dataclass(frozen=True)
class Square(Operator):
    """Value times itself.

    NaN: where the value is missing
    """

    spellings: ClassVar[tuple[str, ...]] = ("np.square(x)",)
    exact: ClassVar[bool] = True

    def expand(self, *operands: Any) -> Any:
        """``x * x``."""
        return operands[0] * operands[0]


@dataclass(frozen=True)
class Reciprocal(Operator):
    """One over the value.

    NaN: where the value is missing
    """

    spellings: ClassVar[tuple[str, ...]] = ("np.reciprocal(x)",)
    exact: ClassVar[bool] = True
    accepts: ClassVar[tuple[str, ...]] = ("float",)

    def expand(self, *operands: Any) -> Any:
        """``1 / x``."""
        return 1.0 / operands[0]


@dataclass(frozen=True)
class SquareRoot(Elementwise):
    """Square root.

    NaN: where the value is missing or negative
    """

    spellings: ClassVar[tuple[str, ...]] = ("np.sqrt(x)",)

    @staticmethod
    def value(x: float) -> float:
        return np.sqrt(x)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class CubeRoot(Elementwise):
    """Cube root.

    NaN: where the value is missing
    """

    spellings: ClassVar[tuple[str, ...]] = ("np.cbrt(x)",)
    exact: ClassVar[bool] = False

    @staticmethod
    def value(x: float) -> float:
        return np.cbrt(x)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Hypotenuse(Elementwise):
    """Length of the hypotenuse over two sides.

    NaN: where either is missing, unless the other is infinite
    """

    spellings: ClassVar[tuple[str, ...]] = ("np.hypot(x, other)",)
    operands: ClassVar[tuple[str, ...]] = ("x", "other")
    exact: ClassVar[bool] = False

    @staticmethod
    def value(x: float, other: float) -> float:
        return math.hypot(x, other)
