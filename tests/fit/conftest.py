"""Projects with a fit, on candles made in memory."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from candlewick.project.dag import load_dag

FEATURES = """
def ret(close: pd.Series) -> pd.Series:
    return close.pct_change()

def ema(close: pd.Series) -> pd.Series:
    return close.ewm(span=3, adjust=False).mean()

def up(close: pd.Series, open: pd.Series) -> pd.Series:
    return close > open

def flow(volume: pd.Series) -> pd.Series:
    return volume.rolling(4).sum()
"""
FIT = """
def fill(train: pd.DataFrame) -> pd.Series:
    return train.median()

def center(train: pd.DataFrame) -> pd.Series:
    return train.mean()

def spread(train: pd.DataFrame) -> pd.Series:
    return train.std()

def out(features: pd.DataFrame, fill: pd.Series, center: pd.Series, spread: pd.Series) -> pd.DataFrame:
    return (features.fillna(fill) - center) / spread
"""
LABELS = """
from hamilton.function_modifiers import tag

@tag(horizon="3", touch_time="exit_time")
def outcome(close: pd.Series) -> pd.Series:
    return (close.shift(-3) > close).astype(float).where(close.shift(-3).notna())

@tag(horizon="3")
def exit_time(close: pd.Series, ts: pd.Series) -> pd.Series:
    return ts.shift(-3)

@tag(horizon="2")
def later(close: pd.Series) -> pd.Series:
    return close.shift(-2) / close
"""
YML = """
name: tiny
candles: {path: seeds/*.csv, interval: 1d, gaps: allow}
split: {train_end: 2020-04-30}
fit: {output: out}
"""


def candles(rows=200, seed=0, start="2020-01-01"):
    """Random candles with an odd missing volume."""
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.02, rows)))
    open_ = close * np.exp(rng.normal(0, 0.01, rows))
    volume = rng.lognormal(3, 1, rows)
    volume[rng.random(rows) < 0.02] = np.nan
    index = pd.date_range(start, periods=rows, freq="D", tz="UTC", name="ts").as_unit("ns")
    columns = {"open": open_, "high": np.maximum(open_, close) * 1.01, "low": np.minimum(open_, close) * 0.99}
    return pd.DataFrame({**columns, "close": close, "volume": volume}, index=index)


@pytest.fixture
def market():
    """Two symbols; the second starts later."""
    return {"AAA": candles(seed=1), "BBB": candles(150, seed=2, start="2020-01-20")}


@pytest.fixture
def fit_dag(make_project):
    """The graph of a project with the given modules."""

    def make(fit=FIT, features=FEATURES, labels=LABELS, yml=YML):
        files = {"features/f.py": features, "labels/l.py": labels} | ({"fit/m.py": fit} if fit else {})
        return load_dag(make_project(files, yml), environ={})

    return make
