"""A candle's way into the compiled code: what is no candle changes nothing, and the memory outlives its owner."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest

from candlewick.lower import lower
from candlewick.program import Live
from candlewick.trace import tracing


@pytest.fixture(scope="module")
def program():
    with tracing() as trace:
        close, volume = trace.input("close"), trace.input("volume")
        graph = trace.graph({"mean": close.rolling(3).mean(), "flow": (close * volume).cumsum()})
    return lower(graph, ("close", "volume"))


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ((1.0,), TypeError),
        ((1.0, 2.0, 3.0), TypeError),
        ((1.0, None), TypeError),
        (("1.0", 2.0), TypeError),
        ((1.0, 10**400), OverflowError),
    ],
)
def test_what_is_no_candle_changes_nothing(program, values, error):
    live = Live(program)
    live.update(1.0, 2.0)
    before = live.snapshot().tobytes(), live.emit().tobytes()
    with pytest.raises(error):
        live.update(*values)
    assert (live.snapshot().tobytes(), live.emit().tobytes()) == before


def test_numbers_of_any_kind_are_taken(program):
    plain, other = Live(program), Live(program)
    plain.update(1.0, 1.0)
    other.update(np.float32(1.0), np.int64(1))
    plain.update(-1.0, 2.0)  # -1.0 is also how the interpreter says that there was no number
    other.update(-1, 2)
    assert plain.snapshot().tobytes() == other.snapshot().tobytes()


def test_the_memory_lives_as_long_as_the_function(program):
    live = Live(program)
    update, memory = live._advance, weakref.ref(live._memory)
    del live
    gc.collect()
    update(1.0, 2.0)
    assert memory() is not None
    del update
    gc.collect()
    assert memory() is None
