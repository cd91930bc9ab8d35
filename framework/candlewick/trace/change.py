"""Changes in place: a column that a function made itself may be changed by it, an input may not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from candlewick.operators.operator import BOOL, INT
from candlewick.trace.column import begins
from candlewick.trace.opening import assign_at, assign_span
from candlewick.trace.part import cut_off
from candlewick.trace.position import Head, at, from_candle
from candlewick.trace.span import Span, place_of, span_of
from candlewick.trace.stand import (
    BINARY,
    COMPARISON,
    COPY_ON_WRITE,
    StandArray,
    StandSeries,
    call,
    constant_column,
    describe,
    entry_frame,
    is_column,
    is_number,
    name_of,
    node_of,
    series,
    state_of,
    wrapped,
)
from candlewick.trace.tracing import active
from candlewick.trace.verdicts import refuse_end, refuse_position

if TYPE_CHECKING:
    from candlewick.trace.graph import Node

IN_PLACE = {".fillna", ".ffill", ".replace", ".clip", ".mask", ".where"}
EVERY = slice(None)


@dataclass(eq=False)
class Masked:
    """``x[condition]``: fewer candles, which are the others' again where they meet a column of all."""

    column: Any
    condition: Node

    answers_operators = True

    def whole(self) -> Any:
        """All candles: missing where the condition does not hold, as alignment has them."""
        return self.column.where(series(self.condition, None))

    def combined(self, key: str, other: Any, *, swap: bool) -> Any:
        """With the same candles, or a number, they stay; with a column of all they are missing where they are not."""
        if isinstance(other, StandSeries) and key not in COMPARISON.values():
            mine = self.whole()
            return call(key, None, (((other, mine) if swap else (mine, other)), {}))
        if isinstance(other, Masked) and other.condition == self.condition:
            other = other.column
        elif not is_number(other):
            return self.used_as_value()
        operands = (other, self.column) if swap else (self.column, other)
        return Masked(call(key, None, (operands, {})), self.condition)

    def reindex(self, index: Any) -> Any:
        """All candles, missing where the condition does not hold."""
        return self.whole() if type(index).__name__ == "IndexToken" else self.used_as_value()

    def __abs__(self) -> Masked:
        return Masked(abs(self.column), self.condition)

    def __neg__(self) -> Masked:
        return Masked(-self.column, self.condition)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **keywords: Any) -> Any:
        if method != "__call__" or keywords or len(inputs) > 1:
            return self.used_as_value()
        return Masked(ufunc(self.column), self.condition)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self.__abs__ if name == "abs" else self.used_as_value()

    def used_as_value(self, *_: Any, **__: Any) -> Any:
        """Refused."""
        return active().refuse(
            "column[condition] drops candles", "keep every candle: x.where(condition)", "trace-subscript"
        )

    __iter__ = __len__ = __bool__ = __getitem__ = __setitem__ = __contains__ = __array__ = __float__ = used_as_value


def _of_masked(key: str, *, swap: bool) -> Any:
    return lambda self, other: self.combined(key, other, swap=swap)


for _name, _key in BINARY.items():
    setattr(Masked, f"__{_name}__", _of_masked(_key, swap=False))
    setattr(Masked, f"__r{_name}__", _of_masked(_key, swap=True))


def chosen(target: Any, key: Any) -> Any:
    """``x[key]``: some of the candles of a column."""
    if isinstance(key, slice):
        return some(target, key, "column")
    if isinstance(key, int | np.integer) and not isinstance(key, bool):
        _is_place(target, key)
        return at(target, place_of(key, "column") + begins(target))
    condition = node_of(key) if is_column(key) else None
    if condition is None or condition.dtype != "bool":
        return refuse_position(f"column[{describe(key)}]")
    return Masked(target, condition)


def _is_place(target: Any, key: Any) -> None:
    """Refuse ``x[0]`` of a Series where pandas takes the number for a label: since pandas 3."""
    if isinstance(target, StandSeries) and COPY_ON_WRITE:
        active().refuse(
            f"column[{key}] asks for the label {key}, which no candle has: labels are times",
            f"write x.iloc[{key}], the candle at that place",
            "trace-position",
        )


def some(target: Any, key: slice, what: str) -> Any:
    """``x[start:stop]``: the first candles, or all but them."""
    span = span_of(key, what).after(begins(target) if isinstance(target, StandSeries) else 0)
    array = not isinstance(target, StandSeries)
    state = state_of(target)
    if array and state is not None and state.rolled and span.start >= state.rolled and span.stop is None:
        return cut_off(series(state.node, None), span.start, span.cut)
    if span.stop is not None:
        return Head(series(node_of(target), None), span.start, span.stop, raw=array)
    if span.start == (0 if array else begins(target)) and not span.cut:
        return wrapped(node_of(target), array=array, name=name_of(target))
    return cut_off(target, span.start, span.cut) if array else _without_first(target, span, what)


