"""Parts of a candle's open time, in UTC, from milliseconds since 1970."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from candlewick.operators.operator import INT, TIME, Elementwise, Operator, Unsupported

DAY = 86_400_000.0


@dataclass(frozen=True)
class Calendar(Operator):
    """A part of the time; the time itself takes part in no arithmetic."""

    accepts: ClassVar[tuple[str, ...]] = (TIME,)
    operand_dtypes: ClassVar[tuple[str, ...]] = (TIME,)
    exact: ClassVar[bool] = True

    def dtype(self, *operands: str) -> str:
        """Integer."""
        if operands[0] != TIME:
            raise Unsupported(f".dt of a {operands[0]} column", "the input ts holds the times of the candles")
        return INT


def rest(whole: float, divisor: float) -> float:
    """Remainder of a whole number, never negative."""
    return float(whole - divisor * np.floor(whole / divisor))


@dataclass(frozen=True)
class Hour(Calendar, Elementwise):
    """Hour of the day, 0 to 23.

    NaN: never
    """

    spellings: ClassVar[tuple[str, ...]] = ("x.dt.hour",)

    helpers = (rest,)

    @staticmethod
    def value(x: float) -> float:
        return rest(np.floor(x / 3_600_000.0), 24.0)


@dataclass(frozen=True)
class Minute(Calendar, Elementwise):
    """Minute of the hour, 0 to 59.

    NaN: never
    """

    spellings: ClassVar[tuple[str, ...]] = ("x.dt.minute",)

    helpers = (rest,)

    @staticmethod
    def value(x: float) -> float:
        return rest(np.floor(x / 60_000.0), 60.0)


@dataclass(frozen=True)
class Second(Calendar, Elementwise):
    """Second of the minute, 0 to 59.

    NaN: never
    """

    spellings: ClassVar[tuple[str, ...]] = ("x.dt.second",)

    helpers = (rest,)

    @staticmethod
    def value(x: float) -> float:
        return rest(np.floor(x / 1000.0), 60.0)


@dataclass(frozen=True)
class DayOfWeek(Calendar, Elementwise):
    """Day of the week, 0 on Mondays.

    NaN: never
    """

    spellings: ClassVar[tuple[str, ...]] = ("x.dt.dayofweek", "x.dt.weekday", "x.dt.day_of_week")

    helpers = (rest,)

    @staticmethod
    def value(x: float) -> float:
        return rest(np.floor(x / 86_400_000.0) + 3.0, 7.0)


def civil(x: float, part: float) -> float:
    """Year (0), month (1), day (2) or day of the year (3) of a time: Howard Hinnant's civil-from-days."""
    days = np.int64(np.floor(x / 86_400_000.0)) + np.int64(719_468)
    era = days // np.int64(146_097)
    of_era = days - era * np.int64(146_097)
    leaps = of_era // np.int64(1460) - of_era // np.int64(36_524) + of_era // np.int64(146_096)
    year_of_era = (of_era - leaps) // np.int64(365)
    year = year_of_era + era * np.int64(400)
    of_year = of_era - (np.int64(365) * year_of_era + year_of_era // np.int64(4) - year_of_era // np.int64(100))
    shifted = (np.int64(5) * of_year + np.int64(2)) // np.int64(153)
    day = of_year - (np.int64(153) * shifted + np.int64(2)) // np.int64(5) + np.int64(1)
    month = shifted + np.int64(3) if shifted < np.int64(10) else shifted - np.int64(9)
    if month <= np.int64(2):
        year += np.int64(1)
    if part == 0.0:
        return float(year)
    if part == 1.0:
        return float(month)
    if part == 2.0:
        return float(day)
    leap = (year % np.int64(4) == 0 and year % np.int64(100) != 0) or year % np.int64(400) == 0
    before = (np.int64(367) * month - np.int64(362)) // np.int64(12)
    if month > np.int64(2):
        before -= np.int64(1) if leap else np.int64(2)
    return float(before + day)


@dataclass(frozen=True)
class CivilDate(Calendar, Elementwise):
    """Year (``part`` 0), month (1), day (2) or day of the year (3).

    NaN: where the time is missing
    """

    samples: ClassVar[tuple[dict[str, Any], ...]] = tuple({"part": part} for part in range(4))
    helpers = (civil,)
    part: int = 0

    @staticmethod
    def value(x: float, part: float) -> float:
        return civil(x, part) if x == x else x


@dataclass(frozen=True)
class DaysInMonth(Calendar):
    """Days of the month, 28 to 31.

    NaN: never
    """

    spellings: ClassVar[tuple[str, ...]] = ("x.dt.days_in_month", "x.dt.daysinmonth")

    def expand(self, *operands: Any) -> Any:
        """31 but for the short ones; February's leap day every fourth year, save three of four hundred."""
        time = operands[0].dt
        month, year = time.month, time.year
        leap = ((year % 4.0 == 0.0) & (year % 100.0 != 0.0)) | (year % 400.0 == 0.0)
        short = 30.0 + (month == 2).astype(float) * (leap.astype(float) - 2.0)
        is_short = (month == 2) | (month == 4) | (month == 6) | (month == 9) | (month == 11)
        return short.where(is_short, 31.0)


@dataclass(frozen=True)
class MonthStart(Calendar):
    """Whether it is the first day of a month.

    NaN: never
    """

    spellings: ClassVar[tuple[str, ...]] = ("x.dt.is_month_start",)

    def expand(self, *operands: Any) -> Any:
        """Day 1."""
        return operands[0].dt.day == 1


@dataclass(frozen=True)
class MonthEnd(Calendar):
    """Whether it is the last day of a month.

    NaN: never
    """

    spellings: ClassVar[tuple[str, ...]] = ("x.dt.is_month_end",)

    def expand(self, *operands: Any) -> Any:
        """The day that is the number of days."""
        return operands[0].dt.day == operands[0].dt.days_in_month


@dataclass(frozen=True)
class Year(Calendar):
    """Year.

    NaN: never
    """

    spellings: ClassVar[tuple[str, ...]] = ("x.dt.year",)

    def expand(self, *operands: Any) -> Any:
        """Of the civil date."""
        return CivilDate(0), operands


@dataclass(frozen=True)
class Month(Calendar):
    """Month, 1 to 12.

    NaN: never
    """

    spellings: ClassVar[tuple[str, ...]] = ("x.dt.month",)

    def expand(self, *operands: Any) -> Any:
        """Of the civil date."""
        return CivilDate(1), operands


@dataclass(frozen=True)
class Day(Calendar):
    """Day of the month, 1 to 31.

    NaN: never
    """

    spellings: ClassVar[tuple[str, ...]] = ("x.dt.day",)

    def expand(self, *operands: Any) -> Any:
        """Of the civil date."""
        return CivilDate(2), operands


@dataclass(frozen=True)
class DayOfYear(Calendar):
    """Day of the year, 1 to 366.

    NaN: never
    """

    spellings: ClassVar[tuple[str, ...]] = ("x.dt.dayofyear", "x.dt.day_of_year")

    def expand(self, *operands: Any) -> Any:
        """Of the civil date."""
        return CivilDate(3), operands


@dataclass(frozen=True)
class Quarter(Calendar):
    """Quarter of the year, 1 to 4.

    NaN: never
    """

    spellings: ClassVar[tuple[str, ...]] = ("x.dt.quarter",)

    def expand(self, *operands: Any) -> Any:
        """Of the month."""
        return np.floor((operands[0].dt.month + 2.0) / 3.0)
