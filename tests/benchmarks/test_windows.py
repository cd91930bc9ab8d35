"""The SQL of the state benchmark says what its functions say, and its warm-ups are as long as they must be."""

from __future__ import annotations

import inspect

import duckdb
import numpy as np
import pandas as pd
import pytest
from benchmarks.projects import walk
from benchmarks.windows import FUNCTIONS, HEADER, queries

ROWS, SINCE = 600, 450


@pytest.fixture(scope="module")
def right():
    """Every column by the functions, of two symbols."""
    space: dict[str, object] = {}
    exec(HEADER + "\n".join(text.replace('@config.when(enabled="extra")', "") for text in FUNCTIONS.values()), space)
    mine = [each for each in space.values() if inspect.isfunction(each) and each.__code__.co_filename == "<string>"]
    functions = {each.__name__: each for each in mine}
    frames = []
    for number in range(2):
        candles = walk(ROWS, number).assign(symbol=f"S{number}")
        done = {str(name): column for name, column in candles.items()}

        def value(name, done=done):
            if name not in done:
                inputs = inspect.signature(functions[name]).parameters
                done[name] = functions[name](*(value(each, done) for each in inputs))
            return done[name]

        frames.append(pd.DataFrame({name: value(name) for name in [*candles, *functions]}))
    return pd.concat(frames, ignore_index=True)


def table(connection, right, model, first):
    """A model's query over the rows of its source from number ``first`` of each symbol on."""
    source, columns, _ = queries()[model]
    read = source.format(bands="every", volatility="(SELECT symbol, ts FROM every)")
    read = read if source.startswith("(") else "every"
    connection.register("every", right)
    since = right["ts"].iloc[first]
    wanted = ", ".join(f"{sql} AS {name}" for name, sql in columns.items())
    text = f"SELECT symbol, ts, {wanted} FROM (SELECT * FROM {read} WHERE ts >= ?) ORDER BY symbol, ts"
    return connection.execute(text, [since]).df()


def differing(right, found, columns, first):
    rows = right[right["ts"] >= right["ts"].iloc[first]].sort_values(["symbol", "ts"])
    found = found[found["ts"] >= right["ts"].iloc[first]]
    return [
        name for name in columns
        if not np.allclose(rows[name], found[name].astype(float), rtol=1e-6, atol=1e-9, equal_nan=True)
    ]  # fmt: skip


@pytest.mark.parametrize("model", [model for model in queries() if model != "extra"])
def test_sql_and_functions_agree_and_a_warm_up_reaches_just_far_enough(right, model):
    _, columns, back = queries()[model]
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        assert not differing(right, table(connection, right, model, 0), columns, 0)
        assert not differing(right, table(connection, right, model, SINCE - back), columns, SINCE)
        assert differing(right, table(connection, right, model, SINCE - back + 1), columns, SINCE)
