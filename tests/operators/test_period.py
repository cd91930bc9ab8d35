"""Weeks, months and years begin where pandas has them begin, at any time from 1900 to 2200."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from candlewick.lower import lower
from candlewick.program import run
from candlewick.trace import tracing

from ..effort import examples

FREQUENCIES = ("D", "W", "M", "Q", "Y")
MOMENTS = st.integers(-2_208_988_800_000, 7_258_118_399_999)


def program():
    with tracing() as trace:
        ts = trace.input("ts")
        starts = {name: (ts.dt.to_period(name) - EPOCH).dt.total_seconds() for name in FREQUENCIES}
        calendar = ts.dt.isocalendar()
        found = starts | {name: calendar[name].astype(float) for name in ("year", "week", "day")}
        return lower(trace.graph(found), ("ts",))


EPOCH = pd.Timestamp(0, tz="UTC")


@pytest.fixture(scope="module")
def compiled():
    return program()


@examples(60)
@given(st.lists(MOMENTS, min_size=1, max_size=40, unique=True))
def test_periods_and_weeks_are_those_of_pandas(compiled, moments):
    moments = sorted(moments)
    ts = pd.Series(pd.to_datetime(moments, unit="ms"))
    expected = [
        ts.dt.to_period(name).dt.start_time.astype("datetime64[ms]").astype("int64") / 1000.0 for name in FREQUENCIES
    ]
    expected += [ts.dt.isocalendar()[name].astype(float) for name in ("year", "week", "day")]
    ours = run(compiled, {"s": np.array([moments], dtype=float)})[0]["s"]
    for row, (name, reference) in zip(ours, zip(compiled.names, expected, strict=True), strict=True):
        assert (row == reference.to_numpy()).all(), name
