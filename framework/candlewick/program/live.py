"""Candle by candle: one symbol's state, advanced by `Live.update` and read by `Live.emit`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from candlewick.program import step
from candlewick.program.builtin import GIVING, TAKING, bound
from candlewick.program.layout import load, memory, save
from candlewick.program.program import OUTPUT

if TYPE_CHECKING:
    from collections.abc import Callable

    from candlewick.program.layout import Floats
    from candlewick.program.program import Program


class Live:
    """A program running on one symbol, one candle at a time. O(1) in history.

    ``update`` advances the state; ``emit`` reads the features of the last candle, as often as one likes.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self._native = program.native
        self._memory = memory(program, self._native.layout)
        self._memory[step.MISSING] = np.nan
        self._header = self._memory[:2].view(np.int64)
        self._advance = bound(TAKING, self._native.update(), self._memory)
        self._stage = ""
        self.restore(self._native.initial)

    @property
    def candles(self) -> int:
        """Candles seen so far."""
        return int(self._header[step.CANDLE])

    def update(self, *values: float) -> None:
        """Advance by one candle: its values in the order of ``program.columns``."""
        self._advance(*values)

    def emit(self, stage: str = OUTPUT) -> Floats:
        """The results of the last candle, in the order of ``program.stage(stage)``; a new vector each time."""
        if stage != self._stage:
            self._aim(stage)
        return self._emit()

    def _aim(self, stage: str) -> None:
        """From now on run and read only what a stage needs."""
        vector = self._memory[self._native.vector :][self.program.rows(stage)]
        self._emit: Callable[[], Floats] = bound(GIVING, self._native.emit(stage), self._memory, vector.copy)
        self._stage = stage

    def snapshot(self) -> Floats:
        """The state as one vector: candle count, slots, kept rows. `restore` resumes from it bit for bit."""
        filled = int(self._header[step.FILLED])
        return save(self.program, self._native.layout, self._memory, self.candles, filled)[:, 0].copy()

    def restore(self, state: Any) -> None:
        """Resume from a state that `snapshot` (here or in a batch) gave."""
        vector = np.asarray(state, dtype=np.float64)
        if vector.shape != (self.program.state_size,):
            raise ValueError(f"a state of {vector.shape} numbers for a program of {self.program.state_size}")
        load(self.program, self._native.layout, self._memory, vector[:, None])
        self._header[step.FILLED], self._header[step.CANDLE] = 1, int(vector[0])
