"""A function of a window is taken for the operator that says it computes the same, however it is put."""

from __future__ import annotations

import numpy as np
import pytest

from candlewick.operators.rolling_extremes import RollingMax
from candlewick.trace import known, tracing

WAYS = {
    "as shown": lambda w: np.sqrt((np.minimum(w - w.mean(), 0.0) ** 2).mean()),
    "by functions": lambda x: np.sqrt(np.mean(np.power(np.minimum(x - np.mean(x), 0), 2))),
    "in lines": lambda w: _root_of_mean(np.minimum(w - w.mean(), 0.0) ** 2),
}
OTHERS = {
    "above": lambda w: np.sqrt((np.maximum(w - w.mean(), 0.0) ** 2).mean()),
    "below zero": lambda w: np.sqrt((np.minimum(w, 0.0) ** 2).mean()),
    "without the root": lambda w: (np.minimum(w - w.mean(), 0.0) ** 2).mean(),
}


def _root_of_mean(squares):
    mean = squares.mean()
    return np.sqrt(mean)


def operators(function, window: int = 5) -> set[type]:
    with tracing(("close",)) as trace:
        graph = trace.graph({"y": trace.input("close").rolling(window).apply(function, raw=True)})
    return {type(item.operator) for item in graph.nodes}


@pytest.mark.parametrize("way", [*WAYS, *OTHERS])
def test_the_expression_decides(monkeypatch, way):
    """The operator is one that is there, as if it showed this function."""
    monkeypatch.setattr(known, "shown", lambda: ((RollingMax, WAYS["as shown"]),))
    assert (RollingMax in operators({**WAYS, **OTHERS}[way])) == (way in WAYS)
