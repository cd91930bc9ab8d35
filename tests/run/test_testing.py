"""What tests say after an append is what they say of all rows."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from candlewick.run.data_tests import COLUMN_TESTS, TABLE_TESTS, DataTest, offending
from candlewick.run.grown import Grown
from candlewick.run.testing import _continued

ARGUMENTS = {
    "range": st.fixed_dictionaries(
        {}, optional={"min": st.sampled_from([0.0, 1.0]), "max": st.sampled_from([1.0, 2.0])}
    ),
    "accepted_values": st.fixed_dictionaries({"values": st.lists(st.sampled_from([0.0, 1.0, 2.0]))}),
    "not_null": st.fixed_dictionaries({}, optional={"warm_up": st.integers(0, 12)}),
}
VALUES = st.sampled_from([np.nan, 0.0, 1.0, 2.0, np.inf])
NODES = {name: SimpleNamespace(doc=doc, location=None) for name, doc in (("x", ""), ("y", "Lookback: 3"))}
WORK = SimpleNamespace(interval=pd.Timedelta("1h"), dag=SimpleNamespace(nodes=NODES))


@pytest.mark.parametrize("name", sorted({*COLUMN_TESTS, *TABLE_TESTS}))
@given(st.data())
@settings(max_examples=60, deadline=None)
def test_an_appended_column_is_judged_as_all_of_it_is(name, data):
    old, new = (data.draw(st.lists(st.tuples(VALUES, VALUES), min_size=least, max_size=8)) for least in (1, 0))
    index = pd.date_range("2020-01-01", periods=len(old) + len(new), freq="h", tz="UTC")
    whole = pd.DataFrame([*old, *new], columns=["x", "y"], index=index)
    columns = ("x", "y") if name in COLUMN_TESTS else ()
    test = DataTest("t", name, "m", columns, data.draw(ARGUMENTS.get(name, st.just({}))))
    judge = partial(offending, test, symbol="A", interval=WORK.interval, nodes=NODES)
    earlier, expected = asdict(judge(table=whole.iloc[: len(old)])), judge(table=whole)
    grown = {each: _grown(whole[each], len(old), arrays=data.draw(st.booleans())) for each in columns or "xy"}
    assert _continued(WORK, test, "A", grown, earlier, partial(judge, table=whole)) == expected
    assert _continued(WORK, test, "A", grown, None, partial(judge, table=whole)) == expected


@pytest.mark.parametrize(
    "name", ["all_nan", "constant", "finite", "not_null", "range", "monotonic_ts", "no_gaps", "unique"]
)
@pytest.mark.parametrize("last", [0.0, np.nan, np.inf])
def test_rows_that_were_judged_are_not_judged_again(name, last):
    values = pd.Series([0.0, 1.0, last], index=pd.date_range("2020-01-01", periods=3, freq="h", tz="UTC"))
    test = DataTest("t", name, "m", ("x",) if name in COLUMN_TESTS else (), {"max": 5.0} if name == "range" else {})
    judge = partial(offending, test, symbol="A", interval=WORK.interval, nodes=NODES)
    earlier, whole = asdict(judge(table=values[:2].to_frame("x"))), judge(table=values.to_frame("x"))
    assert _continued(WORK, test, "A", {"x": _grown(values, 2, arrays=True)}, earlier, pytest.fail) == whole


@pytest.mark.parametrize("name", ["all_nan", "constant"])
@pytest.mark.parametrize("last", [0.0, np.nan])
def test_what_had_two_values_has_them_and_old_rows_are_not_looked_at(name, last):
    """One row more for each of many symbols must not read their whole columns."""
    values = pd.Series([0.0, 1.0, last], index=pd.date_range("2020-01-01", periods=3, freq="h", tz="UTC"))
    old = values[:2] if name == "constant" or not np.isnan(last) else values[:1]
    test = DataTest("t", name, "m", ("x",))
    earlier = offending(test, old.to_frame("x"), "A", interval=WORK.interval, nodes=NODES)
    assert earlier.lasting
    unread = {"x": Grown(len(old), "d", pytest.fail, pytest.fail)}
    assert _continued(WORK, test, "A", unread, asdict(earlier), pytest.fail) == earlier


def test_what_was_found_is_found_again_without_the_rows_it_was_found_in():
    values = pd.Series([np.inf, 1.0, np.inf], index=pd.date_range("2020-01-01", periods=3, freq="h", tz="UTC"))
    for name, column in (("finite", values), ("all_nan", values * np.nan), ("constant", values.clip(1.0, 1.0))):
        test = DataTest("t", name, "m", ("x",))
        judge = partial(offending, test, symbol="A", interval=WORK.interval, nodes=NODES)
        earlier, whole = asdict(judge(table=column[:2].to_frame("x"))), judge(table=column.to_frame("x"))
        assert _continued(WORK, test, "A", {"x": _grown(column, 2, arrays=False)}, earlier, pytest.fail) == whole


def _grown(column: pd.Series, start: int, *, arrays: bool) -> Grown:
    def rows(at: int) -> pd.Series:
        return column.iloc[at:]

    return Grown(start, "d", rows, (lambda at: column.to_numpy()[at:]) if arrays else rows)
