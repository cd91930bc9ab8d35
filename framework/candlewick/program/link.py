"""Linking: a program laid out in memory for a number of rows and lanes, as the arrays that ``execute`` takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from candlewick.program import dispatcher as d

if TYPE_CHECKING:
    from candlewick.program.dispatcher import Dispatcher
    from candlewick.program.program import Program

    Floats = np.ndarray[Any, np.dtype[np.float64]]
    Integers = np.ndarray[Any, np.dtype[np.int64]]


@dataclass
class Linked:
    """The memory of a running program: floats (registers, state, numbers) and the table of integers."""

    memory: Floats
    table: Integers
    bases: list[int]
    """Where each register begins."""
    state: int
    """Where the state begins."""


def link(program: Program, dispatcher: Dispatcher, rows: int, lanes: int, *, ring: bool) -> Linked:
    """Lay a program out. A ring holds each row of a register with a past twice; in blocks the past comes first."""
    bases, size = _registers(program, rows, lanes, ring=ring)
    state = size
    size += program.slots[-1] * lanes
    starts: list[int] = []
    pool: list[float] = []
    for item in program.instructions:
        starts.append(size + len(pool))
        pool.extend([*item.operator.numbers, float(item.phase)])
    memory = np.zeros(size + len(pool))
    memory[size:] = pool
    for index, value in enumerate(program.constants):
        base = bases[len(program.columns) + index]
        memory[base : base + rows * lanes] = value
    table = _table(program, dispatcher, lanes, bases, state, starts, ring=ring)
    return Linked(memory, table, bases, state)


def _registers(program: Program, rows: int, lanes: int, *, ring: bool) -> tuple[list[int], int]:
    """Where every register begins. In blocks, registers without a past are used again once nobody reads them."""
    last = {operand.register: i for i, item in enumerate(program.instructions) for operand in item.inputs}
    kept = set(program.kept) | set(range(len(program.columns) + len(program.constants)))
    size = 0
    bases: list[int] = []
    free: list[int] = []
    sources = len(program.columns) + len(program.constants)
    expiring: dict[int, list[int]] = {}
    for register, depth in enumerate(program.depths):
        length = (2 * (depth + 1) if depth else 1) if ring else (depth + rows) * lanes
        position = register - sources
        reusable = not ring and register not in kept
        if reusable and free:
            bases.append(free.pop())
        else:
            bases.append(size)
            size += length
        if reusable:
            expiring.setdefault(last.get(register, position), []).append(bases[-1])
        free.extend(expiring.pop(position, []))
    return bases, size


def _table(
    program: Program, dispatcher: Dispatcher, lanes: int, bases: list[int], state: int, starts: list[int], *, ring: bool
) -> Integers:
    depths = program.depths
    address = [base if ring else base + depth * lanes for base, depth in zip(bases, depths, strict=True)]
    stores, first, ranges = _stores(program)
    if ring:  # one candle's results are read at once, stage by stage
        stores = [(result.register, result.delay, index) for index, result in enumerate(program.results)]
    code: list[int] = []
    for position, item in enumerate(program.instructions):
        operands = [(operand.register, operand.delay) for operand in item.inputs]
        operands += [(item.out, 0)] * (3 - len(operands))
        row = [dispatcher.opcodes[item.operator.operator_name()], item.out]
        row += [number for operand in operands for number in operand]
        code += [*row, state + program.slots[position] * lanes, starts[position], *ranges[position]]
    pasts = [(r, bases[r], depth) for r, depth in enumerate(depths) if depth]
    loads = [(register, register) for register in range(len(program.columns))]
    sections = [code, address, _flat(pasts), _flat(loads), _flat(stores), [0] * (4 * lanes)]
    offsets = np.cumsum([d.HEADER, *(len(section) for section in sections)])
    header = [0] * d.HEADER
    header[d.ROWS], header[d.LANES] = 1, lanes
    header[d.UPDATES], header[d.TOTAL] = program.updates, len(program.instructions)
    for slot, offset in zip((d.CODE, d.ADDRESS, d.PASTS, d.LOADS, d.STORES, d.LANE_TABLE), offsets, strict=False):
        header[slot] = int(offset)
    header[d.PAST_COUNT], header[d.LOAD_COUNT], header[d.STORE_COUNT] = len(pasts), len(loads), len(stores)
    header[d.FIRST_STORES] = first
    return np.array([*header, *(value for section in sections for value in section)], dtype=np.int64)


def _stores(program: Program) -> tuple[list[tuple[int, int, int]], int, list[tuple[int, int]]]:
    """Results in the order in which they are laid down, how many precede all instructions, and each one's range."""
    sources = len(program.columns) + len(program.constants)
    ordered = sorted(enumerate(program.results), key=lambda pair: pair[1].register)
    stores = [(result.register, result.delay, index) for index, result in ordered]
    at = first = sum(result.register < sources for result in program.results)
    ranges = []
    for position in range(len(program.instructions)):
        start = at
        while at < len(stores) and stores[at][0] <= sources + position:
            at += 1
        ranges.append((start, at))
    return stores, first, ranges


def _flat(rows: list[Any]) -> list[int]:
    return [number for row in rows for number in row]
