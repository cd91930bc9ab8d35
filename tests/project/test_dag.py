"""Hamilton's own decorators, toggles and execution, seen through the one file that imports it."""

from __future__ import annotations

import pandas as pd
import pytest

from candlewick.errors import WickError
from candlewick.project.dag import load_dag
from candlewick.project.decorators import EnabledGroups

FRAME = pd.DataFrame(
    {name: [1.0, 2.0, 4.0] for name in ("open", "high", "low", "close", "volume")},
    index=pd.date_range("2020-01-01", periods=3, tz="UTC", name="ts"),
)


def plain(_name, function, arguments):
    return function(**arguments)


def execute(dag, *names, call=plain):
    return dag.execute(list(names), dict(FRAME.items()), call)


def test_enabled_groups_are_equal_to_each_member():
    groups = EnabledGroups({"a", "b"})
    assert groups == "a"
    assert groups == "b"
    assert groups != "c"
    assert groups == frozenset({"a", "b"})
    assert hash(groups) == hash(frozenset({"a", "b"}))


MOMENTUM = """
def ret(close: pd.Series) -> pd.Series:
    return close.pct_change()

@config.when(enabled="momentum")
def mom(close: pd.Series) -> pd.Series:
    raise RuntimeError("computed")
"""


def test_a_disabled_feature_is_not_computed(make_project):
    project = make_project({"features/a.py": MOMENTUM})
    dag = load_dag(project, environ={})
    calls = []

    def recording(name, function, arguments):
        calls.append(name)
        return function(**arguments)

    execute(dag, *(node.name for node in dag.columns), call=recording)
    assert calls == ["ret"]
    assert list(dag.disabled) == ["mom"]
    enabled = load_dag(project, environ={"WICK_ENABLED": "momentum"})
    with pytest.raises(RuntimeError, match="computed"):
        execute(enabled, "mom")


def test_the_environment_is_untouched_when_resolution_fails(make_project):
    project = make_project({"features/a.py": MOMENTUM})
    environ = {"WICK_ENABLED": "typo"}
    with pytest.raises(WickError, match="typo"):
        load_dag(project, environ=environ)
    assert environ == {"WICK_ENABLED": "typo"}


VARIANTS = """
@config.when(enabled="std")
def vol__std(close: pd.Series) -> pd.Series:
    return close.rolling(2).std()

@config.when(enabled="mad")
def vol__mad(close: pd.Series) -> pd.Series:
    return close.diff().abs()
"""


def test_variants_of_one_node(make_project):
    project = make_project({"features/a.py": VARIANTS})
    for group in ("std", "mad"):
        dag = load_dag(project, environ={"WICK_ENABLED": group})
        assert dag.nodes["vol"].group == group
        assert not dag.disabled
    assert list(load_dag(project, environ={}).disabled) == ["vol"]
    with pytest.raises(WickError, match="two functions make the node 'vol'"):
        load_dag(project, environ={"WICK_ENABLED": "std,mad"})


def test_what_only_the_other_variant_reads_is_of_use(make_project):
    """A helper that makes no column is refused when nobody reads it: the variant that is off does."""
    reader = VARIANTS.replace("vol__std(close", "vol__std(days: int, close")
    project = make_project({"features/a.py": "def days() -> int:\n    return 5\n" + reader})
    assert "days" in load_dag(project, environ={"WICK_ENABLED": "mad"}).nodes


DECORATED = """
from hamilton.function_modifiers import check_output, extract_columns, parameterize, tag, value

@parameterize(sma_2={"n": value(2)}, sma_3={"n": value(3)})
def sma(close: pd.Series, n: int) -> pd.Series:
    return close.rolling(n).mean()

@extract_columns("hi", "lo")
def bands(high: pd.Series, low: pd.Series) -> pd.DataFrame:
    return pd.DataFrame({"hi": high, "lo": low})

@tag(owner="desk")
@check_output(data_type=float)
def spread(hi: pd.Series, lo: pd.Series, scale: float) -> pd.Series:
    return (hi - lo) * scale

def scale(close: pd.Series) -> float:
    return 2.0
"""


def test_decorators(make_project):
    dag = load_dag(make_project({"features/a.py": DECORATED}), environ={})
    assert [node.name for node in dag.columns] == ["sma_2", "sma_3", "hi", "lo", "spread"]
    assert dag.nodes["spread"].tags == {"owner": "desk"}
    assert dag.nodes["bands"].type == "pd.DataFrame"
    values = execute(dag, "sma_2", "hi", "spread")
    assert values["sma_2"].tolist()[1:] == [1.5, 3.0]
    assert "sma_2" in dag.dot(["sma_2", "spread"])


def test_a_long_chain_executes(make_project):
    text = "def n0(close: pd.Series) -> pd.Series:\n    return close\n" + "".join(
        f"def n{i}(n{i - 1}: pd.Series) -> pd.Series:\n    return n{i - 1}\n" for i in range(1, 1500)
    )
    dag = load_dag(make_project({"features/a.py": text}), environ={})
    assert execute(dag, "n1499")["n1499"].tolist() == [1.0, 2.0, 4.0]


def test_an_edit_within_the_second_is_seen(make_project):
    for n in (2, 3):
        text = f"def x(close: pd.Series) -> pd.Series:\n    return close * {n}\n"
        dag = load_dag(make_project({"features/a.py": text}), environ={})
        assert execute(dag, "x")["x"].tolist() == [n, 2 * n, 4 * n]


def test_modules_of_another_project_are_forgotten(make_project, tmp_path_factory):
    helper = "def double(x):\n    return x * {n}\n"
    text = "from common import double\n\ndef x(close: pd.Series) -> pd.Series:\n    return double(close)\n"
    for n in (2, 3):
        project = make_project({"features/a.py": text, "common.py": helper.format(n=n)})
        assert execute(load_dag(project, environ={}), "x")["x"].iloc[0] == n


CONSTANTS = """
import dataclasses, enum, functools, math, re
WINDOWS = (5, 10)
NAMES = frozenset({"a"})
WEIGHTS = np.array([1.0, 2.0]); WEIGHTS.setflags(write=False)
@dataclasses.dataclass(frozen=True)
class Settings:
    n: int = 3
SETTINGS = Settings()
HALF = functools.partial(pow, 2)
START = pd.Timestamp("2020-01-01")

def x(close: pd.Series) -> pd.Series:
    _ = (NAMES, WEIGHTS, HALF, math.pi, re, START, np.float64)
    return close.shift(WINDOWS[0] + SETTINGS.n)
"""


def test_constants_are_welcome(make_project):
    assert "x" in load_dag(make_project({"features/a.py": CONSTANTS}), environ={}).nodes


def test_a_docstring_with_half_a_character_is_text_that_every_file_takes(make_project):
    text = 'def half(close: pd.Series) -> pd.Series:\n    """a \\ud800 b"""\n    return close.diff()\n'
    node = load_dag(make_project({"features/m.py": text}), environ={}).nodes["half"]
    assert node.doc == "a ? b"
