"""candlewick: the program in blocks and candle by candle, for all features or for the subset that a rival has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from benchmarks.contender import MINUTE, Columns, Live
from benchmarks.workload import COLUMNS, FEATURES, graph_of, program_of
from candlewick import program as programs
from candlewick.artifact import Artifact, Column, Payload
from candlewick.artifact.payload import INPUTS, kernel_hashes
from candlewick.live.features import Features
from candlewick.lower import lower

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.contender import Step
    from candlewick.trace.graph import Graph


def columns(features: tuple[str, ...] = FEATURES) -> Columns:
    """Blocks of rows, symbols side by side in lanes; results are laid into the memory of those that were dropped."""
    program, sinks = program_of(features), programs.Sinks()

    def compute(symbols: list[np.ndarray]) -> list[np.ndarray]:
        results, _ = programs.run(program, {str(k): x for k, x in enumerate(symbols)}, sinks=sinks)
        return list(results.values())

    def read(result: np.ndarray) -> Mapping[str, np.ndarray]:
        return dict(zip(program.names, result, strict=True))

    return Columns("candlewick", features, lambda x: x, compute, read)


def live(features: tuple[str, ...] = FEATURES) -> Live:
    """One candle at a time through what a live process opens: validated, then the vector."""
    artifact = Artifact(_payload(graph_of(features)), "", None)

    def start(history: np.ndarray) -> Step:
        running = Features(artifact, ["X"])
        times = MINUTE * np.arange(history.shape[1])
        running.warm_up("X", dict(zip(("ts", *COLUMNS), (times, *history), strict=True)))
        update, emit = running.update, running.emit

        def step(ts: int, open: float, high: float, low: float, close: float, volume: float) -> np.ndarray:
            update("X", ts, open, high, low, close, volume)
            return emit("X")

        return step

    return Live("candlewick", artifact.payload.program.names, start)


def _payload(graph: Graph) -> Payload:
    """What an export of the features would hold, as far as a live process reads it."""
    program = lower(graph, INPUTS)
    columns = tuple(Column(name, o.node.dtype, "R", None, None, (), (), "") for name, o in graph.outputs.items())
    return Payload(
        project="benchmarks", program=program, kernels=kernel_hashes(program), interval="1m", gaps="error",
        volume="required", stages={"features": columns}, lineage={}, enabled=(), toggle_sources={}, fit=None,
        git_commit=None, versions={}, symbols={},
    )  # fmt: skip
