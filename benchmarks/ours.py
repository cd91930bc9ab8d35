"""candlewick: the program in blocks and candle by candle, for all features or for the subset that a rival has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.contender import Columns, Live
from benchmarks.workload import FEATURES, program_of
from candlewick import program as programs

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from benchmarks.contender import Step


def columns(features: tuple[str, ...] = FEATURES) -> Columns:
    """Blocks of rows, symbols side by side in lanes."""
    program = program_of(features)

    def compute(symbols: list[np.ndarray]) -> list[np.ndarray]:
        results, _ = programs.run(program, {str(k): x for k, x in enumerate(symbols)})
        return list(results.values())

    def read(result: np.ndarray) -> Mapping[str, np.ndarray]:
        return dict(zip(program.names, result, strict=True))

    return Columns("candlewick", features, lambda x: x, compute, read)


def live(features: tuple[str, ...] = FEATURES) -> Live:
    """One candle at a time, from six numbers to the vector."""
    program = program_of(features)

    def start(history: np.ndarray) -> Step:
        running = programs.Live(program)
        for candle in history.T.tolist():
            running.update(*candle)

        def step(ts: float, open: float, high: float, low: float, close: float, volume: float) -> np.ndarray:
            del ts
            running.update(open, high, low, close, volume)
            return running.emit()

        return step

    return Live("candlewick", program.names, start)
