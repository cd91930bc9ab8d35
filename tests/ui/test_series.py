from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from candlewick.store.candles import load_candles
from candlewick_ui.replayed import compare, replay
from candlewick_ui.series import Stretch, _spoken, load_series

TIMES = pd.date_range("2020-01-01", periods=10, freq="12h", tz="UTC")


@pytest.mark.parametrize(
    ("stretch", "rows"),
    [
        (Stretch(3), slice(7, 10)),
        (Stretch(30), slice(0, 10)),
        (Stretch(3, first=True), slice(0, 3)),
        (Stretch(3, dt.date(2020, 1, 2)), slice(1, 4)),  # the whole day is in
        (Stretch(3, dt.date(2019, 1, 1)), slice(0, 0)),
    ],
)
def test_a_stretch_is_the_last_candles_until_a_day_or_the_first(stretch, rows):
    assert stretch.of(TIMES) == rows


def test_parity_counts_bits_and_two_missing_values_are_equal():
    batch = np.array([np.nan, 1.0, 2.0, np.nan, 5.0, 0.0])
    found = compare(batch, np.array([np.nan, 1.0, np.nextafter(2.0, 3), 4.0, 5.0, -0.0]))
    assert (found.candles, found.differing) == (6, 3)
    assert 0 < found.largest < 1e-15


def test_a_series_is_text_and_numbers_from_the_parts(alive):
    series = load_series(alive.store, alive.target, "AAA", {"move": "moves", "up": "moves"}, Stretch(3), None)
    assert series.before == 25
    assert list(series.frame) == ["ts", "open", "high", "low", "close", "batch move", "batch up"]
    assert series.frame["ts"].iloc[-1] == "2020-01-28"
    assert set(series.frame["batch up"]) <= {0.0, 1.0}


def test_without_an_exported_file_nothing_is_replayed_and_why_is_said(alive, tmp_path):
    candles = load_candles(alive.store, "AAA")
    assert "wick export" in replay(tmp_path / "none.wick", "AAA", candles, ["move"]).problem
    (tmp_path / "bad.wick").write_bytes(b"no artifact")
    assert replay(tmp_path / "bad.wick", "AAA", candles, ["move"]).problem


def test_the_replay_of_what_was_exported_is_the_batch_bit_for_bit(exported):
    project, artifact = exported
    series = load_series(project.store, project.target, "AAA", {"move": "moves", "up": "moves"}, Stretch(3), artifact)
    assert series.problem == ""
    assert {name: found.differing for name, found in series.parity.items()} == {"move": 0, "up": 0}
    assert series.parity["move"].candles == 28
    assert series.frame["live move"].equals(series.frame["batch move"].rename("live move"))


@pytest.mark.parametrize(
    ("step", "last"),
    [("1D", "2020-01-02"), ("12h", "2020-01-01 12:00"), ("30s", "2020-01-01 00:00:30")],
)
def test_every_candle_has_a_text_of_its_own(step, last):
    assert _spoken(pd.date_range("2020-01-01", periods=2, freq=step, tz="UTC"))[-1] == last
