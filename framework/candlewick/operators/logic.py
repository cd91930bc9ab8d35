"""Logic of bool columns. On floats pandas raises, and so does the trace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from candlewick.operators.operator import BOOL, Elementwise, Unsupported


@dataclass(frozen=True)
class Logic(Elementwise):
    """A logical operation on two bool columns."""

    operands: ClassVar[tuple[str, ...]] = ("x", "other")
    operand_dtypes: ClassVar[tuple[str, ...]] = (BOOL, BOOL)

    def dtype(self, *operands: str) -> str:
        """Bool."""
        for dtype in operands:
            if dtype != BOOL:
                raise Unsupported(f"logic on a {dtype} column", "compare first: (x > 0) & (y > 0)")
        return BOOL


@dataclass(frozen=True)
class And(Logic):
    """Whether both are true.

    NaN: a bool column has none
    """

    spellings: ClassVar[tuple[str, ...]] = ("x & other", "np.logical_and(x, other)", "np.bitwise_and(x, other)")

    @staticmethod
    def value(x: float, other: float) -> float:
        return x * other


@dataclass(frozen=True)
class Or(Logic):
    """Whether either is true.

    NaN: a bool column has none
    """

    spellings: ClassVar[tuple[str, ...]] = ("x | other", "np.logical_or(x, other)", "np.bitwise_or(x, other)")

    @staticmethod
    def value(x: float, other: float) -> float:
        return max(x, other)


@dataclass(frozen=True)
class ExclusiveOr(Logic):
    """Whether exactly one is true.

    NaN: a bool column has none
    """

    spellings: ClassVar[tuple[str, ...]] = ("x ^ other", "np.logical_xor(x, other)", "np.bitwise_xor(x, other)")

    @staticmethod
    def value(x: float, other: float) -> float:
        return abs(x - other)


@dataclass(frozen=True)
class Not(Logic):
    """Whether it is false.

    NaN: a bool column has none
    """

    spellings: ClassVar[tuple[str, ...]] = ("~x", "np.logical_not(x)", "np.invert(x)")
    operands: ClassVar[tuple[str, ...]] = ("x",)
    operand_dtypes: ClassVar[tuple[str, ...]] = (BOOL,)

    @staticmethod
    def value(x: float) -> float:
        return 1.0 - x
