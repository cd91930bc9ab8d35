"""Functions of single values and of windows, as people write them in apply(): what traces, and what must not."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from candlewick.errors import TraceError
from candlewick.trace import trace

VALUES = """
close.diff().apply(lambda x: x if x > 0 else 0)
close.diff().apply(lambda x: 1 if x > 0 else (-1 if x < 0 else 0))
close.diff().apply(lambda x: max(x, 0)).ewm(alpha=1 / 14, adjust=False).mean()
close.diff().apply(lambda x: -min(x, 0))
close.diff().map(lambda x: np.nan if x == 0 else x)
close.diff().apply(lambda x: x and 1)
close.diff().apply(lambda x: float(x) if not np.isnan(x) else 0.0)
close.apply(lambda x: x if 99 < x < 101 or x > 105 else 0)
close.apply(lambda x: math.log(x)) + close.apply(math.sqrt)
close.apply(lambda x: int(x)) + close.apply(lambda x: round(x, 1))
close.apply(lambda x, k, m=1: x * k - m, args=(3,), m=2)
close.apply(lambda x: 1 if x in (100.0, 101.0) else 0)
volume.apply(lambda x: 0 if pd.isna(x) else 1)
volume.apply(lambda x: x if isinstance(x, float) else 0)
volume.apply(lambda x: x if isinstance(x, int) else 0)
volume.apply(lambda x: x if type(x) is float else 0)
(close > open).map({True: 1, False: -1}).cumsum()
pd.DataFrame({"a": close.diff(), "b": open.diff()}).apply(lambda r: r["a"] if r.a > r["b"] and r["a"] > 0 else 0, axis=1)
pd.DataFrame({"a": close, "b": open}).apply(lambda r: max(r["a"], r["b"], 100), axis=1)
pd.DataFrame({"a": close, "b": volume}).apply(lambda r: r.sum() - r.mean(), axis=1)
pd.DataFrame({"a": close, "b": volume}).apply(np.sum, axis=1)
pd.DataFrame({"a": close, "b": open}).apply(lambda column: column.diff())["a"]
close.combine(open, lambda x, y: x if x > y else 2 * y) + volume.combine(open, np.maximum).fillna(0)
"""
WINDOWS = """
lambda x: np.dot(x, np.arange(5, dtype=float))
lambda x: np.sort(x)[1] + np.median(np.abs(x - np.median(x)))
lambda x: (x[-1] > x[0]) + (x[-1] > x[1])
lambda x: x[0] if x[-1] > x[0] else x[-1]
lambda x: 1.0 if x[-1] > x.mean() else 0.0
lambda x: float(np.argmax(x)) / 5 * 100
lambda x: int(np.argmin(x[::-1]))
lambda x: (len(x) - 1 - x.argmax()) / len(x)
lambda x: (x * np.arange(5)).sum() / 10
lambda x: (pd.Series([1.0, 2.0, 3.0, 4.0, 5.0]) * x).sum()
lambda x: np.dot(x[::-1], np.arange(5))
lambda x: x @ np.arange(5)
lambda x: np.average(x, weights=np.exp(np.arange(5)))
lambda x: np.polyfit(range(len(x)), x, deg=1)[1]
lambda x: np.sum(np.where(x >= 100, x, 0.0))
lambda x: x[x > x.mean()].sum() - np.mean(x[x > 90])
lambda x: ((x > 95) & (x < 105)).sum()
lambda x: (~(x > 100)).sum()
lambda x: (np.diff(x) > 0).all()
lambda x: (x[1:] > x[:-1]).sum()
lambda x: (x[-1] > x).mean()
lambda x: np.prod(1 + x / 1000) - 1
lambda x: np.exp(np.mean(np.log(x)))
lambda x: len(x) / np.sum(1 / x)
lambda x: np.sqrt(np.mean(np.minimum(x - np.mean(x), 0) ** 2))
lambda x: np.cumsum(x - x.mean()).max() - np.cumsum(x - x.mean()).min()
lambda x: np.max(np.abs(np.diff(x)))
lambda x: np.clip(x, 99, 101).mean()
lambda x: pd.Series(x).rank(pct=True).iloc[-1]
lambda x: pd.Series(x).std()
lambda x: np.mean(x[-3:]) - np.mean(x[:2])
lambda x: sum(1 for v in x if v > 100)
lambda x: sum([v * k for k, v in enumerate(x)])
lambda x: max(x) - min(x)
lambda x: np.mean(np.abs(x - np.median(x)))
lambda x: ((x - x.mean()) ** 2).sum() / 4
lambda x: np.log(x / 100 - 1).sum()
lambda x: np.subtract(*np.percentile(x, [75, 25])) + np.quantile(x, [0.1, 0.9])[1]
lambda x: np.average(x, weights=range(1, len(x) + 1)) + np.average(abs(x - 100), weights=x)
lambda x: (np.maximum.accumulate(x) - x).max() + np.add.accumulate(x)[1]
lambda x: np.polyfit(np.arange(len(x)), x, 2)[0] + np.polyfit(np.arange(len(x)), x, deg=3)[-1]
lambda x: np.poly1d(np.polyfit(range(len(x)), x, 1))(len(x)) - np.polyval(np.polyfit(range(len(x)), x, 1), 0)
lambda x: np.linalg.lstsq(np.vstack([np.arange(len(x)), np.ones(len(x))]).T, x, rcond=None)[0][0]
lambda x: np.linalg.norm(x - 100) + getattr(np, "trapezoid", getattr(np, "trapz", None))(x) + np.cov(np.arange(len(x)), x)[0, 1]
lambda x: x[x > 100].std() + x[x < x.mean()].var(ddof=1) + np.std(x[x >= x.min()])
lambda x: np.corrcoef(x[:-1], x[1:])[0, 1]
lambda x: x.clip(99, 101).mean() + (x - 1).clip(100).max()
max
np.ptp
"""
SERIES_WINDOWS = """
lambda x: (x / x.mean() - 1).where(x > 100, 0.5).sum() + x.mask(x > x.mean()).mean() + x.where(x < x.mean()).std()
lambda x: x.skew() + x.kurt() + x.sem() + x.count()
lambda x: x.autocorr(lag=1) + (x.cummax() - x).max() + x.cumprod().iloc[1]
lambda x: ((x - x.mean()) / x.std()).iloc[-1]
lambda x: (x.iloc[-1] - x.iloc[0]) / x.iloc[0]
lambda x: abs(x - x.mean()).mean()
lambda x: np.log(x / 100 - 1).mean()
lambda x: np.log(x / 100 - 1).std()
lambda x: ((x - x.mean()) ** 3).mean() / x.std() ** 3
lambda x: x.rank(pct=True).iloc[-1]
lambda x: x.quantile(0.3)
lambda x: abs(x.iloc[-1] - x.iloc[0]) / x.diff().abs().sum() + x.diff().std()
"""


def evaluated(text: str):
    return eval(text, {"np": np, "pd": pd, "math": math})


@pytest.mark.parametrize("text", VALUES.strip().splitlines())
def test_a_function_of_each_value_is_a_choice_per_candle(text, agrees):
    agrees(evaluated(f"lambda ts, open, high, low, close, volume: {text}"))


@pytest.mark.parametrize("text", WINDOWS.strip().splitlines())
def test_a_function_of_a_window_is_recognised(text, agrees):
    agrees(lambda close, **_: close.rolling(5).apply(evaluated(text), raw=True))


@pytest.mark.parametrize("text", SERIES_WINDOWS.strip().splitlines())
def test_a_function_of_a_window_that_is_a_series_skips_what_is_missing(text, agrees):
    agrees(lambda close, **_: close.rolling(5).apply(evaluated(text)))


def with_memory(close):
    seen = []

    def step(value):
        seen.append(value)
        return sum(seen[-2:])

    return close.apply(step)


def with_nonlocal(close):
    last = 0.0

    def step(value):
        nonlocal last
        last = 0.5 * last + 0.5 * value
        return last

    return close.apply(step)


def with_a_sum(close):
    total = [0.0]

    def step(value):
        total[0] += value
        return total[0]

    return close.apply(step)


def counting_windows(close):
    calls = [0]

    def mean(window):
        calls[0] += 1
        return window.mean() * calls[0]

    return close.rolling(5).apply(mean, raw=True)


REFUSED = {
    "memory": with_memory,
    "sum": with_a_sum,
    "nonlocal": with_nonlocal,
    "counter": counting_windows,
    "looked up": lambda close: close.apply(lambda x: {1.0: 2.0}.get(x, 0.0)),
    "member of a set": lambda close: close.apply(lambda x: 1 if x in {1.0, 2.0} else 0),
    "text": lambda close: close.apply(lambda x: len(f"{x}")),
    "None": lambda close: close.apply(lambda x: None if x > 100 else x),
    "bool or number": lambda close: close.apply(lambda x: True if x > 100 else 0),
    "many branches": lambda close: close.rolling(9).apply(lambda x: sorted(x)[4], raw=True),
    "difference of truths": lambda close: close.rolling(5).apply(lambda x: np.diff(x > 100).sum(), raw=True),
    "wide": lambda close: close.rolling(2000).apply(np.prod, raw=True),
    "math on a column": lambda close: close + math.sqrt(close),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_function_of_the_value_is_refused(name):
    with pytest.raises(TraceError) as caught:
        trace(lambda inputs: {"y": REFUSED[name](inputs["close"])})
    assert caught.value.hint
    assert caught.value.where[0].file == __file__
