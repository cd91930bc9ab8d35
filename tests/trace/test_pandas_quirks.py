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
