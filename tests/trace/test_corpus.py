"""Indicators in the many styles people write them in: each traces unchanged, equals pandas, and has known facts."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .judged import Known


def sma(close, n=20):
    return close.rolling(window=n, min_periods=n).mean()


def ema(close, n=12):
    return close.ewm(span=n, min_periods=n, adjust=False).mean()


def wilder(x, n=14):
    return x.ewm(alpha=1.0 / n, min_periods=n, adjust=False).mean()


def true_range(high, low, close):
    before = close.shift(1)
    return pd.concat([high - low, (high - before).abs(), (low - before).abs()], axis=1).max(axis=1)


def true_range_of_arrays(high, low, close):
    before = close.shift(1)
    return pd.Series(np.nanmax([high - low, abs(high - before), abs(low - before)], axis=0), index=close.index)


def true_range_in_a_frame(high, low, close):
    frame = pd.DataFrame(index=close.index)
    frame["range"] = high - low
    frame["up"] = np.abs(high - close.shift())
    frame["down"] = np.abs(low - close.shift())
    return frame[["range", "up", "down"]].max(axis=1)


def atr(high, low, close):
    return wilder(true_range(high, low, close))


def rsi_by_clip(close):
    change = close.diff()
    rise, fall = wilder(change.clip(lower=0)), wilder(-change.clip(upper=0))
    return 100 - 100 / (1 + rise / fall)


def rsi_by_masks(close):
    change = close.diff()
    rise, fall = change.copy(), change.copy()
    rise[rise < 0] = 0
    fall[fall > 0] = 0
    return 100 - 100 / (1 + rise.rolling(14).mean() / fall.abs().rolling(14).mean())


def rsi_by_apply(close):
    change = close.diff()
    rise = change.apply(lambda x: max(0, x)).ewm(com=13, adjust=False).mean()
    fall = change.apply(lambda x: abs(x) if x < 0 else 0).ewm(com=13, adjust=False).mean()
    return pd.Series(np.where(fall == 0, 100, 100 - 100 / (1 + rise / fall)), index=close.index)


def macd_histogram(close):
    line = ema(close, 12) - ema(close, 26)
    return line - line.ewm(span=9, min_periods=9, adjust=False).mean()


def stochastic(high, low, close):
    lowest, highest = low.rolling(14).min(), high.rolling(14).max()
    return (100 * (close - lowest) / (highest - lowest)).rolling(3).mean()


def bollinger_width(close):
    middle, spread = close.rolling(20).mean(), close.rolling(20).std(ddof=0)
    return ((middle + 2 * spread) - (middle - 2 * spread)) / middle


def commodity_channel(high, low, close):
    typical = (high + low + close) / 3.0
    away = typical.rolling(20).apply(lambda w: np.fabs(w - w.mean()).mean(), raw=True)
    return (typical - typical.rolling(20).mean()) / (0.015 * away)


def money_flow_index(high, low, close, volume):
    typical = (high + low + close) / 3.0
    flow = typical * volume * np.where(typical > typical.shift(1), 1, np.where(typical < typical.shift(1), -1, 0))
    up = flow.rolling(14).apply(lambda w: np.sum(np.where(w >= 0.0, w, 0.0)), raw=True)
    down = abs(flow.rolling(14).apply(lambda w: np.sum(np.where(w < 0.0, w, 0.0)), raw=True))
    return 100 - 100 / (1 + up / down)


def aroon_oscillator(high, low):
    up = high.rolling(25).apply(lambda w: float(np.argmax(w) + 1) / 25 * 100, raw=True)
    down = low.rolling(25).apply(lambda w: float(np.argmin(w) + 1) / 25 * 100, raw=True)
    return up - down


def since_highest(high):
    return high.rolling(10).apply(lambda w: int(np.argmax(w[::-1])), raw=True)


def weighted_mean(close):
    weights = np.arange(1, 11)
    return close.rolling(10).apply(lambda w: np.dot(w, weights) / weights.sum(), raw=True)


def hull(close):
    def weighted(x, n):
        weights = pd.Series(range(1, n + 1))
        return x.rolling(n).apply(lambda w: (w * weights).sum() / weights.sum(), raw=True)

    return weighted(2 * weighted(close, 8) - weighted(close, 16), 4)


def slope(close):
    return close.rolling(14).apply(lambda w: np.polyfit(np.arange(len(w)), w, 1)[0], raw=True)


def directional_index(high, low, close):
    up, down = high.diff(), -low.diff()
    plus = pd.Series(np.where((up > down) & (up > 0), up, 0.0), index=high.index)
    minus = pd.Series(np.where((down > up) & (down > 0), down, 0.0), index=high.index)
    span = atr(high, low, close)
    p, m = 100 * wilder(plus) / span, 100 * wilder(minus) / span
    return wilder(100 * (p - m).abs() / (p + m))


def directional_by_rows(high, low):
    frame = pd.DataFrame({"up": high.diff(), "down": -low.diff()})

    def plus(row):
        if row["up"] > row["down"] and row["up"] > 0:
            return row["up"]
        return 0

    return wilder(frame.apply(plus, axis=1))


def on_balance(close, volume):
    return (np.sign(close.diff()).fillna(0) * volume).cumsum()


def on_balance_in_a_frame(close, volume):
    frame = pd.DataFrame({"close": close, "volume": volume})
    frame["signed"] = np.nan
    frame.loc[frame["close"] > frame["close"].shift(), "signed"] = frame["volume"]
    frame.loc[frame["close"] < frame["close"].shift(), "signed"] = -frame["volume"]
    return frame["signed"].fillna(0).cumsum()


def accumulation(high, low, close, volume):
    place = ((close - low) - (high - close)) / (high - low).replace(0, np.nan)
    return (place.fillna(0) * volume).cumsum()


def chaikin(high, low, close, volume):
    line = accumulation(high, low, close, volume)
    return line.ewm(span=3, adjust=False).mean() - line.ewm(span=10, adjust=False).mean()


def ease_of_movement(high, low, volume):
    moved = (high + low).diff() / 2
    return (moved / (volume / 1e6 / (high - low))).replace([np.inf, -np.inf], np.nan).rolling(14).mean()


def vwap_of_window(high, low, close, volume):
    typical = (high + low + close).div(3)
    return typical.mul(volume).rolling(20, min_periods=1).sum() / volume.rolling(20, min_periods=1).sum()


def guarded(close):
    if close is None or len(close) < 10:
        return None
    result = close.rolling(10).mean()
    result.name = "SMA_10"
    result.category = "overlap"
    return result


def efficiency(close):
    return close.diff(10).abs() / close.diff().abs().rolling(10).sum()


def crossing(close):
    fast, slow = sma(close, 5), sma(close, 20)
    return ((fast > slow) & (fast.shift(1) <= slow.shift(1))).astype(int)


def position(close):
    state = pd.Series(np.nan, index=close.index)
    state[close > sma(close, 10)] = 1.0
    state[close < sma(close, 10)] = -1.0
    return state.ffill().fillna(0)


def regimes(close):
    mean, spread = close.rolling(20).mean(), close.rolling(20).std()
    conditions = [close > mean + spread, close < mean - spread]
    return pd.Series(np.select(conditions, [1, -1], default=0), index=close.index)


def score(close):
    return close.rolling(20).agg("mean").pipe(lambda mean: (close - mean) / close.rolling(20).std())


def drawdown(close):
    return close / close.cummax() - 1


def percent_rank(close):
    return close.rolling(20).apply(lambda w: pd.Series(w).rank(pct=True).iloc[-1], raw=True)


def downside(close):
    change = np.log(close / close.shift(1))
    return change.rolling(15).apply(lambda w: np.sqrt(np.mean(np.minimum(w, 0) ** 2)), raw=True)


def parkinson(high, low):
    return np.sqrt((np.log(high / low) ** 2).rolling(10).mean() / (4 * np.log(2)))


def renamed_frame(open, close):
    frame = pd.DataFrame({"Open": open, "Close": close}).rename(columns=str.lower)
    frame.name = "candles"
    return frame.assign(body=lambda f: f["close"] - f["open"])["body"].rolling(3).sum()


def frame_of_means(open, close):
    return pd.DataFrame({"a": open, "b": close}).rolling(5).mean().diff().mean(axis=1)


# name: (lookback, warm-up, class); no lookback is unbounded, no warm-up never settles
KNOWN = {
    sma: (19, 19, "B"), ema: (None, 94, "R"), true_range: (1, 1, "B"), true_range_of_arrays: (1, 1, "B"),
    true_range_in_a_frame: (1, 1, "B"), atr: (None, 201, "R"), rsi_by_clip: (None, 201, "R"),
    rsi_by_masks: (14, 14, "B"), rsi_by_apply: (None, 188, "R"), macd_histogram: (None, 275, "R"),
    stochastic: (15, 15, "B"), bollinger_width: (19, 19, "B"), commodity_channel: (19, 19, "B"),
    money_flow_index: (14, 14, "B"), aroon_oscillator: (24, 24, "B"), since_highest: (9, 9, "B"),
    weighted_mean: (9, 9, "B"), hull: (18, 18, "B"), slope: (13, 13, "B"), directional_index: (None, 401, "R"),
    directional_by_rows: (None, 201, "R"), on_balance: (None, None, "R"), on_balance_in_a_frame: (None, None, "R"),
    accumulation: (None, None, "R"), chaikin: (None, None, "R"), ease_of_movement: (14, 14, "B"),
    vwap_of_window: (19, 19, "B"), guarded: (9, 9, "B"), efficiency: (10, 10, "B"), crossing: (20, 20, "B"),
    position: (None, 9, "R"), regimes: (19, 19, "B"), score: (19, 19, "B"), drawdown: (None, None, "R"),
    percent_rank: (19, 19, "B"), downside: (15, 15, "B"), parkinson: (9, 9, "B"), renamed_frame: (2, 2, "B"),
    frame_of_means: (5, 5, "B"),
}  # fmt: skip


class TestCorpus(Known):
    functions = KNOWN
