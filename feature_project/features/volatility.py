"""Volatility: how far the price moves.

`true_range` and `atr_14` have no group, hence are always on: trend, candle shape and labels need them.
The estimators that read the whole candle need fewer candles than closes alone would, and differ in what they assume:
Parkinson and Garman-Klass no drift and no opening gaps, Rogers-Satchell no opening gaps, Yang-Zhang neither.
"""

import math

import numpy as np
import pandas as pd
from hamilton.function_modifiers import config


def true_range(high: pd.Series, low: pd.Series, close: pd.Series) -> pd.Series:
    """Largest of high - low, |high - previous close| and |low - previous close|.

    Shape: one value per candle; high - low on the first candle, which has no previous close
    Units: price
    Lookback: 1 candle
    NaN: never
    Source: Wilder 1978, volatility index
    """
    previous = close.shift(1)
    return pd.concat([high - low, (high - previous).abs(), (low - previous).abs()], axis=1).max(axis=1)


def atr_14(true_range: pd.Series) -> pd.Series:
    """Average true range over 14 candles, in Wilder's smoothing.

    The smoothing is ewm(alpha=1/14, adjust=False): seeded by the first true range, not by the mean of the first 14, so
    early values differ from a chart that starts in Wilder's way; after 200 candles they agree.

    Shape: one value per candle
    Units: price
    Lookback: unbounded (recursive)
    NaN: first 13 candles
    Source: Wilder 1978, volatility index
    """
    return true_range.ewm(alpha=1.0 / 14, adjust=False, min_periods=14).mean()


@config.when(enabled="volatility")
def atr_normalized(atr_14: pd.Series, close: pd.Series) -> pd.Series:
    """Average true range as a fraction of the close.

    Shape: one value per candle
    Units: fraction of the price
    Lookback: unbounded (recursive)
    NaN: first 13 candles
    Source: Forman 2006, normalized average true range
    """
    return atr_14 / close


@config.when(enabled="volatility")
def realised_volatility_20(log_return: pd.Series) -> pd.Series:
    """Sample standard deviation of the last 20 log returns.

    Shape: one value per candle
    Units: log return per candle (not annualised)
    Lookback: 20 candles
    NaN: first 20 candles
    Source: Hull 2018, ch. 15, volatility from historical data
    """
    return log_return.rolling(20).std()


@config.when(enabled="volatility")
def ewm_volatility(log_return: pd.Series) -> pd.Series:
    """Root of the exponentially weighted mean of squared log returns, decay 0.94.

    The recursion is ewm(alpha=0.06, adjust=False): seeded by the first squared return.

    Shape: one value per candle
    Units: log return per candle (not annualised)
    Lookback: unbounded (recursive)
    NaN: first 20 candles
    Source: J.P. Morgan/Reuters 1996, RiskMetrics technical document, ch. 5
    """
    return np.sqrt((log_return**2).ewm(alpha=0.06, adjust=False, min_periods=20).mean())


@config.when(enabled="volatility")
def parkinson_volatility_20(high: pd.Series, low: pd.Series) -> pd.Series:
    """Parkinson's estimate over 20 candles, from their high-low ranges.

    Shape: one value per candle
    Units: log return per candle (not annualised)
    Lookback: 19 candles
    NaN: first 19 candles
    Source: Parkinson 1980
    """
    return _root_mean(np.log(high / low) ** 2 / (4.0 * math.log(2.0)), 20)


@config.when(enabled="volatility")
def garman_klass_volatility_20(open: pd.Series, high: pd.Series, low: pd.Series, close: pd.Series) -> pd.Series:
    """Garman and Klass's estimate over 20 candles, in its practical form without cross terms.

    Shape: one value per candle
    Units: log return per candle (not annualised)
    Lookback: 19 candles
    NaN: first 19 candles
    Source: Garman & Klass 1980
    """
    variance = 0.5 * np.log(high / low) ** 2 - (2.0 * math.log(2.0) - 1.0) * np.log(close / open) ** 2
    return _root_mean(variance, 20)


@config.when(enabled="volatility")
def rogers_satchell_volatility_20(open: pd.Series, high: pd.Series, low: pd.Series, close: pd.Series) -> pd.Series:
    """Rogers and Satchell's estimate over 20 candles, which a drift does not bias.

    Shape: one value per candle
    Units: log return per candle (not annualised)
    Lookback: 19 candles
    NaN: first 19 candles
    Source: Rogers & Satchell 1991
    """
    return _root_mean(_rogers_satchell(open, high, low, close), 20)


@config.when(enabled="volatility")
def yang_zhang_volatility_20(open: pd.Series, high: pd.Series, low: pd.Series, close: pd.Series) -> pd.Series:
    """Yang and Zhang's estimate over 20 candles, which neither drift nor opening gaps bias.

    Shape: one value per candle
    Units: log return per candle (not annualised)
    Lookback: 20 candles
    NaN: first 20 candles
    Source: Yang & Zhang 2000
    """
    n = 20
    weight = 0.34 / (1.34 + (n + 1) / (n - 1))
    overnight = np.log(open / close.shift(1)).rolling(n).var()
    intraday = np.log(close / open).rolling(n).var()
    path = _rogers_satchell(open, high, low, close).rolling(n).mean().clip(lower=0.0)
    return np.sqrt(overnight + weight * intraday + (1.0 - weight) * path)


@config.when(enabled="volatility")
def volatility_ratio_5_60(log_return: pd.Series) -> pd.Series:
    """Standard deviation of the last 5 log returns over that of the last 60.

    Shape: one value per candle; above 1 where volatility is expanding
    Units: ratio
    Lookback: 60 candles
    NaN: first 60 candles; 60 equal returns
    Source: volatility clustering, Mandelbrot 1963; short over long as in Corsi 2009
    """
    slow = log_return.rolling(60).std()
    return log_return.rolling(5).std() / slow.where(slow > 0)


@config.when(enabled="volatility")
def bollinger_width_20(close: pd.Series) -> pd.Series:
    """Distance between the Bollinger bands (20 candles, 2 population deviations) over the middle band.

    Shape: one value per candle
    Units: fraction of the middle band
    Lookback: 19 candles
    NaN: first 19 candles
    Source: Bollinger 2001, BandWidth
    """
    window = close.rolling(20)
    return 4.0 * window.std(ddof=0) / window.mean()


@config.when(enabled="volatility")
def bollinger_percent_b_20(close: pd.Series) -> pd.Series:
    """Place of the close between the Bollinger bands (20 candles, 2 population deviations).

    Shape: one value per candle; 0 at the lower band, 1 at the upper, beyond them outside
    Units: fraction of the distance between the bands
    Lookback: 19 candles
    NaN: first 19 candles; a window of equal closes
    Source: Bollinger 2001, %b
    """
    window = close.rolling(20)
    deviation = window.std(ddof=0)
    return 0.5 + (close - window.mean()) / (4.0 * deviation.where(deviation > 0))


def _rogers_satchell(open: pd.Series, high: pd.Series, low: pd.Series, close: pd.Series) -> pd.Series:
    return np.log(high / close) * np.log(high / open) + np.log(low / close) * np.log(low / open)


def _root_mean(variance: pd.Series, n: int) -> pd.Series:
    # The variances are never negative; a running mean of them can end a rounding error below 0.
    return np.sqrt(variance.rolling(n).mean().clip(lower=0.0))
