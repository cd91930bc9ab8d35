"""Trend: where the price stands against its own past, and how directly it got there."""

import pandas as pd
from hamilton.function_modifiers import config


@config.when(enabled="trend")
def sma_ratio_200(close: pd.Series) -> pd.Series:
    """Close over its simple moving average of 200 candles, less one.

    Shape: one value per candle; above 0 in an uptrend
    Units: fraction of the average
    Lookback: 199 candles
    NaN: first 199 candles
    Source: Brock, Lakonishok & LeBaron 1992
    """
    return close / close.rolling(200).mean() - 1.0


@config.when(enabled="trend")
def sma_cross_50_200(close: pd.Series) -> pd.Series:
    """Simple moving average of 50 candles over that of 200, less one.

    Shape: one value per candle; crosses 0 upward at a "golden cross"
    Units: fraction of the slow average
    Lookback: 199 candles
    NaN: first 199 candles
    Source: Brock, Lakonishok & LeBaron 1992
    """
    return close.rolling(50).mean() / close.rolling(200).mean() - 1.0


@config.when(enabled="trend")
def efficiency_ratio_10(close: pd.Series) -> pd.Series:
    """Net move of the close over 10 candles divided by the path it walked.

    Shape: one value per candle, 0 (noise) to 1 (a straight line)
    Units: ratio
    Lookback: 10 candles
    NaN: first 10 candles; a window in which the close never moved
    Source: Kaufman 1995, efficiency ratio
    """
    path = close.diff().abs().rolling(10).sum()
    ratio = (close - close.shift(10)).abs() / path.where(path > 0)
    return ratio.clip(upper=1.0)  # in a straight line, rounding alone can lift it above 1


@config.when(enabled="trend")
def donchian_position_20(high: pd.Series, low: pd.Series, close: pd.Series) -> pd.Series:
    """Place of the close between the lowest low and the highest high of 20 candles.

    Shape: one value per candle, 0 (at the low) to 1 (at the high)
    Units: fraction of the channel
    Lookback: 19 candles
    NaN: first 19 candles; a channel without height
    Source: Donchian 1960
    """
    bottom = low.rolling(20).min()
    height = high.rolling(20).max() - bottom
    return (close - bottom) / height.where(height > 0)


@config.when(enabled="trend")
def distance_to_high_252(high: pd.Series, close: pd.Series) -> pd.Series:
    """Close over the highest high of 252 candles (a year of daily candles), less one.

    Shape: one value per candle, never above 0
    Units: fraction of the high
    Lookback: 251 candles
    NaN: first 251 candles
    Source: George & Hwang 2004
    """
    return close / high.rolling(252).max() - 1.0


@config.when(enabled="trend")
def plus_di_14(high: pd.Series, low: pd.Series, atr_14: pd.Series) -> pd.Series:
    """Positive directional indicator: smoothed upward movement as a percentage of the average true range.

    Wilder's smoothing is ewm(alpha=1/14, adjust=False): seeded by the first value, not by the mean of the first 14.

    Shape: one value per candle
    Units: percent
    Lookback: unbounded (recursive)
    NaN: first 14 candles; while the average true range is 0
    Source: Wilder 1978, directional movement
    """
    return 100.0 * _directional(high.diff(), -low.diff()) / atr_14.where(atr_14 > 0)


@config.when(enabled="trend")
def minus_di_14(high: pd.Series, low: pd.Series, atr_14: pd.Series) -> pd.Series:
    """Negative directional indicator: smoothed downward movement as a percentage of the average true range.

    Wilder's smoothing as in plus_di_14.

    Shape: one value per candle
    Units: percent
    Lookback: unbounded (recursive)
    NaN: first 14 candles; while the average true range is 0
    Source: Wilder 1978, directional movement
    """
    return 100.0 * _directional(-low.diff(), high.diff()) / atr_14.where(atr_14 > 0)


@config.when(enabled="trend")
def adx_14(plus_di_14: pd.Series, minus_di_14: pd.Series) -> pd.Series:
    """Average directional index: smoothed imbalance of the two directional indicators.

    Wilder's smoothing as in plus_di_14. Strength of a trend, whichever its direction.

    Shape: one value per candle, 0 to 100
    Units: percent
    Lookback: unbounded (recursive)
    NaN: first 27 candles
    Source: Wilder 1978, directional movement
    """
    total = plus_di_14 + minus_di_14
    imbalance = (plus_di_14 - minus_di_14).abs() / total.where(total > 0)
    return 100.0 * _wilder(imbalance, 14)


def _directional(move: pd.Series, opposite: pd.Series) -> pd.Series:
    """Wilder's average of ``move`` where it is positive and the larger of the two, of 0 elsewhere."""
    return _wilder(move.clip(lower=0.0).mask(move <= opposite, 0.0), 14)


def _wilder(x: pd.Series, n: int) -> pd.Series:
    return x.ewm(alpha=1.0 / n, adjust=False, min_periods=n).mean()
