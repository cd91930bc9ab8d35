"""The window that ``rolling(n).apply(f)`` hands to f: f runs once on it, and what it computes is recognised or refused.

Only functions that keep finite values finite are taken elementwise, so that a full window of valid candles has a value
exactly where pandas calls f.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from candlewick.operators.operator import Unsupported, integer
from candlewick.operators.rolling_apply import MeanAbsoluteDeviation, RollingArgmax, RollingArgmin, WeightedSum
from candlewick.operators.window import Window
from candlewick.trace.column import (
    StandSeries,
    call,
    describe,
    entry_frame,
    is_number,
    node_of,
    refused_dunder,
    series,
    wrapped,
)
from candlewick.trace.dispatch import Call, applied
from candlewick.trace.routes import route
from candlewick.trace.tracing import active

if TYPE_CHECKING:
    from collections.abc import Callable

HINT = "rolling(n) has mean, sum, std, min, max, median, quantile, skew, kurt, rank; apply knows np.dot(x, weights)"
SAFE_BINARY = {"Add", "Sub", "Mult", "Lt", "LtE", "Gt", "GtE", "Eq", "NotEq"}
SAFE_FUNCTIONS = {"np.abs", "np.absolute", "np.square", "np.sign", "np.negative", "np.maximum", "np.minimum"}


def refuse(what: str) -> Any:
    """Refuse something f does with its window."""
    return active().refuse(f"rolling().apply(f): {what}", HINT, "trace-window-function")


@dataclass(eq=False)
class Rows:
    """The candles of one window: a column, how many of its rows, and how long ago the newest is."""

    column: Any
    size: int
    raw: bool
    lag: int = 0
    weights: tuple[float, ...] | None = None
    centre: Any = None
    shape_of_centre: str = ""

    def plain(self) -> Any:
        """The column whose last ``size`` values these are; refused when they are weighted or centred."""
        if self.weights is not None or self.centre is not None:
            refuse("this combination of weights and differences")
        return self.column.shift(self.lag) if self.lag else self.column

    def with_column(self, column: Any) -> Rows:
        """Other values of the same candles."""
        return Rows(column, self.size, self.raw, self.lag)

    def combined(self, key: str, other: Any, *, swap: bool) -> Any:
        """An operation on each value."""
        if isinstance(other, np.ndarray | list | tuple) and key == "Mult":
            return self.weighted(other)
        if isinstance(other, StandSeries) and key == "Sub" and not swap and self.centre is None:
            self.plain()
            return Rows(self.column, self.size, self.raw, self.lag, None, other, "difference")
        if isinstance(other, Rows) and self.centre is not None and key == "Mult":
            if other.centre is not None and node_of(other.centre) == node_of(self.centre) and self.same_rows(other):
                return Rows(self.column, self.size, self.raw, self.lag, None, self.centre, "square")
            refuse("a product of two windows about their means: use rolling(n).cov(other)")
        if key == "Pow" and is_number(other) and other == 2 and not swap:
            return self.combined("Mult", self, swap=False)
        if key == "Div" and is_number(other) and other != 0 and not swap:
            return self.combined_safe("Div", other, swap=False)
        if key not in SAFE_BINARY:
            refuse(f"{key} on its values")
        return self.combined_safe(key, other, swap=swap)

    def combined_safe(self, key: str, other: Any, *, swap: bool) -> Rows:
        """An operation that keeps finite values finite."""
        mine = self.column if self.weights is None and self.centre is None else self.plain()
        if isinstance(other, Rows):
            if not self.same_rows(other):
                refuse("windows of different candles are combined")
            other = other.column if other.weights is None and other.centre is None else other.plain()
        elif not is_number(other):
            refuse(f"its values beside {describe(other)}")
        operands = (other, mine) if swap else (mine, other)
        return self.with_column(call(key, None, (operands, {})))

    def same_rows(self, other: Rows) -> bool:
        """Whether two hold the same candles."""
        return (self.size, self.lag) == (other.size, other.lag)

    def weighted(self, weights: Any) -> Rows:
        """Each value times a constant of its own."""
        array = np.asarray(weights, dtype=np.float64)
        if array.shape != (self.size,) or not np.isfinite(array).all():
            refuse(f"weights of shape {array.shape} for {self.size} candles")
        self.plain()
        return Rows(self.column, self.size, self.raw, self.lag, tuple(float(value) for value in array))

    def reduce(self, name: str, *given: Any, **keywords: Any) -> Any:
        """One number of the window."""
        if self.weights is not None and name in {"sum", "mean"} and not given and not keywords:
            base = self.column.shift(self.lag) if self.lag else self.column
            total = use(WeightedSum(self.size, self.size, self.weights), base)
            return total if name == "sum" else total / float(self.size)
        if self.centre is not None:
            return self.reduce_centred(name, given, keywords)
        base = numeric(self.plain())
        rolling = base.rolling(self.size)
        match name:
            case "mean" | "sum" | "min" | "max" | "median" if not given and not keywords:
                return getattr(rolling, name)()
            case "ptp" if not given and not keywords:
                return rolling.max() - rolling.min()
            case "std" | "var" if not given and set(keywords) <= {"ddof"}:
                return getattr(rolling, name)(ddof=keywords.get("ddof", 0 if self.raw else 1))
            case "argmax" | "argmin" if not given and not keywords:
                return use((RollingArgmax if name == "argmax" else RollingArgmin)(self.size), base)
            case "quantile" if len(given) == 1 and not keywords and is_number(given[0]):
                return rolling.quantile(float(given[0]))
        return refuse(f"{name}() of its values")

    def reduce_centred(self, name: str, given: Any, keywords: Any) -> Any:
        """The mean of distances, or of squares, from a value of the window."""
        if given or keywords or name not in {"mean", "sum"} or self.lag:
            refuse(f"{name}() of differences")
        factor = float(self.size) if name == "sum" else 1.0
        if self.shape_of_centre == "distance":
            deviation = wrapped(
                applied(MeanAbsoluteDeviation(self.size), [self.column, self.centre], node_of), array=False
            )
            return deviation * factor
        if self.shape_of_centre == "square" and node_of(self.centre) == node_of(self.column.rolling(self.size).mean()):
            return self.column.rolling(self.size).var(ddof=0) * factor
        return refuse(f"{name}() of differences from something else than their mean")

    def __getattr__(self, name: str) -> Any:
        if name in {"mean", "sum", "std", "var", "min", "max", "median", "argmax", "argmin", "ptp", "quantile"}:
            if name in {"median", "quantile"} and self.raw:
                refuse(f"arrays have no {name}()")
            return lambda *given, **keywords: self.reduce(name, *given, **keywords)
        match name:
            case "abs" if not self.raw:
                return self.__abs__
            case "values" if not self.raw:
                return Rows(self.column, self.size, True, self.lag)  # noqa: FBT003
            case "iloc" if not self.raw:
                return Rows(self.column, self.size, True, self.lag)  # noqa: FBT003
            case "size" | "shape":
                return self.size if name == "size" else (self.size,)
            case "dot":
                return lambda other: self.weighted(other).reduce("sum")
        if name.startswith("__"):
            raise AttributeError(name)
        return refuse(f"{name} of its values")

    def __getitem__(self, key: Any) -> Any:
        if not self.raw:
            refuse("x[...] of a Series is by label; write x.iloc[-1], or raw=True")
        base = self.plain()
        if isinstance(key, slice):
            start, stop, step = key.indices(self.size)
            if step != 1 or stop <= start:
                refuse("an empty slice or one with a step")
            return Rows(self.column, stop - start, self.raw, self.lag + self.size - stop)
        place = integer("index", key if key >= 0 else key + self.size, least=0)
        if place >= self.size:
            refuse(f"x[{key}] of {self.size} candles")
        return base.shift(self.size - 1 - place) if place < self.size - 1 else base

    def __abs__(self) -> Any:
        if self.shape_of_centre == "difference":
            return Rows(self.column, self.size, self.raw, self.lag, None, self.centre, "distance")
        return (
            self.with_column(abs(numeric(self.column))) if self.weights is None else refuse("abs() of weighted values")
        )

    def __neg__(self) -> Any:
        self.plain()
        return self.with_column(-self.column)

    def __len__(self) -> int:
        return self.size

    def __matmul__(self, other: Any) -> Any:
        return self.weighted(other).reduce("sum")

    __rmatmul__ = __matmul__

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **keywords: Any) -> Any:
        name = f"np.{ufunc.__name__}"
        if method == "__call__" and not keywords:
            if name in {"np.absolute", "np.fabs"}:
                return abs(self)
            if name == "np.matmul" and inputs[0] is self:
                return self @ inputs[1]
            if name == "np.multiply":
                other = inputs[1] if inputs[0] is self else inputs[0]
                return self.combined("Mult", other, swap=False)
            if name == "np.subtract" and inputs[0] is self:
                return self.combined("Sub", inputs[1], swap=False)
            if name in SAFE_FUNCTIONS and all(item is self or is_number(item) for item in inputs):
                columns = [numeric(self.plain_column()) if item is self else item for item in inputs]
                return self.with_column(call(name, None, (tuple(columns), {})))
            if name in {"np.add", "np.greater", "np.less", "np.greater_equal", "np.less_equal", "np.subtract"}:
                columns = [self.plain_column() if item is self else item for item in inputs]
                if all(item is self or is_number(item) for item in inputs):
                    return self.with_column(call(name, None, (tuple(columns), {})))
        return refuse(f"{name} of its values")

    def plain_column(self) -> Any:
        """The column without its lag; refused when weighted or centred."""
        self.plain()
        return self.column

    def __array_function__(self, function: Any, types: Any, given: Any, keywords: Any) -> Any:
        del types
        name = function.__name__
        if name in {"mean", "sum", "std", "var", "min", "max", "amin", "amax", "median", "argmax", "argmin", "ptp"}:
            if given[0] is not self:
                return refuse(f"np.{name} of something else than the window")
            raw = Rows(self.column, self.size, True, self.lag, self.weights, self.centre, self.shape_of_centre)  # noqa: FBT003
            kept = {key: value for key, value in keywords.items() if key == "ddof"}
            if len(kept) != len(keywords) or len(given) > 1:
                return refuse(f"np.{name} with more than the window")
            if name == "median":
                return raw.plain_median()
            return raw.reduce(name.removeprefix("a") if name in {"amin", "amax"} else name, **kept)
        if name == "dot":
            other = given[1] if given[0] is self else given[0]
            return (
                self.weighted(other).reduce("sum")
                if not isinstance(other, Rows)
                else self.combined("Mult", other, swap=False).sum()
            )
        if name == "average" and given[0] is self and set(keywords) == {"weights"} and len(given) == 1:
            weights = np.asarray(keywords["weights"], dtype=np.float64)
            return self.weighted(weights).reduce("sum") / float(weights.sum())
        if (
            name in {"percentile", "quantile"}
            and given[0] is self
            and len(given) == 2
            and not keywords
            and is_number(given[1])
        ):
            share = float(given[1]) / (100.0 if name == "percentile" else 1.0)
            return numeric(self.plain()).rolling(self.size).quantile(share)
        if name == "diff" and given == (self,) and not keywords:
            return Rows(self.plain_column() - self.plain_column().shift(1), self.size - 1, self.raw, self.lag)
        if name == "polyfit" and len(given) == 3 and given[1] is self and not keywords and given[2] == 1:
            return self.line(np.asarray(given[0], dtype=np.float64))
        return refuse(f"np.{name} of its values")

    def plain_median(self) -> Any:
        """The median of the values."""
        return numeric(self.plain()).rolling(self.size).median()

    def line(self, x: Any) -> list[Any]:
        """Slope and intercept of the least-squares line through the values: both are weighted sums."""
        if x.shape != (self.size,):
            refuse(f"np.polyfit on {x.shape} places for {self.size} candles")
        away = x - x.mean()
        slope = away / (away @ away)
        return [self.weighted(slope).reduce("sum"), self.weighted(1.0 / self.size - x.mean() * slope).reduce("sum")]


def numeric(column: Any) -> Any:
    """A bool column as numbers, which is what its sum adds."""
    made = node_of(column)
    return column.astype(float) if made is not None and made.dtype == "bool" else column


def use(operator: Window, column: Any) -> Any:
    """A window operator on a column."""
    return wrapped(applied(operator, [numeric(column)], node_of), array=False)


def _operator(key: str, *, swap: bool) -> Callable[[Rows, Any], Any]:
    return lambda self, other: self.combined(key, other, swap=swap)


for _name, _key in {"add": "Add", "sub": "Sub", "mul": "Mult", "truediv": "Div", "pow": "Pow"}.items():
    setattr(Rows, f"__{_name}__", _operator(_key, swap=False))
    setattr(Rows, f"__r{_name}__", _operator(_key, swap=True))
for _name, _key in {"lt": "Lt", "le": "LtE", "gt": "Gt", "ge": "GtE", "eq": "Eq", "ne": "NotEq"}.items():
    setattr(Rows, f"__{_name}__", _operator(_key, swap=False))
for _name in (
    "__bool__",
    "__iter__",
    "__setitem__",
    "__float__",
    "__int__",
    "__array__",
    "__contains__",
    "__mod__",
    "__floordiv__",
):
    setattr(Rows, _name, refused_dunder(_name))
Rows.__hash__ = object.__hash__  # type: ignore[method-assign]


@route("x.rolling(window).apply(function, raw=True)")
def apply(subject: Any, calls: tuple[Call, ...]) -> Any:
    """``x.rolling(n).apply(f, raw=True)``."""
    (rolling_given, rolling_keywords), (given, keywords) = calls
    arguments = dict(zip(("func", "raw", "engine", "engine_kwargs", "args", "kwargs"), given, strict=False)) | keywords
    function = arguments.pop("func", None)
    raw = arguments.pop("raw", False)
    extra, named = arguments.pop("args", None) or (), arguments.pop("kwargs", None) or {}
    if arguments.pop("engine", None) is not None or arguments or not callable(function) or not isinstance(raw, bool):
        refuse("engine and the like")
    column = numeric(subject)
    full = call(".rolling.sum", column, (rolling_given, rolling_keywords), ((), {}))
    made = node_of(full)
    operator = made.operator if made is not None else None
    if not isinstance(operator, Window) or operator.min_periods != operator.window:
        return refuse("min_periods below the window hands f shorter windows")
    try:
        result = function(Rows(column, operator.window, raw), *extra, **named)
    except Unsupported as verdict:
        return refuse(verdict.what)
    if isinstance(result, Rows):
        refuse("f returns its window, not one number")
    if not isinstance(result, StandSeries):
        if not is_number(result):
            refuse(f"f returns a {type(result).__name__}")
        result = series(node_of(column * 0.0 + float(result)), entry_frame())
    return numeric(result).where(full.notna(), float("nan"))


@route("x.rolling(window).agg(name)", "x.rolling(window).aggregate(name)")
def aggregate(subject: Any, calls: tuple[Call, ...]) -> Any:
    """``x.rolling(n).agg("mean")``."""
    rolling, (given, keywords) = calls
    if (
        len(given) == 1
        and not keywords
        and isinstance(given[0], str)
        and given[0] in {"mean", "sum", "std", "var", "min", "max", "median", "skew", "kurt", "count"}
    ):
        return call(f".rolling.{given[0]}", subject, rolling, ((), {}))
    return refuse("agg() of something else than one name")
