"""What features take is told without a store, a build or an export."""

from __future__ import annotations

import json

import pytest

from candlewick.commands.cost import cost
from candlewick.errors import NodeError

FILES = {
    "features/base.py": """
        from candlewick.declare import opaque

        def ret(close: pd.Series) -> pd.Series:
            return close / close.shift(1) - 1

        @config.when(enabled="extra")
        def spread(close: pd.Series) -> pd.Series:
            return close.rolling(20).std()

        @config.when(enabled="odd")
        @opaque(lookback=0)
        def odd(close: pd.Series) -> pd.Series:
            return close.iloc[::-1].iloc[::-1]
        """
}


def test_the_dearest_feature_comes_first_and_all_of_them_cost_more_live(tiny):
    found = cost(tiny(FILES), enable=["extra", "odd"])
    assert [column.name for column in found.columns] == ["spread", "ret"]
    assert found.nanoseconds == sum(column.nanoseconds for column in found.columns) > 0
    assert found.live_p99 >= found.live_p50 > 1e-9 * found.nanoseconds
    assert (found.groups, found.opaque, found.candles) == (("extra", "odd"), ("odd",), 3000)


def test_it_is_left_with_the_reports_of_the_arm_it_is_of(tiny, call):
    project = tiny(FILES)
    assert call(project.root, "build", "--arm", "b", "--enable", "extra").returncode == 0
    printed = call(project.root, "cost", "--arm", "b", "--output", "json").stdout
    written = json.loads((project.reports("b") / "cost.json").read_text())
    assert json.loads(printed) == written
    assert (written["arm"], written["groups"], set(written["block"])) == ("b", ["extra"], {"ret", "spread"})
    assert not (project.target / "cost.json").exists()


def test_the_features_beyond_the_limit_are_counted(tiny, call):
    said = call(tiny(FILES).root, "cost", "--enable", "extra", "--enable", "odd", "--limit", "1").stdout.splitlines()
    assert [line.split()[0] for line in said[:2]] == ["spread", "1"]
    assert said[-1] == "not in it, as they exist in batch only: odd"


def test_without_a_streaming_form_there_is_no_cost(tiny):
    only = "from candlewick.declare import opaque\n\n@opaque(lookback=0)\ndef odd(close: pd.Series) -> pd.Series:\n    return close\n"
    with pytest.raises(NodeError, match="no feature with a streaming form"):
        cost(tiny(only))


def test_features_that_cost_nothing_are_told_too(tiny, call):
    said = call(tiny("def same(close: pd.Series) -> pd.Series:\n    return close\n").root, "cost")
    assert said.returncode == 0, said.stderr
    assert "same" in said.stdout
