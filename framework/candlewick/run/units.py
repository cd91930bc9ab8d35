"""Units: the columns of one model and one group, which are stored together; how each is computed, and from what."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from candlewick.project.fingerprints import record
from candlewick.project.node import CANDLE_COLUMNS
from candlewick.project.values import hashed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from candlewick.project.dag import Dag
    from candlewick.project.fingerprints import Fingerprint
    from candlewick.project.node import Node
    from candlewick.project.streaming import Streaming
    from candlewick.store.ledger import Recipe

CHUNK = 4096
"""Candles that an opaque feature or a label is computed for at a time: always the same ones, counted from the first."""


@dataclass(frozen=True)
class Method:
    """How a column is computed.

    ``program``: by kernels, which go on from a state. ``window``: by pandas, chunk by chunk, from ``lookback`` candles
    before a chunk to ``horizon`` candles after it. ``whole``: by pandas over all candles; with a ``horizon`` only its
    last rows can change when candles are appended (of a feature none), without one all of them.
    """

    kind: Literal["program", "window", "whole"]
    lookback: int = 0
    horizon: int | None = 0

    def final(self, candles: int) -> int:
        """The first rows, of ``candles``, that later candles cannot change."""
        if self.kind == "program":
            return candles
        if self.horizon is None:
            return 0
        settled = max(candles - self.horizon, 0)
        return chunk_start(settled) if self.kind == "window" else settled


def chunk_start(row: int) -> int:
    """The first row of the chunk that a row is in."""
    return row // CHUNK * CHUNK


@dataclass(frozen=True)
class Unit:
    """The columns of one model and one group: what a part holds of one symbol.

    ``reads`` are the candle columns each of them is computed from, ``recipe`` their fingerprints, ``problem`` says why
    one of them has none.
    """

    model: str
    group: str | None
    columns: tuple[str, ...]
    methods: Mapping[str, Method]
    reads: Mapping[str, frozenset[str]]
    recipe: Recipe
    problem: str = ""

    @property
    def key(self) -> tuple[str, str | None]:
        """Model and group."""
        return self.model, self.group

    @cached_property
    def id(self) -> str:
        """Equal exactly when every column has the same fingerprint."""
        return recipe_id(self.recipe)

    def final(self, candles: int) -> int:
        """The first rows, of ``candles``, that later candles cannot change in any column."""
        return min(method.final(candles) for method in self.methods.values())


def recipe_id(recipe: Recipe) -> str:
    """The id of a recipe: a hash of names and fingerprints."""
    return hashed(*(text for name in sorted(recipe) for text in (name, recipe[name]["hash"])))


def units(
    dag: Dag, columns: Iterable[Node], prints: Mapping[str, Fingerprint], streaming: Streaming | None
) -> tuple[Unit, ...]:
    """The units of some columns, in the order of the project."""
    reads = candles_read(dag, streaming)
    found: dict[tuple[str, str | None], list[Node]] = {}
    for node in columns:
        found.setdefault((node.model, node.group), []).append(node)
    return tuple(
        Unit(
            model,
            group,
            tuple(node.name for node in nodes),
            {node.name: method(dag, node.name, streaming) for node in nodes},
            {node.name: reads[node.name] for node in nodes},
            {node.name: record(prints[node.name]) for node in nodes},
            next((f"'{node.name}': {prints[node.name].problem}" for node in nodes if prints[node.name].problem), ""),
        )
        for (model, group), nodes in found.items()
    )


def method(dag: Dag, name: str, streaming: Streaming | None) -> Method:
    """How a column is computed: what is traced by the program; what says how far it reads, by chunks."""
    if streaming is not None and name in streaming.graph.outputs:
        return Method("program")
    lookback, horizon = _reach(dag, name)
    if lookback is not None and horizon is not None:
        return Method("window", lookback, horizon)
    return Method("whole", 0, horizon)


def _reach(dag: Dag, name: str) -> tuple[int | None, int | None]:
    """The candles before and after a row that its value follows from, its input columns being given; None: not said.

    What is computed on the way and not stored reads its own candles before and after.
    """
    node = dag.nodes[name]
    lookback, horizon = node.lookback, 0 if node.kind == "feature" else node.horizon
    for each in node.inputs:
        if each in dag.nodes and not dag.nodes[each].is_column:
            before, after = _reach(dag, each)
            lookback = None if lookback is None or before is None else lookback + before
            horizon = None if horizon is None or after is None else horizon + after
    return lookback, horizon


def column_inputs(dag: Dag, name: str) -> set[str]:
    """The stored columns a node is computed from, straight or by way of nodes that are not stored."""
    found: set[str] = set()
    queue = [name]
    while queue:
        for each in dag.nodes[queue.pop()].inputs:
            if each in dag.nodes and dag.nodes[each].is_column:
                found.add(each)
            elif each in dag.nodes:
                queue.append(each)
    return found


def candles_read(dag: Dag, streaming: Streaming | None) -> dict[str, frozenset[str]]:
    """The candle columns that each column is computed from: as the trace proves, else as the graph of nodes says."""
    found: dict[str, frozenset[str]] = {}
    facts = streaming.facts if streaming is not None else {}

    def reach(name: str) -> frozenset[str]:
        if name in CANDLE_COLUMNS:
            return frozenset({name})
        if name in facts:
            return frozenset(facts[name].columns)
        return found.get(name, frozenset())

    waiting = dict(dag.nodes)
    while waiting:
        ready = [name for name, node in waiting.items() if not any(each in waiting for each in node.inputs)]
        for name in ready:
            found[name] = reach(name) or frozenset().union(*map(reach, waiting.pop(name).inputs))
            waiting.pop(name, None)
    return found
