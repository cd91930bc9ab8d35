"""Across the columns of a frame: one number for each candle, as ``frame.max(axis=1)``."""

from __future__ import annotations

import math
from typing import Any

from candlewick.trace.each import Each
from candlewick.trace.frame import by_column, columns_of
from candlewick.trace.frame_columns import ACROSS
from candlewick.trace.routes import route
from candlewick.trace.stand import StandFrame, call, entry_frame, node_of, series
from candlewick.trace.tracing import active
from candlewick.trace.verdicts import refuse_whole
from candlewick.trace.whole import Whole

REDUCED = ("max", "min", "sum", "mean", "std", "var", "any", "all")


def _across(name: str) -> Any:
    """A reduction over the columns of each candle; missing ones are skipped, as pandas does."""

    def method(self: Any, axis: Any = 0, skipna: Any = True, numeric_only: Any = False, **rest: Any) -> Any:
        if axis not in ACROSS:
            return Whole(name) if name in {"any", "all"} else refuse_whole(f"{name}() of a frame")
        rest = {key: value for key, value in rest.items() if value is not None}  # numpy's functions hand over out=None
        ddof = rest.pop("ddof", 1) if name in {"std", "var"} else 1
        if numeric_only is not False or not isinstance(skipna, bool) or rest:
            active().refuse(f"{name}() with more than axis and skipna", f"write {name}(axis=1)")
        columns = list(columns_of(self).values())
        if name == "sum":
            columns = [item.astype(int) if node_of(item).dtype == "bool" else item for item in columns]  # type: ignore[union-attr]
        if not columns or (
            name not in {"any", "all"} and any(node_of(item).dtype == "bool" for item in columns)  # type: ignore[union-attr]
        ):
            active().refuse(f"{name}(axis=1) of no columns or of bool ones", "write .astype(float) first")
        return series(node_of(_reduce(name, columns, skipna=skipna, ddof=float(ddof))), entry_frame())

    method.__name__, method.__doc__ = name, f"The {name} over the columns of each candle."
    return method


FOLDS = {
    "max": ("np.fmax", "np.maximum"),
    "min": ("np.fmin", "np.minimum"),
    "any": ("BitOr",) * 2,
    "all": ("BitAnd",) * 2,
}


def _reduce(name: str, columns: list[Any], *, skipna: bool, ddof: float) -> Any:
    if name in FOLDS:
        return _folded(FOLDS[name][not skipna], columns)
    if name in {"prod", "product"}:
        return _folded("Mult", [column.fillna(1.0) for column in columns] if skipna else columns)
    if name == "median":
        return _middle(columns, skipna=skipna)
    if not skipna:
        total, size = _folded("Add", columns), float(len(columns))
        return total if name == "sum" else _moment(name, columns, total / size, size, ddof)
    there = [column.notna() for column in columns]
    count = _folded("Add", [each.astype(float) for each in there])
    total = _folded("Add", [column.where(each, 0.0) for column, each in zip(columns, there, strict=True)])
    return total if name == "sum" else _moment(name, columns, total / count, count, ddof)


def _middle(columns: list[Any], *, skipna: bool) -> Any:
    """The median: of the values in order, missing ones last, the one or two in the middle of those that are there."""
    ordered = Each([column.fillna(math.inf) for column in columns]).ordered().items
    count = _folded("Add", [column.notna().astype(float) for column in columns])
    result = columns[0] * math.nan
    for size in range(1 if skipna else len(columns), len(columns) + 1):
        low, high = ordered[(size - 1) // 2], ordered[size // 2]
        result = (low if low is high else (low + high) / 2.0).where(count == float(size), result)
    return result


def _moment(name: str, columns: list[Any], mean: Any, count: Any, ddof: float) -> Any:
    """The mean, or the variance or deviation about it with some degrees of freedom taken off."""
    if name == "mean":
        return mean
    squares = [(column - mean) * (column - mean) for column in columns]
    if not isinstance(count, float):
        squares = [square.where(column.notna(), 0.0) for square, column in zip(squares, columns, strict=True)]
    variance = _folded("Add", squares) / (count - ddof)
    if not isinstance(count, float):
        variance = variance.where(count > ddof)
    return variance if name == "var" else variance**0.5


def _folded(key: str, columns: list[Any]) -> Any:
    result = columns[0] if len(columns) > 1 else columns[0].copy()
    for column in columns[1:]:
        result = call(key, None, ((result, column), {}))
    return series(node_of(result), None)


for _name in (*REDUCED, "median", "prod", "product"):
    route(f"frame.{_name}(axis=1)")(_across(_name))


@route("frame.dot(weights)")
def dot(self: Any, other: Any) -> Any:
    """The weighted sum over the columns of each candle."""
    weights = by_column(other, list(columns_of(self)))
    products = [column * weights(name) for name, column in columns_of(self).items()]
    if isinstance(other, StandFrame) or not products:
        active().refuse("dot() of a frame with something else than a number for each column", "write frame.dot([1, 2])")
    return series(node_of(_folded("Add", products)), entry_frame())
