"""Liquidity: what it costs to trade, estimated from candles alone."""

import math

import numpy as np
import pandas as pd
from hamilton.function_modifiers import config


@config.when(enabled="liquidity")
def amihud_illiquidity_20(close: pd.Series, volume: pd.Series, log_return: pd.Series) -> pd.Series:
    """Logarithm of the mean of |log return| per unit of money traded, over 20 candles.

    The mean is over the candles that traded, as in the paper; at least 15 of the 20 must have.

    Shape: one value per candle; higher where less money moves the price more
    Units: log of (log return per unit of currency)
    Lookback: 20 candles
    NaN: first 15 candles; more than 5 of 20 candles without volume; a window in which the price never moved
    Source: Amihud 2002
    """
    impact = log_return.abs() / (close * volume).where(volume > 0)
    mean = impact.rolling(20, min_periods=15).mean()
    return np.log(mean.where(mean > 0))


@config.when(enabled="liquidity")
def corwin_schultz_spread_20(high: pd.Series, low: pd.Series) -> pd.Series:
    """Bid-ask spread implied by highs and lows, mean of 20 two-candle estimates.

    A high is mostly a buy and a low a sell, so their ratio holds the spread once and volatility in proportion to time;
    one candle against two tells them apart. Negative estimates count as 0; opening gaps are not adjusted for.

    Shape: one value per candle, 0 or more
    Units: fraction of the price
    Lookback: 20 candles
    NaN: first 20 candles
    Source: Corwin & Schultz 2012, eq. 14 and 18
    """
    ranges = np.log(high / low) ** 2
    beta = ranges + ranges.shift(1)
    gamma = np.log(high.rolling(2).max() / low.rolling(2).min()) ** 2
    scale = 3.0 - 2.0 * math.sqrt(2.0)
    alpha = (math.sqrt(2.0) - 1.0) * np.sqrt(beta) / scale - np.sqrt(gamma / scale)
    spread = 2.0 * (np.exp(alpha) - 1.0) / (1.0 + np.exp(alpha))
    return spread.clip(lower=0.0).rolling(20).mean()


@config.when(enabled="liquidity")
def roll_spread_20(log_return: pd.Series) -> pd.Series:
    """Bid-ask spread implied by the bounce between bid and ask, over 20 pairs of log returns.

    Shape: one value per candle; 0 where neighbouring returns do not move against each other
    Units: fraction of the price
    Lookback: 21 candles
    NaN: first 21 candles
    Source: Roll 1984
    """
    covariance = log_return.rolling(20).cov(log_return.shift(1))
    return 2.0 * np.sqrt((-covariance).clip(lower=0.0))
