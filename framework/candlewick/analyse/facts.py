"""Facts of every output: lookback, warm-up, class, columns, causality. Each is one fold over the graph."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from candlewick.errors import GraphError
from candlewick.operators.operator import EPSILON, UNBOUNDED
from candlewick.operators.source import Column

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from candlewick.trace.graph import Graph, Node

    Fold = Callable[[Node, tuple[Any, ...]], Any]


@dataclass(frozen=True)
class Facts:
    """What the graph proves about one output."""

    lookback: int | None
    """Past candles read besides the current one; None: unbounded."""
    warmup: int | None
    """Leading candles not to be trusted yet; None: anchored at the first candle, never settles."""
    klass: str
    """S stateless, B bounded window, R recursive."""
    columns: tuple[str, ...]
    causal: bool
    dtype: str


def lookback(node: Node, inputs: tuple[int, ...]) -> int:
    """Along a chain lookbacks add, over branches the longest counts; a recursion makes it unbounded."""
    if UNBOUNDED in inputs or node.operator.lookback == UNBOUNDED:
        return UNBOUNDED
    return max(_reached(node, inputs), default=0)


def _reached(node: Node, inputs: tuple[Any, ...]) -> list[Any]:
    """What each input brings and what the operator looks back into it."""
    return [before + back for before, back in zip(inputs, node.operator.lookbacks, strict=True)]


def first(node: Node, inputs: tuple[int, ...]) -> int:
    """Leading candles without a value."""
    return max(inputs, default=0) + node.operator.first


def warmup(node: Node, inputs: tuple[float, ...], scale: float = 1.0) -> float:
    """A window needs its lookback, a recursion its first value and the fading of its seed; totals never settle.

    ``scale`` stretches the fading: the logarithm of the weight a seed may keep, relative to that of EPSILON.
    """
    operator = node.operator
    if operator.lookback != UNBOUNDED:
        return max(_reached(node, inputs), default=0.0)
    if operator.settling is None:
        return math.inf
    lasting = [value for place, value in enumerate(inputs) if place not in operator.passing]
    seeded = max(lasting, default=0.0) + operator.first + math.ceil(operator.settling * scale)
    return max(seeded, operator.opening)


def klass(node: Node, inputs: tuple[str, ...]) -> str:
    """The strongest of the operator's and its inputs'."""
    return max((node.operator.klass, *inputs), key="SBR".index)


def columns(node: Node, inputs: tuple[frozenset[str], ...]) -> frozenset[str]:
    """The candle columns read."""
    own = {node.operator.name} if isinstance(node.operator, Column) else set()
    return frozenset(own.union(*inputs))


def causal(node: Node, inputs: tuple[bool, ...]) -> bool:
    """Whether nothing reads ahead: every operator reaches back only."""
    operator = node.operator
    return all(inputs) and operator.reach >= 0 and operator.lookback >= UNBOUNDED


PASSES: tuple[Callable[..., Any], ...] = (lookback, first, warmup, klass, columns, causal)


def fold(graph: Graph, rule: Callable[..., Any]) -> dict[str, Any]:
    """The value of one pass for every node, by hash."""
    found: dict[str, Any] = {}
    for node in graph.nodes:
        found[node.hash] = rule(node, tuple(found[item.hash] for item in node.inputs))
    return found


def facts(graph: Graph) -> Mapping[str, Facts]:
    """The facts of every output by name.

    >>> from candlewick.trace import tracing
    >>> with tracing() as run:
    ...     close = run.input("close")
    ...     graph = run.graph({"z": close / close.rolling(20).mean().shift(1), "ema": close.ewm(span=9).mean()})
    >>> facts(graph)["z"].lookback, facts(graph)["ema"].lookback, facts(graph)["ema"].warmup
    (20, None, 62)
    """
    table = {rule.__name__: fold(graph, rule) for rule in PASSES}
    result: dict[str, Facts] = {}
    for name, output in graph.outputs.items():
        key = output.node.hash
        if not table["causal"][key]:
            raise GraphError(f"{name!r} reads ahead", code="graph-not-causal")
        back, warm = table["lookback"][key], table["warmup"][key]
        result[name] = Facts(
            lookback=None if back == UNBOUNDED else back,
            warmup=None if math.isinf(warm) else int(warm),
            klass=table["klass"][key],
            columns=tuple(sorted(table["columns"][key])),
            causal=True,
            dtype=output.node.dtype,
        )
    return result


def settling_table(
    graph: Graph, levels: tuple[float, ...] = (1e-2, 1e-4, EPSILON, 1e-9)
) -> dict[str, dict[float, int | None]]:
    """Warm-up of every output for several weights of the seed: ``wick show --facts`` prints it."""
    table: dict[str, dict[float, int | None]] = {name: {} for name in graph.outputs}
    for level in levels:
        found = fold(graph, partial(warmup, scale=math.log(level) / math.log(EPSILON)))
        for name, output in graph.outputs.items():
            candles = found[output.node.hash]
            table[name][level] = None if math.isinf(candles) else int(candles)
    return table
