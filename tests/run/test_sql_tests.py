from __future__ import annotations

import pandas as pd

from candlewick.run.data_tests import Offending
from candlewick.run.sql_tests import _offending

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
