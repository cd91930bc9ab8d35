"""``rolling(n).apply(f)`` and ``rolling(n).agg(name)``: f runs on a stand-in window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from candlewick.operators.operator import Unsupported
from candlewick.operators.window import Window
from candlewick.trace.branches import per_candle
from candlewick.trace.column import StandArray, StandSeries, call, entry_frame, is_number, name_of, node_of, series
from candlewick.trace.each import refuse
from candlewick.trace.routes import route
from candlewick.trace.rows import Rows, numeric

if TYPE_CHECKING:
    from candlewick.trace.dispatch import Call

AGGREGATES = {"mean", "sum", "std", "var", "min", "max", "median", "skew", "kurt", "count"}


@route("x.rolling(window).apply(function, raw=True)")
def apply(subject: Any, calls: tuple[Call, ...]) -> Any:
    """What the function gives for the last window candles, where they are all there."""
    (rolling_given, rolling_keywords), (given, keywords) = calls
    arguments = dict(zip(("func", "raw", "engine", "engine_kwargs", "args", "kwargs"), given, strict=False)) | keywords
    function = arguments.pop("func", None)
    raw = arguments.pop("raw", False)
    extra, named = arguments.pop("args", None) or (), arguments.pop("kwargs", None) or {}
    arguments.pop("engine_kwargs", None)
    if arguments.pop("engine", None) not in {None, "cython"} or arguments or not callable(function):
        refuse("engine and the like")
    column = numeric(subject)
    full = call(".rolling.sum", column, (rolling_given, rolling_keywords), ((), {}))
    made = node_of(full)
    operator = made.operator if made is not None else None
    if not isinstance(operator, Window) or operator.min_periods != operator.window:
        return refuse("min_periods below the window hands f shorter windows")
    try:
        result = per_candle(function, Rows(column, operator.window, bool(raw)), *extra, **named)
    except Unsupported as verdict:
        return refuse(verdict.what)
    if is_number(result):
        result = series(node_of(column * 0.0 + float(result)), entry_frame())
    if not isinstance(result, StandSeries | StandArray):
        refuse(f"f returns a {type(result).__name__}, not one number")
    value = numeric(series(node_of(result), entry_frame())).astype(float)
    return series(node_of(value.where(full.notna(), float("nan"))), entry_frame(), name_of(subject))


@route("x.rolling(window).agg(name)", "x.rolling(window).aggregate(name)")
def aggregate(subject: Any, calls: tuple[Call, ...]) -> Any:
    """The statistic of that name, or what the function gives."""
    rolling, (given, keywords) = calls
    if len(given) == 1 and not keywords:
        wanted = given[0]
        if isinstance(wanted, str) and wanted in AGGREGATES:
            return call(f".rolling.{wanted}", subject, rolling, ((), {}))
        if callable(wanted):
            return apply(subject, (rolling, ((wanted,), {"raw": False})))
    return refuse("agg() of something else than one name or function")


@route("x.rolling(window).pipe(function)")
def pipe(subject: Any, calls: tuple[Call, ...]) -> Any:
    """What the function makes of the windows."""
    (given, keywords), ((function, *more), named) = calls
    return function(subject.rolling(*given, **keywords), *more, **named)
