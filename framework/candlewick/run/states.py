"""The state of the program between runs: cut into nodes to be saved, and put together for a program that goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from candlewick.store.states import NodeState, States

if TYPE_CHECKING:
    from collections.abc import Iterator

    from candlewick.program import Program

    Floats = np.ndarray[Any, np.dtype[np.float64]]


def cut(program: Program, vector: Floats) -> States:
    """The state vector of a program as the state of each of its nodes."""
    return {
        node: NodeState(vector[slots[0] : slots[1]].copy(), vector[rows[0] : rows[1]].copy())
        for node, slots, rows in _places(program)
    }


def assemble(program: Program, states: States, candles: int) -> Floats | None:
    """The state vector of a program that goes on after ``candles`` candles; None when a node's past is not there.

    Of a register the past is needed, as far as the program reads it; its oldest row, which only a reading of the last
    candle needs, may be missing.
    """
    vector = np.array(program.initial())
    vector[0] = candles
    for node, (start, stop), (first, last) in _places(program):
        held = states.get(node)
        depth = max(last - first - 1, 0)
        if held is None:
            if stop > start or depth:
                return None
            continue
        if len(held.slots) != stop - start or len(held.rows) < min(depth, candles):
            return None
        vector[start:stop] = held.slots
        known = min(len(held.rows), last - first)
        vector[last - known : last] = held.rows[len(held.rows) - known :]
    return vector


def _places(program: Program) -> Iterator[tuple[str, tuple[int, int], tuple[int, int]]]:
    """Every node that has a state, with the places of its slots and of its rows in the state vector."""
    slots: dict[str, tuple[int, int]] = {}
    rows: dict[str, tuple[int, int]] = {}
    owners = dict(enumerate(program.columns)) | {item.out: item.node for item in program.instructions}
    for position, item in enumerate(program.instructions):
        if item.operator.slots:
            slots[item.node] = (1 + program.slots[position], 1 + program.slots[position + 1])
    start = 1 + program.slots[-1]
    for register in program.kept:
        stop = start + program.depths[register] + 1
        rows[owners[register]] = (start, stop)
        start = stop
    for node in slots.keys() | rows.keys():
        yield node, slots.get(node, (0, 0)), rows.get(node, (0, 0))
