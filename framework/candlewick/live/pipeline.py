"""The pipeline: steps in a row, and the record of what each did; one instance serves backtest, paper and live."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from threading import Lock
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

import numpy as np

from candlewick.errors import UsageError
from candlewick.live.context import CandleContext, PipelineState, SkipReason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from candlewick.live.context import Step

KEPT = 10_000
"""Timings kept of each step and symbol: the latest."""


@dataclass(frozen=True)
class FunnelEntry:
    """What became of the candles that reached a step: gone on, skipped by code, or ended by an exception."""

    step: str
    entered: int
    passed: int
    skipped: dict[str, int]
    failed: int


@dataclass(frozen=True)
class Timing:
    """How long a step took, over its latest candles.

    Units: microseconds
    """

    step: str
    candles: int
    p50: float
    p99: float
    mean: float


class CandlePipeline:
    """Steps that a candle passes in order until one of them skips it.

    A step is anything with ``process(ctx)``. ``context(candle, state)`` makes the ctx: `CandleContext`, or a class of
    the user's own. State is kept per symbol. Two threads may process two symbols at a time; on one they take turns.
    """

    def __init__(self, steps: Sequence[Step], *, context: Callable[[Any, PipelineState], Any] = CandleContext) -> None:
        self._steps = tuple(steps)
        if not self._steps or not all(callable(getattr(step, "process", None)) for step in self._steps):
            raise UsageError(
                "a pipeline needs steps with a process(ctx)", code="usage-steps", hint="CandlePipeline([step, ...])"
            )
        self.names = _names(self._steps)
        self._context = context
        self._lanes: dict[str, _Lane] = {}
        self._lock = Lock()

    def process(self, candle: Any) -> Any:
        """Send one candle through: the context after the last step, or the `SkipReason` that stopped it.

        What a step raises is raised, and counted.
        """
        symbol = getattr(candle, "symbol", "")
        lane = self._lanes.get(symbol) or self._lane(symbol)
        with lane.lock:
            ctx = self._context(candle, lane.state)
            before = perf_counter_ns()
            for process, record in lane.steps:
                record.entered += 1
                try:
                    result = process(ctx)
                except BaseException:
                    record.failed += 1
                    raise
                now = perf_counter_ns()
                record.times.append(now - before)
                before = now
                if isinstance(result, SkipReason):
                    record.skipped[result.code] += 1
                    return result
                if result is None:
                    record.failed += 1
                    raise UsageError(
                        "a step returned None", code="usage-steps", hint="return the ctx to go on, a SkipReason to stop"
                    )
                ctx = result
            return ctx

    def state(self, symbol: str = "") -> PipelineState:
        """What the steps remember of a symbol: keep it with a snapshot of the features, to resume both."""
        return (self._lanes.get(symbol) or self._lane(symbol)).state

    def resume(self, state: PipelineState) -> None:
        """Go on with what the steps remembered of ``state.symbol``."""
        lane = self._lanes.get(state.symbol) or self._lane(state.symbol)
        with lane.lock:
            lane.state = state

    def funnel(self) -> list[FunnelEntry]:
        """What became of the candles at every step, over all symbols."""
        return [_entry(name, self._records(number)) for number, name in enumerate(self.names)]

    def timings(self) -> list[Timing]:
        """How long every step took, over all symbols."""
        return [_timing(name, self._records(number)) for number, name in enumerate(self.names)]

    def _records(self, number: int) -> list[_Record]:
        with self._lock:
            return [lane.steps[number][1] for lane in self._lanes.values()]

    def _lane(self, symbol: str) -> _Lane:
        with self._lock:
            if symbol not in self._lanes:
                self._lanes[symbol] = _Lane(PipelineState(symbol), [(step.process, _Record()) for step in self._steps])
            return self._lanes[symbol]


@dataclass(slots=True)
class _Record:
    """What one step did with one symbol's candles."""

    entered: int = 0
    failed: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    times: deque[int] = field(default_factory=lambda: deque(maxlen=KEPT))


@dataclass(slots=True)
class _Lane:
    """One symbol's way through the pipeline."""

    state: PipelineState
    steps: list[tuple[Callable[[Any], Any], _Record]]
    lock: Lock = field(default_factory=Lock)


def _names(steps: Iterable[Step]) -> tuple[str, ...]:
    """The class of each step, numbered where one comes twice."""
    names: list[str] = []
    for step in steps:
        name = type(step).__name__
        again = sum(each.partition(" ")[0] == name for each in names)
        names.append(f"{name} {again + 1}" if again else name)
    return tuple(names)


def _entry(name: str, records: list[_Record]) -> FunnelEntry:
    entered, failed = sum(each.entered for each in records), sum(each.failed for each in records)
    skipped = sum((Counter(dict(each.skipped)) for each in records), Counter[str]())  # copied: it may grow meanwhile
    return FunnelEntry(name, entered, entered - failed - skipped.total(), dict(sorted(skipped.items())), failed)


def _timing(name: str, records: list[_Record]) -> Timing:
    times = np.array([time for each in records for time in list(each.times)], dtype=np.float64) / 1_000
    if not len(times):
        return Timing(name, 0, 0.0, 0.0, 0.0)
    p50, p99 = np.percentile(times, [50, 99])
    return Timing(name, len(times), float(p50), float(p99), float(times.mean()))
