"""Candle by candle: one symbol's state, advanced by `Live.update` and read by `Live.emit`."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np

from candlewick.program import dispatcher as d
from candlewick.program.dispatcher import Dispatcher, load_dispatcher
from candlewick.program.link import link
from candlewick.program.program import OUTPUT

if TYPE_CHECKING:
    from candlewick.program.link import Floats
    from candlewick.program.program import Program


class Live:
    """A program running on one symbol, one candle at a time. O(1) in history.

    ``update`` advances the state; ``emit`` reads the features of the last candle, as often as one likes.
    """

    def __init__(self, program: Program, dispatcher: Dispatcher | None = None) -> None:
        loaded = dispatcher or load_dispatcher()
        self.program = program
        self._linked = link(program, loaded, 1, 1, ring=True)
        self._execute = loaded.execute
        self._memory, self._table = self._linked.memory, self._linked.table
        self._row = np.zeros(max(len(program.columns), 1))
        self._pack = struct.Struct(f"{len(program.columns)}d").pack_into
        self._vector = np.zeros(max(len(program.results), 1))
        self._stage, self._stores = "", int(self._table[d.STORES])
        self.restore(np.array(program.initial()))

    @property
    def candles(self) -> int:
        """Candles seen so far."""
        return int(self._table[d.CANDLE])

    def update(self, *values: float) -> None:
        """Advance by one candle: its values in the order of ``program.columns``."""
        self._pack(self._row.data, 0, *values)
        self._execute(self._memory, self._table, self._row, self._vector, d.UPDATE)

    def emit(self, stage: str = OUTPUT) -> Floats:
        """The results of the last candle, in the order of ``program.stage(stage)``; a new vector each time."""
        if stage != self._stage:
            self._aim(stage)
        if self._table[d.CANDLE] == 0:
            return np.full(self._rows.stop - self._rows.start, np.nan)
        self._execute(self._memory, self._table, self._row, self._vector, d.EMIT)
        return self._vector[self._rows].copy()

    def _aim(self, stage: str) -> None:
        """From now on run and read only what a stage needs."""
        self._stage, self._rows = stage, self.program.rows(stage)
        self._table[d.TOTAL] = self.program.needed(stage)
        self._table[d.STORES] = self._stores + 3 * self._rows.start
        self._table[d.STORE_COUNT] = self._rows.stop - self._rows.start

    def snapshot(self) -> Floats:
        """The state as one vector: candle count, slots, kept rows. `restore` resumes from it bit for bit."""
        program, linked = self.program, self._linked
        parts = [
            np.array([float(self._table[d.CANDLE])]),
            self._memory[linked.state : linked.state + program.slots[-1]],
        ]
        for register in program.kept:
            depth = program.depths[register]
            current = self._table[self._table[d.ADDRESS] + register]
            parts.append(self._memory[current - depth : current + 1])
        return np.concatenate(parts)

    def restore(self, state: Any) -> None:
        """Resume from a state that `snapshot` (here or in a batch) gave."""
        program, linked = self.program, self._linked
        vector = np.asarray(state, dtype=np.float64)
        if vector.shape != (program.state_size,):
            raise ValueError(f"a state of {vector.shape} numbers for a program of {program.state_size}")
        candle = int(vector[0])
        self._table[d.CANDLE] = candle
        self._memory[linked.state : linked.state + program.slots[-1]] = vector[1 : 1 + program.slots[-1]]
        at = 1 + program.slots[-1]
        for register in program.kept:
            depth, base = program.depths[register], linked.bases[register]
            rows = vector[at : at + depth + 1]
            at += depth + 1
            if depth == 0:
                self._memory[base] = rows[0]
                continue
            ring = depth + 1
            places = (np.arange(candle - ring, candle)) % ring
            self._memory[base + places] = rows
            self._memory[base + ring + places] = rows
            self._table[self._table[d.ADDRESS] + register] = base + ring + (candle - 1) % ring
