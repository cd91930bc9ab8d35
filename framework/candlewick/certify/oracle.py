"""The exact oracle: windows and recursions of a graph against their definition, summed without rounding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from candlewick.lower import lower
from candlewick.operators.operator import UNBOUNDED
from candlewick.program import run
from candlewick.trace.graph import Graph, Output, ancestors

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from candlewick.program.layout import Floats
    from candlewick.trace.graph import Node

RECURSION = 400
"""The last candle a recursion is tried at: its definition weighs every candle before."""


@dataclass(frozen=True)
class Inexact:
    """A node whose value at a candle is farther from its definition than its operator promises."""

    node: Node
    row: int
    value: float
    exact: float


def inexact_nodes(
    roots: Iterable[Node], columns: Sequence[str], candles: Floats, rows: Collection[int]
) -> tuple[int, Iterator[Inexact]]:
    """How many values are compared, and those of the nodes under ``roots`` that are not what they are defined to be.

    Every node is judged on the inputs the program gave it, so that an error is found where it arises. ``candles`` is
    (columns, candles); ``rows`` are the candles tried.
    """
    nodes = ancestors(roots)
    graph = Graph({item.hash: Output(item) for item in nodes})
    results = run(lower(graph, columns), {"": candles})[0][""]
    values = dict(zip(graph.outputs, results, strict=True))
    tried = [
        (item, row)
        for item in nodes
        for row in sorted(rows)
        if item.inputs and (item.operator.lookback != UNBOUNDED or row < RECURSION)
    ]
    found = [(item, row, exact) for item, row in tried if (exact := _exact(item, values, row)) is not None]
    return len(found), (
        Inexact(item, row, float(values[item.hash][row]), exact)
        for item, row, exact in found
        if not _near(item, values, row, exact)
    )


def _exact(item: Node, values: dict[str, Any], row: int) -> float | None:
    return item.operator.exact_value(*(values[child.hash][: row + 1] for child in item.inputs))


def _near(item: Node, values: dict[str, Any], row: int, exact: float) -> bool:
    value = values[item.hash][row]
    if np.isnan(exact) or np.isnan(value):
        return bool(np.isnan(exact) and np.isnan(value))
    read = np.array([values[child.hash][: row + 1] for child in item.inputs])
    with np.errstate(all="ignore"):
        allowed = item.operator.tolerance * max(abs(exact), item.operator.floor(read, exact))
        return bool(value == exact or abs(value - exact) <= allowed)
