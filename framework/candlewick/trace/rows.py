"""The window that ``rolling(n).apply(f)`` hands to f: f runs on it, and what it computes is recognised or refused.

Where a whole-window operator computes it exactly, `Rows` says so: the candles are one column and how many of its rows.
Only functions that keep finite values finite are taken that way, so that a full window of valid candles has a value
exactly where pandas calls f. Anything else falls to `Each`, one expression per candle of the window.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from candlewick.operators.rolling_apply import MeanAbsoluteDeviation, RollingArgmax, RollingArgmin, WeightedSum
from candlewick.trace.column import refused_dunder
from candlewick.trace.dispatch import applied
from candlewick.trace.each import Each, elementwise, refuse
from candlewick.trace.operands import SAFE_BINARY, SAFE_FUNCTIONS, UFUNCS, is_constant, numeric, use
from candlewick.trace.stand import StandSeries, call, is_number, node_of, wrapped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


SIMPLE = {"mean", "sum", "min", "max", "median"}
SHAPES = {"skew": "skew", "kurt": "kurt", "kurtosis": "kurt", "sem": "sem", "count": "count"}
METHODS = {*SIMPLE, "std", "var", "argmax", "argmin", "ptp", "quantile", "prod", "any", "all"}


@dataclass(eq=False)
class Rows:
    """The candles of one window: a column, how many of its rows, and how long ago the newest is.

    With ``weights`` each is times a constant of its own; with a ``centre`` they are the difference or the distance from
    it, or the square of the difference, as ``shape`` says.
    """

    column: Any
    length: int
    raw: bool
    lag: int = 0
    weights: tuple[float, ...] | None = None
    centre: Any = None
    shape_of_centre: str = ""
    dropped: int = 0
    """Candles at the start that are missing, as after ``x.diff()`` of a Series: left out, but counted in places."""

    __pandas_priority__ = 5000
    answers_operators = True
    __array_priority__ = 5000

    @property
    def is_plain(self) -> bool:
        """Whether these are the values of the column themselves."""
        return self.weights is None and self.centre is None

    def each(self) -> Each:
        """One expression per candle, the oldest first."""
        if self.dropped:
            refuse("differences value by value")
        ages = [self.lag + self.length - 1 - k for k in range(self.length)]
        made = node_of(self.column)
        if made is not None and made.dtype == "bool":  # before the first candle there is no window, whatever it says
            marks = self.column.astype(float)
            items = [marks.shift(age) != 0.0 if age else self.column for age in ages]
        else:
            items = [self.column.shift(age) if age else self.column for age in ages]
        if self.weights is not None:
            items = [item * weight for item, weight in zip(items, self.weights, strict=True)]
        if self.centre is not None:
            items = [item - self.centre for item in items]
        if self.shape_of_centre == "distance":
            items = [abs(item) for item in items]
        if self.shape_of_centre == "square":
            items = [item * item for item in items]
        return Each(items, skips=not self.raw)

    def plain(self) -> Any:
        """The column whose last ``length`` values these are."""
        return self.column.shift(self.lag) if self.lag else self.column

    def with_column(self, column: Any) -> Rows:
        """Other values of the same candles."""
        return Rows(column, self.length, self.raw, self.lag, dropped=self.dropped)

    def combined(self, key: str, other: Any, *, swap: bool) -> Any:
        """An operation on each value."""
        if self.dropped and key in {"Lt", "LtE", "Gt", "GtE", "Eq", "NotEq"}:
            refuse("a comparison of differences, the first of which is missing")
        squared = key == "Pow" and is_number(other) and other == 2 and not swap  # noqa: PLR2004 - a square
        if squared or (key == "Mult" and self.is_same(other)):
            if self.shape_of_centre == "difference":
                return replace(self, shape_of_centre="square")
            key, other = "Mult", self
        result = self.kept(key, other, swap=swap) if self.is_plain else None
        return self.each().combined(key, other, swap=swap) if result is None else result

    def kept(self, key: str, other: Any, *, swap: bool) -> Any:
        """An operation that leaves the values one column, its weights or its centre; None when there is none."""
        if key == "Mult" and is_constant(other):
            return self.weighted(other)
        if key == "Sub" and isinstance(other, StandSeries) and not swap:
            return replace(self, centre=other, shape_of_centre="difference")
        mine = self.column_beside(other)
        keeps_finite = key in SAFE_BINARY or (key == "Div" and is_number(other) and other != 0 and not swap)
        if mine is None or not keeps_finite:
            return None
        return self.with_column(call(key, None, ((mine, self.column) if swap else (self.column, mine), {})))

    def column_beside(self, other: Any) -> Any:
        """What stands beside the column where another window or a number stands beside this one; None if neither."""
        if isinstance(other, Rows):
            same = (self.length, self.lag) == (other.length, other.lag)
            return other.column if same and other.is_plain else None
        return other if is_number(other) and np.isfinite(other) else None

    def is_same(self, other: Any) -> bool:
        """Whether another window holds the same differences."""
        return (
            isinstance(other, Rows)
            and self.weights is None
            and other.weights is None
            and (self.length, self.lag, self.shape_of_centre) == (other.length, other.lag, other.shape_of_centre)
            and node_of(self.column) == node_of(other.column)
            and (self.centre is None or node_of(self.centre) == node_of(other.centre))
        )

    def weighted(self, weights: Any) -> Any:
        """Each value times a constant of its own."""
        if not self.is_plain:
            return self.each() * weights
        array = np.asarray(weights, dtype=np.float64)
        if array.shape != (self.length,) or not np.isfinite(array).all():
            refuse(f"weights of shape {array.shape} for {self.length} candles")
        return replace(self, weights=tuple(float(value) for value in array))

    def dot(self, other: Any) -> Any:
        """The sum of the products with constants, or with another window."""
        product = self.weighted(other) if is_constant(other) else self.combined("Mult", other, swap=False)
        return product.reduce("sum")

    def reduce(self, name: str, *given: Any, **keywords: Any) -> Any:
        """One number of the window."""
        if keywords.get("axis", -1) in (None, 0):
            del keywords["axis"]
        bare = not given and not keywords
        if self.weights is not None and name in {"sum", "mean"} and bare:
            total = use(WeightedSum(self.length, self.length, self.weights), self.plain())
            return total if name == "sum" else total / float(self.length)
        if self.centre is not None and bare and not self.lag:
            result = self.reduce_centred(name)
            if result is not None:
                return result
        if self.is_plain:
            result = self.reduce_plain(name, given, keywords)
            if result is not None:
                return result
        if given or set(keywords) - {"ddof"}:
            return refuse(f"{name}() of its values with more than ddof")
        return self.each().reduce(name, ddof=keywords.get("ddof", 0 if self.raw else 1))

    def reduce_plain(self, name: str, given: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """A statistic that an operator computes; None when there is none."""
        base = numeric(self.plain())
        rolling = base.rolling(self.length)
        if name in SIMPLE | {"ptp", "argmax", "argmin"} and not given and not keywords:
            if name in SIMPLE:
                return getattr(rolling, name)()
            if name == "ptp":
                return rolling.max() - rolling.min()
            return use((RollingArgmax if name == "argmax" else RollingArgmin)(self.length), base)
        if name in {"std", "var"} and not given and set(keywords) <= {"ddof"}:
            return getattr(rolling, name)(ddof=keywords.get("ddof", 0 if self.raw else 1))
        if name == "quantile" and len(given) == 1 and not keywords and is_number(given[0]):
            return rolling.quantile(float(given[0]))
        return None

    def reduce_centred(self, name: str) -> Any:
        """The mean of distances from a value of the window, or of squares about its mean; None of anything else."""
        if name not in {"mean", "sum"}:
            return None
        factor = float(self.length) if name == "sum" else 1.0
        if self.shape_of_centre == "distance":
            operator = MeanAbsoluteDeviation(self.length)
            return wrapped(applied(operator, [self.column, self.centre], node_of), array=False) * factor
        mean = node_of(self.column.rolling(self.length).mean())
        if self.shape_of_centre == "square" and node_of(self.centre) == mean:
            return self.column.rolling(self.length).var(ddof=0) * factor
        return None

    def as_series(self) -> Rows:
        """As a Series: deviations take one degree of freedom off, and values are read with ``iloc``."""
        return replace(self, raw=False)

    def differences(self) -> Rows:
        """``x.diff()`` of a Series: the first is missing."""
        if not self.is_plain or self.length < 2 or self.dropped:  # noqa: PLR2004 - a difference is of two
            refuse("diff() of something else than its values")
        column = numeric(self.column)
        return Rows(column - column.shift(1), self.length - 1, self.raw, self.lag, dropped=1)

    def ranked(self, **keywords: Any) -> Any:
        """``x.rank(pct=True)``: only the rank of the newest candle is known."""
        from candlewick.trace.some_values import Newest

        if not self.is_plain:
            refuse("rank() of something else than its values")
        return Newest(numeric(self.plain()).rolling(self.length).rank(**keywords), self.length)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in METHODS and not (name in {"median", "quantile"} and self.raw):
            return lambda *given, **keywords: self.reduce(name, *given, **keywords)
        if name in {"size", "shape"}:
            return self.length if name == "size" else (self.length,)
        if name in {"tolist", "to_list"}:
            return lambda: list(self)
        if self.raw and name not in {"cumsum", "clip"}:
            return refuse(f"{name} of its values")
        return Each.__getattr__(self.each(), name) if self.raw else self.of_series(name)

    def of_series(self, name: str) -> Any:
        """What a Series answers to, and an array does not."""
        if name in {"values", "iloc", "to_numpy"}:
            if self.dropped and name != "iloc":
                refuse("the array of differences, the first of which is missing")
            array = replace(self, raw=True)
            return (lambda: array) if name == "to_numpy" else array
        if name in {"abs", "rank", "diff"}:
            return {"abs": self.__abs__, "rank": self.ranked, "diff": self.differences}[name]
        if self.is_plain and not self.dropped and name in SHAPES:
            return getattr(numeric(self.plain()).rolling(self.length), SHAPES[name])
        return Each.__getattr__(self.each(), name)

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, Rows | Each):
            return self.each()[key]
        if not self.raw:
            refuse("x[...] of a Series is by label; write x.iloc[-1], or raw=True")
        if isinstance(key, slice):
            if self.dropped:
                refuse("a slice of differences")
            start, stop, step = key.indices(self.length)
            if step != 1 or not self.is_plain:
                return self.each()[key]
            if stop <= start:
                refuse("an empty slice")
            return Rows(self.column, stop - start, self.raw, self.lag + self.length - stop)
        return self.each()[key] if not self.is_plain else self.at(key)

    def at(self, key: Any) -> Any:
        """The value at a place."""
        if self.dropped and isinstance(key, int | np.integer) and key >= 0:
            key = key - self.dropped if key >= self.dropped else refuse(f"x[{key}], which is missing")
        if not isinstance(key, int | np.integer) or not -self.length <= key < self.length:
            refuse(f"x[{key!r}] of {self.length} candles")
        age = self.lag + (self.length - 1 - key if key >= 0 else -1 - key)
        return numeric(self.column).shift(age) if age else self.column

    def __iter__(self) -> Iterator[Any]:
        return iter(self.each())

    def __abs__(self) -> Any:
        if self.shape_of_centre == "difference":
            return replace(self, shape_of_centre="distance")
        return self.with_column(abs(numeric(self.column))) if self.is_plain else abs(self.each())

    def __neg__(self) -> Any:
        return self.with_column(-self.column) if self.is_plain else -self.each()

    def __invert__(self) -> Any:
        return self.with_column(~self.column) if self.is_plain else ~self.each()

    def __len__(self) -> int:
        return self.length + self.dropped

    def __matmul__(self, other: Any) -> Any:
        return self.dot(other)

    __rmatmul__ = __matmul__

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **keywords: Any) -> Any:
        name = f"np.{ufunc.__name__}"
        result = None
        if method == "__call__" and not keywords:
            result = self.called(name, inputs)
        if result is not None:
            return result
        each = self.each()
        return each.__array_ufunc__(ufunc, method, *(each if item is self else item for item in inputs), **keywords)

    def called(self, name: str, inputs: tuple[Any, ...]) -> Any:
        """A function that leaves the values one column; None when there is none."""
        swap = inputs[0] is not self
        if name in {"np.absolute", "np.fabs"}:
            return abs(self)
        if name in UFUNCS:
            return self.combined(UFUNCS[name], inputs[0] if swap else inputs[1], swap=swap)
        if name == "np.matmul":
            return self.dot(inputs[0] if swap else inputs[1])
        beside = [self.column if item is self else self.column_beside(item) for item in inputs]
        if name in SAFE_FUNCTIONS and self.is_plain and all(item is not None for item in beside):
            return self.with_column(elementwise(name, tuple(numeric(item) for item in beside)))
        return None

    def __array_function__(self, function: Any, types: Any, given: Any, keywords: Any) -> Any:
        del types
        from candlewick.trace.window_numpy import window_function

        return window_function(function.__name__, given, dict(keywords))


def _operator(key: str, *, swap: bool) -> Callable[[Rows, Any], Any]:
    return lambda self, other: self.combined(key, other, swap=swap)


for _name, _key in {"add": "Add", "sub": "Sub", "mul": "Mult", "truediv": "Div", "pow": "Pow", "mod": "Mod",
                    "floordiv": "FloorDiv", "and": "BitAnd", "or": "BitOr"}.items():  # fmt: skip
    setattr(Rows, f"__{_name}__", _operator(_key, swap=False))
    setattr(Rows, f"__r{_name}__", _operator(_key, swap=True))
for _name, _key in {"lt": "Lt", "le": "LtE", "gt": "Gt", "ge": "GtE", "eq": "Eq", "ne": "NotEq"}.items():
    setattr(Rows, f"__{_name}__", _operator(_key, swap=False))
for _name in ("__bool__", "__setitem__", "__float__", "__int__", "__array__", "__contains__"):
    setattr(Rows, _name, refused_dunder(_name))
Rows.__hash__ = object.__hash__  # type: ignore[method-assign]
