from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from candlewick.project.dag import load_dag
from candlewick.run.causality import check_causality, differs

LEAKS = {
    "a negative shift": "close.shift(-1)",
    "a centred window": "close.rolling(3, center=True).mean()",
    "filling backwards": "close.where(close > 105).bfill()",
    "the mean of the column": "close - close.mean()",
    "the maximum of the column": "close / close.max()",
    "a rank in the column": "close.rank()",
    "a statistic through fill_value": "close.shift(1, fill_value=close.mean())",
    "the length of the column": "close * len(close)",
    "the last value": "close / close.iloc[-1]",
    "interpolation": "close.where(close.index.day % 2 == 0).interpolate()",
    "a look ahead on one weekday in seven": "close.where(close.index.dayofweek != 3, close.shift(-1))",
    "a look ahead on rises only": "close.where(close < close.shift(1), close.shift(-1))",
    "a reversed sum": "close[::-1].cumsum()[::-1]",
}
FINE = {
    "a shift": "close.shift(3)",
    "a window": "close.rolling(5).std()",
    "an average": "close.ewm(span=10).mean()",
    "a sum": "close.cumsum()",
    "a maximum so far": "close.cummax()",
    "a comparison": "close > close.shift(1)",
    "nothing but NaN": "close * np.nan",
    "infinities": "close / (close - close)",
}


def candles(n=60):
    rng = np.random.default_rng(7)
    close = 100 + rng.normal(size=n).cumsum()
    index = pd.date_range("2020-01-01", periods=n, tz="UTC", name="ts")
    columns = {"open": close, "high": close + 1, "low": close - 1, "close": close, "volume": close * 10}
    return pd.DataFrame(columns, index=index)


def found(make_project, expression, n=60):
    text = f"def x(close: pd.Series) -> pd.Series:\n    return {expression}\n"
    dag = load_dag(make_project({"features/a.py": text}), environ={})
    return dict(check_causality(dag, "AAA", candles(n), ["x"]))


@pytest.mark.parametrize("name", LEAKS)
def test_a_look_ahead_is_found(name, make_project):
    error = found(make_project, LEAKS[name])["x"]
    assert error.code == "node-looks-ahead", error
    assert "'x' looks ahead: for AAA at 2020-" in error.what
    assert error.where[0].line == 4


@pytest.mark.parametrize("name", FINE)
def test_a_causal_feature_passes(name, make_project):
    assert found(make_project, FINE[name]) == {}


@pytest.mark.parametrize("n", [1, 2, 3])
def test_very_few_candles(n, make_project):
    assert found(make_project, FINE["a window"], n) == {}


def test_a_random_feature_is_not_called_a_look_ahead(make_project):
    error = found(make_project, "close + np.random.default_rng().normal()")["x"]
    assert error.code == "node-impure"


def test_only_the_first_of_a_chain_is_named(make_project):
    text = """
def a(close: pd.Series) -> pd.Series:
    return close.shift(-1)

def b(a: pd.Series) -> pd.Series:
    return a.rolling(2).mean()
"""
    dag = load_dag(make_project({"features/m.py": text}), environ={})
    assert list(dict(check_causality(dag, "AAA", candles(), ["a", "b"]))) == ["a"]


def test_labels_may_look_ahead(make_project):
    files = {
        "features/m.py": "def x(close: pd.Series) -> pd.Series:\n    return close\n",
        "labels/up.py": "def y(close: pd.Series) -> pd.Series:\n    return close.shift(-1)\n",
    }
    dag = load_dag(make_project(files), environ={})
    assert dict(check_causality(dag, "AAA", candles(), ["x", "y"])) == {}


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [(1.0, 1.0, False), (np.nan, np.nan, False), (np.inf, np.inf, False), (1.0, np.nan, True), (np.inf, -np.inf, True),
     (np.inf, 1.0, True), (1.0, 1.0 + 1e-15, False), (1.0, 1.0 + 1e-6, True), (0.0, 1e-300, True)],
)  # fmt: skip
def test_differs(left, right, expected):
    assert differs(pd.Series([left]), pd.Series([right])).tolist() == [expected]


def test_a_feature_that_reads_the_clock_is_impure(make_project):
    text = "import time\n\n\ndef x(close: pd.Series) -> pd.Series:\n    time.sleep(0.001)\n    return close * time.time()\n"
    dag = load_dag(make_project({"features/a.py": text}), environ={})
    assert dict(check_causality(dag, "AAA", candles(), ["x"]))["x"].code == "node-impure"
