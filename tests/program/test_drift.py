"""Ten million candles later, and after a bad tick, windows and recursions are as exact as at the beginning."""

from __future__ import annotations

import math

import numpy as np
import pytest

from candlewick.lower import lower
from candlewick.program import Program, run
from candlewick.trace import tracing

LAST = 400
WINDOWS = {
    "sum": lambda x, y: x.rolling(50).sum(),
    "mean": lambda x, y: x.rolling(50).mean(),
    "std": lambda x, y: x.rolling(50).std(),
    "skew": lambda x, y: x.rolling(50).skew(),
    "kurt": lambda x, y: x.rolling(50).kurt(),
    "corr": lambda x, y: x.rolling(50).corr(y),
    "max": lambda x, y: x.rolling(50).max(),
    "median": lambda x, y: x.rolling(50).median(),
    "rank": lambda x, y: x.rolling(50).rank(),
    "ewm mean": lambda x, y: x.ewm(span=20, adjust=False).mean(),
    "ewm std": lambda x, y: x.ewm(span=20).std(),
}
TOTALS = {
    "cumsum": lambda x, y: x.cumsum(),
    "expanding mean": lambda x, y: x.expanding().mean(),
    "expanding std": lambda x, y: x.expanding().std(),
}


def program_of(formulas) -> Program:
    with tracing() as trace:
        x, y = trace.input("close"), trace.input("open")
        graph = trace.graph({name: formula(x, y) for name, formula in formulas.items()})
    return lower(graph, ("open", "close"))


def prices(n: int, seed: int = 0) -> np.ndarray:
    """A level of 1e5 with noise of 1e-2: what cancels seven digits."""
    return 1e5 + 1e-2 * np.random.default_rng(seed).normal(0, 1, (2, n))


def last(program: Program, x: np.ndarray, part: int = 1_000_000) -> np.ndarray:
    """The last results, from state to state: all at once would be a gigabyte."""
    states = None
    for start in range(0, x.shape[1], part):
        results, states = run(program, {"s": x[:, start : start + part]}, states=states)
    return results["s"][:, -LAST:]


def close_to(ours: np.ndarray, exact: np.ndarray) -> bool:
    return bool((np.abs(ours - exact) <= 1e-9 * np.maximum(np.abs(exact), 1e-3)).all())


@pytest.mark.slow
def test_ten_million_candles_leave_nothing_behind():
    program, totals = program_of(WINDOWS), program_of(TOTALS)
    x = prices(10_000_000)
    ours, reached = last(program, x), last(totals, x)
    fresh = run(program, {"s": x[:, -4000:]})[0]["s"][:, -LAST:]  # began 4,000 candles before the end
    for k, name in enumerate(program.names):
        assert close_to(ours[k], fresh[k]), name
    close = x[1].tolist()
    mean = math.fsum(close) / len(close)
    squares = math.fsum((value - mean) ** 2 for value in close)
    exact = np.array([math.fsum(close), mean, math.sqrt(squares / (len(close) - 1))])
    assert close_to(reached[:, -1], exact)


@pytest.mark.parametrize("tick", [1e12, -1e12, 1e-9, math.inf, math.nan])
def test_a_bad_tick_is_forgotten_when_it_leaves_the_window(tick):
    windows = {name: formula for name, formula in WINDOWS.items() if not name.startswith("ewm")}
    program = program_of(windows)
    x = prices(600)
    spoilt = x.copy()
    spoilt[:, 200] = tick
    ours, sound = (run(program, {"s": each})[0]["s"] for each in (spoilt, x))
    for k, name in enumerate(program.names):
        assert close_to(ours[k, 250:], sound[k, 250:]), name
