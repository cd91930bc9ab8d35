"""Exponentials and logarithms: within 2 units in the last place. All but log come from the C library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from candlewick.operators.operator import Elementwise


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
    last = k * 6.93147180369123816490e-01
    last = last if x < np.inf else x
    outside = -np.inf if x == 0.0 else np.nan
    last = last if x > 0.0 else outside  # not the result: Python 3.12 writes a choice that is returned as two returns
    return float(s * (half + rest) + k * 1.90821492927058770002e-10 - half + f + last)


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
class ExponentialMinusOne(Elementwise):
    """e raised to the value, minus one.

    NaN: where the value is missing
    """

    spellings: ClassVar[tuple[str, ...]] = ("np.expm1(x)",)
    exact: ClassVar[bool] = False

    @staticmethod
    def value(x: float) -> float:
        return np.expm1(x)  # type: ignore[no-any-return]
