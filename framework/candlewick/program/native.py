"""The machine code of one program: its functions, assembled and linked when first asked for."""

from __future__ import annotations

import ctypes
import hashlib
from typing import TYPE_CHECKING, Any

from candlewick.program import step
from candlewick.program.block import block, entry
from candlewick.program.layout import lay_out
from candlewick.program.machine import linked, load_operators
from candlewick.program.program import STAGES

if TYPE_CHECKING:
    from collections.abc import Callable

    from candlewick.program.program import Program

ROWS = 256  # candles of a single symbol between two moves of its past

_POINTER = ctypes.c_void_p


class Native:
    """What runs a program; ``layout`` is the memory of a single symbol, whose results lie at ``vector``."""

    def __init__(self, program: Program) -> None:
        self.names = sorted({item.operator.operator_name() for item in program.instructions})
        load_operators(self.names)
        self._program = program
        self.vector = step.COLUMNS + len(program.columns)
        self.layout = lay_out(program, ROWS, header=self.vector + len(program.results), step=True)
        self._functions: dict[str, Callable[..., None]] = {}

    def block(self, lanes: int) -> Callable[..., None]:
        """Advances ``lanes`` symbols by a block of rows; other threads run meanwhile."""
        kind = ctypes.CFUNCTYPE(None, _POINTER, _POINTER)
        return self._function(entry(lanes), lambda name: block(self._program, lanes, name), kind)

    def update(self) -> Callable[..., None]:
        """Advances one symbol by one candle."""
        kind = ctypes.PYFUNCTYPE(None, _POINTER)  # keeps the interpreter's lock: the call takes a microsecond
        return self._function("update", lambda name: step.update(self._program, self.layout, ROWS, name), kind)

    def emit(self, stage: str) -> Callable[..., None]:
        """Lays down the results of a stage for the last candle."""
        at = self.vector + self._program.rows(stage).start
        kind = ctypes.PYFUNCTYPE(None, _POINTER)
        return self._function(stage, lambda name: step.emit(self._program, self.layout, stage, at, name), kind)

    def compile_steps(self) -> None:
        """Have all of `update` and `emit` ready, so that no candle waits for it."""
        self.update()
        for stage in STAGES:
            self.emit(stage)

    def _function(self, what: str, written: Callable[[str], str], kind: Any) -> Callable[..., None]:
        if what not in self._functions:
            text = written("entry")
            name = f"{what}_{hashlib.blake2b(text.encode(), digest_size=16).hexdigest()}"
            self._functions[what] = kind(linked(text.replace("@entry(", f"@{name}(", 1), self.names, name))
        return self._functions[what]
