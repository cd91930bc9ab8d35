from __future__ import annotations

import pandas as pd
import pytest

from candlewick.run.data_tests import Offending
from candlewick.run.sql_tests import _offending, may_vary

TIMES = pd.to_datetime(["2020-01-01", "2020-01-02", "2020-01-03"], utc=True)


def test_rows_are_grouped_by_symbol():
    rows = pd.DataFrame({"symbol": ["B", "A", "B"], "ts": TIMES, "x": [1.0, 2.0, 3.0]})
    assert _offending(rows) == [
        Offending("A", 1, "2020-01-02 00:00", "x=2.0"),
        Offending("B", 2, "2020-01-01 00:00", "x=1.0"),
    ]


def test_rows_without_symbol_or_time_count_too():
    assert _offending(pd.DataFrame({"n": [7, 8]})) == [Offending("", 2, "", "n=7")]
    assert sum(each.rows for each in _offending(pd.DataFrame({"symbol": [None, None, "A"], "n": [1, 2, 3]}))) == 3
    assert _offending(pd.DataFrame({"symbol": ["A"], "ts": [pd.NaT]}))[0].first_ts == "NaT"


def test_the_first_row_is_the_earliest_in_whatever_order_they_come():
    rows = pd.DataFrame({"symbol": "A", "ts": TIMES[::-1], "x": [1.0, 2.0, 3.0]})
    assert _offending(rows) == [Offending("A", 3, "2020-01-01 00:00", "x=3.0")]


def test_no_rows_nothing_offends():
    assert _offending(pd.DataFrame({"symbol": [], "ts": []})) == []


@pytest.mark.parametrize(
    ("query", "varies"),
    [
        ("SELECT * FROM base WHERE ret > 9", False),
        ("SELECT * FROM base JOIN moves USING (symbol, ts) WHERE ret > 9 AND symbol IN ('A', 'B')", False),
        ("SELECT b.* FROM base AS b JOIN read_csv('limits.csv') USING (symbol)", True),
        ("SELECT b.* FROM base AS b JOIN 'limits.csv' USING (symbol)", True),
        ('SELECT b.* FROM "/data/limits.parquet" AS b', True),
        ("SELECT * FROM base WHERE ts < now()", True),
    ],
)
def test_a_query_of_files_or_clocks_may_change_its_mind(query, varies):
    assert may_vary(query) == varies
