"""Choosing between values by a condition, and replacing missing ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from candlewick.operators.operator import BOOL, FLOAT, INT, OBJECT, Elementwise, Operator, Unsupported, real


def chosen(*operands: str) -> str:
    """The dtype of a choice between two columns: their common one; pandas makes objects of bool beside numbers."""
    kinds = set(operands)
    if kinds <= {FLOAT, INT}:
        return FLOAT if FLOAT in kinds else INT
    if kinds == {BOOL}:
        return BOOL
    if OBJECT in kinds:
        return OBJECT
    raise Unsupported("a choice between a bool and a number gives objects in pandas", "write .astype(float) first")


@dataclass(frozen=True)
class Where(Elementwise):
    """Value where the condition holds, else the other.

    NaN: where the chosen one is missing
    """

    spellings: ClassVar[tuple[str, ...]] = ("x.where(cond, other=nan)",)
    operands: ClassVar[tuple[str, ...]] = ("x", "cond", "other")
    operand_dtypes: ClassVar[tuple[str, ...]] = (FLOAT, BOOL, FLOAT)

    def dtype(self, *operands: str) -> str:
        """That of the two values; the condition is bool."""
        value, condition, other = operands
        if condition != BOOL:
            again = "write .shift(1, fill_value=False)" if condition == OBJECT else "compare it: x > 0"
            raise Unsupported(f"a {condition} column as a condition", again)
        return chosen(value, other)

    @staticmethod
    def value(x: float, cond: float, other: float) -> float:
        return x if cond != 0.0 else other


@dataclass(frozen=True)
class Mask(Operator):
    """Value where the condition does not hold, else the other.

    NaN: where the chosen one is missing
    """

    spellings: ClassVar[tuple[str, ...]] = ("x.mask(cond, other=nan)",)
    operands: ClassVar[tuple[str, ...]] = ("x", "cond", "other")
    operand_dtypes: ClassVar[tuple[str, ...]] = (FLOAT, BOOL, FLOAT)
    exact: ClassVar[bool] = True

    def expand(self, *operands: Any) -> Any:
        """``x.where(~cond, other)``."""
        value, condition, other = operands
        return value.where(~condition, other)


@dataclass(frozen=True)
class Missing(Elementwise):
    """Whether the value is missing.

    NaN: true there
    """

    spellings: ClassVar[tuple[str, ...]] = ("x.isna()", "x.isnull()", "np.isnan(x)", "pd.isna(x)", "pd.isnull(x)")

    def dtype(self, *operands: str) -> str:
        """Bool."""
        if operands[0] != OBJECT:
            super().dtype(*operands)
        return BOOL

    @staticmethod
    def value(x: float) -> float:
        return 1.0 if x != x else 0.0


@dataclass(frozen=True)
class Present(Operator):
    """Whether the value is there.

    NaN: false there
    """

    spellings: ClassVar[tuple[str, ...]] = ("x.notna()", "x.notnull()", "pd.notna(x)", "pd.notnull(x)")
    accepts: ClassVar[tuple[str, ...]] = (FLOAT, INT, BOOL, OBJECT)
    exact: ClassVar[bool] = True

    def expand(self, *operands: Any) -> Any:
        """``~x.isna()``."""
        return ~operands[0].isna()


@dataclass(frozen=True)
class Fill(Operator):
    """Value, or the given one where it is missing.

    NaN: where both are missing
    """

    spellings: ClassVar[tuple[str, ...]] = ("x.fillna(value)",)
    operands: ClassVar[tuple[str, ...]] = ("x", "value")
    accepts: ClassVar[tuple[str, ...]] = (FLOAT, INT, BOOL, OBJECT)
    exact: ClassVar[bool] = True

    def expand(self, *operands: Any) -> Any:
        """``x.where(x.notna(), value)``."""
        value, other = operands
        return value.where(value.notna(), other)


@dataclass(frozen=True)
class Maximum(Elementwise):
    """Larger of two values.

    NaN: where either is missing
    """

    spellings: ClassVar[tuple[str, ...]] = ("np.maximum(x, other)",)
    operands: ClassVar[tuple[str, ...]] = ("x", "other")

    def dtype(self, *operands: str) -> str:
        """Their common one."""
        return chosen(*operands)

    @staticmethod
    def value(x: float, other: float) -> float:
        return np.nan if x != x or other != other else (max(other, x))


@dataclass(frozen=True)
class Minimum(Elementwise):
    """Smaller of two values.

    NaN: where either is missing
    """

    spellings: ClassVar[tuple[str, ...]] = ("np.minimum(x, other)",)
    operands: ClassVar[tuple[str, ...]] = ("x", "other")

    def dtype(self, *operands: str) -> str:
        """Their common one."""
        return chosen(*operands)

    @staticmethod
    def value(x: float, other: float) -> float:
        return np.nan if x != x or other != other else (min(other, x))


@dataclass(frozen=True)
class LargerPresent(Elementwise):
    """Larger of two values, or the one that is there.

    NaN: where both are missing
    """

    spellings: ClassVar[tuple[str, ...]] = ("np.fmax(x, other)",)
    operands: ClassVar[tuple[str, ...]] = ("x", "other")

    def dtype(self, *operands: str) -> str:
        """Their common one."""
        return chosen(*operands)

    @staticmethod
    def value(x: float, other: float) -> float:
        return x if x >= other or other != other else other


@dataclass(frozen=True)
class SmallerPresent(Elementwise):
    """Smaller of two values, or the one that is there.

    NaN: where both are missing
    """

    spellings: ClassVar[tuple[str, ...]] = ("np.fmin(x, other)",)
    operands: ClassVar[tuple[str, ...]] = ("x", "other")

    def dtype(self, *operands: str) -> str:
        """Their common one."""
        return chosen(*operands)

    @staticmethod
    def value(x: float, other: float) -> float:
        return x if x <= other or other != other else other


@dataclass(frozen=True)
class Clip(Operator):
    """Value held between two bounds; a missing bound does not bind.

    NaN: where the value is missing
    """

    spellings: ClassVar[tuple[str, ...]] = ("x.clip(lower=None, upper=None, axis=None)",)
    samples: ClassVar[tuple[dict[str, Any], ...]] = (
        {"lower": 0.0},
        {"upper": 0.5},
        {"lower": -0.5, "upper": 0.5},
        {"lower": float("nan")},
    )
    exact: ClassVar[bool] = True
    lower: Any = None
    upper: Any = None

    def expand(self, *operands: Any) -> Any:
        """What lies outside is replaced by the bound; two numbers in the wrong order are exchanged, as in pandas."""
        value, lower, upper = operands[0], self.lower, self.upper
        if lower is None and upper is None:
            raise Unsupported("clip() without a bound is the column itself, not another one", "leave it out")
        if isinstance(lower, int | float) and isinstance(upper, int | float) and lower > upper:
            lower, upper = upper, lower
        if lower is not None:
            value = value.mask(value < lower, lower)
        if upper is not None:
            # pandas compares the clipped value with a number, but the original one with a column
            compared = value if isinstance(upper, int | float) else operands[0]
            value = value.mask(compared > upper, upper)
        return value


@dataclass(frozen=True)
class Between(Operator):
    """Whether the value lies between two others.

    NaN: false where any is missing
    """

    spellings: ClassVar[tuple[str, ...]] = ("x.between(left, right, inclusive='both')",)
    samples: ClassVar[tuple[dict[str, Any], ...]] = tuple(
        {"left": -0.5, "right": 0.5, "inclusive": inclusive} for inclusive in ("both", "neither", "left", "right")
    )
    exact: ClassVar[bool] = True
    left: Any = None
    right: Any = None
    inclusive: str = "both"

    def expand(self, *operands: Any) -> Any:
        """Two comparisons."""
        x = operands[0]
        if self.inclusive not in {"both", "neither", "left", "right"}:
            raise Unsupported(f"inclusive={self.inclusive!r}", "covered: both, neither, left, right")
        above = x >= self.left if self.inclusive in {"both", "left"} else x > self.left
        below = x <= self.right if self.inclusive in {"both", "right"} else x < self.right
        return above & below


@dataclass(frozen=True)
class ClipArray(Operator):
    """Value held between two bounds, by numpy.

    NaN: where the value is missing
    """

    spellings: ClassVar[tuple[str, ...]] = ("np.clip(x, a_min, a_max)",)
    samples: ClassVar[tuple[dict[str, Any], ...]] = ({"a_min": -0.5, "a_max": 0.5}, {"a_min": None, "a_max": 0.5})
    exact: ClassVar[bool] = True
    a_min: Any = None
    a_max: Any = None

    def expand(self, *operands: Any) -> Any:
        """``x.clip(lower, upper)``."""
        return operands[0].clip(lower=self.a_min, upper=self.a_max)


@dataclass(frozen=True)
class NumberFill(Operator):
    """Value, with missing and infinite ones replaced by numbers.

    NaN: none left
    """

    spellings: ClassVar[tuple[str, ...]] = ("np.nan_to_num(x, copy=True, nan=0.0, posinf=None, neginf=None)",)
    samples: ClassVar[tuple[dict[str, Any], ...]] = ({}, {"nan": -1.0, "posinf": 9.0, "neginf": -9.0})
    exact: ClassVar[bool] = True
    nan: float = 0.0
    posinf: float | None = None
    neginf: float | None = None

    def expand(self, *operands: Any) -> Any:
        """Three choices."""
        x = operands[0]
        largest = float(np.finfo(np.float64).max)
        x = x.where(x.notna(), real("nan", self.nan))
        x = x.where(x != float("inf"), largest if self.posinf is None else real("posinf", self.posinf))
        return x.where(x != float("-inf"), -largest if self.neginf is None else real("neginf", self.neginf))
