"""Functions of numpy on the window that ``rolling(n).apply(f)`` hands to f."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from candlewick.trace.each import REDUCTIONS, Each, elementwise, expanded, fold, number, refuse, truth
from candlewick.trace.fits import SOLVERS, about_mean, fitted
from candlewick.trace.operands import is_constant
from candlewick.trace.rows import METHODS, Rows
from candlewick.trace.stand import call, is_number, node_of

if TYPE_CHECKING:
    from collections.abc import Callable


def window_function(name: str, given: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """A function of numpy on a window, or on values of one."""
    first = given[0]
    if name in SOLVERS:
        return fitted(name, given, keywords)
    result = None
    if isinstance(first, Rows):
        result = of_rows(first, name, given[1:], keywords)
    if name in {"dot", "inner"} and len(given) == 2 and not keywords:  # noqa: PLR2004 - the two
        mine, other = given if isinstance(first, Rows | Each) else reversed(given)
        result = mine.dot(other)
    if name in {"cov", "corrcoef"} and len(given) == 2 and not isinstance(first, Rows | Each):  # noqa: PLR2004 - the two
        given = given[::-1]
    return of_values(name, given, keywords) if result is None else result


def of_rows(rows: Rows, name: str, more: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """A function of numpy that the window itself knows; None when it does not."""
    array = replace(rows, raw=True)
    plain = name.removeprefix("a") if name in {"amin", "amax"} else name
    if plain in METHODS - {"quantile"} and not more and set(keywords) <= {"ddof"}:
        return array.reduce(plain, **keywords)
    if name == "average" and not more and set(keywords) == {"weights"} and is_constant(keywords["weights"]):
        weights = np.asarray(keywords["weights"], dtype=np.float64)
        return array.weighted(weights).reduce("sum") / float(weights.sum())
    if name in {"percentile", "quantile"} and len(more) == 1 and not keywords:
        whole = 100.0 if name == "percentile" else 1.0
        found = [array.reduce("quantile", float(q) / whole) for q in np.atleast_1d(more[0])]
        return found[0] if is_number(more[0]) else found
    if name == "where" and rows.is_plain:
        return where(rows, *more)
    return differences(rows) if name == "diff" and not more and not keywords else None


def differences(rows: Rows) -> Any:
    """``np.diff(x)``; None where it is to be taken value by value."""
    made = node_of(rows.column)
    if not rows.is_plain or made is None or made.dtype == "bool":
        return None
    return Rows(rows.column - rows.column.shift(1), rows.length - 1, rows.raw, rows.lag)


def where(condition: Rows, yes: Any, no: Any) -> Any:
    """``np.where`` of a window."""
    beside = [condition.column_beside(item) for item in (yes, no)]
    if any(item is None for item in beside):
        return condition.each().chosen(yes, no)
    from candlewick.trace.functions import as_column

    chosen = call(".where", as_column(beside[0]), ((condition.column, beside[1]), {}), array=False)
    return condition.with_column(chosen)


def of_values(name: str, given: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """A function of numpy on the values of a window."""
    values = [expanded(item) for item in given]
    first = values[0]
    if keywords.get("axis", -1) in (None, 0):
        del keywords["axis"]
    if name in REDUCTIONS and len(values) == 1 and isinstance(first, Each) and set(keywords) <= {"ddof"}:
        return Each(first.items, skips=name.startswith("nan")).reduce(REDUCTIONS[name], ddof=keywords.get("ddof", 0))
    if name == "average" and isinstance(first, Each) and set(keywords) == {"weights"}:
        weights: Any = Each(first.beside(keywords["weights"]))
        return (first.combined("Mult", weights, swap=False)).reduce("sum") / weights.reduce("sum")
    if keywords:
        return refuse(f"np.{name} with {', '.join(keywords)}")
    if name in ON_VALUES and isinstance(first, Each):
        return ON_VALUES[name](*values)
    return refuse(f"np.{name} of its values")


def correlated(x: Any, other: Any) -> Any:
    """The correlation of two lists of values."""
    x, y = Each(x.items), Each(x.beside(other))
    across = about_mean(x) * about_mean(y)
    return across.reduce("mean") / (x.reduce("std", ddof=0) * y.reduce("std", ddof=0))


def comoved(x: Any, other: Any) -> Any:
    """``np.cov(x, y)``: variances and covariance."""
    x, y = Each(x.items), Each(x.beside(other))
    across = about_mean(x) * about_mean(y)
    both = across.reduce("sum") / float(len(x) - 1)
    return Table([[x.reduce("var", ddof=1), both], [both, y.reduce("var", ddof=1)]])


def shares(x: Each, q: Any, whole: float) -> Any:
    """One quantile, or a list of them."""
    return x.share(q / whole) if is_number(q) else [x.share(float(each) / whole) for each in q]


def area(x: Each) -> Any:
    """Under the values, one apart, by trapezes."""
    return fold("Add", [(b + a) / 2.0 for a, b in zip(x.items, x.items[1:], strict=False)])


def length(x: Any, order: Any = None) -> Any:
    """The root of the sum of squares."""
    return elementwise("np.sqrt", ((x * x).reduce("sum"),)) if order in (None, 2) else refuse("np.linalg.norm but of 2")


@dataclass(frozen=True)
class Table:
    """A table of two by two, such as ``np.corrcoef(x, y)``."""

    rows: list[list[Any]]

    def __getitem__(self, key: Any) -> Any:
        try:
            return self.rows[key[0]][key[1]] if isinstance(key, tuple) else self.rows[key]
        except (IndexError, TypeError):
            return refuse(f"a table of two by two at {key}")


ON_VALUES: dict[str, Callable[..., Any]] = {
    "where": lambda x, yes, no: x.chosen(yes, no),
    "diff": lambda x: x.with_items([b - a for a, b in zip(x.items, x.items[1:], strict=False)]),
    "cumsum": lambda x: x.running("Add"),
    "cumprod": lambda x: x.running("Mult"),
    "flip": lambda x: x[::-1],
    "sort": lambda x: x.ordered(),
    "percentile": lambda x, q: shares(x, q, 100.0),
    "quantile": lambda x, q: shares(x, q, 1.0),
    "corrcoef": lambda x, other: Table([[1.0, value := correlated(x, other)], [value, 1.0]]),
    "cov": comoved,
    "clip": lambda x, low, high: x.combined("np.maximum", low, swap=False).combined("np.minimum", high, swap=False),
    "count_nonzero": lambda x: fold("Add", [number(truth(item)) for item in x.items]),
    "trapezoid": area,
    "trapz": area,
    "norm": length,
    "nan_to_num": lambda x: x.with_items([elementwise("np.nan_to_num", (item,)) for item in x.items]),
}
