"""The rules of the triple barrier, one by one, and against a brute-force reading of them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from labels.triple_barrier import HORIZON, _exits

COLUMNS = ["open", "high", "low", "close"]


def exits(rows, *, width=10.0, profit=1.0, stop=1.0, horizon=3):
    """Exits for rows of open, high, low, close; the entry of row 0 is its close."""
    index = pd.date_range("2020-01-01", periods=len(rows), tz="UTC", name="ts").as_unit("ns")
    table = pd.DataFrame(rows, columns=COLUMNS, index=index, dtype=float)
    atr = pd.Series(np.broadcast_to(width, len(rows)).astype(float), index=index)
    columns = [table[name] for name in COLUMNS]
    return _exits(*columns, index.to_series(), atr, profit=profit, stop=stop, horizon=horizon)


def first(rows, **barriers):
    """Label of row 0, candles until its exit, and its return."""
    table = exits(rows, **barriers)
    row = table.iloc[0]
    return row["label"], (row["touch_time"] - table.index[0]).days, row["return"]


ENTRY = (100, 150, 50, 100)  # its own high and low come before the entry: they touch nothing
CALM = (100, 105, 95, 102)
UP = (100, 111, 95, 105)
DOWN = (100, 105, 89, 95)


def test_the_upper_barrier_is_a_profit_at_the_barrier():
    assert first([ENTRY, CALM, UP, DOWN]) == (1.0, 2, pytest.approx(0.10))


def test_the_lower_barrier_is_a_stop_at_the_barrier():
    assert first([ENTRY, DOWN, UP, UP]) == (-1.0, 1, pytest.approx(-0.10))


def test_no_touch_ends_at_the_close_of_the_last_candle_of_the_horizon():
    assert first([ENTRY, CALM, CALM, (100, 105, 95, 97), UP]) == (0.0, 3, pytest.approx(-0.03))


def test_the_last_candle_of_the_horizon_still_counts_and_the_next_does_not():
    assert first([ENTRY, CALM, CALM, UP])[:2] == (1.0, 3)
    assert first([ENTRY, CALM, CALM, CALM, UP])[:2] == (0.0, 3)


def test_reaching_a_barrier_exactly_is_no_touch():
    assert first([ENTRY, (100, 110, 90, 100), CALM, CALM])[:2] == (0.0, 3)


def test_a_candle_that_touches_both_is_stopped():
    assert first([ENTRY, (100, 111, 89, 105), UP, UP]) == (-1.0, 1, pytest.approx(-0.10))


@pytest.mark.parametrize(
    ("beyond", "side", "expected"), [((115, 120, 112, 113), 1, 0.15), ((80, 85, 70, 84), -1, -0.2)]
)
def test_an_open_beyond_the_barrier_is_the_fill(beyond, side, expected):
    assert first([ENTRY, beyond, CALM, CALM]) == (side, 1, pytest.approx(expected))


def test_a_multiple_of_zero_disables_its_barrier():
    assert first([ENTRY, DOWN, UP, CALM], stop=0.0)[:2] == (1.0, 2)
    assert first([ENTRY, UP, DOWN, CALM], profit=0.0)[:2] == (-1.0, 2)
    assert first([ENTRY, UP, DOWN, CALM], profit=0.0, stop=0.0)[:2] == (0.0, 3)


def test_rows_at_the_end_have_a_label_only_if_a_barrier_was_touched():
    table = exits([ENTRY, CALM, (102, 104, 101, 103), (103, 125, 95, 103)])
    assert table["label"].tolist()[:3] == [1.0, 1.0, 1.0]
    assert table.iloc[3].isna().all()
    assert exits([ENTRY, CALM, CALM]).isna().all(axis=None)


def test_without_a_width_there_are_no_barriers():
    table = exits([ENTRY, UP, UP, UP, UP], width=[np.nan, 0.0, 10.0, 10.0, 10.0], horizon=1)
    assert table["label"].isna().tolist() == [True, True, False, False, True]


@pytest.mark.parametrize("wrong", [{"profit": -1.0}, {"stop": -1.0}, {"horizon": 0}])
def test_settings_without_meaning_are_refused(wrong):
    with pytest.raises(ValueError, match="multiples are 0 or more"):
        exits([ENTRY, CALM], **wrong)


def brute_force(rows, width, profit, stop, horizon):
    """The module's rules, read row by row and candle by candle."""
    answers = []
    for entry, (_, _, _, close) in enumerate(rows):
        upper = close + profit * width[entry] if profit else np.inf
        lower = close - stop * width[entry] if stop else -np.inf
        answer = (np.nan, None, np.nan)
        path = range(entry + 1, entry + horizon + 1) if width[entry] > 0 else ()
        for candle in path:
            if candle == len(rows):
                break
            opened, high, low, closed = rows[candle]
            if low < lower:
                answer = (-1.0, candle, min(opened, lower) / close - 1.0)
            elif high > upper:
                answer = (1.0, candle, max(opened, upper) / close - 1.0)
            elif candle == entry + horizon:
                answer = (0.0, candle, closed / close - 1.0)
            else:
                continue
            break
        answers.append(answer)
    return answers


prices = st.lists(st.integers(50, 60), min_size=4, max_size=4)
candle_rows = prices.map(lambda p: (p[0], max(p), min(p), p[1]))
widths = st.sampled_from([np.nan, 0.0, 1.0, 2.0, 3.0])


@settings(max_examples=200, deadline=None)
@given(
    table=st.lists(st.tuples(candle_rows, widths), min_size=1, max_size=30),
    profit=st.sampled_from([0.0, 1.0, 2.0]),
    stop=st.sampled_from([0.0, 1.0, 3.0]),
    horizon=st.integers(1, 12),
)
def test_agrees_with_brute_force(table, profit, stop, horizon):
    rows, width = [row for row, _ in table], [atr for _, atr in table]
    found = exits(rows, width=width, profit=profit, stop=stop, horizon=horizon)
    labels, candles, returns = zip(*brute_force(rows, width, profit, stop, horizon), strict=True)
    np.testing.assert_array_equal(found["label"], labels)
    np.testing.assert_allclose(found["return"], returns, rtol=1e-12, atol=1e-15)
    times = [pd.NaT if candle is None else found.index[candle] for candle in candles]
    pd.testing.assert_series_equal(
        found["touch_time"], pd.Series(times, index=found.index, dtype=found.index.dtype), check_names=False
    )


def test_columns_on_real_candles(compute, seeds):
    label, touched, gained = (compute(name, seeds) for name in ("tb_label", "tb_touch_time", "tb_return"))
    assert str(touched.dtype) == "datetime64[ns, UTC]"
    assert set(label.dropna()) == {-1.0, 0.0, 1.0}
    assert label.isna().equals(touched.isna())
    assert label.isna().equals(gained.isna())
    assert label.iloc[13:-HORIZON].notna().all()
    assert (gained[label == 1.0] > 0).all()
    assert (gained[label == -1.0] < 0).all()
