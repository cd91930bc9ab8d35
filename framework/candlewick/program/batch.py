"""Blocks of rows: one or many symbols in lanes, the same kernels and the same state as candle by candle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from candlewick.program import dispatcher as d
from candlewick.program.dispatcher import Dispatcher, load_dispatcher
from candlewick.program.link import link

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from candlewick.program.link import Floats
    from candlewick.program.program import Program

VALUES = 2048  # values per register and block, over all lanes: registers stay in the processor's cache
LANES = 8


class Batch:
    """A program running on ``lanes`` symbols at once, ``rows`` candles per block."""

    def __init__(
        self, program: Program, dispatcher: Dispatcher | None = None, *, lanes: int = 1, rows: int | None = None
    ) -> None:
        loaded = dispatcher or load_dispatcher()
        self.program, self.lanes = program, lanes
        self.rows = rows or max(VALUES // lanes, 1)
        self._linked = link(program, loaded, self.rows, lanes, ring=False)
        self._execute = loaded.execute
        self._memory, self._table = self._linked.memory, self._linked.table
        self._table[d.ROWS] = 0
        self.restore([np.array(program.initial())] * lanes)

    def run(
        self,
        source: Floats,
        starts: Sequence[tuple[int, int]],
        sink: Floats,
        targets: Sequence[tuple[int, int]],
        rows: tuple[int, int],
    ) -> None:
        """Advance every lane over candles ``rows[0]`` to ``rows[1]`` of its part of ``source``, results into ``sink``.

        ``starts`` and ``targets`` give for each lane where its first column begins and how far apart its columns lie.
        """
        table = self._table
        lane_table = table[d.LANE_TABLE]
        for lane, ((start, stride), (target, apart)) in enumerate(zip(starts, targets, strict=True)):
            table[lane_table + 4 * lane : lane_table + 4 * lane + 4] = (start, stride, target, apart)
        for at in range(rows[0], rows[1], self.rows):
            table[d.AT], table[d.ROWS] = at, min(self.rows, rows[1] - at)
            self._execute(self._memory, table, source, sink, d.BLOCK)

    def snapshot(self) -> list[Floats]:
        """The state of every lane, as `Live.snapshot` gives it."""
        program, linked, lanes = self.program, self._linked, self.lanes
        slots = self._memory[linked.state : linked.state + program.slots[-1] * lanes].reshape(-1, lanes)
        parts = [np.full((1, lanes), float(self._table[d.CANDLE])), slots]
        for register in program.kept:
            depth = program.depths[register]
            last = self._table[self._table[d.ADDRESS] + register] + (self._table[d.PREVIOUS] - 1) * lanes
            parts.append(self._memory[last - depth * lanes : last + lanes].reshape(-1, lanes))
        whole = np.concatenate(parts)
        return [whole[:, lane].copy() for lane in range(lanes)]

    def restore(self, states: Sequence[Any]) -> None:
        """Resume every lane from its state; all must have seen as many candles."""
        program, linked, lanes = self.program, self._linked, self.lanes
        whole = np.stack([np.asarray(state, dtype=np.float64) for state in states], axis=1)
        if whole.shape != (program.state_size, lanes):
            raise ValueError(f"states of {whole.shape} for {lanes} lanes of {program.state_size}")
        if len(set(whole[0].tolist())) != 1:
            raise ValueError("lanes that have seen different numbers of candles cannot run together")
        self._table[d.CANDLE] = int(whole[0, 0])
        stop = 1 + program.slots[-1]
        self._memory[linked.state : linked.state + program.slots[-1] * lanes] = whole[1:stop].ravel()
        # the past lies where a block of one row would have left it
        self._table[d.PREVIOUS] = 1
        for register in program.kept:
            depth = program.depths[register]
            rows = whole[stop : stop + depth + 1]
            stop += depth + 1
            start = linked.bases[register]
            self._memory[start : start + rows.size] = rows.ravel()


def run(
    program: Program,
    symbols: Mapping[str, Floats],
    *,
    lanes: int = LANES,
    rows: int | None = None,
    dispatcher: Dispatcher | None = None,
    states: Mapping[str, Floats] | None = None,
) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Every output of every symbol, and the states after the last candle.

    ``symbols`` holds for each symbol an array (columns, candles) in the order of ``program.columns``; the results are
    arrays (outputs, candles). Symbols that have seen as many candles run side by side in lanes; where they end differs.
    """
    loaded = dispatcher or load_dispatcher()
    given = states or {}
    results: dict[str, Floats] = {}
    after: dict[str, Floats] = {}
    pending: dict[float, list[str]] = {}
    for name in sorted(symbols, key=lambda name: symbols[name].shape[1]):
        pending.setdefault(float(given[name][0]) if name in given else 0.0, []).append(name)
    for names in pending.values():
        for start in range(0, len(names), lanes):
            group = names[start : start + lanes]
            first = [given[name] if name in given else np.array(program.initial()) for name in group]
            _group(program, loaded, group, symbols, first, rows, results, after)
    return {name: results[name] for name in symbols}, {name: after[name] for name in symbols}


def _group(
    program: Program,
    dispatcher: Dispatcher,
    group: list[str],
    symbols: Mapping[str, Floats],
    states: list[Floats],
    rows: int | None,
    results: dict[str, Floats],
    after: dict[str, Floats],
) -> None:
    """Run symbols side by side, shortest first; whoever ends takes its state out and the rest go on in fewer lanes."""
    parts = [np.ascontiguousarray(symbols[name], dtype=np.float64) for name in group]
    lengths = [part.shape[1] for part in parts]
    source = parts[0].reshape(-1) if len(parts) == 1 else np.concatenate([part.reshape(-1) for part in parts])
    inputs = np.cumsum([0, *(part.size for part in parts)])
    outputs = np.cumsum([0, *(len(program.results) * length for length in lengths)])
    sink = np.empty(int(outputs[-1]))
    at = 0
    for done, name in enumerate(group):
        if lengths[done] > at:
            alive = range(done, len(group))
            batch = Batch(program, dispatcher, lanes=len(alive), rows=rows)
            batch.restore(states[done:])
            starts = [(int(inputs[lane]), lengths[lane]) for lane in alive]
            targets = [(int(outputs[lane]), lengths[lane]) for lane in alive]
            batch.run(source, starts, sink, targets, (at, lengths[done]))
            states[done:] = batch.snapshot()
            at = lengths[done]
        after[name] = states[done]
        results[name] = sink[outputs[done] : outputs[done + 1]].reshape(len(program.results), lengths[done])
