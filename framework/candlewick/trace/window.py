"""``rolling(n).apply(f)`` and ``rolling(n).agg(name)``: f runs on a stand-in window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from candlewick.operators.operator import Unsupported
from candlewick.operators.rolling_apply import WeightedSum
from candlewick.operators.rolling_ends import RollingDistinct, RollingOldest
from candlewick.operators.window import Window
from candlewick.trace.branches import per_candle
from candlewick.trace.each import refuse
from candlewick.trace.known import instead
from candlewick.trace.missing import leading
from candlewick.trace.operands import numeric, use
from candlewick.trace.position import opened
from candlewick.trace.routes import route
from candlewick.trace.rows import Rows
from candlewick.trace.stand import StandArray, StandSeries, call, entry_frame, is_number, name_of, node_of, series
from candlewick.trace.tracing import active

if TYPE_CHECKING:
    from candlewick.trace.dispatch import Call

MOST_SHORTER = 64


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
    if keywords.pop("method", "single") != "single":
        active().refuse("rolling(method='table')", "leave method out", "trace-unsupported-argument")
    closed = keywords.pop("closed", None)
    if closed in {None, "right"} and keywords.get("win_type") is None:
        return Chain(subject, ".rolling", ((given, keywords),))
    if len(given) > 2:
        active().refuse("rolling() with many arguments", 'write rolling(20, closed="left")')
    words = dict(zip(("window", "min_periods"), given, strict=False)) | keywords
    subject, words = closed_at(numeric(subject), closed, words)
    return Chain(subject, ".rolling", (((), words),)) if words.get("win_type") is None else Weighed(subject, **words)


def closed_at(subject: Any, closed: Any, words: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The column and the arguments of windows that take in, or leave out, the candle at either end."""
    window, least = words["window"], words.get("min_periods")
    if not isinstance(window, int | np.integer):
        return subject, words  # refused where it is used
    least = window if least is None else least
    match closed:
        case None | "right":
            return subject, words
        case "left":
            return subject.shift(1), words
        case "both":
            return subject, words | {"window": window + 1, "min_periods": least}
        case "neither" if least < window:
            return subject.shift(1), words | {"window": window - 1, "min_periods": least}
    return active().refuse(
        f"rolling(closed={closed!r})", "covered: right, which it is anyway, left, both; neither with min_periods"
    )


class Weighed:
    """``x.rolling(n, win_type="triang")``: each candle of a window weighs what scipy says."""

    def __init__(self, subject: Any, window: int, win_type: str, **rest: Any) -> None:
        if {name for name, value in rest.items() if value not in (None, False)}:
            active().refuse("rolling(win_type=...) with more than a window", "leave the rest out")
        self._subject, self._window, self._name = subject, window, win_type

    def _weights(self, shape: dict[str, Any]) -> Any:
        from scipy.signal import get_window  # type: ignore[import-untyped] # pandas needs it for this as well

        named = (self._name, *shape.values()) if shape else self._name
        return get_window(named, self._window, fftbins=False)

    def sum(self, **shape: Any) -> Any:
        """The weighted sum."""
        return self._of(self._weights(shape))

    def mean(self, **shape: Any) -> Any:
        """The weighted mean."""
        weights = self._weights(shape)
        return self._of(weights / weights.sum())

    def _of(self, weights: Any) -> Any:
        made = use(WeightedSum(self._window, self._window, tuple(map(float, weights))), self._subject)
        return series(node_of(made), entry_frame(), name_of(self._subject))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return active().refuse(f"rolling(win_type=...).{name}()", "covered: mean and sum", "trace-unsupported-argument")


@route("x.rolling(window).first()")
def first(subject: Any, calls: tuple[Call, ...]) -> Any:
    """The oldest valid value of the window."""
    return of_window(subject, calls, RollingOldest)


@route("x.rolling(window).last()")
def last(subject: Any, calls: tuple[Call, ...]) -> Any:
    """The newest valid value of the window."""
    shape = shape_of(subject, calls)
    valid = numeric(subject).where(abs(numeric(subject)) < float("inf"))
    held = valid.ffill(limit=shape.window - 1) if shape.window > 1 else valid
    there = valid.rolling(shape.window, min_periods=0).count()
    made = held.where(there >= max(shape.min_periods or 1, 1))
    return series(node_of(made), entry_frame(), name_of(subject))


@route("x.rolling(window).nunique()")
def nunique(subject: Any, calls: tuple[Call, ...]) -> Any:
    """How many different values the window holds."""
    return of_window(subject, calls, RollingDistinct)


def of_window(subject: Any, calls: tuple[Call, ...], kind: type[Window]) -> Any:
    """A statistic of windows that only newer versions of pandas spell."""
    shape = shape_of(subject, calls)
    return series(node_of(use(kind(shape.window, shape.min_periods), subject)), entry_frame(), name_of(subject))


def shape_of(subject: Any, calls: tuple[Call, ...]) -> Window:
    """Windows as an operator has them: their length, and the candles they need."""
    (given, keywords), *more = calls
    if any(item != ((), {}) for item in more):
        refuse("arguments of first(), last() and nunique()")
    full = node_of(call(".rolling.sum", numeric(subject), (given, keywords), ((), {})))
    shape = full.operator if full is not None else None
    return shape if isinstance(shape, Window) else refuse("a window that is not known")


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


def _aggregate(path: str) -> Any:
    def aggregate(subject: Any, calls: tuple[Call, ...]) -> Any:
        from candlewick.trace.chain import Chain

        windows, (given, keywords) = calls
        wanted = given[0] if given else None
        if len(given) == 1 and not keywords and isinstance(wanted, str):
            return getattr(Chain(subject, path, (windows,)), wanted)()
        if len(given) == 1 and not keywords and isinstance(wanted, list) and all(isinstance(n, str) for n in wanted):
            from candlewick.trace.frame import frame

            return frame({name: getattr(Chain(subject, path, (windows,)), name)() for name in wanted})
        if len(given) == 1 and not keywords and callable(wanted) and path == ".rolling":
            return apply(subject, (windows, ((wanted,), {"raw": False})))
        return refuse("agg() of something else than one name or function")

    aggregate.__doc__ = "The statistic of that name, or of several, or what the function gives."
    return aggregate


for _path, _text in {".rolling": "window", ".ewm": "span=span", ".expanding": ""}.items():
    for _name in ("agg", "aggregate"):
        route(f"x{_path}({_text}).{_name}(name)")(_aggregate(_path))


@route("x.rolling(window).pipe(function)")
def pipe(subject: Any, calls: tuple[Call, ...]) -> Any:
    """What the function makes of the windows."""
    (given, keywords), ((function, *more), named) = calls
    return function(subject.rolling(*given, **keywords), *more, **named)
