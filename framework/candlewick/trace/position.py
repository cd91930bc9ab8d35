"""Candles by their place from the start: ``x.iloc[0]``, ``x[:14]``, and seeds that are put in at a place.

What is at a place is known from that candle on, and not before: `Single` and `Head` keep the place, and whoever uses
them at an earlier candle looks ahead. Places from the end are never known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from candlewick.operators.anchored import AtCandle, FromCandle, Opening
from candlewick.trace.column import begins
from candlewick.trace.dispatch import built
from candlewick.trace.missing import leading, missing_until, never_infinite, start_of
from candlewick.trace.rows import Rows
from candlewick.trace.stand import (
    BINARY,
    COMPARISON,
    StandArray,
    call,
    constant_column,
    describe,
    is_column,
    is_number,
    node_of,
    series,
    wrapped,
)
from candlewick.trace.tracing import active
from candlewick.trace.verdicts import refuse_position

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_VALUES = 64


def opened(column: Any, other: Any, start: int, stop: int) -> Any:
    """A column with other values from one candle to before another; the column itself, if nothing is there anyway."""
    made = node_of(column)
    lead = constant_column(other) if is_number(other) else node_of(other)
    late = start_of(made)
    if (
        start == 0
        and made is not None
        and lead is not None
        and not late
        and min(map(missing_until, (made, lead))) >= stop
    ):
        return wrapped(made, array=isinstance(column, StandArray))
    if is_number(other):
        other = float(other) if made is not None and made.dtype == "float" else other
    return wrapped(built(Opening(start, stop), [column, other], node_of), array=isinstance(column, StandArray))


def from_candle(column: Any, start: int) -> Any:
    """A Series that begins later."""
    return wrapped(built(FromCandle(start), [column], node_of), array=False)


def held(column: Any, place: int) -> Any:
    """The value of one candle, from that candle on."""
    return wrapped(built(AtCandle(place), [column], node_of), array=False)


def at(column: Any, place: int) -> Single:
    """The value at a place."""
    made = node_of(column)
    return Single(held(column.astype(float) if made is not None and made.dtype == "bool" else column, place), place)


def whole(column: Any) -> Any:
    """A Series that begins later as one of all candles, missing until then."""
    start = begins(column)
    return opened(column, float("nan"), 0, start) if start else column


@dataclass(eq=False)
class Single:
    """One number that is known from candle ``place`` on: there ``column`` holds it."""

    column: Any
    place: int

    __pandas_priority__ = 6000
    __array_priority__ = 6000

    def used_as_value(self, *_: Any) -> Any:
        """Beside a column: the first candle is known to all of them, a later one is not."""
        if self.place:
            active().refuse(
                f"the value of candle {self.place} is used at the candles before it: it looks ahead",
                f"x.where(...) of what is known, or x.shift(n); assign it from candle {self.place} on",
                "trace-looks-ahead",
            )
        return node_of(self.column)

    def beside(self, column: Any) -> Any:
        """What stands beside the candles of a column: the value, if all of them know it."""
        return self.column if self.place <= begins(column) else series(self.used_as_value(), None)

    def combined(self, key: str, other: Any, *, swap: bool) -> Any:
        """With a number or another value it is a value, with a column a column."""
        if isinstance(other, Single):
            place, beside = max(self.place, other.place), other.column
        elif is_number(other):
            place, beside = self.place, other
        else:
            mine, array = self.beside(other), isinstance(other, StandArray)
            return call(key, None, (((other, mine) if swap else (mine, other)), {}), array=array)
        operands = (beside, self.column) if swap else (self.column, beside)
        return Single(series(node_of(call(key, None, (operands, {}), array=False)), None), place)

    def astype(self, *_: Any, **__: Any) -> Single:
        """A number as it is."""
        return self

    item = copy = lambda self: self

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **keywords: Any) -> Any:
        name = f"np.{ufunc.__name__}"
        if method != "__call__" or keywords:
            return active().refuse(f"{name} of one value with {method}", f"write {name}(x)")
        if len(inputs) == 1:
            return Single(series(node_of(call(name, None, ((self.column,), {}), array=False)), None), self.place)
        swap = inputs[0] is not self
        return self.combined(name, inputs[0] if swap else inputs[1], swap=swap)

    def __neg__(self) -> Single:
        return Single(-self.column, self.place)

    def __abs__(self) -> Single:
        return Single(abs(self.column), self.place)

    def __round__(self, decimals: int = 0) -> Single:
        return Single(self.column.round(decimals), self.place)

    def decides(self, *_: Any, **__: Any) -> Any:
        """Refused."""
        return active().refuse_here(
            f"the value of candle {self.place} is asked for as a number of Python",
            "choose per candle: x.where(condition, other); a loop becomes ewm, rolling or cumulative operators",
            "trace-position",
        )

    __bool__ = __float__ = __int__ = __index__ = __iter__ = __len__ = __array__ = decides

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self.decides()


def windowed(column: Any, length: int, name: str, *, skips: bool, ddof: int, whole: bool = True) -> Any:
    """A statistic of the last candles at each; ``whole``: missing ones are skipped, or there are none."""
    plain = never_infinite(node_of(column)) and name in {"mean", "sum", "min", "max", "std", "var", "median"}
    if plain and whole:
        rolling = column.rolling(length, min_periods=min(0 if name == "sum" else 1, length))
        return getattr(rolling, name)(**({"ddof": ddof} if name in {"std", "var"} else {}))
    return Rows(column, length, raw=not skips).each().reduce(name, ddof=ddof)


@dataclass(eq=False)
class Head:
    """Candles ``start`` to before ``stop``: known at the last of them."""

    spoken = "some of the first candles"

    column: Any
    start: int
    stop: int
    raw: bool

    __pandas_priority__ = 6000
    answers_operators = True
    __array_priority__ = 6000

    @property
    def length(self) -> int:
        """How many candles."""
        return self.stop - self.start

    def reduce(self, name: str, *, skips: bool, ddof: int) -> Any:
        """One number of them, known when the last is."""
        if not self.length:
            return float("nan")
        made = node_of(self.column)
        column = self.column.astype(float) if made is not None and made.dtype == "bool" else self.column
        before = leading(node_of(column))
        whole = skips or (before is not None and before <= self.start)
        value = windowed(column, self.length, name, skips=skips, ddof=ddof, whole=whole)
        return at(value, self.stop - 1) if is_column(value) else value

    def combined(self, key: str, other: Any, *, swap: bool) -> Any:
        """With a number, or the same candles of another column."""
        if isinstance(other, Head) and (other.start, other.stop) == (self.start, self.stop):
            beside = other.column
        elif is_number(other):
            beside = other
        else:
            return refuse_position("some of the first candles beside something else")
        operands = (beside, self.column) if swap else (self.column, beside)
        return self.with_column(call(key, None, (operands, {}), array=False))

    def with_column(self, column: Any) -> Head:
        """The same candles of another column."""
        return Head(series(node_of(column), None), self.start, self.stop, self.raw)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in REDUCTIONS:
            ddof = 0 if self.raw else 1
            return lambda **words: self.reduce(name, skips=not self.raw, ddof=words.get("ddof", ddof))
        match name:
            case "values" | "iloc":
                return Head(self.column, self.start, self.stop, raw=self.raw or name == "values")
            case "to_numpy" | "copy" | "abs" | "tolist":
                return {
                    "to_numpy": lambda: self.values,
                    "copy": lambda: self,
                    "abs": lambda: self.with_column(abs(self.column)),
                    "tolist": lambda: list(self),
                }[name]
            case "size" | "shape":
                return self.length if name == "size" else (self.length,)
        return refuse_position(f"{name} of the first candles")

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice):
            start, stop, step = key.indices(self.length)
            if step == 1:
                return Head(self.column, self.start + start, self.start + max(stop, start), self.raw)
        if isinstance(key, int | np.integer) and -self.length <= key < self.length:
            return at(self.column, self.start + int(key) % self.length)
        return refuse_position(f"the first candles[{describe(key)}]")

    def __iter__(self) -> Any:
        return (at(self.column, place) for place in range(self.start, self.stop))

    def __len__(self) -> int:
        return self.length

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **keywords: Any) -> Any:
        name = f"np.{ufunc.__name__}"
        if method != "__call__" or keywords:
            return refuse_position(f"{name}.{method} of the first candles")
        if len(inputs) == 1:
            return self.with_column(call(name, None, ((self.column,), {}), array=False))
        swap = inputs[0] is not self
        return self.combined(name, inputs[0] if swap else inputs[1], swap=swap)

    def __array_function__(self, function: Any, types: Any, given: Any, keywords: Any) -> Any:
        del types
        from candlewick.trace.part import OF_PARTS

        if function.__name__ in {"concatenate", "hstack", "append"}:
            return OF_PARTS[function.__name__](*given, **keywords)
        name = function.__name__.removeprefix("nan")
        skips = function.__name__.startswith("nan") or not self.raw
        if name in REDUCTIONS and len(given) == 1 and given[0] is self and set(keywords) <= {"ddof"}:
            return self.reduce(name, skips=skips, ddof=keywords.get("ddof", 0))
        return refuse_position(f"np.{function.__name__} of the first candles")


REDUCTIONS = {"mean", "sum", "min", "max", "std", "var", "median", "prod"}


def _operator(key: str, *, swap: bool) -> Callable[[Any, Any], Any]:
    return lambda self, other: self.combined(key, other, swap=swap)


for _kind in (Single, Head):
    for _name, _key in {**BINARY, **COMPARISON}.items():
        setattr(_kind, f"__{_name}__", _operator(_key, swap=False))
        setattr(_kind, f"__r{_name}__", _operator(_key, swap=True))
    _kind.__hash__ = object.__hash__  # type: ignore[method-assign]
