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
from candlewick.run.testing import Grown, _continued

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
    grown = {each: Grown(len(old), "d", partial(whole[each].iloc.__getitem__, slice(len(old), None))) for each in "xy"}
    assert _continued(WORK, test, "A", grown, earlier, partial(judge, table=whole)) == expected
    assert _continued(WORK, test, "A", grown, None, partial(judge, table=whole)) == expected


def test_what_passed_is_not_judged_again():
    values = pd.Series([1.0, 2.0], index=pd.date_range("2020-01-01", periods=2, freq="h", tz="UTC"))
    for name in ("all_nan", "constant", "finite", "not_null"):
        test = DataTest("t", name, "m", ("x",))
        found = _continued(WORK, test, "A", {"x": Grown(9, "d", lambda: values)}, {"rows": 0}, pytest.fail)
        assert found.rows == 0
