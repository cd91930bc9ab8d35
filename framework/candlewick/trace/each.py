"""The candles of one window, each an expression of its own: for what no operator on the whole window computes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import reduce
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from candlewick.trace.column import refused_dunder
from candlewick.trace.sorting import exchanges
from candlewick.trace.stand import BINARY, COMPARISON, call, is_column, is_number, node_of
from candlewick.trace.tracing import active

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WIDEST = 260
MOST_ORDERED = 64
ACCUMULATED = {"np.maximum": "np.maximum", "np.minimum": "np.minimum", "np.add": "Add", "np.multiply": "Mult"}
HINT = "rolling(n) has mean, sum, std, min, max, median, quantile, skew, kurt, rank; apply knows np.dot(x, weights)"


def refuse(what: str) -> Any:
    """Refuse something f does with its window."""
    return active().refuse(f"rolling().apply(f): {what}", HINT, "trace-window-function")


@dataclass(eq=False)
class Each:
    """Values of one window, oldest first: columns and numbers. ``skips``: reductions leave out missing ones."""

    items: list[Any]
    skips: bool = False

    __pandas_priority__ = 5000
    answers_operators = True
    __array_priority__ = 5000

    def __post_init__(self) -> None:
        if len(self.items) > WIDEST:
            refuse(f"a window of {len(self.items)} candles, value by value (at most {WIDEST})")

    def with_items(self, items: list[Any]) -> Each:
        """Other values."""
        return Each(items, self.skips)

    def beside(self, other: Any) -> list[Any]:
        """What stands beside each value."""
        other = expanded(other)
        if isinstance(other, Each):
            values: list[Any] = other.items
        elif is_number(other) or is_column(other):
            return [float(other) if isinstance(other, int) and not isinstance(other, bool) else other] * len(self.items)
        elif isinstance(other, np.ndarray | list | tuple | range | pd.Series) and np.ndim(other) == 1:
            values = [float(value) for value in other]
        else:
            return refuse(f"its values beside a {type(other).__name__}")  # type: ignore[no-any-return]
        if len(values) != len(self.items):
            refuse(f"{len(self.items)} values beside {len(values)}")
        return values

    def combined(self, key: str, other: Any, *, swap: bool) -> Each:
        """An operation on each value."""
        pairs = zip(self.items, self.beside(other), strict=True)
        return self.with_items([elementwise(key, (b, a) if swap else (a, b)) for a, b in pairs])

    def mapped(self, key: str) -> Each:
        """A function of each value."""
        return self.with_items([elementwise(key, (item,)) for item in self.items])

    def reduce(self, name: str, *, ddof: int = 1) -> Any:
        """One number of the window."""
        match name:
            case "sum" | "mean" | "prod" | "std" | "var":
                return self.moment(name, ddof)
            case "max" | "min":
                return fold(f"np.{'f' if self.skips else ''}{name if self.skips else name + 'imum'}", self.items)
            case "ptp":
                return self.reduce("max") - self.reduce("min")
            case "any" | "all":
                return fold("BitOr" if name == "any" else "BitAnd", [truth(item) for item in self.items])
            case "argmax" | "argmin" | "median":
                return self.share(0.5) if name == "median" else self.place("Gt" if name == "argmax" else "Lt")
        return refuse(f"{name}() of its values")

    def moment(self, name: str, ddof: int) -> Any:
        """A sum, product, mean, variance or deviation."""
        numbers = [number(item) for item in self.items]
        count: Any = float(len(numbers))
        if self.skips:
            there = [number(elementwise(".notna", (item,))) if is_column(item) else 1.0 for item in numbers]
            count = fold("Add", there)
            instead = 1.0 if name == "prod" else 0.0
            filled = [item.fillna(instead) if is_column(item) else item for item in numbers]
        else:
            filled = numbers
        if name in {"sum", "prod"}:
            return fold("Add" if name == "sum" else "Mult", filled)
        if name == "mean":
            return fold("Add", filled) / count
        if not self.skips:  # about the first one: so equal values deviate by nothing at all
            numbers = filled = [item - numbers[0] for item in numbers]
        mean = fold("Add", filled) / count
        squares = [(item - mean) * (item - mean) for item in numbers]
        if self.skips:
            squares = [
                square.where(item.notna(), 0.0) if is_column(item) else square
                for square, item in zip(squares, numbers, strict=True)
            ]
        variance = fold("Add", squares) / (count - ddof)
        if is_column(count):
            variance = variance.where(count > ddof)
        return variance if name == "var" else elementwise("np.sqrt", (variance,))

    def place(self, better: str) -> Any:
        """The place of the first extreme value."""
        best, found = self.items[0], 0.0
        for place, item in enumerate(self.items[1:], 1):
            wins = elementwise(better, (item, best))
            found = chosen(wins, float(place), found)
            best = chosen(wins, item, best)
        return found

    def ordered(self) -> Each:
        """From the least to the greatest, by Batcher's merges of odd and even places."""
        if len(self.items) > MOST_ORDERED:
            refuse(f"{len(self.items)} values are put in order (at most {MOST_ORDERED})")
        items = list(self.items)
        for low, high in exchanges(len(items)):
            pair = (items[low], items[high])
            items[low], items[high] = elementwise("np.minimum", pair), elementwise("np.maximum", pair)
        return self.with_items(items)

    def share(self, q: float) -> Any:
        """The value below which a share of them lies, between the two beside it."""
        items = self.ordered().items
        place = q * (len(items) - 1)
        low = int(place)
        if place == low:
            return items[low]
        return items[low] + (items[low + 1] - items[low]) * (place - low)

    def chosen(self, yes: Any, no: Any) -> Each:
        """``np.where`` with these as conditions."""
        triples = zip(self.items, self.beside(yes), self.beside(no), strict=True)
        return self.with_items([chosen(*triple) for triple in triples])

    def clipped(self, lower: Any = None, upper: Any = None) -> Each:
        """Held between two bounds."""
        result = self if lower is None else self.combined("np.maximum", lower, swap=False)
        return result if upper is None else result.combined("np.minimum", upper, swap=False)

    def as_series(self) -> Each:
        """As a Series: its reductions skip what is missing."""
        return Each(self.items, skips=True)

    def each(self) -> Each:
        """These values."""
        return self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in set(REDUCTIONS.values()):
            return lambda **words: self.reduce(name, ddof=words.get("ddof", 1 if self.skips else 0))
        return PARTS[name](self) if name in PARTS else refuse(f"{name} of its values")

    def running(self, key: str) -> Each:
        """Running sums or products."""
        return self.with_items(list(accumulate(self.items, lambda a, b: elementwise(key, (a, b)))))

    def __getitem__(self, key: Any) -> Any:
        key = expanded(key)
        if isinstance(key, Each):
            from candlewick.trace.some_values import Some

            return Some(self, key)
        if isinstance(key, slice):
            items = self.items[key]
            return self.with_items(items) if items else refuse("an empty slice")
        if not isinstance(key, int | np.integer) or not -len(self.items) <= key < len(self.items):
            return refuse(f"x[{key!r}] of {len(self.items)} candles")
        return self.items[key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __neg__(self) -> Each:
        return self.mapped("USub")

    def __invert__(self) -> Each:
        return self.mapped("Invert")

    def __abs__(self) -> Each:
        return self.mapped("abs")

    def __matmul__(self, other: Any) -> Any:
        return (self * other).reduce("sum")

    def dot(self, other: Any) -> Any:
        """The sum of the products."""
        return self @ other

    def correlated(self, other: Any) -> Any:
        """The correlation with other values."""
        from candlewick.trace.window_numpy import correlated

        return correlated(self, other)

    __rmatmul__ = __matmul__

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **keywords: Any) -> Any:
        name = f"np.{ufunc.__name__}"
        if method == "accumulate" and name in ACCUMULATED and len(inputs) == 1 and not keywords:
            return self.running(ACCUMULATED[name])
        if method != "__call__" or keywords or len(inputs) > 2:  # noqa: PLR2004 - unary and binary
            return refuse(f"{name} of its values")
        if name == "np.matmul":
            return self @ inputs[1 - [item is self for item in inputs].index(True)]
        if len(inputs) == 1:
            return self.mapped(name)
        swap = inputs[0] is not self
        return self.combined(name, inputs[0] if swap else inputs[1], swap=swap)

    def __array_function__(self, function: Any, types: Any, given: Any, keywords: Any) -> Any:
        del types
        from candlewick.trace.window_numpy import window_function

        return window_function(function.__name__, given, dict(keywords))


