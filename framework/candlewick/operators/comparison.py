"""Comparisons: bool columns, false where either side is missing (but ``!=`` is true there), as in pandas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from candlewick.operators.operator import BOOL, OBJECT, TIME, Elementwise, Unsupported


@dataclass(frozen=True)
class Comparison(Elementwise):
    """A comparison of two columns, or of a column and a number."""

    operands: ClassVar[tuple[str, ...]] = ("x", "other")

    def dtype(self, *operands: str) -> str:
        """Bool; a time is compared with times only."""
        if TIME in operands and set(operands) != {TIME}:
            raise Unsupported(
                "a time beside a number", "compare it with pd.Timestamp(...), or a part of it: ts.dt.hour"
            )
        if TIME not in operands:
            super().dtype(*(dtype for dtype in operands if dtype != OBJECT))
        return BOOL


@dataclass(frozen=True)
class Less(Comparison):
    """Whether the first value is below the second.

    NaN: false where either is missing
    """

    spellings: ClassVar[tuple[str, ...]] = ("x < other", "x.lt(other)", "np.less(x, other)")

    @staticmethod
    def value(x: float, other: float) -> float:
        return 1.0 if x < other else 0.0


@dataclass(frozen=True)
class LessEqual(Comparison):
    """Whether the first value is at most the second.

    NaN: false where either is missing
    """

    spellings: ClassVar[tuple[str, ...]] = ("x <= other", "x.le(other)", "np.less_equal(x, other)")

    @staticmethod
    def value(x: float, other: float) -> float:
        return 1.0 if x <= other else 0.0


@dataclass(frozen=True)
class Greater(Comparison):
    """Whether the first value is above the second.

    NaN: false where either is missing
    """

    spellings: ClassVar[tuple[str, ...]] = ("x > other", "x.gt(other)", "np.greater(x, other)")

    @staticmethod
    def value(x: float, other: float) -> float:
        return 1.0 if x > other else 0.0


@dataclass(frozen=True)
class GreaterEqual(Comparison):
    """Whether the first value is at least the second.

    NaN: false where either is missing
    """

    spellings: ClassVar[tuple[str, ...]] = ("x >= other", "x.ge(other)", "np.greater_equal(x, other)")

    @staticmethod
    def value(x: float, other: float) -> float:
        return 1.0 if x >= other else 0.0


@dataclass(frozen=True)
class Equal(Comparison):
    """Whether two values are equal.

    NaN: false where either is missing
    """

    spellings: ClassVar[tuple[str, ...]] = ("x == other", "x.eq(other)", "np.equal(x, other)")

    @staticmethod
    def value(x: float, other: float) -> float:
        return 1.0 if x == other else 0.0


@dataclass(frozen=True)
class NotEqual(Comparison):
    """Whether two values differ.

    NaN: true where either is missing
    """

    spellings: ClassVar[tuple[str, ...]] = ("x != other", "x.ne(other)", "np.not_equal(x, other)")

    @staticmethod
    def value(x: float, other: float) -> float:
        return 1.0 if x != other else 0.0
