"""Comparisons, of two columns or with infinity: false where a side is missing (but ``!=`` is true), as in pandas."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from candlewick.operators.operator import BOOL, OBJECT, TIME, Elementwise, Operator, Unsupported, real


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


MOST_VALUES = 64


@dataclass(frozen=True)
class IsIn(Operator):
    """Whether the value is one of some numbers.

    NaN: true where a missing number is among them
    """

    spellings: ClassVar[tuple[str, ...]] = ("x.isin(values)",)
    samples: ClassVar[tuple[dict[str, Any], ...]] = ({"values": [0.0, 1.0]}, {"values": [1.0, float("nan")]})
    exact: ClassVar[bool] = True
    values: Any = ()

    def expand(self, *operands: Any) -> Any:
        """One comparison for each."""
        if not isinstance(self.values, list | tuple | set | range) or not 0 < len(self.values) <= MOST_VALUES:
            raise Unsupported("isin() of something else than a list of numbers", "write x.isin([1, 2])")
        x = operands[0]
        numbers = sorted({real("values", value) for value in self.values})
        tests = [x.isna() if number != number else x == number for number in numbers]
        result = tests[0]
        for test in tests[1:]:
            result = result | test
        return result
