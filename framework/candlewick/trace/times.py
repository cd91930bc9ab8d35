"""Times as values: the day, week or month they lie in, and how much time lies between two of them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from candlewick.operators.cast import AsInteger, AsTime
from candlewick.operators.period import MONDAY, WEEK, Milliseconds, StartOf, StartOfMonths
from candlewick.trace.column import is_time
from candlewick.trace.dispatch import built
from candlewick.trace.routes import route
from candlewick.trace.stand import (
    BINARY,
    COMPARISON,
    call,
    describe,
    entry_frame,
    is_column,
    is_number,
    node_of,
    series,
)
from candlewick.trace.tracing import active

if TYPE_CHECKING:
    from collections.abc import Callable

    from candlewick.operators.operator import Operator
    from candlewick.trace.dispatch import Call

DAY = 86_400_000
UNITS = {"D": DAY, "d": DAY, "h": DAY // 24, "H": DAY // 24, "min": 60_000, "T": 60_000, "s": 1000, "S": 1000}
MONTHS = {"M": 1, "ME": 1, "MS": 1, "Q": 3, "QE": 3, "QS": 3, "Q-DEC": 3, "QE-DEC": 3, "Y": 12, "YE": 12, "YS": 12,
          "A": 12, "Y-DEC": 12, "YE-DEC": 12, "A-DEC": 12}  # fmt: skip
WEEKS = {"W", "W-SUN"}
WRITTEN = {
    "%Y-%m-%d": "D",
    "%Y%m%d": "D",
    "%Y/%m/%d": "D",
    "%F": "D",
    "%Y-%m": "M",
    "%Y%m": "M",
    "%Y/%m": "M",
    "%Y": "Y",
}
SPANS = pd.Timedelta | dt.timedelta | np.timedelta64


def start_of(times: Any, operator: Operator) -> Any:
    """The start of the span that each time lies in."""
    return series(built(operator, [times], node_of), entry_frame())


def in_period(times: Any, freq: Any, what: str) -> Any:
    """The start of the minutes, day, week, month, quarter or year that each time lies in."""
    text = freq if isinstance(freq, str) else describe(freq)
    if text in WEEKS:
        return start_of(times, StartOf(WEEK, MONDAY))
    if text in MONTHS:
        return start_of(times, StartOfMonths(MONTHS[text]))
    return start_of(times, StartOf(length_of(text, what)))


def length_of(text: str, what: str) -> int:
    """Milliseconds of a number of days, hours, minutes or seconds."""
    count, unit = text.rstrip("DdhHminTsS"), text.lstrip("0123456789")
    if unit not in UNITS or not (count == "" or count.isdigit()):
        active().refuse(f"{what}({text!r})", 'covered: days, hours, minutes and seconds, such as "1D" or "15min"')
    return int(count or 1) * UNITS[unit]


def only_freq(calls: tuple[Call, ...], what: str) -> Any:
    """The one argument of a rounding of times."""
    given, keywords = calls[0]
    if set(keywords) - {"freq"} or len(given) > 1:
        active().refuse(f"{what} with more than a frequency", f'write {what}("1D")')
    return keywords.get("freq", given[0] if given else None)


@route("x.dt.normalize()")
def normalize(subject: Any, calls: tuple[Call, ...]) -> Any:
    """Midnight of the day."""
    del calls
    return start_of(subject, StartOf(DAY))


@route("x.dt.floor(freq)")
def floor(subject: Any, calls: tuple[Call, ...]) -> Any:
    """The start of the minutes, hours or day that the time lies in."""
    return start_of(subject, StartOf(length_of(str(only_freq(calls, "dt.floor")), "dt.floor")))


@route("x.dt.to_period(freq)")
def to_period(subject: Any, calls: tuple[Call, ...]) -> Any:
    """The minutes, day, week, month, quarter or year that the time lies in: good to group by and to compare."""
    return in_period(subject, only_freq(calls, "dt.to_period"), "dt.to_period")


@route("x.dt.strftime('%Y-%m-%d')")
def strftime(subject: Any, calls: tuple[Call, ...]) -> Any:
    """The day, month or year: good to group by and to compare."""
    given, keywords = calls[0]
    text = keywords.get("date_format", given[0] if given else None)
    if text not in WRITTEN:
        active().refuse(f"dt.strftime({text!r}) makes text of times", 'covered: "%Y-%m-%d", "%Y-%m" and "%Y"')
    return in_period(subject, WRITTEN[text], "dt.strftime")


@route("x.dt.tz_localize(None)", "x.dt.tz_convert('UTC')")
def zoned(subject: Any, calls: tuple[Call, ...]) -> Any:
    """The same times, which are in UTC and remain so."""
    given, keywords = calls[0]
    zone = keywords.get("tz", given[0] if given else None)
    if str(zone) not in {"None", "UTC", "utc"}:
        active().refuse(f"times in the zone {zone}, which changes its clocks", "the times of candles are in UTC")
    return series(node_of(subject), entry_frame())


@route("x.dt.isocalendar()")
def isocalendar(subject: Any, calls: tuple[Call, ...]) -> Any:
    """Year, week and day of the week as ISO 8601 counts them."""
    del calls
    monday = start_of(subject, StartOf(WEEK, MONDAY))
    thursday = moved(monday, 3 * DAY)
    week = whole_number(np.floor((thursday.dt.dayofyear - 1.0) / 7.0) + 1.0)
    return IsoCalendar(Unsigned(thursday.dt.year), Unsigned(week), Unsigned(subject.dt.dayofweek + 1))


def whole_number(column: Any) -> Any:
    """A column that holds whole numbers as one of integers."""
    return series(built(AsInteger(), [column], node_of), entry_frame())


@dataclass(frozen=True)
class IsoCalendar:
    """``ts.dt.isocalendar()``."""

    year: Any
    week: Any
    day: Any

    def __getitem__(self, name: Any) -> Any:
        return getattr(self, name) if name in {"year", "week", "day"} else self.refused()

    def refused(self, *_: Any, **__: Any) -> Any:
        """Refused."""
        return active().refuse("isocalendar() but for its year, week and day", "write ts.dt.isocalendar().week")

    __iter__ = __len__ = __bool__ = __array__ = refused


@dataclass(frozen=True, eq=False)
class Unsigned:
    """A column of unsigned integers, which go round below zero: good to compare and to make numbers of."""

    column: Any

    answers_operators = True
    __pandas_priority__ = 6000

    def astype(self, dtype: Any) -> Any:
        """As numbers."""
        return self.column.astype(dtype)

    def refused(self, *_: Any, **__: Any) -> Any:
        """Refused."""
        return active().refuse(
            "arithmetic of unsigned integers (UInt32), which go round below zero",
            'write .week.astype(int) first; group by ts.dt.to_period("W")',
        )

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.column, name) if name in {"isin", "eq", "ne", "between", "shift"} else self.refused()

    __iter__ = __len__ = __bool__ = __array__ = __array_ufunc__ = __neg__ = refused


def milliseconds(times: Any) -> Any:
    """Times as numbers."""
    return series(built(Milliseconds(), [times], node_of), None)


def moved(times: Any, by: float) -> Any:
    """Times so many milliseconds later."""
    return series(built(AsTime(), [milliseconds(times) + float(by)], node_of), entry_frame())


def length(value: Any) -> float | None:
    """Milliseconds of a span of Python, numpy or pandas; None of anything else."""
    return pd.Timedelta(value).value / 1e6 if isinstance(value, SPANS) else None


def of_times(key: str, one: Any, other: Any) -> Any:
    """``ts - ts.shift()``, ``ts + pd.Timedelta("1h")``; NotImplemented where no times are added or taken."""
    if key == "Sub" and is_time(one) and is_time(other):
        return Duration(milliseconds(one) - milliseconds(other))
    by = length(other)
    if key in {"Add", "Sub"} and is_time(one) and by is not None:
        return moved(one, by if key == "Add" else -by)
    return NotImplemented


@dataclass(frozen=True, eq=False)
class Duration:
    """Time between two times, one for every candle, in milliseconds."""

    spoken = "a column of durations"

    column: Any

    answers_operators = True
    __pandas_priority__ = 6000

    @property
    def dt(self) -> Durations:
        """Its parts."""
        return Durations(self.column)

    def combined(self, key: str, other: Any, *, swap: bool) -> Any:
        """With durations it compares and adds, by one it divides; with numbers it grows."""
        beside = other.column if isinstance(other, Duration) else length(other)
        if beside is None and (is_number(other) or is_column(other)) and key in {"Mult", "Div"} and not swap:
            return Duration(call(key, None, ((self.column, other), {})))
        if beside is None or key not in {"Add", "Sub", "Div", *COMPARISON.values()}:
            return self.used()
        operands = (beside, self.column) if swap else (self.column, beside)
        made = call(key, None, (operands, {}))
        return Duration(made) if key in {"Add", "Sub"} else made

    def shift(self, periods: int = 1) -> Duration:
        """Of candles ago."""
        return Duration(self.column.shift(periods))

    def fillna(self, value: Any) -> Duration:
        """With a duration where there is none."""
        by = length(value)
        return self.used() if by is None else Duration(self.column.fillna(by))

    def __abs__(self) -> Duration:
        return Duration(abs(self.column))

    def __neg__(self) -> Duration:
        return Duration(-self.column)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name == "abs":
            return self.__abs__
        return getattr(self.column, name) if name in {"isna", "notna", "isnull", "notnull"} else self.used()

    def used(self, *_: Any, **__: Any) -> Any:
        """Refused."""
        return active().refuse(
            "a column of durations is used as one of numbers", "write (ts - ts.shift()).dt.total_seconds()"
        )

    used_as_value = __array_ufunc__ = used
    __iter__ = __len__ = __bool__ = __array__ = __getitem__ = __setitem__ = __float__ = used


@dataclass(frozen=True)
class Durations:
    """``durations.dt``."""

    column: Any

    def total_seconds(self) -> Any:
        """Seconds."""
        return self.column / 1000.0

    @property
    def days(self) -> Any:
        """Whole days."""
        return np.floor(self.column / float(DAY))

    @property
    def seconds(self) -> Any:
        """Seconds beside the whole days."""
        return np.floor((self.column - self.days * float(DAY)) / 1000.0)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return active().refuse(f"dt.{name} of durations", "covered: total_seconds(), days and seconds")


def _operator(key: str, *, swap: bool) -> Callable[[Duration, Any], Any]:
    return lambda self, other: self.combined(key, other, swap=swap)


def _compared(key: str) -> Callable[[Unsigned, Any], Any]:
    return lambda self, other: call(key, None, ((self.column, getattr(other, "column", other)), {}))


for _name, _key in {**BINARY, **COMPARISON}.items():
    setattr(Duration, f"__{_name}__", _operator(_key, swap=False))
    setattr(Duration, f"__r{_name}__", _operator(_key, swap=True))
    setattr(Unsigned, f"__{_name}__", _compared(_key) if _key in COMPARISON.values() else Unsigned.refused)
    setattr(Unsigned, f"__r{_name}__", Unsigned.refused)
for _kind in (Duration, Unsigned):
    _kind.__hash__ = object.__hash__  # type: ignore[method-assign]


def of_day(times: Any) -> Any:
    """``ts.dt.date``: the day, good to group by and to compare."""
    return start_of(times, StartOf(DAY))
