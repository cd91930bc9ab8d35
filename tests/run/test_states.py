"""Saved states: what a program goes on from, and what it does not."""

from __future__ import annotations

import numpy as np
import pytest

from candlewick.lower import lower
from candlewick.operators.ewm import EwmMean
from candlewick.operators.exponential import Logarithm
from candlewick.program import run
from candlewick.run.states import Seats
from candlewick.trace import tracing


@pytest.mark.parametrize("changed", [EwmMean, Logarithm])
def test_states_of_another_version_of_a_kernel_are_not_gone_on_from(changed, monkeypatch):
    with tracing() as trace:
        graph = trace.graph({"y": np.log(trace.input("close")).ewm(span=5).mean()})
    program = lower(graph, ("close",))
    x = np.random.default_rng(0).lognormal(0, 1, (1, 40))
    states = Seats(program).cut(run(program, {"s": x})[1]["s"])
    assert Seats(program).fit(states.layout, 40)
    monkeypatch.setattr(changed, "source_hash", classmethod(lambda _: "of another version"))
    assert not Seats(program).fit(states.layout, 40)
