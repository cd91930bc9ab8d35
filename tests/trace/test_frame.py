"""Frames, windows handed to functions, and the spellings no string can say: each equal to pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from candlewick.errors import TraceError
from candlewick.lower import lower
from candlewick.program import run
from candlewick.trace import trace

COLUMNS = ("close", "open", "high")
MEAN = pd.Series({"a": 0.5, "b": -1.0})


def two(i):
    return pd.DataFrame({"a": i["close"], "b": i["open"]})


EQUAL = {
    "concat max": lambda i: pd.concat([i["close"], i["open"], i["high"]], axis=1).max(axis=1),
    "concat min": lambda i: pd.concat([i["close"], i["open"]], axis=1).min(axis=1),
    "concat sum": lambda i: pd.concat([i["close"], i["open"]], axis=1).sum(axis=1),
    "concat mean": lambda i: pd.concat([i["close"], i["open"], i["high"]], axis=1).mean(axis=1),
    "select": lambda i: pd.Series(
        np.select([i["close"] > 1, i["close"] > 0], [i["open"], 2.0], default=-1.0), index=i["close"].index
    ),
    "where array": lambda i: pd.Series(np.where(i["close"] > i["open"], 1, 0), index=i["close"].index).rolling(3).sum(),
    "assignment": lambda i: assigned(i["close"], i["open"]),
    "constant column": lambda i: pd.Series(1.5, index=i["close"].index).rolling(3).sum() * i["close"],
    "bool sum": lambda i: (i["close"] > 0).rolling(4).sum(),
    "bool int": lambda i: (i["close"] > 0).astype(int).cumsum(),
    "replace": lambda i: (i["close"] / i["open"].round(0)).replace([np.inf, -np.inf], np.nan),
    "deviation": lambda i: i["close"].rolling(5).apply(lambda x: np.abs(x - x.mean()).mean(), raw=True),
    "deviation of Series": lambda i: i["close"].rolling(5).apply(lambda x: (x - x.mean()).abs().mean()),
    "weighted": lambda i: i["close"].rolling(4).apply(lambda x: np.dot(x, np.arange(1, 5)) / 10, raw=True),
    "slope": lambda i: i["close"].rolling(6).apply(lambda x: np.polyfit(np.arange(len(x)), x, 1)[0], raw=True),
    "last and first": lambda i: i["close"].rolling(3).apply(lambda x: x[-1] - x[0], raw=True),
    "iloc": lambda i: i["close"].rolling(3).apply(lambda x: x.iloc[-1] / x.iloc[0]),
    "argmax of Series": lambda i: i["close"].rolling(6).apply(lambda x: x.argmax()),
    "std raw": lambda i: i["close"].rolling(6).apply(np.std, raw=True),
    "std Series": lambda i: i["close"].rolling(6).apply(lambda x: x.std()),
    "downside": lambda i: i["close"].rolling(6).apply(lambda x: np.sqrt(np.mean(np.minimum(x, 0.0) ** 2)), raw=True),
    "slice": lambda i: i["close"].rolling(6).apply(lambda x: x[-3:].mean() - x[:3].mean(), raw=True),
    "share above": lambda i: i["close"].rolling(6).apply(lambda x: (x > 0.2).sum() / len(x), raw=True),
    "agg": lambda i: i["close"].rolling(6).agg("max"),
    "pipe": lambda i: i["close"].pipe(lambda x, n: x.shift(n), 2),
    "standardised": lambda i: ((two(i) - MEAN) / (MEAN + 3)).clip(lower=-1.0)["a"],
    "imputed": lambda i: two(i).fillna(MEAN)["b"],
    "forward filled": lambda i: two(i).ffill()["b"],
    "selected": lambda i: two(i)[["b"]].abs()["b"],
    "ternary mask": lambda i: i["close"].mask(i["open"].isna(), i["high"]).fillna(0),
    "between": lambda i: i["close"].between(i["open"], i["high"]).astype(float),
    "clip by column": lambda i: i["close"].clip(lower=i["open"], upper=i["high"]),
    "power": lambda i: i["close"] ** 2 + i["high"] ** 3 + abs(i["open"]) ** 0.5,
    "reflected": lambda i: 1 / i["close"] + 2 - i["open"] + 3 * i["high"],
    "numpy scalar": lambda i: np.float64(2.0) * i["close"] - np.float64(1.0),
}


def assigned(close, opening):
    y = pd.Series(np.nan, index=close.index)
    y[close > opening] = 1.0
    y.loc[close < opening] = -1.0
    return y.ffill()


@pytest.mark.parametrize("name", EQUAL)
def test_equal_to_pandas(name):
    rng = np.random.default_rng(len(name))
    x = rng.normal(0, 1, (3, 200))
    x[rng.random((3, 200)) < 0.05] = np.nan
    expected = EQUAL[name]({key: pd.Series(x[k]) for k, key in enumerate(COLUMNS)}).to_numpy(dtype=float)
    graph = trace(lambda i: {"y": EQUAL[name](i)}, COLUMNS)
    ours = run(lower(graph, COLUMNS), {"s": x})[0]["s"][0]
    assert (np.isnan(ours) == np.isnan(expected)).all()
    assert np.allclose(ours, expected, rtol=1e-9, atol=1e-12, equal_nan=True)


REFUSED = {
    "sorted": lambda i: i["close"].rolling(5).apply(sorted),
    "short windows of what may be missing": lambda i: (
        (i["close"] / i["open"]).rolling(3).std().rolling(5, min_periods=2).apply(np.mean, raw=True)
    ),
    "column statistics": lambda i: two(i).mean()["a"],
    "concat along candles": lambda i: pd.concat([i["close"], i["open"]]),
    "missing column": lambda i: two(i)["c"],
    "other columns": lambda i: (two(i) - pd.Series({"a": 1.0}))["a"],
    "frame truth": lambda i: i["close"] if two(i) else i["open"],
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name):
    with pytest.raises(TraceError) as caught:
        trace(lambda i: {"y": REFUSED[name](i)}, COLUMNS)
    assert caught.value.hint
    assert caught.value.where[0].file == __file__


def test_a_frame_gives_one_output_for_each_column():
    graph = trace(lambda i: {"m": two(i)}, COLUMNS)
    assert list(graph.outputs) == ["m.a", "m.b"]
