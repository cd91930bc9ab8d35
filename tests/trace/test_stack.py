"""Columns in one array, put together, and folded: what numpy does with a list of columns."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from candlewick.errors import TraceError
from candlewick.trace import trace

from .judged import Judged


def ranges(high, low, close):
    before = close.shift(1)
    return [high - low, (high - before).abs(), (low - before).abs()]


def folded(high, low, close):
    parts = ranges(high, low, close)
    widest = np.maximum.reduce(parts) + np.minimum.reduce(parts, axis=0) + np.add.reduce(parts)
    wide = np.logical_and.reduce([part > 0.3 for part in parts]) | np.logical_or.reduce([part > 2 for part in parts])
    return pd.DataFrame(
        {"widest": widest, "wide": wide.astype(float), "there": np.fmax.reduce(parts)}, index=close.index
    )


def stacked(high, low, close):
    parts = ranges(high, low, close)
    rows, side = np.vstack(parts), np.column_stack(parts)
    frame = pd.DataFrame({"high": high, "low": low})
    values = {
        "max": np.nanmax(rows, axis=0) + side.max(axis=1) + np.array(parts).min(axis=0),
        "mean": np.mean(np.stack(parts, axis=1), axis=1) + rows.T.std(axis=1, ddof=1) + frame.values.mean(axis=1),
        "mid": np.median(np.c_[high, low, close], axis=1) + np.argmax(frame.to_numpy(), axis=1),
        "one": (rows * 2 - rows)[1] + side[:, 0] + np.sum(rows > 1, axis=0),
    }
    return pd.DataFrame(values, index=close.index)


def put_together(close):
    values = close.values
    change = np.r_[np.nan, values[1:] / values[:-1] - 1]
    more = np.r_[0.0, [1.0, 2.0], np.diff(values)[2:]]
    return pd.DataFrame({"change": change, "more": more}, index=close.index)


def arrays_stay_arrays(close):
    values = close.values.astype(float).clip(90, None).round(2)
    change = np.empty_like(values)
    change[0] = 0.0
    change[1:] = np.diff(values)
    change[3:] = np.nan_to_num(change[3:] / values[:-3])
    return pd.Series(change, index=close.index)


def columns_of_a_frame(high, low, close):
    frame = pd.DataFrame({"high": high, "low": low, "close": close})
    frame.insert(1, "mid", (high + low) / 2)
    del frame["low"]
    more = frame.add_prefix("of_").merge(high.rolling(3).max().to_frame("top"), left_index=True, right_index=True)
    return more["of_mid"] + more.get("top") + frame.add_suffix("_x")["mid_x"] + more.get("gone", 1.0)


FUNCTIONS = (folded, stacked, put_together, arrays_stay_arrays, columns_of_a_frame)


class TestFunctions(Judged):
    functions = FUNCTIONS


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (lambda x, y: np.max(np.vstack([x, y])), "trace-whole-column"),
        (lambda x, y: np.vstack([x, y]).max(axis=1), "trace-whole-column"),
        (lambda x, y: np.column_stack([x, y]).mean(axis=0), "trace-whole-column"),
        (lambda x, y: [row for row in np.column_stack([x, y])], "trace-loop"),  # noqa: C416 - a loop
        (lambda x, y: np.vstack([x, y])[0, 5], "trace-position"),
        (lambda x, y: np.argmax(np.vstack([x, y.shift(1)]), axis=0), "trace-unsupported"),
        (lambda x, y: np.array([x, 1.0]), "trace-unsupported"),
        (lambda x, y: np.vstack([x, y]) @ np.ones(2), "trace-position"),
        (lambda x, y: np.maximum.reduce(x), "trace-whole-column"),
    ],
)
def test_over_the_candles_it_is_refused(line, code):
    with pytest.raises(TraceError) as caught:
        trace(lambda inputs: {"y": line(inputs["close"], inputs["open"])})
    assert caught.value.code == code
    assert caught.value.hint


def written_over(close, open, volume):
    change = np.divide(close.diff(), volume, out=np.zeros_like(close), where=(volume != 0).values)
    ratio = np.full(len(close), -1.0)
    np.divide(close.values, open.values, out=ratio, where=open.values > 100)
    return pd.DataFrame({"change": change, "ratio": ratio, "whole": np.add(close, open, out=ratio * 2)})


def weighed(open, close, volume):
    frame = pd.DataFrame({"open": open, "close": close, "volume": volume})
    both = frame.filter(["open", "close", "gone"])
    sums = both.dot([0.3, 0.7]) + both @ np.array([1.0, -1.0]) + both.mul([2.0, 3.0])["close"]
    return sums + frame.prod(axis=1) + frame[["volume"]].squeeze()


def lists(open, close, volume):
    pair = [close.diff(), volume]
    found = np.nansum(pair, axis=0) + np.std([open, close], axis=0) + np.nanmean(pair, axis=0)
    whole = np.nan_to_num((close > open).astype(int).values)
    whole[3:] = 2
    return pd.Series(found + whole, index=close.index)


def wilder(close, n=6):
    gain = close.diff().clip(lower=0)
    means = gain.rolling(n).mean()
    return pd.concat([means.iloc[: n + 1], gain.iloc[n + 1 :]]).ewm(alpha=1 / n, adjust=False).mean()


def fits(close):
    def fit(y):
        x = np.arange(len(y))
        slope, level = np.polyfit(x, y, 1)
        rest = y - (slope * x + level)
        return (rest**2).sum()

    def pull(z):
        return np.polyfit(z[:-1], np.diff(z), 1)[0]

    return close.rolling(9).apply(fit, raw=True) + close.rolling(12).apply(pull, raw=True)


@pytest.mark.parametrize("function", [written_over, weighed, lists, wilder, fits])
def test_more_of_it_is_what_pandas_gives(function, agrees):
    agrees(function)
