"""Hyperbolic functions of the current candle, and the cube root, by the C library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from candlewick.operators.operator import Elementwise


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
class HyperbolicSine(Elementwise):
    """Hyperbolic sine.

    NaN: where the value is missing
    """

    spellings: ClassVar[tuple[str, ...]] = ("np.sinh(x)",)
    exact: ClassVar[bool] = False

    @staticmethod
    def value(x: float) -> float:
        return np.sinh(x)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class HyperbolicCosine(Elementwise):
    """Hyperbolic cosine.

    NaN: where the value is missing
    """

    spellings: ClassVar[tuple[str, ...]] = ("np.cosh(x)",)
    exact: ClassVar[bool] = False

    @staticmethod
    def value(x: float) -> float:
        return np.cosh(x)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class InverseHyperbolicSine(Elementwise):
    """Inverse hyperbolic sine.

    NaN: where the value is missing
    """

    spellings: ClassVar[tuple[str, ...]] = ("np.arcsinh(x)",)
    exact: ClassVar[bool] = False

    @staticmethod
    def value(x: float) -> float:
        return np.arcsinh(x)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class InverseHyperbolicCosine(Elementwise):
    """Inverse hyperbolic cosine.

    NaN: where the value is missing or below 1
    """

    spellings: ClassVar[tuple[str, ...]] = ("np.arccosh(x)",)
    exact: ClassVar[bool] = False

    @staticmethod
    def value(x: float) -> float:
        return np.arccosh(x)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class InverseHyperbolicTangent(Elementwise):
    """Inverse hyperbolic tangent.

    NaN: where the value is missing or outside -1 to 1
    """

    spellings: ClassVar[tuple[str, ...]] = ("np.arctanh(x)",)
    exact: ClassVar[bool] = False

    @staticmethod
    def value(x: float) -> float:
        return np.arctanh(x)  # type: ignore[no-any-return]
