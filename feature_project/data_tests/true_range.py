"""Data tests in Python: a function takes columns of one symbol by name and is True where a row offends."""

import pandas as pd


def atr_within_true_ranges(atr_14: pd.Series, true_range: pd.Series) -> pd.Series:
    """An average never leaves the values it averages (a part in a billion is left to rounding)."""
    above = atr_14 > true_range.cummax() * (1 + 1e-9)
    below = atr_14 < true_range.cummin() * (1 - 1e-9)
    return above | below
