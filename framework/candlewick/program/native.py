"""The machine code of one program: its functions, assembled and linked when first asked for."""

from __future__ import annotations

import ctypes
import hashlib
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from candlewick.program import step
from candlewick.program.block import block, entry
from candlewick.program.builtin import know_interpreter
from candlewick.program.layout import lay_out, lay_out_block
from candlewick.program.machine import linked, load_operators
from candlewick.program.program import STAGES

if TYPE_CHECKING:
    from collections.abc import Callable

    from candlewick.program.layout import Floats, Layout
    from candlewick.program.program import Program

ROWS = 256  # candles of a single symbol between two moves of its past


class Native:
    """What runs a program; ``layout`` is the memory of a single symbol, whose results lie at ``vector``."""

    def __init__(self, program: Program) -> None:
        self.names = sorted({item.operator.operator_name() for item in program.instructions})
        load_operators(self.names)
        self._program = program
        self.vector = step.COLUMNS + len(program.columns)
        self.layout = lay_out(program, ROWS, header=self.vector + len(program.results), step=True)
        self._addresses: dict[str, int] = {}
        self._layouts: dict[int, Layout] = {}
        know_interpreter()

    @cached_property
    def initial(self) -> Floats:
        """The state of a symbol before its first candle; to be copied."""
        return np.array(self._program.initial())

    def block_layout(self, lanes: int) -> Layout:
        """The memory of a block of so many symbols."""
        if lanes not in self._layouts:
            self._layouts[lanes] = lay_out_block(self._program, lanes)
        return self._layouts[lanes]

    def block(self, lanes: int) -> Callable[..., None]:
        """Advances ``lanes`` symbols by a block of rows; other threads run meanwhile."""
        kind = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)
        return kind(self._address(entry(lanes), lambda name: block(self._program, lanes, name)))

    def update(self) -> int:
        """The code that advances one symbol by one candle, for `bound`; it keeps the interpreter's lock."""
        return self._address("update", lambda name: step.update(self._program, self.layout, ROWS, name))

    def emit(self, stage: str) -> int:
        """The code that lays down the results of a stage for the last candle and has them read, for `bound`."""
        at = self.vector + self._program.rows(stage).start
        return self._address(stage, lambda name: step.emit(self._program, self.layout, stage, at, name))

    def compile_steps(self) -> None:
        """Have all of `update` and `emit` ready, so that no candle waits for it."""
        self.update()
        for stage in STAGES:
            self.emit(stage)

    def _address(self, what: str, written: Callable[[str], str]) -> int:
        if what not in self._addresses:
            text = written("entry")
            name = f"{what}_{hashlib.blake2b(text.encode(), digest_size=16).hexdigest()}"
            self._addresses[what] = linked(text.replace("@entry(", f"@{name}(", 1), self.names, name)
        return self._addresses[what]
