"""Places that are counted from the first value of a column, wherever that is: ``x.iloc[first : first + n].mean()``.

How many candles there are since the first value is a column of its own; what stands at a place is there where that
column says so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from candlewick.trace.position import REDUCTIONS, windowed
from candlewick.trace.stand import is_number, node_of, series
from candlewick.trace.tracing import active
from candlewick.trace.verdicts import Limited, refuse_position

if TYPE_CHECKING:
    from candlewick.trace.graph import Node


@dataclass(frozen=True)
class FirstValue(Limited):
    """The time of the first value of a column: good only to find its place, and what follows it."""

    spoken = "the time of the first value"

    made: Node

    def used(self, *_: Any, **__: Any) -> Any:
        """Refused."""
        return refuse_position("first_valid_index() of a column that may lack any value")

    __add__ = __sub__ = __lt__ = __le__ = __gt__ = __ge__ = __float__ = __array__ = used


@dataclass(frozen=True)
class Later(Limited):
    """The place so many candles after the first value of a column."""

    spoken = "a place after the first value"

    made: Node
    offset: int = 0

    def count(self) -> Any:
        """The candles since the first value, itself included; none before it."""
        return series(self.made, None).notna().astype(float).cummax().cumsum()

    def moved(self, by: Any) -> Any:
        """Some candles later."""
        whole = isinstance(by, int | np.integer) and not isinstance(by, bool)
        return replace(self, offset=self.offset + int(by)) if whole else self.used()

    def __add__(self, other: Any) -> Any:
        return self.moved(other)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        return self.moved(-other) if isinstance(other, int | np.integer) else self.used()

    def precedes(self, other: Any) -> Any:
        """Whether there are as many candles: it is taken for granted, as nothing is there before."""
        return True if isinstance(other, int) and other == active().history else self.used()

    __lt__ = __le__ = precedes

    def __gt__(self, other: Any) -> Any:
        return not self.precedes(other)

    __ge__ = __gt__

    def used(self, *_: Any, **__: Any) -> Any:
        """Refused."""
        return refuse_position("the place of the first value, as a number,")

    __mul__ = __rmul__ = __float__ = __int__ = __index__ = __bool__ = __array__ = used


@dataclass(frozen=True)
class LaterValue(Limited):
    """A statistic of some candles after the first value, known at the last of them."""

    column: Any
    place: Later

    def used(self, *_: Any, **__: Any) -> Any:
        """Refused."""
        return refuse_position("a value of some candles after the first one, but to be put at the last of them,")

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __lt__ = __gt__ = used
    __float__ = __bool__ = __array__ = __array_ufunc__ = used


@dataclass(frozen=True)
class LaterPart:
    """Some candles after the first value."""

    column: Any
    start: Later
    stop: Later

    def __getattr__(self, name: str) -> Any:
        length = self.stop.offset - self.start.offset
        if name not in REDUCTIONS or length < 1:
            if name.startswith("__"):
                raise AttributeError(name)
            return refuse_position(f"{name} of some candles after the first value")
        last = replace(self.stop, offset=self.stop.offset - 1)
        return lambda ddof=1: LaterValue(windowed(self.column, length, name, skips=True, ddof=ddof), last)


def is_later(key: Any) -> bool:
    """Whether places are counted from the first value."""
    return isinstance(key, Later) or (
        isinstance(key, slice) and any(isinstance(e, Later) for e in (key.start, key.stop))
    )


def part_after(column: Any, key: Any) -> Any:
    """``x.iloc[first : first + n]``."""
    start, stop = (key.start, key.stop) if isinstance(key, slice) and key.step in (None, 1) else (None, None)
    if isinstance(start, Later) and isinstance(stop, Later) and start.made == stop.made and start.offset >= 0:
        return LaterPart(series(node_of(column), None), start, stop)
    return refuse_position("candles after the first value but from one place to another")


def put_after(column: Any, key: Any, value: Any) -> Any:
    """The column after ``x.iloc[: first + n] = value`` or ``x.iloc[first + n] = value``."""
    if isinstance(key, slice):
        if key.start not in (None, 0) or key.step not in (None, 1) or not is_number(value):
            refuse_position("values put at places after the first value")
        return column.mask(key.stop.count() <= float(key.stop.offset), float(value))
    here = key.count() == float(key.offset + 1)
    if isinstance(value, LaterValue) and value.place == key and key.offset >= 0:
        return column.mask(here, value.column)
    if not is_number(value) or key.offset < 0:
        refuse_position("a value put at a place after the first one")
    return column.mask(here, float(value))
