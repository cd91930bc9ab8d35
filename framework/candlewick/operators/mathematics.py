"""Functions of the current value: within 2 units in the last place. All but log come from the C library."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from candlewick.operators.operator import Elementwise, Operator, Unsupported, integer


@dataclass(frozen=True)
class SquareRoot(Elementwise):
    """Square root.

    NaN: where the value is missing or negative
    """

    spellings: ClassVar[tuple[str, ...]] = ("np.sqrt(x)",)

    @staticmethod
    def value(x: float) -> float:
        return np.sqrt(x)  # type: ignore[no-any-return]


def natural_logarithm(x: float) -> float:
    """Natural logarithm by fdlibm's polynomial, without a branch: loops over it become vectors, as no library's do.

    ``x`` is ``2**k * (1 + f)`` with ``1 + f`` around 1, and ``log(1 + f) = f - f*f/2 + s*(f*f/2 + R(s*s))`` with
    ``s = f / (2 + f)``: within 1 unit in the last place. The two parts of log 2 carry ``k`` without rounding.
    """
    small = x < 2.2250738585072014e-308  # below the normal numbers
    scaled = x * 18014398509481984.0 if small else x
    bits = np.float64(scaled).view(np.int64) + (0x3FF0000000000000 - 0x3FE6A09E667F3BCD)
    k = float((bits >> 52) - 1023) - (54.0 if small else 0.0)
    f = np.int64((bits & 0x000FFFFFFFFFFFFF) + 0x3FE6A09E667F3BCD).view(np.float64) - 1.0
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    odd = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01))
    even = 2.857142874366239149e-01 + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)
    rest = odd + z * (6.666666666666735130e-01 + w * even)
    half = 0.5 * f * f
    value = s * (half + rest) + k * 1.90821492927058770002e-10 - half + f + k * 6.93147180369123816490e-01
    outside = -np.inf if x == 0.0 else np.nan
    inside = value if x < np.inf else x
    return float(inside if x > 0.0 else outside)


@dataclass(frozen=True)
class Logarithm(Elementwise):
    """Natural logarithm; of zero it is -inf.

    NaN: where the value is missing or negative
    """

    spellings: ClassVar[tuple[str, ...]] = ("np.log(x)",)
    exact: ClassVar[bool] = False

    helpers = (natural_logarithm,)

    @staticmethod
    def value(x: float) -> float:
        return natural_logarithm(x)


@dataclass(frozen=True)
class Exponential(Elementwise):
    """e raised to the value.

    NaN: where the value is missing
    """

    spellings: ClassVar[tuple[str, ...]] = ("np.exp(x)",)
    exact: ClassVar[bool] = False

    @staticmethod
    def value(x: float) -> float:
        return np.exp(x)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Sign(Elementwise):
    """-1, 0 or 1.

    NaN: where the value is missing
    """

    spellings: ClassVar[tuple[str, ...]] = ("np.sign(x)",)

    @staticmethod
    def value(x: float) -> float:
        side = (1.0 if x > 0.0 else 0.0) - (1.0 if x < 0.0 else 0.0)
        return side if x == x else np.nan


@dataclass(frozen=True)
class Logarithm2(Elementwise):
    """Logarithm to base 2.

    NaN: where the value is missing or negative
    """

    spellings: ClassVar[tuple[str, ...]] = ("np.log2(x)",)
    exact: ClassVar[bool] = False

    @staticmethod
    def value(x: float) -> float:
        return np.log2(x)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Logarithm10(Elementwise):
    """Logarithm to base 10.

    NaN: where the value is missing or negative
    """

    spellings: ClassVar[tuple[str, ...]] = ("np.log10(x)",)
    exact: ClassVar[bool] = False

    @staticmethod
    def value(x: float) -> float:
        return np.log10(x)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class LogarithmOnePlus(Elementwise):
    """Natural logarithm of one plus the value.

    NaN: where the value is missing or below -1
    """

    spellings: ClassVar[tuple[str, ...]] = ("np.log1p(x)",)
    exact: ClassVar[bool] = False

    @staticmethod
    def value(x: float) -> float:
        return np.log1p(x)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class ExponentialMinusOne(Elementwise):
    """e raised to the value, minus one.

    NaN: where the value is missing
    """

    spellings: ClassVar[tuple[str, ...]] = ("np.expm1(x)",)
    exact: ClassVar[bool] = False

    @staticmethod
    def value(x: float) -> float:
        return np.expm1(x)  # type: ignore[no-any-return]


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
class Finite(Operator):
    """Whether the value is neither missing nor infinite.

    NaN: false there
    """

    spellings: ClassVar[tuple[str, ...]] = ("np.isfinite(x)",)
    exact: ClassVar[bool] = True

    def expand(self, *operands: Any) -> Any:
        """``x - x == 0``."""
        return operands[0] - operands[0] == 0.0


@dataclass(frozen=True)
class Infinite(Operator):
    """Whether the value is infinite.

    NaN: false there
    """

    spellings: ClassVar[tuple[str, ...]] = ("np.isinf(x)",)
    exact: ClassVar[bool] = True

    def expand(self, *operands: Any) -> Any:
        """``abs(x) == inf``."""
        return abs(operands[0]) == math.inf


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