def expanded(value: Any) -> Any:
    """A window as its values; anything else as it is."""
    each = getattr(type(value), "each", None)
    return value if each is None else each(value)


REDUCTIONS = {"sum": "sum", "mean": "mean", "prod": "prod", "std": "std", "var": "var", "max": "max", "min": "min",
              "amax": "max", "amin": "min", "argmax": "argmax", "argmin": "argmin", "ptp": "ptp", "any": "any",
              "all": "all", "nansum": "sum", "nanmean": "mean", "nanstd": "std", "nanmax": "max", "nanmin": "min",
              "nanprod": "prod", "nanvar": "var", "median": "median"}  # fmt: skip


PARTS: dict[str, Callable[[Each], Any]] = {
    "abs": lambda x: lambda: x.mapped("abs"),
    "size": lambda x: len(x.items),
    "shape": lambda x: (len(x.items),),
    "values": lambda x: Each(x.items),
    "iloc": lambda x: Each(x.items),
    "where": lambda x: lambda condition, other=math.nan: expanded(condition).chosen(x, other).as_series(),
    "mask": lambda x: lambda condition, other=math.nan: (~expanded(condition)).chosen(x, other).as_series(),
    "clip": lambda x: x.clipped,
    "cumsum": lambda x: lambda: x.running("Add"),
    "cumprod": lambda x: lambda: x.running("Mult"),
    "cummax": lambda x: lambda: x.running("np.maximum"),
    "cummin": lambda x: lambda: x.running("np.minimum"),
    "corr": lambda x: x.correlated,
    "autocorr": lambda x: lambda lag=1: x.with_items(x.items[lag:]).correlated(Each(x.items[:-lag])),
    "tolist": lambda x: lambda: list(x.items),
}


