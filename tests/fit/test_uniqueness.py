"""Concurrency and average uniqueness against loops over labels and candles."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from candlewick.fit.uniqueness import NEVER, concurrency, uniqueness


@st.composite
def labels(draw):
    """Sorted candle times with gaps, and a touch at or after each row, at a candle or between two; some have none."""
    times = np.cumsum(draw(st.lists(st.integers(1, 5), min_size=1, max_size=40)))
    touch = [
        NEVER if length is None else int(time) + length
        for time, length in zip(
            times, draw(st.lists(st.none() | st.integers(0, 30), min_size=len(times), max_size=len(times))), strict=True
        )
    ]
    return times.astype(np.int64), np.array(touch, dtype=np.int64)


def running(times, touch, t):
    return sum(1 for t0, t1 in zip(times, touch, strict=True) if t1 != NEVER and t0 <= t <= t1)


@given(labels())
def test_both_are_what_a_loop_counts(given):
    times, touch = given
    counts = [running(times, touch, t) for t in times]
    assert concurrency(times, touch).tolist() == counts
    expected = [
        np.mean([1 / c for t, c in zip(times, counts, strict=True) if t0 <= t <= t1]) if t1 != NEVER else np.nan
        for t0, t1 in zip(times, touch, strict=True)
    ]
    found = uniqueness(times, touch)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert np.isnan(found).tolist() == (touch == NEVER).tolist()
    assert (found[touch != NEVER] <= 1.0 + 1e-12).all()


def test_a_label_that_ends_before_it_starts_is_refused():
    with pytest.raises(ValueError, match="ends before"):
        uniqueness(np.array([5, 6]), np.array([4, 7]))
    with pytest.raises(ValueError, match="touch times"):
        uniqueness(np.array([5, 6]), np.array([7]))


def test_a_million_rows_keep_their_digits():
    rng = np.random.default_rng(0)
    times = np.arange(1_000_000, dtype=np.int64) * 60_000
    touch = times + rng.integers(0, 48, len(times)) * 60_000
    found = uniqueness(times, touch)
    counts = concurrency(times, touch)
    for row in rng.integers(0, len(times), 200):
        covered = (times[row : row + 48] <= touch[row]).sum()
        assert found[row] == pytest.approx(np.mean(1 / counts[row : row + covered]), rel=1e-9)
