"""Columns changed in place: what else sees the change, and what does not, is as in pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

SNIPPETS = """
y = close.copy(); y += 1; y = y * y
y = close + 0; z = y; z += 1
y = close + 0; z = y.copy(); z += 1
y = close + 0; z = y.copy(); y += 1; y = z
y = close + 0; z = +y; z += 1
y = close + 0; z = y.clip(1.0); z += 1
y = close + 0; z = y.rename("a"); z += 1
y = close + 0; z = y.shift(0); z += 1
y = close + 0; z = y.astype(float); z += 1
y = close + 0; z = y.fillna(0); z += 1
y = close + 0; frame = pd.DataFrame({"a": y}); y += 1; y = frame["a"]
y = close + 0; frame = pd.DataFrame({"a": y}); same = frame; same["b"] = y * 2; y = frame["b"]
y = close + 0; frame = pd.DataFrame({"a": y}); other = frame.copy(); other["a"] = y * 2; y = frame["a"]
y = close + 0; y[close > open] = 0.0
y = close + 0; y.loc[close > open] = open
y = pd.Series(0.0, index=close.index); y[close > open] = close; y = y.cumsum()
y = pd.Series(np.nan, index=close.index); y.loc[close > open] = 1.0; y = y.ffill()
v = close.to_numpy().copy(); v[close.to_numpy() > 100] = 1; y = pd.Series(v, index=close.index)
"""
OF_COPIES = """
y = close + 0; frame = pd.DataFrame({"a": y}); frame["a"] += 1
y = close + 0; frame = pd.DataFrame({"a": y}); frame["a"] += 1; y = frame["a"]
"""


def feature(snippet: str):
    """A function of candle columns that runs a line and returns ``y``."""
    body = "".join(f"    {line}\n" for line in snippet.split("; "))
    names = {"np": np, "pd": pd, "__name__": "features"}
    exec(f"def feature(ts, open, high, low, close, volume):\n{body}    return y\n", names)
    return names["feature"]


@pytest.mark.parametrize("snippet", SNIPPETS.strip().splitlines())
def test_what_is_changed_is_what_pandas_changes(snippet, agrees):
    agrees(feature(snippet))


@pytest.mark.skipif(int(pd.__version__[0]) < 3, reason="in pandas 2 all who hold such a column see the change: refused")
@pytest.mark.parametrize("snippet", OF_COPIES.strip().splitlines())
def test_a_column_taken_from_a_frame_is_a_copy(snippet, agrees):
    agrees(feature(snippet))


@pytest.mark.skipif(int(pd.__version__[0]) < 3, reason="pandas 2 hands pipe the column itself")
def test_pipe_hands_a_copy(agrees):
    def change(x):
        x += 1
        return x

    def untouched(close, **_):
        y = close + 0
        y.pipe(change)
        return y

    agrees(untouched)
