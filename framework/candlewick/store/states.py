"""Saved states: by symbol and snapshot of its candles, the state of each node of the program after the last one."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from candlewick.store.connection import read
from candlewick.store.ledger import insert

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    import duckdb

    Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class NodeState:
    """The state of one node: its ``slots``, and the last ``rows`` of its register, the latest last."""

    slots: Floats
    rows: Floats

    def merged(self, other: NodeState) -> NodeState:
        """Both are of one node and one moment: the one that knows more of the past."""
        slots = self.slots if len(self.slots) >= len(other.slots) else other.slots
        return NodeState(slots, self.rows if len(self.rows) >= len(other.rows) else other.rows)

    def extends(self, other: NodeState) -> bool:
        """Whether this is the same state with more of the past."""
        return (
            len(self.rows) >= len(other.rows)
            and np.array_equal(self.slots, other.slots, equal_nan=True)
            and np.array_equal(self.rows[len(self.rows) - len(other.rows) :], other.rows, equal_nan=True)
        )


@dataclass(frozen=True)
class Layout:
    """Which nodes a state holds, each with the count of its slots and of its rows; they follow one another."""

    nodes: tuple[tuple[str, int, int], ...]

    @cached_property
    def places(self) -> dict[str, tuple[int, int, int]]:
        """By node: where its slots begin, where its rows begin, where they end."""
        found: dict[str, tuple[int, int, int]] = {}
        at = 0
        for node, slots, rows in self.nodes:
            found[node] = (at, at + slots, at + slots + rows)
            at += slots + rows
        return found

    @cached_property
    def text(self) -> str:
        """The layout as the store keeps it."""
        return json.dumps(self.nodes)

    @cached_property
    def id(self) -> str:
        """Equal exactly when the layouts are."""
        return hashlib.blake2b(self.text.encode(), digest_size=16).hexdigest()


@dataclass(frozen=True)
class States:
    """The states of one symbol by node, as `run/states.made` names it; input columns stand under their own names."""

    layout: Layout
    numbers: Floats

    def nodes(self) -> dict[str, NodeState]:
        """Each node with its state."""
        return {
            node: NodeState(self.numbers[start:middle], self.numbers[middle:stop])
            for node, (start, middle, stop) in self.layout.places.items()
        }


def states_of(nodes: Mapping[str, NodeState]) -> States:
    """The states of some nodes."""
    members = sorted(nodes.items())
    layout = Layout(tuple((node, len(one.slots), len(one.rows)) for node, one in members))
    arrays = [array for _, one in members for array in (one.slots, one.rows)]
    return States(layout, np.concatenate([np.empty(0), *arrays]))


def read_states(store: Path, wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str], States]:
    """The states of the given symbols and snapshots, as far as there are any."""
    if not wanted:
        return {}
    with read(store) as connection:
        return _saved(connection, wanted)


def write_states(connection: duckdb.DuckDBPyConnection, states: Mapping[tuple[str, str], States]) -> None:
    """Save the states of symbols and snapshots, beside those of other nodes that are there."""
    if not states:
        return
    there = _saved(connection, list(states))
    states = {key: _beside(one, there[key]) if key in there else one for key, one in states.items()}
    keys = [list(each) for each in zip(*there, strict=True)]
    if keys:
        gone = "(symbol, snapshot) IN (SELECT (unnest(?), unnest(?)))"
        connection.execute(f"DELETE FROM wick.states WHERE {gone}", keys)
    layouts = {one.layout.id: one.layout.text for one in states.values()}
    known = {key for (key,) in connection.execute("SELECT id FROM wick.layouts").fetchall()}
    insert(connection, "wick.layouts", [(key, text) for key, text in layouts.items() if key not in known])
    insert(connection, "wick.states", [
        (symbol, snapshot, one.layout.id, one.numbers.astype("<f8").tobytes())
        for (symbol, snapshot), one in states.items()
    ])  # fmt: skip


def _saved(connection: duckdb.DuckDBPyConnection, wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str], States]:
    layouts = {
        key: Layout(tuple((node, slots, rows) for node, slots, rows in json.loads(text)))
        for key, text in connection.execute("SELECT * FROM wick.layouts").fetchall()
    }
    rows = connection.execute(
        "SELECT symbol, snapshot, layout, numbers FROM wick.states"
        " JOIN (SELECT unnest(?) AS symbol, unnest(?) AS snapshot) USING (symbol, snapshot)",
        [list(each) for each in zip(*wanted, strict=True)],
    ).fetchall()
    return {
        (symbol, snapshot): States(layouts[layout], np.frombuffer(numbers, dtype="<f8").astype(np.float64))
        for symbol, snapshot, layout, numbers in rows
    }


def _beside(states: States, there: States) -> States:
    """New states with saved ones. Of one node the new one counts; a saved one that says the same, and more, is kept."""
    nodes, kept = states.nodes(), there.nodes()
    return states_of(
        kept | {node: kept[node] if node in kept and kept[node].extends(one) else one for node, one in nodes.items()}
    )
