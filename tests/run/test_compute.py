"""The reference engine: bit for bit the functions called by hand, and a clear error for each way a node can fail."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from candlewick.project.dag import load_dag
from candlewick.run.compute import compute

from ..effort import examples

INDEX = pd.date_range("2020-01-01", periods=30, tz="UTC", name="ts")


def frame(closes, index=INDEX):
    close = pd.Series(np.resize(closes, len(index)), index=index, dtype="float64")
    return pd.DataFrame({"open": close, "high": close + 1, "low": close - 1, "close": close, "volume": close * 10})


FEATURES = """
def ret(close: pd.Series) -> pd.Series:
    return np.log(close / close.shift(1))

def vol(ret: pd.Series) -> pd.Series:
    return ret.rolling(5).std()

def ema(close: pd.Series, volume: pd.Series) -> pd.Series:
    return (close * volume).ewm(span=4, adjust=False).mean()

def up(close: pd.Series) -> pd.Series:
    return close > close.shift(1)

def day(ts: pd.Series) -> pd.Series:
    return ts.dt.day_of_week
"""


@pytest.fixture(scope="module")
def dag(tmp_path_factory):
    from candlewick.project.project import open_project

    root = tmp_path_factory.mktemp("project")
    (root / "features").mkdir()
    (root / "features" / "a.py").write_text("import numpy as np\nimport pandas as pd\n" + FEATURES)
    (root / "wick.yml").write_text("name: t\ncandles: {path: x, interval: 1d}\n")
    return load_dag(open_project(root), environ={})


@examples(30)
@given(st.lists(st.floats(1e-3, 1e6), min_size=1, max_size=40))
def test_bit_for_bit_the_functions_called_by_hand(dag, closes):
    candles = frame(closes)
    computed = compute(dag, "AAA", candles, [node.name for node in dag.columns])
    close, volume = candles["close"], candles["volume"]
    ret = np.log(close / close.shift(1))
    expected = {
        "ret": ret,
        "vol": ret.rolling(5).std(),
        "ema": (close * volume).ewm(span=4, adjust=False).mean(),
        "up": close > close.shift(1),
        "day": pd.Series(INDEX.day_of_week, index=INDEX).astype(computed.columns["day"].dtype),
    }
    for name, column in expected.items():
        pd.testing.assert_series_equal(
            computed.columns[name], column, check_exact=True, check_names=False, check_freq=False
        )
    assert not computed.errors
    assert set(computed.seconds) == set(expected)


WRONG = {
    "raises": ("    raise ValueError('no luck')", "node-raised", "raised ValueError for AAA: no luck"),
    "a scalar": ("    return close.mean()", "node-not-a-series", "not a pd.Series"),
    "a frame": ("    return close.to_frame()", "node-not-a-series", "a DataFrame of shape (30, 1)"),
    "fewer rows": ("    return close.dropna().iloc[1:]", "node-length", "29 values for 30 candles"),
    "another index": ("    return close.reset_index(drop=True)", "node-index", "another index"),
    "text": ("    return close.astype(str)", "node-dtype", "dtype"),
    "complex": ("    return close * 1j", "node-dtype", "complex128"),
    "times": ("    return pd.Series(close.index, index=close.index)", "node-dtype", "datetime64"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_node_that_fails_fails_alone(name, make_project):
    body, code, words = WRONG[name]
    text = f"def bad(close: pd.Series) -> pd.Series:\n{body}\n\ndef child(bad: pd.Series) -> pd.Series:\n    return bad\n\n"
    text += "def good(close: pd.Series) -> pd.Series:\n    return close\n"
    dag = load_dag(make_project({"features/a.py": text}), environ={})
    computed = compute(dag, "AAA", frame([1.0, 2.0]), ["bad", "child", "good"])
    assert list(computed.columns) == ["good"]
    assert computed.blocked == {"bad": "bad", "child": "bad"}
    (error,) = computed.errors.values()
    assert error.code == code
    assert words in error.what
    assert error.where[0].line == (5 if name == "raises" else 4)


@pytest.mark.parametrize("where", ["close.iloc[:]", "close.array[:]"])
def test_a_node_cannot_change_what_others_read(make_project, where):
    text = """
def first(close: pd.Series) -> pd.Series:
    WHERE = 0.0
    return close

def second(close: pd.Series) -> pd.Series:
    return close
"""
    dag = load_dag(make_project({"features/a.py": text.replace("WHERE", where)}), environ={})
    candles = frame([1.0, 2.0])
    computed = compute(dag, "AAA", candles, ["first", "second"])
    assert candles["close"].iloc[0] == 1.0
    assert computed.columns["second"].iloc[0] == 1.0
