"""Returns: where the price came from. `log_return` has no group: other modules and the labels build on it."""

import numpy as np
import pandas as pd
from hamilton.function_modifiers import config


def log_return(close: pd.Series) -> pd.Series:
    """Natural logarithm of this close over the previous close.

    Shape: one value per candle
    Units: log return per candle
    Lookback: 1 candle
    NaN: first 1 candle
    Source: Campbell, Lo & MacKinlay 1997, section 1.4
    """
    return np.log(close / close.shift(1))


@config.when(enabled="returns")
def log_return_5(close: pd.Series) -> pd.Series:
    """Log return over 5 candles: a trading week of daily candles.

    Shape: one value per candle
    Units: log return over 5 candles
    Lookback: 5 candles
    NaN: first 5 candles
    Source: Jegadeesh 1990, short-term reversal
    """
    return np.log(close / close.shift(5))


@config.when(enabled="returns")
def log_return_21(close: pd.Series) -> pd.Series:
    """Log return over 21 candles: a trading month of daily candles.

    Shape: one value per candle
    Units: log return over 21 candles
    Lookback: 21 candles
    NaN: first 21 candles
    Source: Jegadeesh 1990, one-month reversal
    """
    return np.log(close / close.shift(21))


@config.when(enabled="returns")
def overnight_return(open: pd.Series, close: pd.Series) -> pd.Series:
    """Log return from the previous close to this open.

    Shape: one value per candle; close to 0 in markets that never shut
    Units: log return per candle
    Lookback: 1 candle
    NaN: first 1 candle
    Source: Lou, Polk & Skouras 2019
    """
    return np.log(open / close.shift(1))


@config.when(enabled="returns")
def intraday_return(open: pd.Series, close: pd.Series) -> pd.Series:
    """Log return from this open to this close.

    Shape: one value per candle
    Units: log return per candle
    Lookback: 0 candles
    NaN: never
    Source: Lou, Polk & Skouras 2019
    """
    return np.log(close / open)


@config.when(enabled="returns")
def return_zscore_60(log_return: pd.Series) -> pd.Series:
    """Standard score of the log return among the last 60, itself included.

    Shape: one value per candle
    Units: sample standard deviations
    Lookback: 60 candles
    NaN: first 60 candles; a window of equal returns
    Source: standard score; sudden moves as in Jegadeesh 1990
    """
    window = log_return.rolling(60)
    spread = window.std()
    return (log_return - window.mean()) / spread.where(spread > 0)


@config.when(enabled="returns")
def return_autocorrelation_20(log_return: pd.Series) -> pd.Series:
    """Correlation of the log return with the one before it, over 20 such pairs.

    Shape: one value per candle, between -1 and 1
    Units: correlation
    Lookback: 21 candles
    NaN: first 21 candles; a window of equal returns
    Source: Lo & MacKinlay 1988
    """
    return log_return.rolling(20).corr(log_return.shift(1))


@config.when(enabled="returns")
def return_skewness_60(log_return: pd.Series) -> pd.Series:
    """Sample skewness of the last 60 log returns.

    Shape: one value per candle; negative where the falls were the sharper moves
    Units: none (third standardised moment, bias-corrected)
    Lookback: 60 candles
    NaN: first 60 candles
    Source: Amaya, Christoffersen, Jacobs & Vasquez 2015
    """
    return log_return.rolling(60).skew()
