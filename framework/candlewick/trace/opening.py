"""Values put in by place: ``x.iloc[13] = seed``, ``x[:13] = np.nan``, ``out[1:] = np.diff(x)``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from candlewick.trace.position import MOST_VALUES, Head, Single, opened
from candlewick.trace.stand import (
    StandSeries,
    constant_column,
    describe,
    is_column,
    is_number,
    series,
    stands_aside,
)
from candlewick.trace.tracing import active
from candlewick.trace.verdicts import refuse_end, refuse_position

if TYPE_CHECKING:
    from candlewick.trace.span import Span


def assign_at(target: Any, place: int, value: Any) -> Any:
    """The column with one candle replaced."""
    if isinstance(value, Single):
        if value.place > place:
            active().refuse(
                f"the value of candle {value.place} is put at candle {place}: it looks ahead",
                f"put it at candle {value.place}",
                "trace-looks-ahead",
            )
        value = value.column
    elif not is_number(value) and value is not None:
        refuse_position(f"x[{place}] = {describe(value)}")
    return opened(target, float("nan") if value is None else value, place, place + 1)


def assign_span(target: Any, span: Span, value: Any, what: str) -> Any:
    """The column with a run of candles replaced, from the first to one of them or from one of them on."""
    if span.cut:
        refuse_end(f"{what}[...:-{span.cut}] = ...")
    if span.stop is None:
        return assign_rest(target, span.start, value, what)
    length = span.stop - span.start
    if isinstance(value, list | tuple | np.ndarray | pd.Series) and not is_column(value):
        numbers = [float(item) for item in value]
        if len(numbers) != length or (length > MOST_VALUES and len(set(map(repr, numbers))) > 1):
            refuse_position(f"{what}[{span.start}:{span.stop}] = {len(numbers)} values")
        for place, number in enumerate(numbers, span.start):
            target = opened(target, number, place, place + 1)
        return target
    if isinstance(value, Single) and value.place > span.start:
        assign_at(target, span.start, value)
    same = isinstance(value, Head) and (value.start, value.stop) == (span.start, span.stop)
    both = isinstance(value, StandSeries) and isinstance(target, StandSeries)
    if not (same or both or is_number(value) or isinstance(value, Single)):
        refuse_position(f"{what}[{span.start}:{span.stop}] = {describe(value)}")
    return opened(target, getattr(value, "column", value) if not both else value, span.start, span.stop)


def assign_rest(target: Any, start: int, value: Any, what: str) -> Any:
    """The column with all candles from one on replaced."""
    skip = getattr(value, "skip", None) if stands_aside(value) else None
    if is_number(value):
        value = series(constant_column(float(value)), None)
    elif skip == start:
        value = value.column
    elif not is_column(value) or (start and not (isinstance(value, StandSeries) and isinstance(target, StandSeries))):
        refuse_position(f"{what}[{start}:] = {describe(value)}, of another length,")
    return opened(value, target, 0, start) if start else value
