"""Values in constant bins, as numpy and pandas count them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from candlewick.errors import TraceError
from candlewick.trace import trace

EDGES = [1000, 3000, 9000]


def counted(volume):
    places = np.digitize(volume, EDGES) + np.searchsorted(EDGES, volume) * 10
    more = np.digitize(volume.values, EDGES, right=True) + np.searchsorted(EDGES, volume.values, side="right") * 10
    return pd.DataFrame({"one": places, "other": more}, index=volume.index)


def cut(close, volume):
    change = close.pct_change(fill_method=None).round(2)
    codes = pd.cut(change, [-np.inf, -0.01, 0.0, 0.01, np.inf], labels=False)
    left = pd.cut(change, bins=[-0.02, 0.0, 0.02], right=False, labels=False)
    lowest = pd.cut(change, [-0.02, 0.0, 0.02], labels=[7, 9], include_lowest=True).astype(float)
    return pd.DataFrame({"codes": codes, "left": left, "lowest": lowest, "volume": pd.cut(volume, EDGES, labels=False)})


@pytest.mark.parametrize("function", [counted, cut])
def test_it_is_what_pandas_gives(function, agrees):
    agrees(function)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (lambda x: pd.cut(x, 4, labels=False), "trace-whole-column"),
        (lambda x: pd.qcut(x, 4, labels=False), "trace-whole-column"),
        (lambda x: pd.cut(x, EDGES), "trace-unsupported"),
        (lambda x: pd.cut(x, EDGES, labels=[1, 2]) + 1, "trace-unsupported"),
        (lambda x: np.digitize(x, [3, 2, 1]), "trace-position"),
        (lambda x: np.searchsorted(x, 5.0), "trace-position"),
    ],
)
def test_bins_that_are_not_constant_are_refused(line, code):
    with pytest.raises(TraceError) as caught:
        trace(lambda inputs: {"y": line(inputs["close"])})
    assert caught.value.code == code
    assert caught.value.hint
