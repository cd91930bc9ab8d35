"""Candles by their place from the start: seeds, openings, arrays that lack the first candles, windows side by side."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from candlewick.analyse import facts
from candlewick.errors import TraceError
from candlewick.trace import trace


def since_the_start(close, open):
    return close / close.iloc[0] + np.log(open.values[0] / close) + close.shift(1).fillna(open.iloc[0])


def seeded(close, n=10):
    smooth = close.copy()
    seed = close[0:n].mean()
    smooth[: n - 1] = np.nan
    smooth.iloc[n - 1] = seed
    return smooth.ewm(span=n, adjust=False).mean()


def seeded_where_it_begins(close, n=5):
    change = close.diff()
    first = change.index.get_loc(change.first_valid_index())
    seed = change.iloc[first : first + n].mean()
    change.iloc[: first + n - 1] = np.nan
    change.iloc[first + n - 1] = seed
    return change.ewm(alpha=1 / n, adjust=False).mean()


def seed_of_what_may_be_missing(volume):
    smooth = volume.copy()
    seed = volume.iloc[:12].mean() + volume.head(12).std() - volume.iloc[:12].min() * 2
    smooth.iloc[:11], smooth.iloc[11] = np.nan, seed
    return smooth.ewm(span=6, adjust=False).mean()


def seed_that_may_be_infinite(close):
    ratio = close / (close - close.shift(1))
    seed = ratio.iloc[:6].sum()
    ratio.iloc[:5], ratio.iloc[5] = np.nan, seed
    return ratio.replace([np.inf, -np.inf], 0.0)


def seeded_from_the_first_value(values, n):
    values = values.copy()
    first = values.first_valid_index()
    place = None if first is None else values.index.get_loc(first)
    if place is None or place + n > values.size:
        return pd.Series(np.nan, index=values.index)
    seed = values.iloc[place : place + n].mean()
    values.iloc[: place + n - 1] = np.nan
    values.iloc[place + n - 1] = seed
    return values.ewm(alpha=1 / n, adjust=False).mean()


def seeds_of_what_begins_somewhere(close, volume):
    smooth = seeded_from_the_first_value(volume, 5)
    ratio = (close - close.shift(2)) / (close - close.shift(1))
    return pd.DataFrame(
        {"once": smooth, "twice": seeded_from_the_first_value(smooth.diff(), 4),
         "ratio": seeded_from_the_first_value(ratio, 6)}
    )  # fmt: skip


def places_where_a_condition_begins_to_hold(high, low, close):
    mean = close.rolling(5).mean()
    values = mean.to_numpy()
    both = np.isfinite(np.vstack([values, low.to_numpy()])).all(axis=0)
    first = np.flatnonzero(both)
    begun = np.where(~np.isnan(values))[0][0]
    span = pd.concat([high - low, (high - close.shift(1)).abs()], axis=1).max(axis=1)
    start = int((high.notna() & low.notna()).to_numpy().argmax())
    span.iloc[: start + 1] = np.nan
    out = np.full(len(values), np.nan)
    out[begun + 2] = values[begun : begun + 3].mean()
    late = mean.iloc[int(first[0]) if first.size else len(mean) :].ewm(span=3).mean().reindex(close.index)
    return seeded_from_the_first_value(span, 4) + late + pd.Series(out, index=close.index).ffill()


def first_by_label(close):
    y = close.copy()
    y.loc[close.index[0]] = 3.0
    return y


def tail_by_label(close):
    mean = close.rolling(5).mean()
    return mean.loc[mean.first_valid_index() :,].ewm(span=3).mean() + close * 0


def rolled(close):
    before = np.roll(close.values, 3)
    before[:3] = np.nan
    first = np.roll(close.values, 1)
    first[0] = close.values[0]
    return pd.Series(close.values / before - first, index=close.index)


def differences(close):
    c = close.values
    out = np.full(len(c), np.nan)
    out[5:] = c[5:] / c[:-5] - 1
    steps = np.concatenate([[np.nan], np.diff(c)]) + np.append([0.0], c[1:] - c[:-1])
    signs = np.zeros_like(c)
    signs[1:] = np.where(c[1:] > c[:-1], 1, -1)
    first = np.diff(close, prepend=close.iloc[0]) + np.insert(np.diff(c), 0, 1.0) + np.pad(np.diff(c), (1, 0))
    return pd.Series(out + steps, index=close.index) + signs.cumsum() + first


def sliding(close, high):
    windows = np.lib.stride_tricks.sliding_window_view(close.values, 7)
    mean = windows.mean(axis=1, keepdims=True)
    parts = [np.abs(windows - mean).mean(axis=1), windows @ np.arange(7), np.median(windows, axis=1)]
    parts += [windows.std(axis=1, ddof=1), windows[:, -1] - windows[:, 0], np.max(windows, axis=1)]
    parts += [np.average(windows, axis=1, weights=np.arange(1, 8)), (windows * np.arange(7)).sum(axis=1)]
    parts += [np.lib.stride_tricks.sliding_window_view(high.values, 7).argmax(axis=1)]
    return pd.Series(np.concatenate([[np.nan] * 6, sum(parts)]), index=close.index)


def sliding_over_infinities(close, open):
    windows = np.lib.stride_tricks.sliding_window_view((close / (close - open)).values, 4)
    out = np.full(len(close), np.nan)
    out[3:] = windows.mean(axis=1)
    return pd.Series(out, index=close.index)


def convolved(close):
    valid = np.concatenate([np.full(4, np.nan), np.convolve(close, np.ones(5) / 5, mode="valid")])
    return pd.Series(valid + np.convolve(close, [0.5, 0.2, 0.1])[: len(close)], index=close.index)


def running_arrays(close, open, volume):
    signed = np.cumsum(np.where(close > open, volume, -volume)) + np.nancumsum(volume.values)
    return pd.Series(signed + np.maximum.accumulate(close.values), index=close.index)


def guarded_against_zero(high, low, close):
    span = high - low
    if span.eq(0).any():
        span += np.finfo(float).eps
    return (close - low) / span * 100.0 * (high != low)


def later(close):
    y = close.iloc[3:]
    mean = close.rolling(5).mean()
    begun = mean.loc[mean.first_valid_index() :]
    marks = pd.Series(np.where(y > 100, 1.0, 0.0), index=y.index)
    parts = [y.cumsum() + y.expanding().mean(), y.shift(2).fillna(7), y.diff().fillna(0), y.isna().astype(float)]
    parts += [y.rolling(4, min_periods=1).sum(), y.where(y > 100, 5.0), y.ewm(span=4, min_periods=3).mean(), marks]
    parts += [y.apply(lambda v: 1.0 if v > 100 else 2.0), y.clip(lower=100).cummax(), begun / begun.iloc[0]]
    frame = pd.DataFrame({str(place): part.reindex(close.index) for place, part in enumerate(parts)})
    frame["aligned"] = begun.fillna(0) + close
    frame["filled"] = close.sub(y, fill_value=0)
    frame["late"] = y
    frame["array"] = np.concatenate([np.full(3, np.nan), y.values])
    return frame


FUNCTIONS = (
    later,
    since_the_start, seeded, seeded_where_it_begins, seed_of_what_may_be_missing, seed_that_may_be_infinite,
    first_by_label, tail_by_label, rolled, differences, sliding, sliding_over_infinities, convolved, running_arrays,
    guarded_against_zero, seeds_of_what_begins_somewhere, places_where_a_condition_begins_to_hold,
)  # fmt: skip


def called(function, inputs):
    return function(*(inputs[name] for name in function.__code__.co_varnames if name in inputs))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_places_from_the_start_are_what_pandas_and_numpy_have_there(function, agrees):
    agrees(lambda **inputs: called(function, inputs))


@pytest.mark.parametrize("name", ["shift", "count", "groups"])
def test_what_counts_the_candles_before_a_later_series_is_refused(name):
    def count(close):
        y = close.iloc[3:]
        up = y > 100
        return {"shift": y.shift(1, fill_value=7), "count": y.rolling(3).count(), "groups": up.cumsum()}[name] + close

    with pytest.raises(TraceError, match="would count those before"):
        trace(lambda inputs: {"y": count(inputs["close"])})


def test_a_seed_fades_though_it_is_anchored():
    known = facts(trace(lambda inputs: {"y": seeded(inputs["close"])}))["y"]
    plain = facts(trace(lambda inputs: {"y": inputs["close"].ewm(span=10, adjust=False).mean()}))["y"]
    assert (known.klass, known.lookback, known.warmup) == ("R", None, 10 + plain.warmup)


def test_what_hangs_on_the_first_candle_never_settles():
    assert facts(trace(lambda inputs: {"y": inputs["close"] / inputs["close"].iloc[0]}))["y"].warmup is None


def test_a_loop_over_rows_is_told_as_one(tmp_path):
    file = tmp_path / "loops.py"
    text = "def f(close):\n    out = close.copy()\n    for i in range(1, len(close)):\n"
    file.write_text(text + "        out.iloc[i] = close.iloc[i] + out.iloc[i - 1]\n    return out\n")
    names = {"__name__": "loops"}
    exec(compile(file.read_text(), str(file), "exec"), names)
    with pytest.raises(TraceError, match="a loop over rows") as caught:
        trace(lambda inputs: {"y": names["f"](inputs["close"])})
    assert (caught.value.code, caught.value.where[0].line) == ("trace-loop", 4)


@pytest.mark.parametrize(
    "line",
    [
        "return x / place",
        "return x - x.iloc[place : place + 4].mean()",
        "x.iloc[place + 1] = x.iloc[place : place + 4].mean()",
        "x.iloc[place:] = 0.0",
        "x.iloc[place - 2] = 0.0",
        "return x.iloc[place]",
        "return x if place < 5 else x + 1",
        "return x.shift(place)",
        "return x.loc[x.first_valid_index() :]",
        "np.full(len(x), 0)[x > 5] = 0.5",
        "marks = np.full(len(x), 0); marks[(x > 5).values] = 0.5",
        "marks = (x > 5).values.copy(); marks[2:] = x.values[2:]",
    ],
)
def test_the_place_of_the_first_value_is_good_for_seeds_only(line):
    text = (
        f"def f(x):\n    x = x.copy()\n    place = x.index.get_loc(x.first_valid_index())\n    {line}\n    return x\n"
    )
    names = {"np": np, "__name__": "seeds"}
    exec(compile(text, "seeds.py", "exec"), names)
    with pytest.raises(TraceError) as caught:
        trace(lambda inputs: {"y": names["f"](inputs["volume"])})
    assert caught.value.hint


def test_arrays_of_integers_keep_what_is_whole(agrees):
    def marks(close, open):
        mark = np.where(close > open, 1, 0)
        mark[0] = 5.0
        mark[(close > open * 1.01).values] = 2
        up = (close > open).values.copy()
        up[:3] = 1
        return pd.Series(mark + up, index=close.index)

    agrees(marks)
