"""Places where pandas does not what its names say: the program follows what is installed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest


@pytest.mark.parametrize("span", [3, 3.0, 4])
@pytest.mark.parametrize("ignore_na", [False, True])
def test_means_across_gaps_weigh_as_in_pandas(span, ignore_na, agrees):
    agrees(lambda volume, **_: volume.ewm(span=span, adjust=False, ignore_na=ignore_na).mean())


@pytest.mark.parametrize("function", [np.std, np.var, lambda x: np.std(x, ddof=1), lambda x: x.std()])
def test_numpy_divides_by_n_and_pandas_by_n_less_one(function, agrees):
    agrees(lambda close, **_: close.rolling(5).apply(function))


def test_axis_1_of_a_difference_is_not_read_as_a_difference_in_time(agrees):
    agrees(lambda low, close, **_: pd.DataFrame({"a": low, "b": close}).diff(axis=1))


@pytest.mark.parametrize("ddof", [0, 1, 2])
def test_the_standard_error_of_pandas_2_divides_by_n_less_ddof(ddof, agrees):
    agrees(lambda close, **_: close.rolling(7, min_periods=3).sem(ddof))
    agrees(lambda close, **_: close.expanding(4).sem(ddof=ddof))


def test_a_change_in_percent_fills_what_is_missing_in_pandas_2(agrees):
    agrees(lambda volume, **_: volume.pct_change())
