"""Volume: who was behind the move. A volume of 0 is a value where that has a meaning, and missing where it has none."""

import numpy as np
import pandas as pd
from hamilton.function_modifiers import config


@config.when(enabled="volume")
def obv(close: pd.Series, volume: pd.Series) -> pd.Series:
    """On-balance volume: running total of the volume, signed by the direction of the close.

    Shape: one value per candle, starting at 0; its level depends on where the candles start, its changes do not
    Units: volume
    Lookback: unbounded (recursive)
    NaN: never
    Source: Granville 1963
    """
    return (np.sign(close.diff()).fillna(0.0) * volume).cumsum()  # the first candle has no direction


@config.when(enabled="volume")
def signed_volume_ratio_20(close: pd.Series, volume: pd.Series) -> pd.Series:
    """Share of 20 candles' volume that came on rising closes, less the share on falling ones.

    Shape: one value per candle, -1 to 1
    Units: fraction of the volume
    Lookback: 20 candles
    NaN: first 20 candles; a window without volume
    Source: Granville 1963, on-balance volume made comparable across symbols
    """
    total = volume.rolling(20).sum()
    return (np.sign(close.diff()) * volume).rolling(20).sum() / total.where(total > 0)


@config.when(enabled="volume")
def mfi_14(high: pd.Series, low: pd.Series, close: pd.Series, volume: pd.Series) -> pd.Series:
    """Money flow index: share of 14 candles' money flow that came on a rising typical price.

    Shape: one value per candle, 0 to 100
    Units: percent
    Lookback: 14 candles
    NaN: first 14 candles; a window without money flow
    Source: Quong & Soudack 1989
    """
    price = (high + low + close) / 3.0
    flow = price * volume
    direction = np.sign(price.diff())
    # A running sum can keep a rounding error of what has left the window, below 0 as well: flows never are.
    rising = (flow * direction.clip(lower=0.0)).rolling(14).sum().clip(lower=0.0)
    falling = (flow * -direction.clip(upper=0.0)).rolling(14).sum().clip(lower=0.0)
    return 100.0 * (rising / (rising + falling))


@config.when(enabled="volume")
def vwap_distance_20(high: pd.Series, low: pd.Series, close: pd.Series, volume: pd.Series) -> pd.Series:
    """Close over the volume-weighted average of 20 candles' typical prices, less one.

    Shape: one value per candle
    Units: fraction of the average
    Lookback: 19 candles
    NaN: first 19 candles; a window without volume
    Source: Berkowitz, Logue & Noser 1988
    """
    price = (high + low + close) / 3.0
    traded = volume.rolling(20).sum()
    vwap = (price * volume).rolling(20).sum() / traded.where(traded > 0)
    return close / vwap - 1.0


@config.when(enabled="volume")
def relative_volume_20(volume: pd.Series) -> pd.Series:
    """Volume over the mean volume of the 20 candles before.

    Shape: one value per candle; 1 is usual, 0 a candle without volume
    Units: ratio
    Lookback: 20 candles
    NaN: first 20 candles; 20 candles without volume before
    Source: Gervais, Kaniel & Mingelgrin 2001
    """
    usual = volume.shift(1).rolling(20).mean()
    return volume / usual.where(usual > 0)


@config.when(enabled="volume")
def log_volume_change(volume: pd.Series) -> pd.Series:
    """Natural logarithm of this volume over the previous.

    Shape: one value per candle
    Units: log change per candle
    Lookback: 1 candle
    NaN: first 1 candle; a candle without volume, and the one after it
    Source: Karpoff 1987
    """
    traded = volume.where(volume > 0)
    return np.log(traded / traded.shift(1))


@config.when(enabled="volume")
def price_volume_correlation_20(log_return: pd.Series, log_volume_change: pd.Series) -> pd.Series:
    """Correlation of log returns with changes of log volume over 20 candles.

    Shape: one value per candle, -1 to 1
    Units: correlation
    Lookback: 20 candles
    NaN: first 20 candles; a window that holds a missing volume change, or in which either does not vary
    Source: Karpoff 1987
    """
    return log_return.rolling(20).corr(log_volume_change)


@config.when(enabled="volume")
def chaikin_money_flow_20(high: pd.Series, low: pd.Series, close: pd.Series, volume: pd.Series) -> pd.Series:
    """Volume of 20 candles weighted by where each closed in its range, over their volume.

    A candle without range closed nowhere in particular: its weight is 0.

    Shape: one value per candle, -1 (all closes at the low) to 1 (all at the high)
    Units: fraction of the volume
    Lookback: 19 candles
    NaN: first 19 candles; a window without volume
    Source: Chaikin, in Achelis 2000
    """
    height = high - low
    location = ((close - low) - (high - close)) / height.where(height > 0)
    total = volume.rolling(20).sum()
    return (location.where(height > 0, 0.0) * volume).rolling(20).sum() / total.where(total > 0)
