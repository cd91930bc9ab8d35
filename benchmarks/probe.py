"""What each instruction costs: every block is run one instruction at a time, on the values and the state it has."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.workload import candles, program_of
from candlewick.program import Batch, load_dispatcher
from candlewick.program import dispatcher as d

if TYPE_CHECKING:
    from candlewick.program import Program


@dataclass(frozen=True)
class Cost:
    """One operator's share: how many instructions use it, and what one costs per row and symbol."""

    opcode: int
    operator: str
    instructions: int
    ns: float
    """The median over blocks, summed over its instructions."""


@dataclass(frozen=True)
class Probe:
    """What a program costs in parts; the same results as running it whole."""

    lanes: int
    costs: list[Cost]
    loads: float
    """ns per row and symbol for bringing the candles and the past into the registers."""
    whole: float
    """ns per row and symbol of the same blocks run whole, results laid down."""
    results: np.ndarray


def probe(program: Program, symbols: list[np.ndarray]) -> Probe:
    """Run symbols of equal length side by side, block by block, timing each instruction of each block."""
    lanes, n = len(symbols), symbols[0].shape[1]
    source = np.concatenate([x.reshape(-1) for x in symbols])
    wanted = len(program.results)
    starts = [(lane * symbols[0].size, n) for lane in range(lanes)]
    targets = [(lane * wanted * n, n) for lane in range(lanes)]
    whole, parts = np.empty(lanes * wanted * n), np.empty(lanes * wanted * n)
    batch = Batch(program, lanes=lanes)
    blocks = [(at, min(at + batch.rows, n)) for at in range(0, n, batch.rows)]
    full = [_timed(lambda block=block: batch.run(source, starts, whole, targets, block)) for block in blocks]
    sliced = Batch(program, lanes=lanes)
    times = np.array([_instructions(sliced, source, starts, parts, targets, block) for block in blocks])
    rows = np.array([stop - start for start, stop in blocks], dtype=float) * lanes
    loads, *each = np.median(times / rows[:, None], axis=0)
    return Probe(
        lanes, _by_operator(program, each), float(loads), float(np.median(full / rows)),
        parts.reshape(lanes, wanted, n),
    )  # fmt: skip


def render(wide: Probe, one: Probe) -> str:
    """A table in markdown, the costliest operator first."""
    lines = [
        f"| opcode | operator | instructions | ns/row, 1 lane | ns/row, {wide.lanes} lanes | share |",
        "|---|---|---|---|---|---|",
    ]
    total = sum(cost.ns for cost in wide.costs)
    single = {cost.operator: cost.ns for cost in one.costs}
    lines += [
        f"| {c.opcode} | {c.operator} | {c.instructions} | {single[c.operator]:.2f} | {c.ns:.2f} | {c.ns / total:.0%} |"
        for c in wide.costs
    ]
    lines.append(f"| | loads | | {one.loads:.2f} | {wide.loads:.2f} | |")
    lines.append(f"| | sum | | {sum(single.values()) + one.loads:.1f} | {total + wide.loads:.1f} | |")
    lines.append(f"| | whole program, results laid down | | {one.whole:.1f} | {wide.whole:.1f} | |")
    return "\n".join(lines)


def main(n: int, lanes: int = 8) -> str:
    """The table for the 71 features."""
    program = program_of()
    symbols = [candles(n, seed) for seed in range(lanes)]
    return render(probe(program, symbols), probe(program, symbols[:1]))


def _instructions(
    batch: Batch, source: np.ndarray, starts: list, sink: np.ndarray, targets: list, block: tuple[int, int]
) -> list[float]:
    """Nanoseconds for the loads of one block and then for each of its instructions, less the cost of a call."""
    table = batch._table  # noqa: SLF001 - the probe looks where nobody else should
    count, code, candle = len(batch.program.instructions), int(table[d.CODE]), int(table[d.CANDLE])
    header = table[: d.HEADER].copy()
    try:
        table[d.TOTAL] = 0
        loads = _timed(lambda: batch.run(source, starts, sink, targets, block))
        table[[d.PAST_COUNT, d.LOAD_COUNT, d.FIRST_STORES]] = 0
        call = min(_timed(lambda: batch.run(source, starts, sink, targets, block)) for _ in range(3))
        table[d.TOTAL] = 1
        times = [loads - call]
        for position in range(count):
            table[d.CODE], table[d.CANDLE] = code + position * d.WIDTH, candle
            times.append(_timed(lambda: batch.run(source, starts, sink, targets, block)) - call)
    finally:
        moved = table[[d.CANDLE, d.PREVIOUS]].copy()
        table[: d.HEADER] = header
        table[[d.CANDLE, d.PREVIOUS]] = moved
    return times


def _timed(call) -> int:
    start = time.perf_counter_ns()
    call()
    return time.perf_counter_ns() - start


def _by_operator(program: Program, each: list[float]) -> list[Cost]:
    opcodes = load_dispatcher().opcodes
    found: dict[str, list[float]] = defaultdict(list)
    for item, ns in zip(program.instructions, each, strict=True):
        found[item.operator.operator_name()].append(float(ns))
    costs = [Cost(opcodes[name], name, len(ns), sum(ns)) for name, ns in found.items()]
    return sorted(costs, key=lambda cost: -cost.ns)
