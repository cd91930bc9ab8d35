"""Windows in all their spellings: of a frame, closed elsewhere, weighed, by the names of their statistics."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from candlewick.errors import TraceError
from candlewick.trace import trace

from .judged import Judged

NEWER = hasattr(pd.Series([1.0]).rolling(1), "first")


def closed_elsewhere(close, volume):
    both = volume.rolling(5, closed="both").max() + close.rolling(4, 2, closed="both").mean()
    return both + volume.rolling(6, min_periods=3, closed="neither").sum() + close.rolling(3, closed="left").min()


def by_name(close, volume):
    named = close.rolling(5).agg(["mean", "std"]).add_prefix("r_").join(volume.ewm(span=5).agg(["mean", "var"]))
    named["max"] = volume.expanding(3).agg("max")
    named["sum"] = volume.ewm(span=9, min_periods=3).sum()
    return named


def of_a_frame(high, low, close):
    frame = pd.DataFrame({"high": high, "low": low})
    span = frame.rolling(7).agg({"high": "max", "low": "min"})
    return span["high"] - span["low"] + frame.rolling(3).agg("mean")["low"] + frame.map(lambda v: v * 2)["high"]


def across_a_frame(open, high, low, volume):
    frame = pd.DataFrame({"open": open, "high": high, "low": low.shift(2), "volume": volume})
    spread = frame.std(axis=1, ddof=0) + frame[["open", "high"]].var(axis=1)
    return pd.DataFrame({"middle": frame.median(axis=1), "all": frame.median(axis=1, skipna=False), "spread": spread})


def in_words(open, close):
    frame = pd.DataFrame({"open": open, "close": close}).eval("body = close - open")
    frame = frame.eval("up = body / open")
    frame.loc[frame["body"] > 0, ["sign", "tag"]] = (1, 2)
    return frame.fillna(0)


FUNCTIONS = (closed_elsewhere, by_name, of_a_frame, across_a_frame, in_words)


class TestFunctions(Judged):
    functions = FUNCTIONS


@pytest.mark.skipif(not NEWER, reason="pandas 3 spells them")
def test_the_ends_of_a_window_and_how_many_different_values_it_holds(agrees):
    agrees(lambda close, volume: close / close.rolling(9).first() + volume.rolling(4, min_periods=1).last())
    agrees(lambda volume: volume.round(-3).rolling(6, min_periods=2).nunique() + volume.rolling(5, 2).first())


def test_scipys_windows_weigh_candles(agrees):
    pytest.importorskip("scipy.signal")
    agrees(lambda close: close.rolling(10, win_type="triang").mean() + close.rolling(7, win_type="gaussian").sum(std=2))


@pytest.mark.parametrize(
    "line",
    [
        lambda x: x.rolling(5, closed="neither").mean(),
        lambda x: x.rolling(5, closed="up").mean(),
        lambda x: x.rolling(5, win_type="triang").std(),
        lambda x: x.rolling(5, method="table").mean(),
        lambda x: x.rolling(5).agg({"a": "mean"}),
        lambda x: x.ewm(span=5, ignore_na=True).sum(),
        lambda x: x.expanding().agg("median"),
        lambda x: x.rolling("5D").agg("mean"),
        lambda x: np.log(x.rolling(5)),
    ],
)
def test_what_has_no_streaming_form_is_refused(line):
    with pytest.raises(TraceError) as caught:
        trace(lambda inputs: {"y": line(inputs["close"])})
    assert caught.value.hint