def elementwise(key: str, operands: tuple[Any, ...]) -> Any:
    """An operation on single values, which may be numbers."""
    if key.startswith("."):
        return call(key, operands[0], (operands[1:], {}), array=False)
    if not any(is_column(item) for item in operands):
        from candlewick.trace.functions import as_column

        operands = (as_column(operands[0]), *operands[1:])
    return call(key, None, (operands, {}), array=False)


def number(item: Any) -> Any:
    """A truth value as a number."""
    made = node_of(item)
    return item.astype(float) if made is not None and made.dtype == "bool" else item


def truth(item: Any) -> Any:
    """A number as a truth value."""
    made = node_of(item)
    return item if made is not None and made.dtype == "bool" else elementwise("NotEq", (item, 0.0))


def chosen(condition: Any, yes: Any, no: Any) -> Any:
    """One value or the other."""
    from candlewick.trace.functions import as_column

    if not is_column(condition):
        return yes if condition else no
    return call(".where", as_column(yes), ((truth(condition), no), {}), array=False)


def fold(key: str, items: list[Any]) -> Any:
    """The items combined from the first to the last."""
    return reduce(lambda a, b: elementwise(key, (a, b)), items)


def _operator(key: str, *, swap: bool) -> Callable[[Each, Any], Any]:
    return lambda self, other: self.combined(key, other, swap=swap)


for _name, _key in BINARY.items():
    setattr(Each, f"__{_name}__", _operator(_key, swap=False))
    setattr(Each, f"__r{_name}__", _operator(_key, swap=True))
for _name, _key in COMPARISON.items():
    setattr(Each, f"__{_name}__", _operator(_key, swap=False))
for _name in ("__bool__", "__setitem__", "__float__", "__int__", "__array__", "__contains__"):
    setattr(Each, _name, refused_dunder(_name))
Each.__hash__ = object.__hash__  # type: ignore[method-assign]
