"""Runs and days: groupby by what only grows; bools that are shifted."""

from __future__ import annotations

import pandas as pd
import pytest


def streak(close):
    up = close > close.shift(1)
    return up.groupby((up != up.shift()).cumsum()).cumcount() + 1


def run_of_rises(close):
    up = (close > close.shift(1)).astype(int)
    return up.groupby((up == 0).cumsum()).cumsum() + up.groupby((up != up.shift(1)).cumsum()).cumsum()


def of_the_day(high, low, close, volume, ts):
    day = ts.dt.date
    price = (close * volume).groupby(day).cumsum() / volume.groupby(close.index.date).cumsum()
    span = high.groupby(ts.dt.normalize()).cummax() - low.groupby(ts.dt.floor("D")).cummin()
    opening = close.groupby(day).transform("first") + close.groupby(day).shift(1) - close.groupby(day).diff()
    return pd.DataFrame({"price": price, "span": span, "opening": opening, "year": close.groupby(ts.dt.year).cumsum()})


def times(close, ts):
    part = (close.index.hour // 4) * 2 + ts.dt.hour % 5 + pd.Series(close.index.day_of_week, index=close.index)
    begins = (ts.dt.date != ts.dt.date.shift(1)) | (ts > pd.Timestamp("2015-02-01", tz="UTC"))
    return part + ts.dt.days_in_month + ts.dt.is_month_end + begins + ts.dt.is_month_start


def crossings(close, open):
    up = close > open
    both = (up & up.shift(1)).astype(int) + (up.shift(1) | (close < 100)) * 2
    other = (up & ~up.shift(1, fill_value=False)) * 4 + (up != up.shift(1)) * 8 + (up.shift(1) == True) * 16  # noqa: E712
    return both + other + up.shift(1).fillna(value=False).astype(int) * 32 + (up ^ up.shift(2)) * 64


@pytest.mark.parametrize("function", [streak, run_of_rises, of_the_day, times, crossings])
def test_it_is_what_pandas_gives(function, agrees):
    agrees(lambda **inputs: function(*(inputs[name] for name in function.__code__.co_varnames if name in inputs)))
