"""Indicators as the libraries spell them: seeds by place, arrays, runs, days, windows side by side."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view

from .judged import Known

EPS = float(np.finfo(float).eps)


def ema_from_mean(close, n=12):
    """The exponential mean seeded with the mean of the first n, as TA-Lib has it."""
    series = close.copy()
    seed = series.iloc[:n].mean()
    series.iloc[: n - 1] = np.nan
    series.iloc[n - 1] = seed
    return series.ewm(span=n, adjust=False).mean()


def macd_from_means(close):
    line = ema_from_mean(close, 12) - ema_from_mean(close, 26)
    begun = line.loc[line.first_valid_index() :,]
    signal = ema_from_mean(begun, 9)
    return pd.DataFrame({"line": line, "signal": signal, "histogram": line - signal})


def double_ema(close):
    one = ema_from_mean(close, 8)
    two = ema_from_mean(one.loc[one.first_valid_index() :], 8)
    return 2 * one - two


def wilder_from_mean(close, n=14):
    change = close.diff()
    rise, fall = change.clip(lower=0), -change.clip(upper=0)
    for side in (rise, fall):
        seed = side.iloc[1 : n + 1].mean()
        side.iloc[:n], side.iloc[n] = np.nan, seed
    strength = rise.ewm(alpha=1 / n, adjust=False).mean() / fall.ewm(alpha=1 / n, adjust=False).mean()
    return 100 - 100 / (1 + strength)


def non_zero(x, y):
    span = x - y
    if span.eq(0).any().any():
        span += EPS
    return span


def balance_of_power(open, high, low, close):
    return non_zero(close, open) / (non_zero(high, low) + 0.01)


def true_range_without_first(high, low, close, drift=1):
    before = close.shift(drift)
    ranges = pd.concat([non_zero(high, low), high - before, before - low], axis=1)
    span = ranges.abs().max(axis=1)
    span.iloc[:drift] = np.nan
    return span


def cumulative_return(close):
    return close / close.iloc[0] - 1


def line_through_window(close, n=14):
    x = np.arange(n)
    windows = sliding_window_view(np.asarray(close, dtype=float), n)
    slope = ((windows - windows.mean(axis=1, keepdims=True)) * (x - x.mean())).sum(axis=1) / ((x - x.mean()) ** 2).sum()
    out = np.full(len(close), np.nan)
    out[n - 1 :] = windows.mean(axis=1) + slope * (n - 1 - x.mean())
    return pd.Series(out, index=close.index)


def gaussian_mean(close, n=9, sigma=6.0):
    place = np.arange(n)
    weights = np.exp(-((place - 0.85 * (n - 1)) ** 2) / (2 * (n / sigma) ** 2))
    out = np.concatenate([np.full(n - 1, np.nan), sliding_window_view(close.to_numpy(), n) @ (weights / weights.sum())])
    return pd.Series(out, index=close.index)


def triangular_mean(close, n=7):
    weights = np.concatenate([np.arange(1, 5), np.arange(3, 0, -1)]) / 16
    return pd.Series(np.append([np.nan] * (n - 1), np.convolve(close, weights, mode="valid")), index=close.index)


def strided_spread(close, n=10):
    data = close.values
    shape = data.shape[:-1] + (data.shape[-1] - n + 1, n)  # noqa: RUF005 - as it is written
    strides = data.strides + (data.strides[-1],)  # noqa: RUF005 - as it is written
    windows = np.lib.stride_tricks.as_strided(data, shape=shape, strides=strides)
    calculated = np.std(windows, axis=-1, ddof=1)
    series = np.empty(len(data)) * np.nan
    series[-len(calculated) :] = calculated
    return pd.Series(index=close.index, data=series)


def guarded_spread(close, n=20):
    return strided_spread(close, n) if len(close) > n else close.rolling(n, min_periods=n).std()


def momentum_of_arrays(close, n=10):
    values = close.values
    change = np.concatenate([np.full(n, np.nan), values[n:] - values[:-n]])
    ratio = np.full_like(values, np.nan)
    ratio[n:] = values[n:] / values[:-n] - 1
    return pd.DataFrame({"change": change, "ratio": ratio}, index=close.index)


def rolled_true_range(high, low, close):
    before = np.roll(close.values, 1)
    before[0] = close.values[0]
    widest = np.maximum(high.values - low.values, np.maximum(np.abs(high.values - before), np.abs(low.values - before)))
    return pd.Series(widest, index=close.index).rolling(14).mean()


def price_volume_trend(close, volume):
    change = np.diff(close, prepend=close.iloc[0]) / close.shift(1).fillna(close.iloc[0])
    return (change * volume).cumsum()


def negative_volume(close, volume):
    direction = np.sign(volume.diff())
    direction.iloc[0] = 1.0
    change = 100 * close.pct_change(fill_method=None)
    fallen = direction[direction < 0].abs() * change
    return fallen.fillna(0).cumsum() + 1000


def streaks(close):
    up = np.sign(close.diff()).fillna(0)
    run = up.groupby((up != up.shift()).cumsum()).cumcount() + 1
    return run * up


def candles_since_cross(close):
    above = close > close.rolling(10).mean()
    crossed = above & ~above.shift(1, fill_value=False)
    return above.groupby(crossed.cumsum()).cumcount()


def since_signal(close):
    place = pd.Series(np.arange(len(close)), index=close.index)
    return place - place.where(close > close.rolling(10).max().shift(1)).ffill()


def daily_vwap(high, low, close, volume, ts):
    typical = (high + low + close) / 3
    return (typical * volume).groupby(ts.dt.date).cumsum() / volume.groupby(ts.dt.date).cumsum()


def opening_range(high, close):
    day = high.index.normalize()
    return close / high.groupby(day).cummax() - 1


def time_of_day(close):
    hour = close.index.hour + close.index.minute / 60
    wave = pd.Series(np.sin(2 * np.pi * hour / 24), index=close.index)
    return pd.DataFrame({"wave": wave, "late": (close.index.hour // 6 == 3) * 1.0}, index=close.index)


def counted_rises(close):
    return close.diff().apply(lambda x: (x > 0) - (x < 0)).rolling(10).sum()


def median_deviation(close):
    return close.rolling(9).apply(lambda w: np.median(np.abs(w - np.median(w))), raw=True)


def trend_correlation(close):
    return close.rolling(12).apply(lambda w: np.corrcoef(np.arange(12), w)[0, 1], raw=True)


def grown_window(close):
    return close.rolling(8, min_periods=1).apply(lambda w: w[-1] / w[0] - 1, raw=True)


def volume_beside_price(close, volume):
    return close.ewm(span=10).corr(volume) + close.ewm(span=10, adjust=False).cov(volume, bias=True)


def shape_so_far(close):
    change = np.log(close).diff()
    return pd.DataFrame({"skew": change.expanding(20).skew(), "tails": change.expanding(20).kurt()})


def balance_by_guards(close, volume):
    frame = pd.DataFrame({"close": close, "volume": volume})
    frame["balance"] = np.nan
    rises, falls = frame["close"] > frame["close"].shift(), frame["close"] < frame["close"].shift()
    if rises.any():
        frame.loc[rises, "balance"] = frame["volume"]
    if falls.any():
        frame.loc[falls, "balance"] = -frame["volume"]
    return frame["balance"].fillna(0).cumsum()


def before_current(close):
    windows = close.rolling(10, closed="left")
    return (close - windows.mean()) / windows.std()


# name: (lookback, warm-up, class); no lookback is unbounded, no warm-up never settles
KNOWN = {
    ema_from_mean: (None, 95, "R"), macd_from_means: (None, 268, "R"), double_ema: (None, 118, "R"),
    wilder_from_mean: (None, 202, "R"), balance_of_power: (0, 0, "S"), true_range_without_first: (None, 1, "R"),
    cumulative_return: (None, None, "R"), line_through_window: (13, 13, "B"), gaussian_mean: (8, 8, "B"),
    triangular_mean: (6, 6, "B"), strided_spread: (9, 9, "B"), guarded_spread: (19, 19, "B"),
    momentum_of_arrays: (10, 10, "B"), rolled_true_range: (None, 14, "R"), price_volume_trend: (None, None, "R"),
    negative_volume: (None, None, "R"), streaks: (None, None, "R"), candles_since_cross: (None, None, "R"),
    since_signal: (None, None, "R"), daily_vwap: (None, None, "R"), opening_range: (None, None, "R"),
    time_of_day: (0, 0, "S"), counted_rises: (10, 10, "B"), median_deviation: (8, 8, "B"),
    trend_correlation: (11, 11, "B"), grown_window: (None, 7, "R"), volume_beside_price: (None, 69, "R"),
    shape_so_far: (None, None, "R"), balance_by_guards: (None, None, "R"), before_current: (10, 10, "B"),
}  # fmt: skip


class TestCorpus(Known):
    functions = KNOWN
