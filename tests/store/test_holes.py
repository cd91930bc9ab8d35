from __future__ import annotations

from itertools import pairwise

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from candlewick.candles import HOUR, Interval
from candlewick.store import gaps
from candlewick.store.holes import JUMP, describe_holes, split_ratio


def holes(times, interval):
    """What describe_holes says of candles at these times."""
    stamps = (
        pd.DatetimeIndex(times).tz_convert("UTC").tz_localize(None).to_numpy().astype("datetime64[ms]").astype(np.int64)
    )
    parsed = Interval.parse(interval)
    wide = np.diff(stamps) >= 1.5 * parsed.milliseconds
    return describe_holes("X", stamps[:-1][wide], stamps[1:][wide], stamps[0], stamps[-1], parsed)


def days(start, periods, zone="UTC", freq="B"):
    return pd.date_range(start, periods=periods, freq=freq, tz=zone)


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Tokyo", "Australia/Sydney"])
def test_weekends_of_daily_candles_are_closures(zone):
    found = holes(days("2019-01-01", 500, zone), "1d")
    assert found.gaps == 0
    assert found.closures >= 99


def test_one_weekend_is_a_closure_already():
    assert holes(days("2020-01-02", 4), "1d").gaps == 0


def test_a_holiday_misses_its_working_days_only():
    times = days("2020-01-06", 100)
    found = holes(times[(times != "2020-02-03") & (times != "2020-02-19") & (times != "2020-02-20")], "1d")
    assert (found.gaps, found.missing) == (2, 3)
    assert pd.Timestamp(found.first_after, unit="ms") == pd.Timestamp("2020-01-31")
    assert (found.first_missing, found.largest_missing) == (1, 2)
    assert pd.Timestamp(found.largest_after, unit="ms") == pd.Timestamp("2020-02-18")


def test_a_weekend_is_a_gap_where_weekends_are_traded():
    times = days("2020-01-01", 100, freq="D")
    found = holes(times[(times != "2020-02-01") & (times != "2020-02-02")], "1d")
    assert (found.gaps, found.missing, found.closures) == (1, 2, 0)


def test_random_holes_of_a_market_that_never_closes_are_gaps():
    times = pd.date_range("2020-01-01", periods=50_000, freq="5min", tz="UTC")
    missing = np.random.default_rng(1).choice(np.arange(1, 49_999), 300, replace=False)
    found = holes(times.delete(missing), "5m")
    assert found.missing == 300
    assert found.closures == 0


def test_sessions_with_breaks_are_closures_through_summer_time():
    hours = pd.date_range("2020-01-01", "2020-12-31", freq="1h", tz="America/New_York")
    session = hours[(hours.day_of_week < 5) & (hours.hour >= 9) & (hours.hour < 16)]
    found = holes(session, "1h")
    assert found.gaps == 0
    assert found.closures > 250


def test_a_day_that_is_lost_between_sessions_is_a_gap():
    hours = pd.date_range("2020-01-01", "2020-06-30", freq="1h", tz="America/New_York")
    session = hours[
        (hours.day_of_week < 5)
        & (hours.hour >= 9)
        & (hours.hour < 16)
        & (hours.date != pd.Timestamp("2020-02-17").date())
    ]
    assert holes(session, "1h").gaps == 1


def test_a_daily_break_of_an_hour_is_a_closure():
    minutes = pd.date_range("2020-01-06", periods=5 * 24 * 60, freq="1min", tz="UTC")
    weeks = minutes.append([minutes + pd.Timedelta(days=7 * k) for k in range(1, 5)])
    found = holes(weeks[weeks.hour != 22], "1m")
    assert found.gaps == 0


def test_one_candle_and_no_hole():
    assert holes(days("2020-01-01", 1), "1d") == describe_holes(
        "X", np.empty(0, np.int64), np.empty(0, np.int64), 0, 0, Interval.parse("1d")
    )


@pytest.mark.parametrize(
    ("close", "open", "ratio"),
    [
        (100, 50.3, "2:1"), (100, 25.1, "4:1"), (100, 33.0, "3:1"), (100, 66.5, "3:2"), (100, 5.05, "20:1"),
        (1.0, 9.9, "1:10"), (100, 151, "2:3"),
        (100, 99, ""), (100, 71, ""), (100, 55, ""), (100, 130, ""), (100, 40, ""), (100, 100, ""),
    ],
)  # fmt: skip
def test_splits(close, open, ratio):
    assert split_ratio(float(close), float(open)) == ratio


PLACES = st.tuples(st.sampled_from("AB"), st.integers(0, 40))


@given(st.lists(st.dictionaries(PLACES, st.floats(10, 100), min_size=1, max_size=15), min_size=1, max_size=5))
@settings(max_examples=40, deadline=None)
def test_holes_are_those_of_the_sorted_candles_in_whatever_order_they_lie(batches):
    """Batches of candles of two symbols, each sorted as an ingest writes them."""
    closes = {}
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("ATTACH ':memory:' AS store")
        connection.execute("CREATE TABLE store.candles (symbol VARCHAR, ts TIMESTAMPTZ, open DOUBLE, close DOUBLE)")
        for batch in batches:
            for (symbol, place), price in sorted(batch.items()):
                if (symbol, place) not in closes:
                    closes[symbol, place] = price
                    values = [symbol, place * HOUR, price + 1, price]
                    connection.execute(
                        "INSERT INTO store.candles SELECT ?, make_timestamp_ms(?)::TIMESTAMPTZ, ?, ?", values
                    )
        found = gaps._everywhere(connection, HOUR)
    for symbol in "AB":
        expected = []
        for a, b in pairwise(sorted(place for owner, place in closes if owner == symbol)):
            before, after = closes[symbol, a], closes[symbol, b] + 1
            if b - a > 1 or max(before / after, after / before) >= JUMP:
                expected.append((a * HOUR, b * HOUR, before, after))
        assert list(zip(*found.get(symbol, ((),) * 4), strict=True)) == expected
