"""The 71 features as functions by name, candles to compute them from, and the program that candlewick makes of them."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks import technical_71
from candlewick.lower import lower
from candlewick.trace import trace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from candlewick.program import Program
    from candlewick.trace.graph import Graph

COLUMNS = ("open", "high", "low", "close", "volume")
FEATURES: tuple[str, ...] = tuple(technical_71.OUT)
FUNCTIONS = {
    name: function
    for name, function in vars(technical_71).items()
    if inspect.isfunction(function) and not name.startswith("_")
}


def compute(
    inputs: Mapping[str, Any],
    features: Sequence[str] = FEATURES,
    instead: Mapping[str, Callable[..., Any]] | None = None,
) -> dict[str, Any]:
    """Every feature from candle columns of any kind; ``instead`` replaces functions by name."""
    functions = {**FUNCTIONS, **(instead or {})}
    done = dict(inputs)

    def value(name: str) -> Any:
        if name not in done:
            parameters = inspect.signature(functions[name]).parameters
            done[name] = functions[name](**{parameter: value(parameter) for parameter in parameters})
        return done[name]

    return {name: value(name) for name in features}


def candles(n: int, seed: int) -> np.ndarray:
    """A random walk of ``n`` sound candles, as an array (columns, candles)."""
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, n)))
    opening = np.concatenate([[100.0], close[:-1]]) * np.exp(rng.normal(0, 0.001, n))
    high = np.maximum(opening, close) * np.exp(abs(rng.normal(0, 0.004, n)))
    low = np.minimum(opening, close) * np.exp(-abs(rng.normal(0, 0.004, n)))
    return np.stack([opening, high, low, close, rng.lognormal(8, 1, n)])


def program_of(features: Sequence[str] = FEATURES) -> Program:
    """The features, traced and lowered."""
    return lower(graph_of(features), COLUMNS)


def graph_of(features: Sequence[str] = FEATURES) -> Graph:
    """The features, traced."""
    return trace(lambda inputs: compute(inputs, features), COLUMNS)
