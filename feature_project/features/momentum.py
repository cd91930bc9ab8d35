"""Momentum: whether the move has legs. The group is off in the baseline: turn it on with `WICK_ENABLED=+momentum`."""

import math

import numpy as np
import pandas as pd
from hamilton.function_modifiers import config


@config.when(enabled="momentum")
def rsi_14(close: pd.Series) -> pd.Series:
    """Relative strength index: average gain over the sum of average gain and average loss, 14 candles.

    Averages are in Wilder's smoothing as ewm(alpha=1/14, adjust=False): seeded by the first change, not by the mean of
    the first 14. The first values differ from a chart that starts in Wilder's way by several points; the difference
    shrinks by 7 % a candle.

    Shape: one value per candle, 0 (only losses) to 100 (only gains)
    Units: percent
    Lookback: unbounded (recursive)
    NaN: first 14 candles; while the close has never moved
    Source: Wilder 1978, relative strength index
    """
    change = close.diff()
    gain = _wilder(change.clip(lower=0.0), 14)
    loss = _wilder(-change.clip(upper=0.0), 14)
    return 100.0 * (gain / (gain + loss))


@config.when(enabled="momentum")
def macd(close: pd.Series) -> pd.Series:
    """Exponential moving average of the close over 12 candles, less that over 26.

    Averages are ewm(span=n, adjust=False), seeded by the first close.

    Shape: one value per candle
    Units: price
    Lookback: unbounded (recursive)
    NaN: first 25 candles
    Source: Appel 2005, MACD
    """
    return _ema(close, 12) - _ema(close, 26)


@config.when(enabled="momentum")
def macd_signal(macd: pd.Series) -> pd.Series:
    """Exponential moving average of the MACD over 9 candles.

    Shape: one value per candle
    Units: price
    Lookback: unbounded (recursive)
    NaN: first 33 candles
    Source: Appel 2005, signal line
    """
    return _ema(macd, 9)


@config.when(enabled="momentum")
def macd_histogram(macd: pd.Series, macd_signal: pd.Series) -> pd.Series:
    """MACD less its signal line.

    Shape: one value per candle
    Units: price
    Lookback: unbounded (recursive)
    NaN: first 33 candles
    Source: Aspray 1988, MACD momentum
    """
    return macd - macd_signal


@config.when(enabled="momentum")
def stochastic_k_14(high: pd.Series, low: pd.Series, close: pd.Series) -> pd.Series:
    """Fast %K: place of the close between the lowest low and the highest high of 14 candles.

    Shape: one value per candle, 0 to 100
    Units: percent
    Lookback: 13 candles
    NaN: first 13 candles; 14 candles without any range
    Source: Lane 1984
    """
    bottom = low.rolling(14).min()
    height = high.rolling(14).max() - bottom
    return 100.0 * ((close - bottom) / height.where(height > 0))


@config.when(enabled="momentum")
def stochastic_d_14(stochastic_k_14: pd.Series) -> pd.Series:
    """Fast %D: mean of the last 3 values of %K.

    Shape: one value per candle, 0 to 100
    Units: percent
    Lookback: 15 candles
    NaN: first 15 candles; a missing %K among the 3
    Source: Lane 1984
    """
    return stochastic_k_14.rolling(3).mean()


@config.when(enabled="momentum")
def cci_20(high: pd.Series, low: pd.Series, close: pd.Series) -> pd.Series:
    """Commodity channel index: typical price less its mean of 20 candles, in units of 0.015 mean absolute deviations.

    Shape: one value per candle; beyond +100 and -100 the price has left its usual channel
    Units: none
    Lookback: 19 candles
    NaN: first 19 candles; a window of equal typical prices
    Source: Lambert 1980
    """
    price = (high + low + close) / 3.0
    window = price.rolling(20)
    deviation = window.apply(lambda x: np.abs(x - x.mean()).mean(), raw=True)
    # The deviation of equal prices can be a rounding error instead of 0, so equality is asked of the prices.
    return (price - window.mean()) / (0.015 * deviation.where(window.max() > window.min()))


@config.when(enabled="momentum")
def momentum_252_21(close: pd.Series) -> pd.Series:
    """Log return from 252 to 21 candles ago: a year of daily candles without its last month.

    Shape: one value per candle
    Units: log return over 231 candles
    Lookback: 252 candles
    NaN: first 252 candles
    Source: Jegadeesh & Titman 1993
    """
    return np.log(close.shift(21) / close.shift(252))


@config.when(enabled="momentum")
def volatility_scaled_momentum_63(close: pd.Series, log_return: pd.Series) -> pd.Series:
    """Log return over 63 candles, over the volatility of that span: 63 candles' deviation times the root of 63.

    Shape: one value per candle
    Units: standard deviations of a 63-candle return
    Lookback: 63 candles
    NaN: first 63 candles; a window of equal returns
    Source: Moskowitz, Ooi & Pedersen 2012
    """
    deviation = log_return.rolling(63).std() * math.sqrt(63.0)
    return np.log(close / close.shift(63)) / deviation.where(deviation > 0)


def _wilder(x: pd.Series, n: int) -> pd.Series:
    return x.ewm(alpha=1.0 / n, adjust=False, min_periods=n).mean()


def _ema(x: pd.Series, n: int) -> pd.Series:
    return x.ewm(span=n, adjust=False, min_periods=n).mean()
