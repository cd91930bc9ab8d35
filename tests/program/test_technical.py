"""The 71 features of the benchmark: traced whole, and equal to pandas."""

from __future__ import annotations

import importlib.util
import inspect
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from candlewick.lower import lower
from candlewick.program import Live, Program, run
from candlewick.trace import trace

COLUMNS = ("open", "high", "low", "close", "volume")


def workload():
    path = Path(__file__).parents[2] / "benchmarks" / "technical_71.py"
    spec = importlib.util.spec_from_file_location("technical_71", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MODULE = workload()
FUNCTIONS = {n: f for n, f in vars(MODULE).items() if inspect.isfunction(f) and not n.startswith("_")}


def execute(inputs):
    """Every output, by recursion over parameter names."""
    done = dict(inputs)

    def value(name):
        if name not in done:
            parameters = inspect.signature(FUNCTIONS[name]).parameters
            done[name] = FUNCTIONS[name](**{parameter: value(parameter) for parameter in parameters})
        return done[name]

    return {name: value(name) for name in MODULE.OUT}


def candles(n: int, seed: int, flaw: str = "") -> np.ndarray:
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, n)))
    opening = np.concatenate([[100.0], close[:-1]]) * np.exp(rng.normal(0, 0.001, n))
    high = np.maximum(opening, close) * np.exp(abs(rng.normal(0, 0.004, n)))
    low = np.minimum(opening, close) * np.exp(-abs(rng.normal(0, 0.004, n)))
    x = np.stack([opening, high, low, close, rng.lognormal(8, 1, n)])
    if flaw == "missing volume":
        x[4, rng.random(n) < 0.05] = np.nan
    if flaw == "missing candles":
        x[:, rng.random(n) < 0.02] = np.nan
    return x


@pytest.fixture(scope="module")
def program() -> Program:
    return lower(trace(execute, COLUMNS), COLUMNS)


@pytest.mark.parametrize("flaw", ["", "missing volume", "missing candles"])
def test_equal_to_pandas(program, flaw):
    x = candles(3000, 7, flaw)
    with np.errstate(all="ignore"):
        reference = execute({name: pd.Series(x[k]) for k, name in enumerate(COLUMNS)})
    ours = run(program, {"s": x})[0]["s"]
    for k, name in enumerate(program.names):
        expected = reference[name].to_numpy()
        assert (np.isnan(ours[k]) == np.isnan(expected)).all(), name
        scale = np.nanmax(np.abs(expected[np.isfinite(expected)]))
        with np.errstate(invalid="ignore"):
            gap = np.abs(ours[k] - expected)
        assert (gap[np.isfinite(expected)] <= 1e-9 * scale).all(), (name, np.nanmax(gap), scale)


def test_blocks_lanes_and_single_candles_give_the_same_bits(program):
    symbols = {f"s{k}": candles(900 - 50 * k, k, "missing volume") for k in range(5)}
    whole = {name: run(program, {name: x})[0][name] for name, x in symbols.items()}
    for lanes, rows in ((1, 64), (3, 17), (8, 256)):
        results, states = run(program, symbols, lanes=lanes, rows=rows)
        for name, result in results.items():
            assert result.tobytes() == whole[name].tobytes()
    live = Live(program)
    x = symbols["s0"]
    for t in range(x.shape[1]):
        live.update(*x[:, t])
        if t % 211 == 5:
            fresh = Live(program)
            fresh.restore(live.snapshot())
            live = fresh
        if t % 7 == 0 or t > 890:
            for _ in range(2):
                assert live.emit().tobytes() == np.ascontiguousarray(whole["s0"][:, t]).tobytes()
    assert live.snapshot().tobytes() == states["s0"].tobytes()


def test_the_program_survives_as_plain_data(program):
    again = Program.from_plain(json.loads(json.dumps(program.to_plain())))
    assert again.to_plain() == program.to_plain()
    x = candles(300, 1)
    assert run(again, {"s": x})[0]["s"].tobytes() == run(program, {"s": x})[0]["s"].tobytes()


def listing(program: Program) -> str:
    """The program to read: one instruction, then one result, in a line."""

    def named(register: int, delay: int) -> str:
        return f"r{register}" + (f"[-{delay}]" if delay else "")

    lines = [f"r{k} {name}" for k, name in enumerate(program.columns)]
    lines += [f"r{k} {value!r}" for k, value in enumerate(program.constants, start=len(program.columns))]
    for position, item in enumerate(program.instructions):
        inputs = " ".join(named(operand.register, operand.delay) for operand in item.inputs)
        when = "update" if position < program.updates else "emit"
        lines.append(f"r{item.out} {item.operator.key} {inputs} ({when}, keeps {program.depths[item.out]})")
    lines += [f"{result.name} = {named(result.register, result.delay)}" for result in program.results]
    return "\n".join(lines) + "\n"


def test_the_program_is_the_one_that_was_reviewed(program):
    golden = Path(__file__).with_name("technical_71.txt")
    assert listing(program) == golden.read_text(encoding="utf-8"), "when it is meant, write listing(program) there"
