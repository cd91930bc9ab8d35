"""Angles, and the hyperbolic functions: by the C library, within 2 units in the last place."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from candlewick.operators.operator import Elementwise


@dataclass(frozen=True)
class Sine(Elementwise):
    """Sine.

    NaN: where the value is missing or infinite
    """

    spellings: ClassVar[tuple[str, ...]] = ("np.sin(x)",)
    exact: ClassVar[bool] = False

    @staticmethod
    def value(x: float) -> float:
        return np.sin(x)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Cosine(Elementwise):
    """Cosine.

    NaN: where the value is missing or infinite
    """

    spellings: ClassVar[tuple[str, ...]] = ("np.cos(x)",)
    exact: ClassVar[bool] = False

    @staticmethod
    def value(x: float) -> float:
        return np.cos(x)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Tangent(Elementwise):
    """Tangent.

    NaN: where the value is missing or infinite
    """

    spellings: ClassVar[tuple[str, ...]] = ("np.tan(x)",)
    exact: ClassVar[bool] = False

    @staticmethod
    def value(x: float) -> float:
        return np.tan(x)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Arcsine(Elementwise):
    """Inverse sine.

    NaN: where the value is missing or outside -1 to 1
    """

    spellings: ClassVar[tuple[str, ...]] = ("np.arcsin(x)",)
    exact: ClassVar[bool] = False

    @staticmethod
    def value(x: float) -> float:
        return np.arcsin(x)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Arccosine(Elementwise):
    """Inverse cosine.

    NaN: where the value is missing or outside -1 to 1
    """

    spellings: ClassVar[tuple[str, ...]] = ("np.arccos(x)",)
    exact: ClassVar[bool] = False

    @staticmethod
    def value(x: float) -> float:
        return np.arccos(x)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Arctangent(Elementwise):
    """Inverse tangent.

    NaN: where the value is missing
    """

    spellings: ClassVar[tuple[str, ...]] = ("np.arctan(x)",)
    exact: ClassVar[bool] = False

    @staticmethod
    def value(x: float) -> float:
        return np.arctan(x)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class AngleOfTwo(Elementwise):
    """Angle whose tangent is the first value over the second, in the right quadrant.

    NaN: where either is missing
    """

    spellings: ClassVar[tuple[str, ...]] = ("np.arctan2(x, other)",)
    operands: ClassVar[tuple[str, ...]] = ("x", "other")
    exact: ClassVar[bool] = False

    @staticmethod
    def value(x: float, other: float) -> float:
        return math.atan2(x, other)


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
class HyperbolicTangent(Elementwise):
    """Hyperbolic tangent.

    NaN: where the value is missing
    """

    spellings: ClassVar[tuple[str, ...]] = ("np.tanh(x)",)
    exact: ClassVar[bool] = False

    @staticmethod
    def value(x: float) -> float:
        return np.tanh(x)  # type: ignore[no-any-return]


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
