"""Features compared: what the traced program computes beside what pandas does with the same function."""

from __future__ import annotations

import functools
import inspect

import numpy as np
import pandas as pd
import pytest

from candlewick.analyse import facts
from candlewick.lower import lower
from candlewick.program import run
from candlewick.trace import trace

COLUMNS = ("ts", "open", "high", "low", "close", "volume")


def candles(n: int, seed: int, flaw: str = "") -> np.ndarray:
    """Open time in ms, open, high, low, close, volume, as rows."""
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, n)))
    opening = np.concatenate([[100.0], close[:-1]]) * np.exp(rng.normal(0, 0.001, n))
    high = np.maximum(opening, close) * np.exp(abs(rng.normal(0, 0.004, n)))
    low = np.minimum(opening, close) * np.exp(-abs(rng.normal(0, 0.004, n)))
    x = np.stack([opening, high, low, close, rng.lognormal(8, 1, n)])
    match flaw:
        case "missing volume":
            x[4, rng.random(n) < 0.08] = np.nan
        case "ties":
            x = np.round(x)
    return np.vstack([1_420_070_400_000.0 + 25_200_000.0 * np.arange(n), x])


def columns(x: np.ndarray) -> dict[str, pd.Series]:
    """The candles as features see them."""
    index = pd.to_datetime(x[0].astype("int64"), unit="ms", utc=True)
    return {name: pd.Series(index if name == "ts" else x[k].copy(), index=index) for k, name in enumerate(COLUMNS)}


def named(result) -> dict[str, object]:
    """A column, or each column of a frame."""
    return {str(key): result[key] for key in result.columns} if isinstance(result, pd.DataFrame) else {"": result}


def called(function, inputs):
    """What a function gives for the columns that it names, or that it takes all of."""
    code = function.__code__
    if code.co_flags & inspect.CO_VARKEYWORDS:
        return function(**inputs)
    return function(*(inputs[name] for name in code.co_varnames[: code.co_argcount] if name in inputs))


@functools.cache
def traced(function):
    """The graph of a function of candle columns."""
    return trace(lambda inputs: {"y": called(function, inputs)}, COLUMNS)


@pytest.fixture
def facts_of():
    """The lookback, warm-up and class of a function; of the columns of a frame the strongest of each."""

    def find(function):
        found = facts(traced(function)).values()
        back, warm = ([getattr(each, name) for each in found] for name in ("lookback", "warmup"))
        assert all(each.causal for each in found)
        longest = [None if None in each else max(each) for each in (back, warm)]
        return (*longest, max((each.klass for each in found), key="SBR".index))

    return find


@pytest.fixture
def unchanged():
    """Assert that other candles after a cut leave the values up to it as they are, bit for bit."""

    def check(function) -> None:
        program = lower(traced(function), COLUMNS)
        x = candles(260, 5)
        whole = run(program, {"s": x})[0]["s"]
        for cut in (1, 60, 200):
            other = x.copy()
            other[1:, cut:] = other[1:, cut:] * 3 + 1
            assert run(program, {"s": other})[0]["s"][:, :cut].tobytes() == whole[:, :cut].tobytes()

    return check


@pytest.fixture
def settles():
    """Assert that begun afresh a function gives the same values after its warm-up, as far as a seed may weigh then."""

    def check(function) -> None:
        graph = traced(function)
        program = lower(graph, COLUMNS)
        x = candles(1000, 7)
        whole, late = (run(program, {"s": part})[0]["s"] for part in (x, np.ascontiguousarray(x[:, 300:])))
        for name, ours, again in zip(program.names, whole[:, 300:], late, strict=True):
            warmup = facts(graph)[name].warmup
            if warmup is not None:
                assert np.allclose(ours[warmup:], again[warmup:], rtol=1e-4, atol=1e-4, equal_nan=True), name

    return check


@pytest.fixture
def agrees():
    """Assert that a function of candle columns traces, and computes what pandas does on all kinds of candles."""

    def check(function) -> None:
        program = lower(traced(function), COLUMNS)
        for flaw in ("", "missing volume", "ties"):
            x = candles(260, 11, flaw)
            with np.errstate(all="ignore"):
                reference = named(called(function, columns(x)))
            ours = run(program, {"s": x})[0]["s"]
            assert [name.partition(".")[2] for name in program.names] == list(reference)
            for row, (name, expected) in zip(ours, reference.items(), strict=True):
                assert_close(row, np.asarray(expected.astype(float)), f"{name} {flaw}")

    return check


def assert_close(ours: np.ndarray, expected: np.ndarray, what: str) -> None:
    """Missing in the same places, infinite alike, and within the tolerance of windows."""
    assert (np.isnan(ours) == np.isnan(expected)).all(), what
    scale = np.abs(expected[np.isfinite(expected)]).max(initial=0.0)
    with np.errstate(invalid="ignore"):
        gap = np.abs(ours - expected)
    assert ((gap <= 1e-9 * scale) | (ours == expected) | np.isnan(expected)).all(), (what, np.nanmax(gap), scale)
