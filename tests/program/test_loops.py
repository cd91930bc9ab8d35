"""Results that are laid down between divisions, a strip behind them: all of them, whatever the number of candles."""

from __future__ import annotations

import numpy as np
import pytest

from candlewick.lower import lower
from candlewick.program import run
from candlewick.program.block import schedule
from candlewick.program.loops import STRIP, WIDE
from candlewick.trace import tracing

RESULTS = (1, STRIP - 1, 2 * STRIP + 3)


def program_of(results: int):
    """One loop that makes so many results; every second of them is of the candle before."""
    with tracing() as trace:
        close, volume = trace.input("close"), trace.input("volume")
        ratios = [close / (volume + float(k)) for k in range(results)]
        columns = {f"y{k}": ratio.shift(1) if k % 2 else ratio for k, ratio in enumerate(ratios)}
        graph = trace.graph(columns)
    program = lower(graph, ("close", "volume"))
    program.native  # noqa: B018 - loads the operators
    assert [len(part.results) for part in schedule(program)] == [results]
    return program


@pytest.mark.parametrize("results", RESULTS)
@pytest.mark.parametrize("lanes", [1, 8])
def test_every_number_of_candles(results, lanes):
    program = program_of(results)
    strip = STRIP * WIDE // lanes
    for n in [*range(1, 2 * WIDE + 2), *(k * strip + d for k in (1, 2) for d in (-1, 0, 1)), 1024 // lanes + 1]:
        x = np.random.default_rng(n).lognormal(0, 1, (lanes, 2, n))
        found = run(program, {str(lane): candles for lane, candles in enumerate(x)}, lanes=lanes)[0]
        for lane, (close, volume) in enumerate(x):
            expected = np.array([close / (volume + float(k)) for k in range(results)])
            expected[1::2] = np.hstack([np.full((len(expected[1::2]), 1), np.nan), expected[1::2, :-1]])
            assert np.array_equal(found[str(lane)], expected, equal_nan=True), (n, lane)
