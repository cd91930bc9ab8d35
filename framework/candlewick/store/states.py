"""Saved states: by symbol and snapshot of its candles, the state of each node of the program after the last one."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from candlewick.store.connection import read
from candlewick.store.ledger import insert

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
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


States = dict[str, NodeState]
"""The states of one symbol by node hash; input columns stand under their own names."""


def read_states(store: Path, wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str], States]:
    """The states of the given symbols and snapshots, as far as there are any."""
    if not wanted:
        return {}
    with read(store) as connection:
        return _saved(connection, wanted)


def write_states(connection: duckdb.DuckDBPyConnection, states: Mapping[tuple[str, str], States]) -> None:
    """Save the states of symbols and snapshots, beside those of other nodes that are there."""
    states = {key: _beside(nodes, there) for key, nodes, there in _with_saved(connection, states)}
    layouts: dict[str, str] = {}
    rows = []
    for (symbol, snapshot), nodes in states.items():
        layout = json.dumps([[node, len(one.slots), len(one.rows)] for node, one in sorted(nodes.items())])
        key = hashlib.blake2b(layout.encode(), digest_size=16).hexdigest()
        layouts[key] = layout
        rows.append((symbol, snapshot, key, _pack(one for _, one in sorted(nodes.items()))))
    for symbol, snapshot in states:
        connection.execute("DELETE FROM wick.states WHERE symbol = ? AND snapshot = ?", [symbol, snapshot])
    known = {key for (key,) in connection.execute("SELECT id FROM wick.layouts").fetchall()}
    insert(connection, "wick.layouts", [(key, text) for key, text in layouts.items() if key not in known])
    connection.executemany("INSERT INTO wick.states VALUES (?, ?, ?, ?)", rows) if rows else None


def _saved(connection: duckdb.DuckDBPyConnection, wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str], States]:
    layouts = {key: json.loads(text) for key, text in connection.execute("SELECT * FROM wick.layouts").fetchall()}
    rows = connection.execute(
        "SELECT symbol, snapshot, layout, numbers FROM wick.states"
        " JOIN (SELECT unnest(?) AS symbol, unnest(?) AS snapshot) USING (symbol, snapshot)",
        [list(each) for each in zip(*wanted, strict=True)],
    ).fetchall()
    return {(symbol, snapshot): _unpack(layouts[layout], numbers) for symbol, snapshot, layout, numbers in rows}


def _with_saved(
    connection: duckdb.DuckDBPyConnection, states: Mapping[tuple[str, str], States]
) -> Iterator[tuple[tuple[str, str], States, States]]:
    there = _saved(connection, list(states)) if states else {}
    for key, nodes in states.items():
        yield key, nodes, there.get(key, {})


def _beside(nodes: States, there: States) -> States:
    """New states with saved ones. Of one node the new one counts; a saved one that says the same, and more, is kept."""
    return there | {
        node: there[node] if node in there and there[node].extends(one) else one for node, one in nodes.items()
    }


def _pack(nodes: Iterable[NodeState]) -> bytes:
    arrays = [array for node in nodes for array in (node.slots, node.rows)]
    return np.concatenate([np.empty(0), *arrays]).astype("<f8").tobytes()


def _unpack(layout: list[list[Any]], numbers: bytes) -> States:
    values = np.frombuffer(numbers, dtype="<f8").astype(np.float64)
    found: States = {}
    at = 0
    for node, slots, rows in layout:
        found[node] = NodeState(values[at : at + slots], values[at + slots : at + slots + rows])
        at += slots + rows
    return found
