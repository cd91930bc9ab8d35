from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from candlewick.errors import ConfigError
from candlewick.project.node import Node
from candlewick.run.data_tests import COLUMN_TESTS, TABLE_TESTS, declared_tests, documented_warm_up, offending

NAN, INF = np.nan, np.inf


def node(name, model="m", kind="feature", doc=""):
    return Node(name, kind, model, "pd.Series", ("close",), f"features/{model}.py", 1, doc=doc)


NODES = [node("a"), node("b"), node("c", "other"), node("label", "lab", "label")]


def rows(name, column, arguments):
    return np.flatnonzero(COLUMN_TESTS[name](pd.Series(column), **arguments)).tolist()


@pytest.mark.parametrize(
    ("name", "values", "arguments", "expected"),
    [
        ("not_null", [NAN, 1.0, NAN, 2.0], {}, [2]),
        ("not_null", [NAN, NAN, 2.0], {"warm_up": 1}, [1]),
        ("not_null", [NAN, NAN], {}, [0, 1]),
        ("not_null", [NAN, 1.0], {"warm_up": 1}, []),
        ("finite", [1.0, NAN, INF, -INF], {}, [2, 3]),
        ("range", [0.0, 5.0, NAN, 101.0, -1.0], {"min": 0, "max": 100}, [3, 4]),
        ("range", [0.0, 1e9], {"min": 0}, []),
        ("accepted_values", [1.0, NAN, 2.0], {"values": [1]}, [2]),
        ("constant", [2.0, NAN, 2.0], {}, [0, 1, 2]),
        ("constant", [2.0], {}, []),
        ("constant", [2.0, 3.0], {}, []),
        ("all_nan", [NAN, NAN], {}, [0, 1]),
        ("all_nan", [NAN, 1.0], {}, []),
        ("range", [True, False], {"min": 0, "max": 1}, []),
        ("finite", [True, False], {}, []),
    ],
)
def test_column_tests(name, values, arguments, expected):
    assert rows(name, values, arguments) == expected


def test_table_tests():
    index = pd.to_datetime(["2020-01-01", "2020-01-02", "2020-01-02", "2020-01-05", "2020-01-04"], utc=True)
    assert np.flatnonzero(TABLE_TESTS["unique"](index)).tolist() == [2]
    assert np.flatnonzero(TABLE_TESTS["monotonic_ts"](index)).tolist() == [2, 4]
    assert np.flatnonzero(TABLE_TESTS["no_gaps"](index, pd.Timedelta("1D"))).tolist() == [3]
    for test in ("unique", "monotonic_ts"):
        assert not TABLE_TESTS[test](index[:0]).any()


def test_one_line_of_wick_yml_is_one_test_per_model():
    tests = declared_tests({"*": ["finite"], "a": [{"range": {"min": 0, "severity": "warn"}}], "m": ["unique"]}, NODES)
    assert [(test.title, test.model, test.columns, test.severity) for test in tests] == [
        ("finite_*_m", "m", ("a", "b"), "error"),
        ("finite_*_other", "other", ("c",), "error"),
        ("finite_*_lab", "lab", ("label",), "error"),
        ("range_a", "m", ("a",), "warn"),
        ("unique_m", "m", (), "error"),
    ]


def test_titles_are_unique():
    tests = declared_tests({"a": [{"range": {"min": 0}}, {"range": {"max": 1, "severity": "warn"}}]}, NODES)
    assert [test.title for test in tests] == ["range_a", "range_a_2"]


@pytest.mark.parametrize(
    ("tests", "words", "hint"),
    [
        ({"a": ["finit"]}, "no data test 'finit'", "'finite'"),
        ({"z": ["finite"]}, "no model and no column 'z'", ""),
        ({"a": [{"range": {"mni": 1}}]}, "no argument 'mni'", "'min'"),
        ({"a": [{"range": {"severity": "loud"}}]}, "'loud'", "error or warn"),
        ({"a": ["unique"]}, "'unique' tests a table", "model's name"),
        ({"a": [{"range": 3}]}, "not a name with arguments", "range: {min: 0, max: 100}"),
    ],
)
def test_a_test_that_cannot_be_is_an_error(tests, words, hint):
    with pytest.raises(ConfigError) as caught:
        declared_tests(tests, NODES)
    assert words in caught.value.what
    assert hint in caught.value.hint


def test_offending_names_the_first_row():
    index = pd.date_range("2020-01-01", periods=3, tz="UTC")
    table = pd.DataFrame({"a": [1.0, -1.0, -2.0], "b": [0.0, 0.0, INF]}, index=index)
    (test,) = declared_tests({"m": [{"range": {"min": 0, "max": 9}}]}, NODES)
    found = offending(test, table, "AAA", interval=pd.Timedelta("1D"), nodes={each.name: each for each in NODES})
    assert (found.rows, found.first_ts, found.first_value) == (3, "2020-01-02 00:00", "a=-1.0")


@pytest.mark.parametrize(
    ("doc", "expected"),
    [("x\n\n    Lookback: 19 candles\n", 19), ("Lookback: unbounded (recursive)", None), ("no word of it", None)],
)
def test_documented_warm_up(doc, expected):
    assert documented_warm_up(node("a", doc=doc)) == expected


def test_missing_values_of_nullable_columns_lie_in_any_range():
    column = pd.Series([1.0, None, 101.0], dtype="Float64")
    assert np.flatnonzero(COLUMN_TESTS["range"](column, min=0, max=100)).tolist() == [2]


def test_a_column_that_a_test_cannot_judge_is_named(tiny, call):
    project = tiny(
        {
            "features/moves.py": "def up(close: pd.Series) -> pd.Series:\n    return close\n",
            "labels/later.py": "def touch(ts: pd.Series) -> pd.Series:\n    return ts.shift(-1)\n",
        },
        "name: tiny\ncandles: {path: seeds/*.csv, interval: 1d}\ntests: {touch: [{range: {min: 0}}]}\n",
    )
    done = call(project.root, "build")
    assert done.returncode == 1
    assert "Error in test range_touch [test-dtype]" in done.stdout
    assert " --> labels/later.py:4" in done.stdout


def test_an_unknown_name_is_underlined_itself_and_not_its_first_test():
    asked = []
    with pytest.raises(ConfigError, match="no model and no column 'reutrns'"):
        declared_tests({"reutrns": ["finite"]}, [], lambda *place: asked.append(place))
    assert asked == [("reutrns", None)]
