"""Memory of results is used again, and never while somebody can still see it."""

from __future__ import annotations

import gc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from candlewick.program.sinks import SMALL, Sinks


def place(array):
    return array.__array_interface__["data"][0]


def test_memory_is_lent_again_when_no_view_of_it_is_left():
    sinks = Sinks()
    first = sinks.columns(4, SMALL)
    at, view = place(first), first[2, 5:9]
    del first
    gc.collect()
    assert place(sinks.columns(4, SMALL)) != at
    del view
    gc.collect()
    assert place(sinks.columns(4, SMALL - 8)) == at


def test_arrays_outlive_their_lender():
    sinks = Sinks()
    held = sinks.columns(2, SMALL)
    held[:] = 3.0
    del sinks
    gc.collect()
    assert (held == 3.0).all()


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(1, SMALL), st.booleans()), min_size=2, max_size=12))
def test_what_is_held_keeps_its_values(asked):
    sinks, held = Sinks(), []
    for number, (count, candles, keep) in enumerate(asked):
        array = sinks.columns(count, candles)
        assert array.shape == (count, candles)
        assert place(array) % 64 == 0
        array[:] = number
        if keep:
            held.append((array[-1, -1:], number))
        del array
    for view, number in held:
        assert view.tolist() == [number]


def test_threads_share_one():
    sinks = Sinks()

    def work(number):
        array = sinks.columns(2, SMALL)
        array[:] = number
        return bool((np.asarray(array) == number).all())

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(work, range(64)))
