"""The same values as another dtype."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from candlewick.operators.operator import BOOL, FLOAT, INT, OBJECT, TIME, Elementwise, Unsupported

_FLOATS = (float, np.float64, np.dtype("float64"), "float", "float64", "f8", "d")
_INTS = (int, np.int64, np.dtype("int64"), "int", "int64", "i8")
_BOOLS = (bool, np.bool_, np.dtype("bool"), "bool")


def named_dtype(value: Any) -> str:
    """Ours for a dtype as pandas spells it, or for what has one."""
    value = getattr(value, "dtype", value) if not isinstance(value, type | np.dtype) else value
    for name, spelled in ((FLOAT, _FLOATS), (INT, _INTS), (BOOL, _BOOLS)):
        if any(value is item or (isinstance(value, str | np.dtype) and value == item) for item in spelled):
            return name
    raise Unsupported(f"dtype {value!r}", "float, int and bool are covered; arithmetic is float64")


@dataclass(frozen=True)
class AsFloat(Elementwise):
    """The value as a float."""

    def dtype(self, *operands: str) -> str:
        """Float."""
        super().dtype(*(dtype for dtype in operands if dtype != OBJECT))
        return FLOAT

    @staticmethod
    def value(x: float) -> float:
        return x


@dataclass(frozen=True)
class AsTime(Elementwise):
    """Milliseconds since 1970 as the time they are."""

    def dtype(self, *operands: str) -> str:
        """Time."""
        super().dtype(*operands)
        return TIME

    @staticmethod
    def value(x: float) -> float:
        return x


@dataclass(frozen=True)
class AsInteger(Elementwise):
    """The value of a column that holds whole numbers, and none missing, as an integer; the tracer sees to both."""

    operand_dtypes: ClassVar[tuple[str, ...]] = (BOOL,)

    def dtype(self, *operands: str) -> str:
        """Integer."""
        super().dtype(*(dtype for dtype in operands if dtype != OBJECT))
        return INT

    @staticmethod
    def value(x: float) -> float:
        return x
