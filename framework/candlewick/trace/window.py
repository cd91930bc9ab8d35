"""``rolling(n).apply(f)`` and ``rolling(n).agg(name)``: f runs on a stand-in window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from candlewick.operators.operator import Unsupported
from candlewick.operators.window import Window
from candlewick.trace.branches import per_candle
from candlewick.trace.each import refuse
from candlewick.trace.known import instead
from candlewick.trace.missing import leading
from candlewick.trace.position import opened
from candlewick.trace.routes import route
from candlewick.trace.rows import Rows, numeric
from candlewick.trace.stand import StandArray, StandSeries, call, entry_frame, is_number, name_of, node_of, series
from candlewick.trace.tracing import active

if TYPE_CHECKING:
    from candlewick.trace.dispatch import Call

MOST_SHORTER = 64
AGGREGATES = {"mean", "sum", "std", "var", "min", "max", "median", "skew", "kurt", "count"}


@route("x.rolling(window, closed='left')")
def rolling(subject: Any, calls: tuple[Call, ...]) -> Any:
    """Windows that end at the current candle; with ``closed='left'`` at the one before it."""
    from candlewick.trace.chain import Chain

    given, keywords = calls[0]
    keywords = dict(keywords)
    if keywords.get("center"):
        active().refuse(
            "rolling(center=True) reads half a window of later candles: it looks ahead",
            "leave center out: a window ends at the current candle",
            "trace-looks-ahead",
        )
    if keywords.get("win_type") is not None:
        active().refuse(
            f"rolling(win_type={keywords['win_type']!r}) weighs candles by a window of scipy's",
            "write the weights out: x.rolling(n).apply(lambda w: np.dot(w, weights), raw=True)",
            "trace-unsupported-argument",
        )
    if keywords.pop("method", "single") != "single":
        active().refuse("rolling(method='table')", "leave method out", "trace-unsupported-argument")
    closed = keywords.pop("closed", None)
    if closed == "left":
        subject = numeric(subject).shift(1)
    elif closed not in {None, "right"}:
        active().refuse(f"rolling(closed={closed!r})", "covered: right, which it is anyway, and left")
    return Chain(subject, ".rolling", ((given, keywords),))


@route("x.rolling(window).apply(function, raw=True)")
def apply(subject: Any, calls: tuple[Call, ...]) -> Any:
    """What the function gives for the last window candles, where they are all there."""
    (rolling_given, rolling_keywords), (given, keywords) = calls
    arguments = dict(zip(("func", "raw", "engine", "engine_kwargs", "args", "kwargs"), given, strict=False)) | keywords
    function = arguments.pop("func", None)
    raw = arguments.pop("raw", False)
    extra, named = arguments.pop("args", None) or (), arguments.pop("kwargs", None) or {}
    arguments.pop("engine_kwargs", None)
    arguments.pop("engine", None)
    if arguments or not callable(function):
        refuse(f"{', '.join(arguments) or 'something else than a function'}")
    column = numeric(subject)
    full = call(".rolling.sum", column, (rolling_given, rolling_keywords), ((), {}))
    made = node_of(full)
    operator = made.operator if made is not None else None
    if not isinstance(operator, Window):
        return refuse("a window that is not known")

    def of(length: int) -> Any:
        rows = Rows(column, length, bool(raw))
        return instead(_value(function, rows, extra, named), rows)

    value = of(operator.window).where(full.notna(), float("nan"))
    for length in shorter(column, operator):
        value = opened(value, of(length), length - 1, length)
    return series(node_of(value), entry_frame(), name_of(subject))


def _value(function: Any, rows: Rows, extra: Any, named: Any) -> Any:
    """What the function gives for the candles of a window, as a column of floats."""
    try:
        result = per_candle(function, rows, *extra, **named)
    except Unsupported as verdict:
        return refuse(verdict.what)
    if is_number(result):
        result = series(node_of(rows.column * 0.0 + float(result)), entry_frame())
    if not isinstance(result, StandSeries | StandArray):
        refuse(f"f returns a {type(result).__name__}, not one number")
    return numeric(series(node_of(result), entry_frame())).astype(float)


def shorter(column: Any, operator: Window) -> range:
    """The lengths of the shorter windows that f is handed at the first candles, where ``min_periods`` asks for it."""
    lengths = range(max(operator.min_periods or 1, 1), operator.window)
    if lengths and leading(node_of(column)) != 0:
        refuse("min_periods below the window of a column that may lack a value hands f missing values")
    if len(lengths) > MOST_SHORTER:
        refuse(
            f"min_periods {operator.min_periods} of {operator.window} candles hands f {len(lengths)} shorter windows"
        )
    return lengths


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
        if isinstance(wanted, list) and all(isinstance(name, str) and name in AGGREGATES for name in wanted):
            from candlewick.trace.frame import frame

            return frame({name: call(f".rolling.{name}", subject, rolling, ((), {})) for name in wanted})
    return refuse("agg() of something else than one name or function")


@route("x.rolling(window).pipe(function)")
def pipe(subject: Any, calls: tuple[Call, ...]) -> Any:
    """What the function makes of the windows."""
    (given, keywords), ((function, *more), named) = calls
    return function(subject.rolling(*given, **keywords), *more, **named)
