"""Which of some constant bins a value falls into: ``np.digitize``, ``np.searchsorted``, ``pd.cut``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from candlewick.operators.cast import AsInteger
from candlewick.trace.dispatch import built
from candlewick.trace.routes import route
from candlewick.trace.stand import StandArray, entry_frame, is_column, is_number, name_of, node_of, series, wrapped
from candlewick.trace.tracing import active
from candlewick.trace.verdicts import Limited, refuse_position, refuse_whole

MOST = 64


def edges_of(bins: Any, what: str) -> list[float]:
    """The edges of bins, which only grow."""
    if is_column(bins) or not isinstance(bins, list | tuple | np.ndarray | range | pd.Series | pd.Index):
        return refuse_position(f"{what} but by a list of numbers")  # type: ignore[no-any-return]
    edges = [float(edge) for edge in bins]
    if not 0 < len(edges) <= MOST or not all(a <= b for a, b in zip(edges, [*edges[1:], edges[-1]], strict=True)):
        refuse_position(f"{what} by edges that do not grow")
    return edges


def below(column: Any, edges: list[float], *, touching: bool) -> Any:
    """How many edges lie below a value, or touch it."""
    x = series(node_of(column), None)
    counts = [(x >= edge if touching else x > edge).astype(float) for edge in edges]
    total = counts[0]
    for count in counts[1:]:
        total = total + count
    return total


def as_places(column: Any, edges: list[float], *, touching: bool) -> StandArray:
    """The same as numpy has it, which puts what is missing behind all others."""
    missing = series(node_of(column), None).isna()
    total = below(column, edges, touching=touching).mask(missing, float(len(edges)))
    return wrapped(built(AsInteger(), [total], node_of), array=True)  # type: ignore[no-any-return]


@route("np.digitize(x, edges)")
def digitize(x: Any, bins: Any, right: bool = False) -> Any:
    """How many of the edges, which only grow, are at most the value; with ``right=True`` below it."""
    return as_places(x, edges_of(bins, "np.digitize"), touching=not right)


@route("np.searchsorted(edges, x)")
def searchsorted(a: Any, v: Any, side: str = "left", sorter: Any = None) -> Any:
    """How many of the edges, which only grow, are below the value; with ``side="right"`` at most it."""
    if sorter is not None or not is_column(v):
        refuse_position("np.searchsorted in a column")
    return as_places(v, edges_of(a, "np.searchsorted"), touching=side == "right")


@route("pd.cut([x], edges, labels=False)")
def cut(x: Any, bins: Any, *, right: bool = True, labels: Any = None, include_lowest: bool = False, **rest: Any) -> Any:
    """The number of the bin between constant edges; missing outside of them all."""
    if is_number(bins):
        refuse_whole("pd.cut into equal bins between the least and the greatest value")
    edges = edges_of(bins, "pd.cut")
    if rest or not (labels is False or (isinstance(labels, list | tuple | range) and all(map(is_number, labels)))):
        active().refuse("pd.cut with names of bins, or intervals", "write pd.cut(x, edges, labels=False)")
    count = below(x, edges, touching=not right)
    if right and include_lowest:
        count = count + (series(node_of(x), None) == edges[0]).astype(float)
    code = (count - 1.0).where((count > 0.0) & (count < float(len(edges))))
    if labels is False:
        return series(node_of(code), entry_frame(), name_of(x))
    if len(labels) != len(edges) - 1:
        active().refuse(f"pd.cut with {len(labels)} labels of {len(edges) - 1} bins", "give one label per bin")
    value = code * float("nan")
    for place, label in enumerate(labels):
        value = value.mask(code == float(place), float(label))
    return Category(value, name_of(x))


@route("pd.qcut([x], q)")
def qcut(x: Any, *_: Any, **__: Any) -> Any:
    """Refused: its edges are quantiles of all candles."""
    del x
    return refuse_whole("pd.qcut(), whose edges are quantiles,")


@dataclass(frozen=True)
class Category(Limited):
    """A column of bins that are called by numbers: good once it is one of numbers."""

    column: Any
    name: Any

    def astype(self, dtype: Any) -> Any:
        """As numbers."""
        return series(node_of(self.column.astype(dtype)), entry_frame(), self.name)

    def used(self, *_: Any, **__: Any) -> Any:
        """Refused."""
        return active().refuse(
            "a column of categories is used as one of numbers", "write .astype(float), or labels=False"
        )

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __lt__ = __gt__ = __le__ = __ge__ = (
        used
    )
    __array__ = __array_ufunc__ = __bool__ = __iter__ = __len__ = used
    used_as_value = used