def _without_first(target: Any, span: Span, what: str) -> Any:
    """A Series that begins later: one that is missing until then."""
    if span.cut:
        return refuse_end(f"{what}[:-{span.cut}]")
    made = node_of(target)
    if made is not None and made.dtype == "bool":
        return refuse_position(f"{what}[{span.start}:] of a bool column")
    return series(node_of(from_candle(target, span.start)), entry_frame(), name_of(target))


def assign(target: Any, key: Any, value: Any) -> None:
    """``x[condition] = value`` on a column the function made itself: a choice per candle."""
    value = fitting(target, value)
    if isinstance(key, slice) and key == EVERY:
        if not (is_column(value) or is_number(value)):
            active().refuse("column[:] = ... of something else than a column or a number", "make a new column")
        changed(target, value if is_column(value) else series(constant_column(value), None), "[:] = value")
        return
    if isinstance(key, slice) or (isinstance(key, int | np.integer) and not isinstance(key, bool)):
        if not isinstance(key, slice):
            _is_place(target, key)
        assign_places(target, key, value, "column")
        return
    condition = node_of(key) if is_column(key) else None
    if condition is None or condition.dtype != "bool":
        refuse_position(f"column[{describe(key)}] = ...")
    if isinstance(value, Masked):
        if value.condition != condition:
            value.used_as_value()
        value = value.column
    owned(target, "[condition] = value")
    replace(target, call(".where", target, ((call("Invert", None, ((key,), {})), value), {})))


def fitting(target: Any, value: Any) -> Any:
    """A value as an array of its own dtype takes it: of integers whole numbers only, which others are cut to."""
    made = target.state.node if isinstance(target, StandArray) else None
    dtype = made.dtype if made is not None else ""
    given = node_of(value if is_column(value) else getattr(value, "column", value))
    if dtype == BOOL and is_number(value):
        return bool(value)
    if dtype == INT and is_number(value) and float(value).is_integer():
        return int(value)
    if (dtype == INT and (is_number(value) or (given is not None and given.dtype not in {INT, BOOL}))) or (
        dtype == BOOL and given is not None and given.dtype != BOOL
    ):
        active().refuse(
            f"{'numbers' if dtype == BOOL else 'fractions'} are put into an array of {dtype}s, which cuts them off",
            "make it an array of floats: np.zeros(len(x)), np.full(len(x), 0.0), values.astype(float)",
            "trace-unsupported-argument",
        )
    return value


def assign_places(target: Any, key: Any, value: Any, what: str) -> None:
    """``x[14] = value`` and ``x[:14] = value`` on a column the function made itself."""
    value = fitting(target, value)
    owned(target, "[...] = value")
    state = state_of(target)
    rolled = state.rolled if state is not None else 0
    first = begins(target) if isinstance(target, StandSeries) else 0
    span = span_of(key, what).after(first) if isinstance(key, slice) else None
    if span is not None:
        covered = span.start == 0 and span.stop is not None and span.stop >= rolled
    else:
        place = place_of(key, what) + first
        covered = place == 0 and rolled == 1
    if state is not None and rolled and covered:
        state.rolled = 0
    changed = assign_at(target, place, value) if span is None else assign_span(target, span, value, what)
    replace(target, changed)


def owned(target: Any, what: str) -> None:
    """Refuse to change a column that other functions see."""
    state = state_of(target)
    if state is None or state.owner is None or state.owner is not entry_frame():
        active().refuse(f"an input is changed in place ({what})", "change a copy: x = x.copy()", "trace-mutation")


def replace(target: Any, result: Any) -> None:
    """Give a column a new expression, as assignment in place does; who shares its memory no longer knows its own."""
    state = state_of(target)
    if state is None:
        raise TypeError("not a stand-in")
    state.node = node_of(result)
    state.memory.changes += 1
    state.seen = state.memory.changes


def changed(target: Any, result: Any, what: str) -> None:
    """Change a column in place, where that is allowed."""
    owned(target, what)
    replace(target, result)


def set_attribute(target: Any, name: str, value: Any) -> None:
    """``x.name = "rsi"`` and ``x.index = close.index``; anything else would change a column in place."""
    state = state_of(target)
    if name == "name" and state is not None:
        state.name = value
    elif state is not None and is_note(pd.Series, name, value):
        state.notes[name] = value
    elif not (name == "index" and type(value).__name__ == "IndexToken"):
        active().refuse(f"column.{name} = ... changes a column in place", "make a new column", "trace-mutation")


def is_note(kind: type, name: str, value: Any) -> bool:
    """Whether an attribute is text that a library leaves on its result, such as ``x.category = "momentum"``."""
    return isinstance(value, str) and not hasattr(kind, name)
