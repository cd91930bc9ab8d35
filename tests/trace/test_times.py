"""Times as values: periods, calendars, durations, and sessions that are grouped by them."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from candlewick.errors import TraceError
from candlewick.trace import trace

from .judged import Judged


def weekly(close, volume, ts):
    week = ts.dt.tz_localize(None).dt.to_period("W")
    return (close * volume).groupby(week).cumsum() / volume.groupby(week).cumsum()


def monthly(close, volume, ts):
    month = ts.dt.year * 100 + ts.dt.month
    keys = [ts.dt.year, ts.dt.month]
    return (close * volume).groupby(month).cumsum() / volume.groupby(keys).cumsum()


def daily_keys(volume, ts):
    of_hour = volume.groupby([ts.dt.date, ts.dt.hour]).cumsum()
    of_day = volume.groupby(volume.index.to_period("D")).cumsum() + volume.groupby(pd.Grouper(freq="D")).cumsum()
    return of_hour + of_day + volume.groupby(ts.dt.strftime("%Y-%m")).cumcount()


def by_name(high, close, volume):
    frame = pd.DataFrame({"high": high, "volume": volume})
    frame["date"] = close.index.date
    return frame.groupby("date")["volume"].cumsum() + frame.groupby("date").high.cummax()


def within_the_day(close, volume, ts):
    days = volume.groupby(ts.dt.date)
    mean = days.expanding(min_periods=2).mean().reset_index(level=0, drop=True)
    widest = days.transform(lambda x: x.expanding().max()) - days.transform(lambda x: x.expanding().min())
    change = close.groupby(ts.dt.date).pct_change(fill_method=None)
    return pd.DataFrame({"mean": mean, "widest": widest, "held": days.ffill(), "change": change})


def durations(ts):
    gap = ts.diff()
    since = (ts - ts.dt.normalize()).dt.total_seconds() / 60
    odd = (gap > pd.Timedelta(hours=5)) & (ts + pd.Timedelta("1h") > ts.shift(1))
    return since + gap.dt.total_seconds().fillna(0.0) + gap / pd.Timedelta(hours=1) + gap.dt.days + odd.astype(int)


def of_the_calendar(ts):
    week = ts.dt.isocalendar().week.astype(int)
    return week + ts.dt.dayofweek.isin([5, 6]) * 100 + (ts.dt.isocalendar()["day"] == 7) * 1000


def of_yesterday(close, ts):
    return close.shift(1).where(ts.dt.date != ts.dt.date.shift(1)).ffill() + ts.shift(1).dt.day.fillna(0)


def of_the_clock(close, ts):
    busy = (ts.dt.time >= dt.time(9, 30)) & (ts.dt.time < dt.time(16)) | ts.dt.time.between(dt.time(1), dt.time(2))
    noon = pd.Series(close.index.time > dt.time(12), index=close.index)
    named = (
        (ts.dt.day_name() == "Monday") | ts.dt.month_name().isin(["January", "May"]) | (ts.dt.day_name() != "Sunday")
    )
    weights = ts.dt.day_of_week.map({0: 1, 1: 0.5, 6: 7}) + close.round(0).mod(3).map({0: 1.0, 2: 3.0}).fillna(9)
    months = pd.Series(close.index.month.isin([1, 2]), index=close.index)
    marks = (close > 100).astype("int32") * 2
    counted = pd.concat([close > close.shift(1), close > 101, months], axis=1).sum(axis=1)
    return pd.DataFrame({"a": busy & named, "b": noon.astype(int) + marks + counted, "weights": weights})


FUNCTIONS = (
    of_the_clock,
    weekly,
    monthly,
    daily_keys,
    by_name,
    within_the_day,
    durations,
    of_the_calendar,
    of_yesterday,
)


class TestFunctions(Judged):
    functions = FUNCTIONS


@pytest.mark.parametrize(
    "key",
    [
        lambda ts: [ts.dt.month, ts.dt.day],
        lambda ts: [ts.dt.year, ts.dt.day],
        lambda ts: ts.dt.year * 10 + ts.dt.month,
        lambda ts: ts.dt.year + ts.dt.month,
        lambda ts: ts.dt.hour * 60 + ts.dt.minute,
        lambda ts: ts.dt.isocalendar().week,
    ],
)
def test_keys_that_come_back_are_refused(key):
    with pytest.raises(TraceError, match="may come back") as caught:
        trace(lambda inputs: {"y": inputs["close"].groupby(key(inputs["ts"])).cumsum()})
    assert caught.value.code == "trace-groups"


@pytest.mark.parametrize(
    "line",
    [
        lambda ts: ts.dt.isocalendar().week - 30,
        lambda ts: ts.diff() * ts.diff(),
        lambda ts: np.log(ts.diff()),
        lambda ts: ts.diff(),
        lambda ts: ts.diff().dt.microseconds,
        lambda ts: ts.dt.tz_convert("America/New_York").dt.hour,
        lambda ts: ts.dt.strftime("%A"),
        lambda ts: ts.dt.time,
        lambda ts: ts.dt.time > 9,
        lambda ts: ts.dt.time.between(8, 9),
        lambda ts: ts.dt.day_name() + "s",
        lambda ts: ts.dt.day_name() == 1,
        lambda ts: ts.dt.hour.map({1: "one"}),
        lambda ts: (ts.dt.hour > 1).map({True: 1}),
        lambda ts: ts.dt.to_period("2W"),
        lambda ts: ts.astype("int64"),
    ],
)
def test_what_times_do_not_do_is_refused(line):
    with pytest.raises(TraceError) as caught:
        trace(lambda inputs: {"y": line(inputs["ts"])})
    assert caught.value.hint
