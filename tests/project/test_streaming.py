"""The trace of a project: through Hamilton's decorators and toggles, opaque features left out, refusals at the line."""

from __future__ import annotations

import pytest

from candlewick.errors import TraceError
from candlewick.project.dag import load_dag
from candlewick.project.streaming import trace_features


def trace(make_project, text, **environ):
    return trace_features(load_dag(make_project({"features/m.py": text}), environ=environ))


def test_facts_follow_the_chain_through_hamilton(make_project):
    found = trace(
        make_project,
        """
def ret(close: pd.Series) -> pd.Series:
    return np.log(close / close.shift(1))

def vol(ret: pd.Series, window: int = 20) -> pd.Series:
    return ret.rolling(window).std()

def ema(close: pd.Series) -> pd.Series:
    return close.ewm(span=9, adjust=False).mean()
""",
    ).facts
    assert (found["ret"].lookback, found["vol"].lookback, found["ema"].lookback) == (1, 20, None)
    assert found["vol"].columns == ("close",)


def test_decorators_and_toggles(make_project):
    text = """
from hamilton.function_modifiers import check_output, parameterize, value

@parameterize(sma_2={"n": value(2)}, sma_3={"n": value(3)})
def sma(close: pd.Series, n: int) -> pd.Series:
    return close.rolling(n).mean()

@check_output(data_type=float, importance="fail")
def spread(high: pd.Series, low: pd.Series) -> pd.Series:
    return high - low

@config.when(enabled="extra")
def more(close: pd.Series) -> pd.Series:
    return close.shift(7)
"""
    assert list(trace(make_project, text).facts) == ["sma_2", "sma_3", "spread"]
    assert trace(make_project, text, WICK_ENABLED="extra").facts["more"].lookback == 7


def test_what_needs_an_opaque_feature_is_opaque(make_project):
    found = trace(
        make_project,
        """
from candlewick.declare import opaque

@opaque(lookback=4)
def loop(close: pd.Series) -> pd.Series:
    return pd.Series([sum(close.iloc[max(i - 4, 0): i + 1]) for i in range(len(close))], index=close.index)

def after(loop: pd.Series) -> pd.Series:
    return loop * 2

def free(close: pd.Series) -> pd.Series:
    return close
""",
    )
    assert found.opaque == {"loop": "loop", "after": "loop"}
    assert list(found.facts) == ["free"]


REFUSED = {
    "a look ahead": "close.shift(-1)",
    "a statistic of the whole column": "close - close.mean()",
    "through the back door": "close.shift(1, fill_value=close.mean())",
    "a branch on a value": "close if close.iloc[-1] > 0 else -close",
    "a loop over rows": "pd.Series([x for x in close], index=close.index)",
    "a centred window": "close.rolling(5, center=True).mean()",
    "filling backwards": "close.bfill()",
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_stands_at_the_users_own_line(name, make_project):
    text = f"def x(close: pd.Series) -> pd.Series:\n    y = close + 1\n    return {REFUSED[name]}\n"
    with pytest.raises(TraceError) as caught:
        trace(make_project, text)
    assert str(caught.value.where[0]) == "features/m.py:6"
    assert "'x'" in caught.value.what
    assert caught.value.hint
    assert caught.value.exit_code == 2


def test_a_function_that_fails_on_stand_ins_is_the_users_line(make_project):
    with pytest.raises(TraceError) as caught:
        trace(make_project, "def x(close: pd.Series) -> pd.Series:\n    return {}['missing']\n")
    assert caught.value.code == "trace-raised"
    assert str(caught.value.where[0]) == "features/m.py:5"


def test_an_impure_function_is_refused(make_project):
    text = "def x(close: pd.Series) -> pd.Series:\n    return close * np.random.default_rng().normal()\n"
    with pytest.raises(TraceError) as caught:
        trace(make_project, text)
    assert caught.value.code == "trace-impure"


def test_what_is_no_column_is_refused_at_the_function(make_project):
    with pytest.raises(TraceError) as caught:
        trace(make_project, "def x(close: pd.Series) -> pd.Series:\n    return None\n")
    assert caught.value.code == "trace-not-a-column"
    assert str(caught.value.where[0]) == "features/m.py:4"
