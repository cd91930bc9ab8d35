"""Spans of time that a candle's open time lies in, by their starts: minutes to weeks, months to years."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from candlewick.operators.calendar import Calendar, civil
from candlewick.operators.operator import FLOAT, TIME, Elementwise

WEEK = 7 * 86_400_000
MONDAY = 4 * 86_400_000  # the first one since 1970


@dataclass(frozen=True)
class Milliseconds(Calendar, Elementwise):
    """The time as a number: milliseconds since 1970.

    NaN: where the time is missing
    """

    def dtype(self, *operands: str) -> str:
        """Float."""
        super().dtype(*operands)
        return FLOAT

    @staticmethod
    def value(x: float) -> float:
        return x


@dataclass(frozen=True)
class StartOf(Calendar, Elementwise):
    """Start of the span of ``milliseconds`` that the time lies in, as a time; one of them starts at ``phase``.

    NaN: where the time is missing
    """

    samples: ClassVar[tuple[dict[str, Any], ...]] = (
        {},
        {"milliseconds": 3_600_000},
        {"milliseconds": WEEK, "phase": MONDAY},
    )
    milliseconds: int = 86_400_000
    phase: int = 0

    def dtype(self, *operands: str) -> str:
        """A time again."""
        super().dtype(*operands)
        return TIME

    @staticmethod
    def value(x: float, milliseconds: float, phase: float) -> float:
        return float(np.floor((x - phase) / milliseconds) * milliseconds + phase)


def first_day(year: float, month: float) -> float:
    """Days from 1970 to the first of a month: Howard Hinnant's days-from-civil."""
    of_march = year - 1.0 if month <= 2.0 else year
    era = np.floor(of_march / 400.0)
    of_era = of_march - era * 400.0
    shifted = month + 9.0 if month <= 2.0 else month - 3.0
    of_year = np.floor((153.0 * shifted + 2.0) / 5.0)
    day_of_era = of_era * 365.0 + np.floor(of_era / 4.0) - np.floor(of_era / 100.0) + of_year
    return float(era * 146_097.0 + day_of_era - 719_468.0)


@dataclass(frozen=True)
class StartOfMonths(Calendar, Elementwise):
    """Start of the month, or of the ``months`` of a year, that the time lies in, as a time.

    NaN: where the time is missing
    """

    samples: ClassVar[tuple[dict[str, Any], ...]] = ({}, {"months": 3}, {"months": 12})
    helpers = (civil, first_day)
    months: int = 1

    def dtype(self, *operands: str) -> str:
        """A time again."""
        super().dtype(*operands)
        return TIME

    @staticmethod
    def value(x: float, months: float) -> float:
        if x != x:
            return x
        month = np.floor((civil(x, 1.0) - 1.0) / months) * months + 1.0
        return first_day(civil(x, 0.0), month) * 86_400_000.0
