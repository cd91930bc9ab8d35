"""Times of the day and names of days: good to compare with others."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from candlewick.trace.routes import route
from candlewick.trace.stand import COMPARISON, call, entry_frame, node_of, series
from candlewick.trace.times import milliseconds, of_day
from candlewick.trace.tracing import active
from candlewick.trace.verdicts import Limited

if TYPE_CHECKING:
    from collections.abc import Callable

    from candlewick.trace.dispatch import Call


DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December")  # fmt: skip


@dataclass(frozen=True, eq=False)
class TimeOfDay(Limited):
    """``ts.dt.time``: milliseconds since midnight, to compare with a `datetime.time`."""

    spoken = "a column of times of the day"

    column: Any

    answers_operators = True
    __pandas_priority__ = 6000

    def compared(self, key: str, other: Any) -> Any:
        """With a time of the day."""
        if not isinstance(other, dt.time) or other.tzinfo is not None:
            return self.used()
        since = ((other.hour * 60 + other.minute) * 60 + other.second) * 1000.0 + other.microsecond / 1000.0
        return call(key, None, ((self.column, since), {}))

    def between(self, left: Any, right: Any, inclusive: str = "both") -> Any:
        """Between two times of the day."""
        low = "GtE" if inclusive in {"both", "left"} else "Gt"
        high = "LtE" if inclusive in {"both", "right"} else "Lt"
        return self.compared(low, left) & self.compared(high, right)

    def used(self, *_: Any, **__: Any) -> Any:
        """Refused."""
        return active().refuse(
            "a column of times of the day is used as a value",
            "compare it with a time: ts.dt.time >= datetime.time(9, 30); numbers are ts.dt.hour * 60 + ts.dt.minute",
        )

    used_as_value = __iter__ = __len__ = __bool__ = __array__ = __array_ufunc__ = __add__ = __sub__ = used


@dataclass(frozen=True, eq=False)
class Named(Limited):
    """``ts.dt.day_name()``: numbers that are called by names, to compare with one."""

    spoken = "a column of names"

    column: Any
    names: tuple[str, ...]
    """From the first number on."""
    first: int

    answers_operators = True
    __pandas_priority__ = 6000

    def place(self, name: Any) -> int:
        """The number of a name; one that nothing is called."""
        return self.names.index(name) + self.first if name in self.names else -1

    def isin(self, names: Any) -> Any:
        """Whether it is one of some names."""
        return self.column.isin([self.place(name) for name in names])

    def __eq__(self, other: object) -> Any:
        return self.column == self.place(other) if isinstance(other, str) else self.used()

    def __ne__(self, other: object) -> Any:
        return self.column != self.place(other) if isinstance(other, str) else self.used()

    __hash__ = object.__hash__

    def used(self, *_: Any, **__: Any) -> Any:
        """Refused."""
        return active().refuse(
            "a column of names is used as a value", 'compare it with one: == "Monday"; numbers are ts.dt.day_of_week'
        )

    used_as_value = __iter__ = __len__ = __bool__ = __array__ = __array_ufunc__ = __add__ = used


def time_of_day(times: Any) -> TimeOfDay:
    """``ts.dt.time``."""
    since = milliseconds(times) - milliseconds(of_day(times))
    return TimeOfDay(series(node_of(since), entry_frame()))


@route("x.dt.day_name()")
def day_name(subject: Any, calls: tuple[Call, ...]) -> Any:
    """The English name of the day, to compare with one."""
    del calls
    return Named(subject.dt.day_of_week, DAYS, 0)


@route("x.dt.month_name()")
def month_name(subject: Any, calls: tuple[Call, ...]) -> Any:
    """The English name of the month, to compare with one."""
    del calls
    return Named(subject.dt.month, MONTHS, 1)


def _compared(key: str) -> Callable[[TimeOfDay, Any], Any]:
    return lambda self, other: self.compared(key, other)


for _name, _key in COMPARISON.items():
    setattr(TimeOfDay, f"__{_name}__", _compared(_key))
TimeOfDay.__hash__ = object.__hash__  # type: ignore[method-assign]
