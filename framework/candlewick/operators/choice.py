"""Choosing between values by a condition, and replacing missing ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from candlewick.operators.operator import BOOL, FLOAT, INT, Elementwise, Operator, Unsupported


def chosen(*operands: str) -> str:
    """The dtype of a choice between two columns: their common one; pandas makes objects of bool beside numbers."""
    kinds = set(operands)
    if kinds <= {FLOAT, INT}:
        return FLOAT if FLOAT in kinds else INT
    if kinds == {BOOL}:
        return BOOL
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
            raise Unsupported(f"a {condition} column as a condition", "compare it: x > 0")
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
        if isinstance(lower, int | float) and isinstance(upper, int | float) and lower > upper:
            lower, upper = upper, lower
        if lower is not None:
            value = value.mask(value < lower, lower)
        if upper is not None:
            value = value.mask(value > upper, upper)
        return value
