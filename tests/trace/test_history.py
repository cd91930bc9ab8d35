"""How many candles there are: guards may ask, values may not depend on it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from candlewick.errors import TraceError
from candlewick.trace import trace


def none_when_short(close, **_):
    if close is None or close.size < 14:
        return None
    return close.rolling(14).mean()


def raises_when_short(close, **_):
    if len(close) < 14:
        raise ValueError("needs 14 candles")
    return close.rolling(14).mean()


def missing_when_short(close, **_):
    if len(close.index) < 14:
        return pd.Series(np.nan, index=close.index)
    return close.rolling(14).mean()


def list_when_short(close, **_):
    if close.shape[0] <= 13:
        return pd.Series([np.nan] * len(close), index=close.index)
    return close.rolling(14).mean()


def arrays_of_one_number(close, open, **_):
    up = np.zeros(len(close))
    down = np.full(close.shape[0], 2.0)
    return pd.Series(np.where(close > open, up + 1, down), index=close.index) + np.ones(len(close))


def zeros_then_marks(close, open, **_):
    mark = pd.Series(np.zeros(len(close)), index=close.index)
    mark[close > open] = 1.0
    return mark.rolling(5).sum()


def frame_guard(close, open, **_):
    frame = pd.DataFrame({"close": close, "open": open})
    assert not frame.empty
    assert len(frame) == len(close)
    return frame["close"] - frame["open"]


def counted(close, **_):
    place = pd.Series(np.arange(len(close)), index=close.index)
    return place - place.where(close > close.shift(1)).ffill()


def complains_of_gaps(close, open, **_):
    if not np.isfinite(close).all() or close.isna().any():
        raise ValueError("a price is missing")
    return close - open


GUARDS = (
    complains_of_gaps,
    counted,
    none_when_short,
    raises_when_short,
    missing_when_short,
    list_when_short,
    arrays_of_one_number,
    zeros_then_marks,
    frame_guard,
)


@pytest.mark.parametrize("function", GUARDS)
def test_a_guard_against_few_candles_is_no_dependence(function, agrees):
    agrees(function)


def divides(close):
    return close / len(close)


def window_of_a_share(close):
    return close.rolling(len(close) // 10).mean()


def other_formula_when_short(close):
    return close if len(close) > 300 else close * 2


def shorter_window_when_short(close):
    return close.rolling(min(20, len(close))).mean()


def one_odd_number(close):
    array = [0.0] * (len(close) - 1) + [1.0]
    return pd.Series(array, index=close.index) + close


def missing_among_numbers(close):
    return pd.Series([0.0, np.nan] * (len(close) // 2) + [0.0] * (len(close) % 2), index=close.index) + close


@pytest.mark.parametrize(
    "function",
    [
        divides,
        window_of_a_share,
        other_formula_when_short,
        shorter_window_when_short,
        one_odd_number,
        missing_among_numbers,
    ],
)
def test_a_value_that_depends_on_the_number_of_candles_is_refused(function):
    with pytest.raises(TraceError) as caught:
        trace(lambda inputs: {"y": function(inputs["close"])})
    assert caught.value.code in {"trace-length", "trace-values", "trace-unsupported-operand"}
    assert caught.value.where[0].file == __file__
    assert caught.value.hint


def test_what_a_project_makes_of_a_complaint_about_few_candles_is_one():
    def node(close):
        if len(close) < 60:
            raise TraceError("'y' raised ValueError when it was traced", code="trace-raised")
        return close + np.zeros(len(close))

    assert trace(lambda inputs: {"y": node(inputs["close"])}).outputs
