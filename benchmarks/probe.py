"""What each part of a block costs: every loop, kernel and result is run by itself, on the values and state it has."""

from __future__ import annotations

import ctypes
import itertools
import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.workload import candles, program_of
from candlewick.program import Batch
from candlewick.program.block import AT, ROWS, Writer
from candlewick.program.layout import aligned
from candlewick.program.loops import Loop
from candlewick.program.machine import linked

if TYPE_CHECKING:
    from candlewick.program import Program

NUMBERS = itertools.count()


@dataclass(frozen=True)
class Cost:
    """An operator's kernels, all loops with the results they make, or the other results.

    How many instructions, and ns per row and symbol.
    """

    part: str
    instructions: int
    ns: float
    """The tenth percentile over blocks (others use the machine too), summed over its parts."""


@dataclass(frozen=True)
class Probe:
    """What a program costs in parts; the same results as running it whole."""

    lanes: int
    costs: list[Cost]
    whole: float
    """ns per row and symbol of the same blocks run whole."""
    writing: float
    """ns per row and symbol of laying the results down with nothing in between: what memory takes."""
    results: np.ndarray


def probe(program: Program, symbols: list[np.ndarray]) -> Probe:
    """Run symbols of equal length side by side, block by block, timing each part of each block."""
    lanes, n = len(symbols), symbols[0].shape[1]
    shape = (lanes, len(program.results), n)
    whole, pieces = (aligned(math.prod(shape)).reshape(shape) for _ in range(2))
    whole[:], pieces[:] = 1.0, 1.0  # no page is new
    batch, sliced = Batch(program, lanes=lanes), Batch(program, lanes=lanes)
    parts = _parts(program, batch.width)
    blocks = [(at, min(at + batch.rows, n)) for at in range(0, n, batch.rows)]
    full = np.ravel(_times(batch, [program.native.block(batch.width)], symbols, whole, blocks))
    times = _times(sliced, [function for _, _, function in parts], symbols, pieces, blocks)
    rows = np.array([stop - start for start, stop in blocks], dtype=float) * lanes
    each = np.quantile(np.array(times) / rows[:, None], 0.1, axis=0)
    call = each[-2]  # a part that does nothing
    found: dict[str, list[tuple[int, float]]] = {}
    for (name, count, _), ns in zip(parts, each, strict=True):
        found.setdefault(name, []).append((count, max(ns - call, 0.0)))
    costs = [Cost(name, sum(n for n, _ in of), sum(ns for _, ns in of)) for name, of in found.items() if name]
    costs.sort(key=lambda cost: -cost.ns)
    lays = [
        _part(program, batch.width, "", 0, lambda writer, k=k: writer.write(k), f"lay{k}")[2]
        for k in range(len(program.results))
    ]
    laying = np.array(_times(sliced, lays, symbols, whole, blocks)) / rows[:, None]
    writing = float(np.quantile(laying - call, 0.1, axis=0).sum())
    return Probe(lanes, costs, float(np.quantile(full / rows, 0.1)), writing, pieces)


def render(wide: Probe, one: Probe) -> str:
    """A table in markdown, the costliest part first."""
    single = {cost.part: cost.ns for cost in one.costs}
    total = sum(cost.ns for cost in wide.costs)
    lines = [f"| part | instructions | ns/row, 1 lane | ns/row, {wide.lanes} lanes | share |", "|---|---|---|---|---|"]
    lines += [
        f"| {c.part} | {c.instructions} | {single.get(c.part, 0.0):.2f} | {c.ns:.2f} | {c.ns / total:.0%} |"
        for c in wide.costs
    ]
    lines.append(f"| sum | | {sum(single.values()):.1f} | {total:.1f} | |")
    lines.append(f"| whole program | | {one.whole:.1f} | {wide.whole:.1f} | |")
    lines.append(f"| results, nothing in between | | {one.writing:.1f} | {wide.writing:.1f} | |")
    return "\n".join(lines)


def main(n: int, lanes: int = 8) -> str:
    """The table for the 71 features."""
    program = program_of()
    symbols = [candles(n, seed) for seed in range(lanes)]
    return render(probe(program, symbols), probe(program, symbols[:1]))


def _parts(program: Program, lanes: int) -> list[tuple[str, int, object]]:
    """Every part as a function of its own: the loads first, then nothing at all, and the count of candles last."""
    order = Writer(program, lanes).order
    parts = [_part(program, lanes, "loads", 0, lambda writer: writer.begin(), "loads")]
    for index, piece in enumerate(order):
        if isinstance(piece, Loop):
            name, count = "loops", len(piece.items)
        elif isinstance(piece, int):
            name, count = "results", 0
        else:
            name, count = piece.operator.operator_name(), 1
        parts.append(_part(program, lanes, name, count, lambda writer, piece=piece: writer.write(piece), str(index)))
    parts.append(_part(program, lanes, "", 0, lambda _: None, "nothing"))
    parts.append(_part(program, lanes, "", 0, lambda writer: writer.end(), "end"))
    return parts


def _part(program: Program, lanes: int, name: str, count: int, write, index: str) -> tuple[str, int, object]:
    writer = Writer(program, lanes)
    write(writer)
    entry = f"probe_{index}_{next(NUMBERS)}"
    address = linked(writer.module(entry), program.native.names, entry)
    return name, count, ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)(address)


def _times(
    batch: Batch, functions: list, symbols: list[np.ndarray], sinks: np.ndarray, blocks: list
) -> list[list[int]]:
    """Nanoseconds of each function for each block."""
    given, clock = batch.aim(symbols, [*sinks]), time.perf_counter_ns
    table = batch._table  # noqa: SLF001 - the probe looks where nobody else should
    times = []
    for at, stop in blocks:
        table[AT], table[ROWS] = at, stop - at
        taken = [clock()]
        for function in functions:
            function(*given)
            taken.append(clock())
        times.append(np.diff(taken).tolist())
    return times
