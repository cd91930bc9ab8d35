from __future__ import annotations

import pytest

from candlewick.lower import lower
from candlewick.program import cost
from candlewick.trace import tracing

COLUMNS = ("open", "high", "low", "close", "volume", "ts")


@pytest.fixture
def prices(monkeypatch):
    """What operators are said to cost, instead of measuring: a sum 1, anything else 10."""
    said = lambda operators: {each.key: 1.0 if each.operator_name() == "add" else 10.0 for each in operators}  # noqa: E731
    monkeypatch.setattr(cost, "operator_costs", said)
    cost.costs.cache_clear()
    yield
    cost.costs.cache_clear()


def test_shared_work_is_shared_out_and_all_of_it_is_told(prices):
    with tracing() as run:
        close = run.input("close")
        slow = close.rolling(200).min()
        made = lower(run.graph({"copy": close, "slow": slow, "twice": slow + slow, "quick": close + 1}), COLUMNS)
    assert cost.costs(made) == pytest.approx({"copy": 0, "slow": 5, "twice": 6, "quick": 1})


def test_a_column_handed_on_costs_nothing():
    with tracing() as run:
        made = lower(run.graph({"a": run.input("close"), "b": run.input("open")}), COLUMNS)
    assert cost.costs(made) == {"a": 0, "b": 0}


def test_an_operator_is_measured_once_and_what_cannot_be_read_is_measured_again(monkeypatch, tmp_path):
    monkeypatch.setenv("CANDLEWICK_CACHE", str(tmp_path))
    with tracing() as run:
        close, volume = run.input("close"), run.input("volume")
        graph = run.graph({"corr": close.rolling(20).corr(volume).shift(3), "fast": close.ewm(span=9).mean()})
    operators = [item.operator for item in lower(graph, COLUMNS).instructions]
    first = cost.operator_costs(operators)
    assert first.keys() == {operator.key for operator in operators}
    assert all(cost.LEAST <= each < 1e6 for each in first.values())
    monkeypatch.setattr(cost, "_timed", lambda program: pytest.fail("measured again"))
    assert cost.operator_costs(operators) == first
    (tmp_path / "costs.json").write_text("{")
    with pytest.raises(pytest.fail.Exception, match="measured again"):
        cost.operator_costs(operators)
