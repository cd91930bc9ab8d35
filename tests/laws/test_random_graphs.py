"""What holds for every operator holds for graphs of them: random ones, nested and shared, from the whole catalogue."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, note
from hypothesis import strategies as st

from candlewick.errors import TraceError
from candlewick.lower import lower
from candlewick.operators.catalogue import catalogue
from candlewick.operators.operator import BOOL, FLOAT, TIME
from candlewick.operators.spelling import parse
from candlewick.program import Live, Program, Sinks, run
from candlewick.trace import Graph, tracing

from ..effort import examples

COLUMNS = ("ts", "open", "high", "low", "close", "volume")
SPELLED = [
    (operator, text, sample)
    for operator in catalogue().values()
    for text in (*operator.spellings, *operator.recognised)
    for sample in operator.samples
]
ODD = (math.nan, math.inf, -math.inf, 0.0, -0.0, 5e-324, -1e-310, 1e308, -1e300, 1.0)
PROFILES = ("walk", "halted", "ties", "missing", "odd", "subnormal", "huge", "signed")

steps = st.tuples(st.sampled_from(range(len(SPELLED))), st.tuples(*[st.integers(0, 19)] * 3), st.integers(1, 70))
recipes = st.lists(steps, min_size=3, max_size=12)
lengths = st.lists(st.integers(0, 300), min_size=1, max_size=10)


def candles(profile: str, seed: int, n: int) -> np.ndarray:
    """Candles in a shape that has broken somebody's indicators, or none that could ever be."""
    rng = np.random.default_rng(seed)
    x = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, (5, n)), axis=1))
    match profile:
        case "halted":  # means that decay reach the smallest numbers there are
            x[:, n // 3 :] = x[:, n // 3 : n // 3 + 1]
            x *= 1e-300
        case "ties":
            x = np.round(x)
        case "missing":
            x[rng.random(x.shape) < 0.2] = np.nan
        case "odd":
            x = np.where(rng.random(x.shape) < 0.3, rng.choice(ODD, x.shape), x)
        case "subnormal":
            x = rng.normal(0, 1e-310, x.shape)
        case "huge":
            x = rng.normal(0, 1e305, x.shape)
        case "signed":
            x = rng.normal(0, 1, x.shape)
    return np.vstack([1_600_000_000_000.0 + 3_600_000.0 * np.arange(n), x])


def traced(recipe) -> Graph:
    """A column for every step that can be written: steps that the tracer refuses are left out."""
    kept: list = []
    for step in recipe:
        try:
            graph_of([*kept, step])
        except TraceError:
            continue
        kept.append(step)
    assume(kept)
    note([(SPELLED[number][1], *how) for number, *how in kept])
    return graph_of(kept)


def graph_of(recipe) -> Graph:
    """Each step reads candle columns or what the steps before it made."""
    with tracing(COLUMNS) as trace:
        inputs = trace.inputs()
        values = [inputs[name] for name in COLUMNS[1:]]
        for number, places, length in recipe:
            operator, text, sample = SPELLED[number]
            given = [
                inputs["ts"] if dtype == TIME else operand(dtype, values[place % len(values)])
                for dtype, place in zip(operator.example(), places, strict=False)
            ]
            names = dict(zip(operator.operands, given, strict=True))
            values.append(evaluate(text, lengthened(sample, length), names))
        index = inputs["close"].index
        return trace.graph({f"y{k}": pd.Series(value, index=index) for k, value in enumerate(values[5:])})


def operand(dtype: str, column):
    """A column where an operator wants it, the same words for any."""
    return column > 0.25 if dtype == BOOL else column.astype(float) if dtype == FLOAT else column


def lengthened(sample: dict, length: int) -> dict:
    """A sample of parameters with another window."""
    return sample | {name: max(length, sample.get("min_periods") or 1) for name in {"window", "periods"} & {*sample}}


def evaluate(text: str, parameters: dict, names: dict):
    return eval(parse(text).render(parameters), {"np": np, "pd": pd, "nan": math.nan, **parameters, **names})


def same(found: np.ndarray, expected: np.ndarray, what: object) -> None:
    assert np.ascontiguousarray(found).tobytes() == np.ascontiguousarray(expected).tobytes(), what


@pytest.fixture(scope="module")
def sinks() -> Sinks:
    return Sinks()


@examples(30, shrink=False)  # each example is a program to be assembled
@given(recipes, lengths, st.sampled_from(PROFILES), st.integers(0, 99), st.integers(1, 150), st.integers(1, 8))
def test_a_graph_gives_the_same_bits_however_it_is_run(sinks, recipe, lengths, profile, seed, rows, lanes):
    program = lower(traced(recipe), COLUMNS)
    symbols = {
        f"s{k}": candles(PROFILES[(PROFILES.index(profile) + k) % 8], seed + k, n) for k, n in enumerate(lengths)
    }
    alone = {name: run(program, {name: x}) for name, x in symbols.items()}
    whole = {name: results[name] for name, (results, _) in alone.items()}
    ends = {name: after[name] for name, (_, after) in alone.items()}
    together, after = run(program, symbols, rows=rows, lanes=lanes, sinks=sinks)
    cut = seed * max(lengths) // 100
    early, saved = run(program, {name: x[:, :cut] for name, x in symbols.items()}, lanes=lanes)
    late, resumed = run(program, {name: x[:, cut:] for name, x in symbols.items()}, states=saved, sinks=sinks)
    for name in symbols:
        same(together[name], whole[name], f"{name}: in {lanes} lanes, {rows} rows at a time")
        same(after[name], ends[name], f"{name}: the state after lanes")
        same(np.hstack([early[name], late[name]]), whole[name], f"{name}: appended at {cut}")
        same(resumed[name], ends[name], f"{name}: the state after appending")
    again = Program.from_plain(json.loads(json.dumps(program.to_plain())))
    live = Live(program)
    for t, candle in enumerate(symbols["s0"].T.tolist()):
        if t % 50 == seed % 50:
            saved_bytes = live.snapshot().tobytes()
            live = Live(again)
            live.restore(np.frombuffer(saved_bytes))
        live.update(*candle)
        if t % 3 == 0 or t + 1 == lengths[0]:
            same(live.emit(), whole["s0"][:, t], f"candle {t}")
    same(live.snapshot(), ends["s0"], "the state after single candles")
