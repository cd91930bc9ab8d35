"""The program as the engine of a run: Hamilton's values, within the promised distance, and its NaN in the same places."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from candlewick.project.dag import load_dag
from candlewick.project.streaming import trace_features
from candlewick.run.compute import compute
from candlewick.run.data_tests import documented_warm_up
from candlewick.run.prepare import prepare
from candlewick.run.streamed import compute_symbol
from candlewick.store.candles import load_many

from ..conftest import copy_example


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    """The example project with every group on, and its candles."""
    project = copy_example(tmp_path_factory.mktemp("example") / "project")
    dag = load_dag(project, environ={}, enable=["momentum"])
    return dag, list(load_many(project.store))


def computed(work, symbol, frame):
    return compute_symbol(work.dag, work.program, [node.name for node in work.columns], symbol, frame)


def test_a_docstring_cannot_lie_about_its_lookback(example):
    dag, _ = example
    facts = trace_features(dag).facts
    said = {name: documented_warm_up(dag.nodes[name]) for name in facts}
    assert said == {name: fact.lookback for name, fact in facts.items()}


@pytest.mark.slow
def test_the_program_agrees_with_hamilton_on_the_example(example):
    dag, candles = example
    work = prepare(dag, {node.model for node in dag.columns}, engine="program", tests=False)
    features = [node.name for node in dag.columns if node.kind == "feature"]
    for symbol, frame in candles:
        streamed = computed(work, symbol, frame).columns
        reference = compute(dag, symbol, frame, features).columns
        for name in features:
            ours = streamed[name].to_numpy(float)
            theirs = reference[name].to_numpy(float)
            np.testing.assert_array_equal(np.isnan(ours), np.isnan(theirs), err_msg=name)
            scale = np.nanmax(np.abs(theirs))
            assert np.nanmax(np.abs(ours - theirs)) <= 1e-9 * scale, name
            assert (streamed[name].dtype == bool) == (reference[name].dtype == bool), name


@pytest.mark.slow
def test_labels_and_opaque_features_read_what_the_program_computed(make_project):
    project = make_project(
        {
            "features/m.py": """
from candlewick.declare import opaque

def ret(close: pd.Series) -> pd.Series:
    return close / close.shift(1) - 1

@opaque(lookback=2)
def loop(ret: pd.Series) -> pd.Series:
    return pd.Series([ret.iloc[max(i - 2, 0): i + 1].max() for i in range(len(ret))], index=ret.index)

def after(loop: pd.Series, close: pd.Series) -> pd.Series:
    return loop * close
""",
            "labels/up.py": "def up(ret: pd.Series) -> pd.Series:\n    return ret.shift(-1)\n",
        }
    )
    dag = load_dag(project, environ={})
    index = pd.date_range("2020-01-01", periods=50, tz="UTC", name="ts")
    close = pd.Series(np.linspace(100, 120, 50) + np.sin(np.arange(50)), index=index)
    frame = pd.DataFrame({"open": close, "high": close, "low": close, "close": close, "volume": close})
    work = prepare(dag, {"m", "up"}, engine="program", tests=False)
    assert [result.name for result in work.program.results] == ["ret"]
    assert work.on_trial == ["loop", "after", "up"]
    streamed = computed(work, "AAA", frame).columns
    reference = compute(dag, "AAA", frame, ["ret", "loop", "after", "up"]).columns
    for name, column in reference.items():
        pd.testing.assert_series_equal(streamed[name], column, check_freq=False)


CHECKED = """
from hamilton.function_modifiers import check_output

@check_output(range=(0.0, 1.0), importance="fail")
def far(close: pd.Series) -> pd.Series:
    return close * 2

@check_output(range=(0.0, 1e9), importance="fail")
def near(close: pd.Series) -> pd.Series:
    return close * 3

def below(near: pd.Series) -> pd.Series:
    return near * 2
"""


def test_the_checks_of_check_output_run_on_what_the_program_computed(tiny):
    dag = load_dag(tiny(CHECKED), environ={})
    work = prepare(dag, {"moves"}, engine="program", tests=False)
    close = np.arange(1.0, 9.0)
    index = pd.date_range("2020-01-01", periods=8, tz="UTC", name="ts")
    frame = pd.DataFrame(dict.fromkeys(("open", "high", "low", "close", "volume"), close), index=index)
    found = computed(work, "AAA", frame)
    assert set(found.columns) == {"near", "below"}
    assert "in range (0.0,1.0)" in found.errors["far"].what
