"""One alternating run: in every round each contender takes its turn on the same candles.

So ratios hold on a machine whose speed comes and goes.
"""

from __future__ import annotations

import resource
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.accuracy import relative_error
from benchmarks.contender import MINUTE
from benchmarks.oracle import exact
from benchmarks.workload import candles

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.contender import Columns, Live, Step

HISTORY = 5_000  # candles before the first that is measured: windows are full, seeds forgotten
KEPT = 200  # candles at the end whose vectors are compared with the exact values
AT_ONCE = 8  # symbols of a round


@dataclass(frozen=True)
class Latency:
    """Microseconds per candle, from the six numbers to the vector, and the error of the last vectors."""

    candles: int
    p50: float
    p99: float
    p999: float
    error: float
    worst: str


def one_symbol(contenders: Sequence[Columns], n: int, rounds: int) -> list[float]:
    """ns per row and feature of each contender on one symbol: the least CPU time of the rounds."""
    symbols = [candles(n, 0)]
    times = np.array([_round(contenders, symbols) for _ in range(rounds)])
    return _cells(times.min(axis=0), contenders, n)


def many_symbols(contenders: Sequence[Columns], n: int, symbols: int) -> list[float]:
    """ns per row and feature of each contender over many symbols, a few of them in each round; CPU time of all.

    A round that is not counted comes first: whoever first touches so much memory pays for the machine's finding it. The
    order turns from round to round.
    """
    total = np.zeros(len(contenders))
    _round(contenders, [candles(n, seed) for seed in range(min(AT_ONCE, symbols))])
    for turn, first in enumerate(range(0, symbols, AT_ONCE)):
        group = [candles(n, seed) for seed in range(first, min(first + AT_ONCE, symbols))]
        total += _round(contenders, group, turn)
    return _cells(total, contenders, n * symbols)


def live(contenders: Sequence[Live], n: int, rounds: int) -> list[Latency]:
    """Latency per candle of each contender, over ``n`` candles or its share of them."""
    x = candles(HISTORY + n, 0)
    expected = exact(x)
    rows = [(MINUTE * k, *candle) for k, candle in enumerate(x.T.tolist())]
    steps = [contender.start(x[:, :HISTORY]) for contender in contenders]
    taken: list[list[int]] = [[] for _ in contenders]
    vectors: list[list[np.ndarray]] = [[] for _ in contenders]
    for _ in range(rounds):
        for k, contender in enumerate(contenders):
            start = HISTORY + len(taken[k])
            part = rows[start : start + max(n // rounds // contender.share, 1)]
            taken[k] += _timed_steps(steps[k], part, vectors[k])
    return [
        _latency(contender, taken[k], np.array(vectors[k][-KEPT:], dtype=float), expected)
        for k, contender in enumerate(contenders)
    ]


def cpu_seconds(function: Callable[[], object]) -> float:
    """CPU time of one call, less what the kernel takes to hand out memory: on a shared machine that is anybody's load.

    What the call returns is dropped when the clock has stopped.
    """
    start = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    kept = function()
    seconds = resource.getrusage(resource.RUSAGE_SELF).ru_utime - start
    del kept
    return seconds


def _round(contenders: Sequence[Columns], symbols: list[np.ndarray], turn: int = 0) -> list[float]:
    times = [0.0] * len(contenders)
    for place in range(len(contenders)):
        at = (place + turn) % len(contenders)
        contender = contenders[at]
        own = [contender.prepare(x) for x in symbols]
        times[at] = cpu_seconds(lambda contender=contender, own=own: contender.compute(own))
    return times


def _cells(seconds: np.ndarray, contenders: Sequence[Columns], rows: int) -> list[float]:
    return [float(s) * 1e9 / rows / len(c.features) for s, c in zip(seconds, contenders, strict=True)]


def _timed_steps(step: Step, rows: list[tuple[Any, ...]], vectors: list[np.ndarray]) -> list[int]:
    taken, clock = [], time.perf_counter_ns
    for k, candle in enumerate(rows):
        start = clock()
        vector = step(*candle)
        taken.append(clock() - start)
        if len(rows) - k <= KEPT:
            vectors.append(np.array(vector, dtype=float))
    return taken


def _latency(contender: Live, taken: list[int], vectors: np.ndarray, expected: dict[str, np.ndarray]) -> Latency:
    p50, p99, p999 = np.quantile(np.array(taken) / 1e3, (0.5, 0.99, 0.999))
    stop = HISTORY + len(taken)
    found = dict(zip(contender.features, vectors.T, strict=True))
    error, worst = relative_error(found, {key: expected[key][stop - len(vectors) : stop] for key in found})
    return Latency(len(taken), float(p50), float(p99), float(p999), error, worst)
