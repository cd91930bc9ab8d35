"""Functions of the current value. log, exp and the like come from the C library: within 2 units in the last place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from candlewick.operators.operator import Elementwise


@dataclass(frozen=True)
class SquareRoot(Elementwise):
    """Square root.

    NaN: where the value is missing or negative
    """

    spellings: ClassVar[tuple[str, ...]] = ("np.sqrt(x)",)

    @staticmethod
    def value(x: float) -> float:
        return np.sqrt(x)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Logarithm(Elementwise):
    """Natural logarithm; of zero it is -inf.

    NaN: where the value is missing or negative
    """

    spellings: ClassVar[tuple[str, ...]] = ("np.log(x)",)
    exact: ClassVar[bool] = False

    @staticmethod
    def value(x: float) -> float:
        return np.log(x)  # type: ignore[no-any-return]


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
        return 1.0 if x > 0.0 else (-1.0 if x < 0.0 else (0.0 if x == 0.0 else np.nan))
