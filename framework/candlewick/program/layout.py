"""Where a running program keeps its numbers: one array of registers, state and the numbers of its instructions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from candlewick.program.program import Program

    Floats = np.ndarray[Any, np.dtype[np.float64]]
    Integers = np.ndarray[Any, np.dtype[np.int64]]


VALUES = 1024  # values per register and block, over all lanes: registers stay in the processor's cache
LINE = 8  # numbers in a cache line: what crosses two of them costs twice
STAGGER = 3 * LINE  # between registers: at equal places of a page they would push each other out of the cache


@dataclass(frozen=True)
class Layout:
    """Offsets into the memory of a program that runs ``rows`` candles of ``lanes`` symbols at a time.

    A register is its past rows, oldest first, and then the rows of the block; each row holds every lane.
    """

    lanes: int
    starts: tuple[int, ...]
    """Where the past of each register begins."""
    rows: tuple[int, ...]
    """Where its first row of the block begins."""
    state: tuple[int, ...]
    """Where the state of each instruction begins."""
    numbers: tuple[int, ...]
    """Where what its kernel reads at ``p`` begins."""
    size: int
    length: int
    """Values of a register without a past."""


def lay_out_block(program: Program, lanes: int) -> Layout:
    """The layout for blocks of as many rows as there may be."""
    return lay_out(program, VALUES // lanes, lanes)


def lay_out(program: Program, rows: int, lanes: int = 1, *, header: int = 0, step: bool = False) -> Layout:
    """The layout; with ``step`` a register without a past has one row only."""
    starts: list[int] = []
    size = header
    length = (1 if step else rows) * lanes
    for depth in program.depths:
        starts.append(size)
        size += (depth + rows) * lanes if depth else length
        size += -size % LINE + STAGGER
    first = [start + depth * lanes for start, depth in zip(starts, program.depths, strict=True)]
    state = [size + slot * lanes for slot in program.slots]
    size = state[-1]
    numbers = []
    for given in program.numbers:
        numbers.append(size)
        size += len(given)
    return Layout(lanes, tuple(starts), tuple(first), tuple(state), tuple(numbers), size, length)


def aligned(size: int) -> Floats:
    """Zeros that begin with a cache line."""
    spare = np.zeros(size + LINE - 1)
    start = -(spare.ctypes.data // spare.itemsize) % LINE
    return spare[start : start + size]


def memory(program: Program, layout: Layout) -> Floats:
    """The array of a layout, with the constants and the numbers of every instruction in place."""
    whole = aligned(layout.size)
    for index, number in enumerate(program.constants, start=len(program.columns)):
        whole[layout.starts[index] : layout.starts[index] + layout.length] = number
    numbers = np.fromiter(chain.from_iterable(program.numbers), dtype=np.float64)
    whole[layout.size - len(numbers) :] = numbers  # they lie one after another, at the end
    return whole


def save(program: Program, layout: Layout, whole: Floats, candle: int, filled: int) -> Floats:
    """The state of every lane, (numbers, lanes): candle count, slots, kept rows up to the last of ``filled``."""
    lanes = layout.lanes
    parts = [np.full((1, lanes), float(candle)), whole[layout.state[0] : layout.state[-1]].reshape(-1, lanes)]
    for register in program.kept:
        depth = program.depths[register]
        stop = layout.rows[register] + (filled * lanes if depth else min(filled * lanes, layout.length))
        parts.append(whole[stop - (depth + 1) * lanes : stop].reshape(-1, lanes))
    state = np.concatenate(parts)
    state[np.isnan(state)] = math.nan  # one NaN: its sign depends on how an instruction was made vectors
    return state


def load(program: Program, layout: Layout, whole: Floats, state: Floats) -> None:
    """Put back what `save` gave; the past then lies where a block of one row would have left it."""
    lanes = layout.lanes
    stop = 1 + program.slots[-1]
    whole[layout.state[0] : layout.state[-1]] = state[1:stop].ravel()
    for register in program.kept:
        count = program.depths[register] + 1
        start = layout.starts[register]
        whole[start : start + count * lanes] = state[stop : stop + count].ravel()
        stop += count
