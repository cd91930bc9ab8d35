"""Arithmetic of the current candle: IEEE 754 as numpy does it, missing in, missing out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from candlewick.operators.operator import BOOL, FLOAT, INT, Elementwise, Operator, Unsupported, promoted


@dataclass(frozen=True)
class Arithmetic(Elementwise):
    """A binary operation on two columns, or a column and a number."""

    operands: ClassVar[tuple[str, ...]] = ("x", "other")

    def dtype(self, *operands: str) -> str:
        """Float beside a float; int between ints."""
        super().dtype(*operands)
        return promoted(*operands)


@dataclass(frozen=True)
class Add(Arithmetic):
    """Sum of two values.

    NaN: where either is missing
    """

    spellings: ClassVar[tuple[str, ...]] = ("x + other", "x.add(other)", "np.add(x, other)")

    @staticmethod
    def value(x: float, other: float) -> float:
        return x + other


@dataclass(frozen=True)
class Subtract(Arithmetic):
    """Difference of two values.

    NaN: where either is missing
    """

    spellings: ClassVar[tuple[str, ...]] = ("x - other", "x.sub(other)", "x.subtract(other)", "np.subtract(x, other)")

    @staticmethod
    def value(x: float, other: float) -> float:
        return x - other


@dataclass(frozen=True)
class Multiply(Arithmetic):
    """Product of two values.

    NaN: where either is missing, and for 0 * inf
    """

    spellings: ClassVar[tuple[str, ...]] = ("x * other", "x.mul(other)", "x.multiply(other)", "np.multiply(x, other)")

    @staticmethod
    def value(x: float, other: float) -> float:
        return x * other


@dataclass(frozen=True)
class Divide(Arithmetic):
    """Quotient of two values; by zero it is an infinity with the sign of both.

    NaN: where either is missing, and for 0 / 0 and inf / inf
    """

    spellings: ClassVar[tuple[str, ...]] = (
        "x / other",
        "x.div(other)",
        "x.divide(other)",
        "x.truediv(other)",
        "np.divide(x, other)",
        "np.true_divide(x, other)",
    )

    def dtype(self, *operands: str) -> str:
        """Always float."""
        super().dtype(*operands)
        return FLOAT

    @staticmethod
    def value(x: float, other: float) -> float:
        return x / other


@dataclass(frozen=True)
class Negate(Elementwise):
    """Value with the opposite sign.

    NaN: where the value is missing
    """

    spellings: ClassVar[tuple[str, ...]] = ("-x", "np.negative(x)")
    accepts: ClassVar[tuple[str, ...]] = (FLOAT, INT)

    def dtype(self, *operands: str) -> str:
        """That of the value."""
        super().dtype(*operands)
        return operands[0]

    @staticmethod
    def value(x: float) -> float:
        return -x


@dataclass(frozen=True)
class Absolute(Elementwise):
    """Value without its sign.

    NaN: where the value is missing
    """

    spellings: ClassVar[tuple[str, ...]] = ("abs(x)", "x.abs()", "np.abs(x)", "np.absolute(x)", "np.fabs(x)")
    accepts: ClassVar[tuple[str, ...]] = (FLOAT, INT)

    def dtype(self, *operands: str) -> str:
        """That of the value."""
        super().dtype(*operands)
        return operands[0]

    @staticmethod
    def value(x: float) -> float:
        return abs(x)


@dataclass(frozen=True)
class Positive(Operator):
    """The value itself.

    NaN: where the value is missing
    """

    spellings: ClassVar[tuple[str, ...]] = ("+x", "np.positive(x)")
    accepts: ClassVar[tuple[str, ...]] = (FLOAT, INT)

    def expand(self, *operands: Any) -> Any:
        """Nothing to do."""
        return operands[0]


@dataclass(frozen=True)
class Power(Operator):
    """Value raised to a power; squares, roots and inverses are exact, as numpy computes them.

    NaN: where the value is missing (but x ** 0 is 1), and for a fractional power of a negative value
    """

    spellings: ClassVar[tuple[str, ...]] = ("x ** other", "x.pow(other)", "np.power(x, other)")
    operands: ClassVar[tuple[str, ...]] = ("x", "other")

    def dtype(self, *operands: str) -> str:
        """Float; integer powers overflow in numpy and are refused."""
        if BOOL in operands or FLOAT not in operands:
            raise Unsupported(
                "a power of an integer or bool column wraps around in numpy", "write .astype(float) first"
            )
        return FLOAT

    def expand(self, *operands: Any) -> Any:
        """Multiplication for 2, `np.sqrt` for 0.5, division for -1, else `np.float_power`."""
        x, other = operands
        if isinstance(other, int | float) and other == 2:
            return x * x
        if isinstance(other, int | float) and other == 0.5:
            return np.sqrt(x)
        if isinstance(other, int | float) and other == -1:
            return 1.0 / x
        return np.float_power(x, other)


@dataclass(frozen=True)
class FloatPower(Elementwise):
    """Value raised to a power, by the C library.

    NaN: where the value is missing (but x ** 0 is 1), and for a fractional power of a negative value
    """

    spellings: ClassVar[tuple[str, ...]] = ("np.float_power(x, other)",)
    operands: ClassVar[tuple[str, ...]] = ("x", "other")
    exact: ClassVar[bool] = False

    @staticmethod
    def value(x: float, other: float) -> float:
        return x**other  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Modulo(Elementwise):
    """Remainder with the sign of the divisor.

    NaN: where either is missing, the divisor is zero or the value infinite
    """

    spellings: ClassVar[tuple[str, ...]] = ("x % other", "x.mod(other)", "np.mod(x, other)", "np.remainder(x, other)")
    operands: ClassVar[tuple[str, ...]] = ("x", "other")

    def dtype(self, *operands: str) -> str:
        """Float; integers differ from floats where the divisor is zero."""
        super().dtype(*operands)
        if FLOAT not in operands:
            raise Unsupported("% between integer columns is zero where the divisor is", "write .astype(float) first")
        return FLOAT

    @staticmethod
    def value(x: float, other: float) -> float:
        return np.remainder(x, other)  # type: ignore[no-any-return]


def floor_divided(x: float, other: float) -> float:
    """Quotient rounded down, by numpy's steps."""
    if other == 0.0 or x != x or other != other:
        return x / other
    rest = np.fmod(x, other)
    quotient = (x - rest) / other
    if rest != 0.0 and (other < 0.0) != (rest < 0.0):
        quotient -= 1.0
    if quotient == 0.0:
        return math.copysign(0.0, x / other)
    whole = np.floor(quotient)
    return float(whole + 1.0 if quotient - whole > 0.5 else whole)


@dataclass(frozen=True)
class FloorDivide(Elementwise):
    """Quotient rounded down.

    NaN: where either is missing, and for 0 // 0 and inf // x
    """

    spellings: ClassVar[tuple[str, ...]] = ("x // other", "x.floordiv(other)", "np.floor_divide(x, other)")
    operands: ClassVar[tuple[str, ...]] = ("x", "other")
    helpers = (floor_divided,)

    def dtype(self, *operands: str) -> str:
        """Float; integers differ from floats where the divisor is zero."""
        super().dtype(*operands)
        if FLOAT not in operands:
            raise Unsupported("// between integer columns is zero where the divisor is", "write .astype(float) first")
        return FLOAT

    @staticmethod
    def value(x: float, other: float) -> float:
        return floor_divided(x, other)
