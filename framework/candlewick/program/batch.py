"""Blocks of rows: one or many symbols in lanes, the same kernels and the same state as candle by candle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from candlewick.program import block
from candlewick.program.layout import LINE, aligned, lay_out, load, memory, save

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from candlewick.program.layout import Floats
    from candlewick.program.program import Program

VALUES = 2048  # values per register and block, over all lanes: registers stay in the processor's cache
LANES = 8


class Batch:
    """A program running on ``lanes`` symbols at once, ``rows`` candles per block."""

    def __init__(self, program: Program, *, lanes: int = 1, rows: int | None = None) -> None:
        self.program, self.lanes = program, lanes
        self.rows = rows or max(VALUES // lanes, 1)
        self._layout = lay_out(program, self.rows, lanes)
        self._execute = program.native.block(lanes)
        self._memory = memory(program, self._layout)
        self._table = np.array(block.table(program, self._layout), dtype=np.int64)
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
        given = self.aim(source, starts, sink, targets)
        for at in range(rows[0], rows[1], self.rows):
            self._table[block.AT], self._table[block.ROWS] = at, min(self.rows, rows[1] - at)
            self._execute(*given)

    def aim(
        self, source: Floats, starts: Sequence[tuple[int, int]], sink: Floats, targets: Sequence[tuple[int, int]]
    ) -> tuple[int, ...]:
        """Say where candles come from and results go to; what the compiled function is called with."""
        columns, results = np.arange(len(self.program.columns)), np.arange(len(self.program.results))
        places = [
            start + stride * each[:, None]
            for each, (start, stride) in ((columns, np.transpose(starts)), (results, np.transpose(targets)))
        ]
        self._table[block.aims(self.program) :] = np.concatenate(places).ravel()
        return tuple(array.ctypes.data for array in (self._memory, self._table, source, sink))

    def snapshot(self) -> list[Floats]:
        """The state of every lane, as `Live.snapshot` gives it."""
        candle, filled = int(self._table[block.CANDLE]), int(self._table[block.PREVIOUS])
        whole = save(self.program, self._layout, self._memory, candle, filled)
        return [whole[:, lane].copy() for lane in range(self.lanes)]

    def restore(self, states: Sequence[Any]) -> None:
        """Resume every lane from its state; all must have seen as many candles."""
        whole = np.stack([np.asarray(state, dtype=np.float64) for state in states], axis=1)
        if whole.shape != (self.program.state_size, self.lanes):
            raise ValueError(f"states of {whole.shape} for {self.lanes} lanes of {self.program.state_size}")
        if len(set(whole[0].tolist())) != 1:
            raise ValueError("lanes that have seen different numbers of candles cannot run together")
        load(self.program, self._layout, self._memory, whole)
        self._table[block.CANDLE], self._table[block.PREVIOUS] = int(whole[0, 0]), 1


def run(
    program: Program,
    symbols: Mapping[str, Floats],
    *,
    lanes: int = LANES,
    rows: int | None = None,
    states: Mapping[str, Floats] | None = None,
) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Every output of every symbol, and the states after the last candle.

    ``symbols`` holds for each symbol an array (columns, candles) in the order of ``program.columns``; the results are
    arrays (outputs, candles). Symbols that have seen as many candles run side by side in lanes; where they end differs.
    """
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
            _group(program, group, symbols, first, rows, results, after)
    return {name: results[name] for name in symbols}, {name: after[name] for name in symbols}


def _group(
    program: Program,
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
    apart = [length + -length % LINE for length in lengths]  # whole cache lines are written past the cache
    outputs = np.cumsum([0, *(len(program.results) * stride for stride in apart)])
    sink = aligned(int(outputs[-1]))
    at = 0
    for done, name in enumerate(group):
        if lengths[done] > at:
            alive = range(done, len(group))
            batch = Batch(program, lanes=len(alive), rows=rows)
            batch.restore(states[done:])
            starts = [(int(inputs[lane]), lengths[lane]) for lane in alive]
            targets = [(int(outputs[lane]), apart[lane]) for lane in alive]
            batch.run(source, starts, sink, targets, (at, lengths[done]))
            states[done:] = batch.snapshot()
            at = lengths[done]
        after[name] = states[done]
        whole = sink[outputs[done] : outputs[done + 1]].reshape(len(program.results), apart[done])
        results[name] = whole[:, : lengths[done]]
