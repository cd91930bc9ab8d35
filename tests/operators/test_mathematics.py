"""The logarithm is our own: within 2 units in the last place of the exact value, everywhere."""

from __future__ import annotations

import math

import numpy as np
import pytest

from candlewick.lower import lower
from candlewick.program import run
from candlewick.trace import tracing

LARGEST = float(np.finfo(np.float64).max)


def logarithm(x: np.ndarray) -> np.ndarray:
    with tracing() as trace:
        graph = trace.graph({"y": np.log(trace.input("close"))})
    return run(lower(graph, ("close",)), {"s": x[None, :]})[0]["s"][0]


@pytest.mark.parametrize(
    "draw",
    [
        lambda rng: np.exp(rng.uniform(-740, 709, 50_000)),
        lambda rng: rng.uniform(0.5, 2.0, 50_000),
        lambda rng: 1.0 + rng.normal(0, 1e-3, 50_000),
        lambda rng: 1.0 + rng.normal(0, 1e-12, 50_000),
        lambda rng: np.array(
            [5e-324, 2.2250738585072014e-308, 2.225073858507201e-308, LARGEST, math.sqrt(2), 0.5, 2.0]
        ),
    ],
    ids=["all sizes", "around one", "returns", "tiny returns", "edges"],
)
def test_logarithms_are_within_two_units_in_the_last_place(draw):
    x = draw(np.random.default_rng(0))
    exact = np.array([math.log(value) for value in x.tolist()])  # the C library's: within one unit itself
    assert (np.abs(logarithm(x) - exact) <= 1.0 * np.spacing(np.abs(exact))).all()


def test_logarithms_of_what_has_none():
    ours = logarithm(np.array([0.0, -0.0, -1.0, -math.inf, math.inf, math.nan, 1.0]))
    assert np.array_equal(ours, [-math.inf, -math.inf, math.nan, math.nan, math.inf, math.nan, 0.0], equal_nan=True)
