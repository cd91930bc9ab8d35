"""Seasonality: what the calendar says. `ts` is the candle's open time in UTC."""

import math

import numpy as np
import pandas as pd
from hamilton.function_modifiers import config

_YEAR = 365.25  # days


@config.when(enabled="seasonality")
def day_of_week(ts: pd.Series) -> pd.Series:
    """Day of the week, Monday 0 to Sunday 6.

    Shape: one value per candle
    Units: days
    Lookback: 0 candles
    NaN: never
    Source: French 1980, weekend effect
    """
    return ts.dt.day_of_week.astype(float)


@config.when(enabled="seasonality")
def day_of_year_sin(ts: pd.Series) -> pd.Series:
    """Sine of the day of the year on a circle: the season's first coordinate.

    Shape: one value per candle, -1 to 1; 31 December lies next to 1 January
    Units: none
    Lookback: 0 candles
    NaN: never
    Source: Bouman & Jacobsen 2002, seasons; circular statistics, Fisher 1993
    """
    return np.sin(2.0 * math.pi * ts.dt.day_of_year / _YEAR)


@config.when(enabled="seasonality")
def day_of_year_cos(ts: pd.Series) -> pd.Series:
    """Cosine of the day of the year on a circle: the season's second coordinate.

    Shape: one value per candle, -1 to 1
    Units: none
    Lookback: 0 candles
    NaN: never
    Source: Bouman & Jacobsen 2002, seasons; circular statistics, Fisher 1993
    """
    return np.cos(2.0 * math.pi * ts.dt.day_of_year / _YEAR)


@config.when(enabled="seasonality")
def turn_of_month(ts: pd.Series) -> pd.Series:
    """Whether the day of the month is at least 29 or at most 4.

    The papers count trading days up to the month's last, which a candle cannot know without a calendar of the future;
    days of the month are their causal approximation.

    Shape: one bool per candle
    Units: none
    Lookback: 0 candles
    NaN: never
    Source: Ariel 1987; Lakonishok & Smidt 1988
    """
    return (ts.dt.day >= 29) | (ts.dt.day <= 4)


@config.when(enabled="seasonality")
def monthly_expiry(ts: pd.Series) -> pd.Series:
    """Whether the day is the third Friday of its month, when index options and futures expire.

    Shape: one bool per candle; a third Friday on which the market is shut has no candle
    Units: none
    Lookback: 0 candles
    NaN: never
    Source: Stoll & Whaley 1987
    """
    return (ts.dt.day_of_week == 4) & ts.dt.day.between(15, 21)
