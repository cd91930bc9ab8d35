"""Candle shape: what happened inside a candle, and against its neighbours."""

import numpy as np
import pandas as pd
from hamilton.function_modifiers import config


@config.when(enabled="candle_shape")
def body_ratio(open: pd.Series, high: pd.Series, low: pd.Series, close: pd.Series) -> pd.Series:
    """Close less open, over high less low.

    Shape: one value per candle, -1 (fell from high to low) to 1 (rose from low to high)
    Units: fraction of the range
    Lookback: 0 candles
    NaN: never; a candle without range has no shape
    Source: Nison 1991, real body
    """
    return (close - open) / _height(high, low)


@config.when(enabled="candle_shape")
def upper_wick_ratio(open: pd.Series, high: pd.Series, low: pd.Series, close: pd.Series) -> pd.Series:
    """Part of the range above the body.

    Shape: one value per candle, 0 to 1
    Units: fraction of the range
    Lookback: 0 candles
    NaN: never; a candle without range has no shape
    Source: Nison 1991, upper shadow
    """
    return (high - np.maximum(open, close)) / _height(high, low)


@config.when(enabled="candle_shape")
def lower_wick_ratio(open: pd.Series, high: pd.Series, low: pd.Series, close: pd.Series) -> pd.Series:
    """Part of the range below the body.

    Shape: one value per candle, 0 to 1
    Units: fraction of the range
    Lookback: 0 candles
    NaN: never; a candle without range has no shape
    Source: Nison 1991, lower shadow
    """
    return (np.minimum(open, close) - low) / _height(high, low)


@config.when(enabled="candle_shape")
def range_to_atr(high: pd.Series, low: pd.Series, atr_14: pd.Series) -> pd.Series:
    """High less low, over the average true range.

    Shape: one value per candle; above 1 where the candle is larger than usual
    Units: average true ranges
    Lookback: unbounded (recursive)
    NaN: first 13 candles; while the average true range is 0
    Source: Wilder 1978; wide-ranging candles as in Crabel 1990
    """
    return (high - low) / atr_14.where(atr_14 > 0)


@config.when(enabled="candle_shape")
def inside_bar(high: pd.Series, low: pd.Series) -> pd.Series:
    """Whether the candle lies strictly inside the one before.

    Shape: one bool per candle; False on the first
    Units: none
    Lookback: 1 candle
    NaN: never
    Source: Crabel 1990, inside day
    """
    return (high < high.shift(1)) & (low > low.shift(1))


@config.when(enabled="candle_shape")
def narrow_range_7(high: pd.Series, low: pd.Series) -> pd.Series:
    """Whether the range is the narrowest of 7 candles, ties included.

    Shape: one bool per candle; False on the first 6
    Units: none
    Lookback: 6 candles
    NaN: never
    Source: Crabel 1990, NR7
    """
    height = high - low
    return height == height.rolling(7).min()


@config.when(enabled="candle_shape")
def engulfing(open: pd.Series, close: pd.Series) -> pd.Series:
    """Whether the body turns against the body before and covers it: 1 upward, -1 downward, 0 neither.

    Shape: one value per candle; 0 on the first
    Units: none
    Lookback: 1 candle
    NaN: never
    Source: Nison 1991, engulfing pattern
    """
    before_open, before_close = open.shift(1), close.shift(1)
    upward = (close > open) & (before_close < before_open) & (open <= before_close) & (close >= before_open)
    downward = (close < open) & (before_close > before_open) & (open >= before_close) & (close <= before_open)
    return upward.astype(float) - downward.astype(float)


def _height(high: pd.Series, low: pd.Series) -> pd.Series:
    height = high - low
    return height.where(height > 0)
