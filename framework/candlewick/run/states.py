"""The state of the program between runs: cut into nodes to be saved, and put together for a program that goes on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from candlewick.project.fingerprints import compiler
from candlewick.store.states import Layout, States
from candlewick.trace.graph import digest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from candlewick.program import Program

    Floats = np.ndarray[Any, np.dtype[np.float64]]
    Places = np.ndarray[Any, np.dtype[np.intp]]


@dataclass
class Seats:
    """Where each node of one program has its numbers in the program's state vector, and where in saved states.

    What is worked out for one symbol holds for all whose states are laid out alike.
    """

    program: Program
    _cut: tuple[Layout, Places] | None = None
    _taken: dict[tuple[str, int], tuple[Places, Places] | None] = field(default_factory=dict)
    _empty: Floats | None = None

    def cut(self, vector: Floats) -> States:
        """The state vector of the program as states to be saved."""
        if self._cut is None:
            places = sorted(_places(self.program))
            nodes = tuple((node, stop - start, last - first) for node, (start, stop), (first, last) in places)
            spans = [np.arange(*span) for _, slots, rows in places for span in (slots, rows)]
            self._cut = Layout(nodes), np.concatenate([np.empty(0, np.intp), *spans])
        layout, order = self._cut
        return States(layout, vector[order])

    def fit(self, layout: Layout, candles: int) -> bool:
        """Whether states that are laid out so, after ``candles`` candles, are all that the program needs to go on."""
        return self._seats(layout, candles) is not None

    def assemble(self, states: States, candles: int) -> Floats:
        """The state vector of the program that goes on after ``candles`` candles.

        Errors: ValueError where they do not `fit`.
        """
        seats = self._seats(states.layout, candles)
        if seats is None:
            raise ValueError("the states do not fit the program they were said to fit")
        if self._empty is None:
            self._empty = np.array(self.program.initial())
        vector = self._empty.copy()
        vector[0] = candles
        vector[seats[0]] = states.numbers[seats[1]]
        return vector

    def _seats(self, layout: Layout, candles: int) -> tuple[Places, Places] | None:
        key = layout.id, min(candles, max(self.program.depths, default=0))
        if key not in self._taken:
            self._taken[key] = _seats(self.program, layout, candles)
        return self._taken[key]


def _seats(program: Program, layout: Layout, candles: int) -> tuple[Places, Places] | None:
    """The places of the state vector that saved numbers go to, and theirs; None when a node's past is not there.

    Of a register the past is needed, as far as the program reads it; its oldest row, which only a reading of the last
    candle needs, may be missing.
    """
    into: list[Places] = [np.empty(0, np.intp)]
    out_of: list[Places] = [np.empty(0, np.intp)]
    for node, (start, stop), (first, last) in _places(program):
        depth = max(last - first - 1, 0)
        if node not in layout.places:
            if stop > start or depth:
                return None
            continue
        begins, middle, ends = layout.places[node]
        if middle - begins != stop - start or ends - middle < min(depth, candles):
            return None
        known = min(ends - middle, last - first)
        into += [np.arange(start, stop), np.arange(last - known, last)]
        out_of += [np.arange(begins, middle), np.arange(ends - known, ends)]
    return np.concatenate(into), np.concatenate(out_of)


def made(program: Program) -> dict[int, str]:
    """By register, the name of the state of an instruction: of its expression, and of the code that computes it.

    Another version computes the same expression by other numbers, and must not go on from these.
    """
    names: dict[int, str] = {}
    codes: dict[int, str] = {}
    for item in program.instructions:
        below = (codes.get(operand.register, "") for operand in item.inputs)
        codes[item.out] = digest(compiler(), type(item.operator).source_hash(), *below)
        names[item.out] = f"{item.node}.{codes[item.out][:8]}"
    return names


def _places(program: Program) -> Iterator[tuple[str, tuple[int, int], tuple[int, int]]]:
    """Every node that has a state, with the places of its slots and of its rows in the state vector."""
    slots: dict[str, tuple[int, int]] = {}
    rows: dict[str, tuple[int, int]] = {}
    owners = dict(enumerate(program.columns)) | made(program)
    for position, item in enumerate(program.instructions):
        if item.operator.slots:
            slots[owners[item.out]] = (1 + program.slots[position], 1 + program.slots[position + 1])
    start = 1 + program.slots[-1]
    for register in program.kept:
        stop = start + program.depths[register] + 1
        rows[owners[register]] = (start, stop)
        start = stop
    for node in slots.keys() | rows.keys():
        yield node, slots.get(node, (0, 0)), rows.get(node, (0, 0))
