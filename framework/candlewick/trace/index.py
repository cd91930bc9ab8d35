"""The index of a column, the labels in it, and what is found by them: ``x.index``, ``x.loc``, ``x.iloc``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from candlewick.operators.catalogue import spellings
from candlewick.operators.operator import FLOAT
from candlewick.trace.change import assign, assign_places, changed, chosen, some
from candlewick.trace.column import ATTRIBUTES, begins
from candlewick.trace.later import FirstValue, Later, is_later, part_after, put_after
from candlewick.trace.missing import leading
from candlewick.trace.position import at, from_candle, whole
from candlewick.trace.routes import ROUTES, route
from candlewick.trace.span import Span, place_of, span_of
from candlewick.trace.stand import StandArray, State, entry_frame, is_column, name_of, node_of, series
from candlewick.trace.tracing import active
from candlewick.trace.verdicts import refuse_end, refuse_known_name, refuse_position


@dataclass(frozen=True)
class Label:
    """The time of the candle at a place: good only to find it again."""

    spoken = "a time of the index"

    place: int

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return refuse_position(f"the time of candle {self.place}")

    def used(self, *_: Any, **__: Any) -> Any:
        """Refused."""
        return refuse_position(f"the time of candle {self.place}")

    __add__ = __sub__ = __lt__ = __le__ = __gt__ = __ge__ = __float__ = __array__ = used


ALL = Span(0, None)


@dataclass(frozen=True)
class IndexToken:
    """The index of a stand-in: its times are those of ``ts``. ``span`` is what a slice has left of it."""

    spoken = "the index"

    span: Span = ALL

    @property
    def skip(self) -> int:
        """Candles left out at the start."""
        return self.span.start

    @property
    def size(self) -> int:
        """How many candles there are."""
        return len(self)

    @property
    def dtype(self) -> pd.DatetimeTZDtype:
        """Times in UTC."""
        return pd.DatetimeTZDtype(tz="UTC")

    @property
    def shape(self) -> tuple[int]:
        """The same, of one axis."""
        return (len(self),)

    def get_loc(self, label: Any) -> Any:
        """The place of a label."""
        if isinstance(label, FirstValue) and self.span == ALL:
            return Later(label.made)
        return label.place - self.span.start if isinstance(label, Label) else self._refused()

    def to_period(self, freq: Any = None) -> Any:
        """The days, weeks, months or minutes that the times lie in, good to group by."""
        return self._times().dt.to_period(freq)

    def tz_localize(self, tz: Any) -> IndexToken:
        """The same times, which are in UTC."""
        self._times().dt.tz_localize(tz)
        return self

    tz_convert = tz_localize

    def copy(self) -> IndexToken:
        """The index itself."""
        return self

    def to_series(self) -> Any:
        """The times."""
        return self._times()

    def _times(self) -> Any:
        if self.span != ALL or "ts" not in active().columns:
            return self._refused()
        return active().input("ts")

    def _refused(self, *_: Any, **__: Any) -> Any:
        active().refuse("the index of a column is used as a value", "the input ts holds the times of the candles")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if f".dt.{name}" in spellings():
            return StandArray(State(node_of(getattr(self._times().dt, name)), None))
        if f".dt.{name}" in ROUTES or name in {"date", "time"}:
            return getattr(self._times().dt, name)
        return active().refuse(f"index.{name} is read", f"write ts.dt.{name} with the input ts")

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice):
            span = span_of(key, "index").after(self.span.start)
            return refuse_end(f"index[:-{span.cut}]") if span.cut else IndexToken(span)
        if isinstance(key, int | np.integer):
            return Label(place_of(key, "index") + self.span.start)
        return self._refused()

    def __len__(self) -> int:
        return active().length() - self.span.start

    def equals(self, other: Any) -> bool:
        """All columns have one index."""
        return isinstance(other, IndexToken) and other.span == self.span

    def __iter__(self) -> Any:
        return active().refuse(
            "the index is iterated over: a loop over rows",
            "write the recursion with ewm, rolling or cumulative operators, or declare @opaque(lookback=...)",
            "trace-loop",
        )

    __bool__ = __contains__ = __array__ = _refused
    __array_ufunc__ = __array_function__ = _refused
    __add__ = __radd__ = __sub__ = __rsub__ = __lt__ = __le__ = __gt__ = __ge__ = __eq__ = __ne__ = _refused
    __hash__ = object.__hash__


def is_index(value: Any) -> bool:
    """Whether a value is the whole index of the candles."""
    return isinstance(value, IndexToken) and value.span == ALL


def unlabelled(key: Any, first: int) -> Any:
    """A label, or a slice by labels, as places in a column that begins at ``first``; ``loc`` has the last one in it."""
    if isinstance(key, Label):
        return key.place - first
    if isinstance(key, slice) and any(isinstance(end, Label) for end in (key.start, key.stop)):
        start = key.start.place - first if isinstance(key.start, Label) else key.start
        return slice(start, key.stop.place + 1 - first if isinstance(key.stop, Label) else key.stop, key.step)
    return key


def _row(key: Any) -> Any:
    """The rows of ``x.loc[rows,]``."""
    return key[0] if isinstance(key, tuple) and len(key) == 1 else key


class Locator:
    """``column.loc``: by a condition, by labels that came from the index, or every candle."""

    def __init__(self, target: Any) -> None:
        self.target = target

    def __setitem__(self, key: Any, value: Any) -> None:
        place = unlabelled(_row(key), begins(self.target))
        if place is key:
            _by_label(key)
            assign(self.target, key, value)
        else:
            assign_places(self.target, place, value, "column.loc")

    def __getitem__(self, key: Any) -> Any:
        place = unlabelled(_row(key), begins(self.target))
        if place is key:
            _by_label(key)
        return at(self.target, place_of(key, "column.loc")) if isinstance(key, Label) else chosen(self.target, place)


def _by_label(key: Any) -> None:
    if not is_column(key) and key != slice(None):
        refuse_position("column.loc[...] by a label of its own")


class PlaceLocator:
    """``column.iloc``: by places from the start."""

    def __init__(self, target: Any) -> None:
        self.target = target

    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(key, slice) and key == slice(None):
            assign(self.target, key, value)
        elif is_later(_row(key)):
            changed(self.target, put_after(self.target, _row(key), value), "[...] = value")
        else:
            assign_places(self.target, _row(key), value, "column.iloc")

    def __getitem__(self, key: Any) -> Any:
        key = _row(key)
        if is_later(key):
            return part_after(self.target, key)
        return (
            some(self.target, key, "column.iloc")
            if isinstance(key, slice)
            else at(self.target, place_of(key, "column.iloc") + begins(self.target))
        )


ATTRIBUTES.update(
    {
        "index": lambda x: IndexToken(Span(begins(x), None)),
        "loc": Locator,
        "at": Locator,
        "iloc": PlaceLocator,
        "iat": PlaceLocator,
    }
)


@route("x.first_valid_index()")
def first_valid_index(subject: Any, calls: Any) -> Any:
    """The label of the first value there, where the shape of the expression tells which it is."""
    del calls
    made = node_of(subject)
    place = leading(made) if made is not None else None
    if place is None and made is not None and not begins(subject) and made.dtype == FLOAT:
        return FirstValue(made)
    return refuse_position("first_valid_index() of a column that may lack any") if place is None else Label(place)


@route("x.dropna()")
def dropna(subject: Any, calls: Any) -> Any:
    """The column from its first value on, where the shape of the expression tells that none is missing after it."""
    ((given, keywords),) = calls
    made = node_of(subject)
    place = leading(made) if made is not None else None
    if given or {name for name, value in keywords.items() if value not in (0, False)} or place is None:
        return refuse_known_name("dropna")
    return series(node_of(from_candle(subject, place) if place else subject), entry_frame(), name_of(subject))


@route("x.head(n)")
def head(subject: Any, calls: Any) -> Any:
    """The first candles."""
    ((given, keywords),) = calls
    return some(subject, slice(0, keywords.get("n", given[0] if given else 5)), "column.head")


def from_label(made: Any, span: Span) -> Any:
    """A column that begins at a candle, as one that is missing before it."""
    column = series(made, None)
    return column if begins(column) == span.start else from_candle(column, span.start)


@route("x.reindex(close.index)")
def reindex(subject: Any, calls: Any) -> Any:
    """The column itself, under the index of the candles."""
    ((given, keywords),) = calls
    wanted = keywords.get("index", given[0] if given else None)
    if not is_index(wanted) or set(keywords) - {"index"} or len(given) > 1:
        active().refuse("reindex() gives a column of other candles", "write x.reindex(close.index)", "trace-index")
    return series(node_of(whole(subject)), entry_frame(), name_of(subject))
