"""What is computed after code was moved, and what is not."""

from __future__ import annotations

import pytest

from candlewick.commands.build import build
from candlewick.project.project import open_project
from candlewick.run import pandas_columns, testing, together, units
from candlewick.run.options import Options
from candlewick.store.catalog import read_catalog, read_frame

from ..conftest import write_tiny

HEAD = "import pandas as pd\nfrom candlewick.declare import opaque\n\n"
SLOW = """
TWICE = 2

def _doubled(x):
    return x * TWICE

@opaque(lookback=2)
def slow(close: pd.Series) -> pd.Series:
    return _doubled(close.rolling(3).max())
"""
QUICK = """
@opaque(lookback=0)
def quick(low: pd.Series) -> pd.Series:
    return low * 1.5
"""
TRACED = """
def ret(close: pd.Series) -> pd.Series:
    return close / close.shift(1) - 1
"""


@pytest.fixture(scope="module")
def built_once(tmp_path_factory):
    project = write_tiny(
        tmp_path_factory.mktemp("built") / "tiny",
        {"features/a.py": HEAD + SLOW + QUICK, "features/b.py": HEAD + TRACED},
    )
    assert build(project, "build", Options(threads=1)).published
    return project


@pytest.fixture
def built(built_once, lent):
    with lent(built_once.root):
        yield built_once


@pytest.fixture
def computed(monkeypatch):
    """The columns that pandas was asked for, each with the first row."""
    found = {}
    compute = together.compute_pandas

    def watched(dag, candles, columns, wanted):
        found.update({name: start for name, (_, start) in wanted.items()})
        return compute(dag, candles, columns, wanted)

    monkeypatch.setattr(together, "compute_pandas", watched)
    return found


@pytest.fixture
def chunked(monkeypatch):
    """Chunks of a few candles, of which the tiny project has many."""
    for module in (units, pandas_columns):
        monkeypatch.setattr(module, "CHUNK", 8)


def run(project, files, **options):
    """What a run of other files did; the others are gone."""
    for path in (project.root / "features").glob("*.py"):
        path.unlink()
    for name, text in files.items():
        (project.root / "features" / name).write_text(HEAD + text)
    outcome = build(open_project(project.root), "build", Options(threads=1, **options))
    assert not outcome.failed, [result.message for result in outcome.results if result.failed]
    return {result.name: result.status for result in outcome.results if result.kind == "model"}


def queried(project):
    """Every column as text, by its name."""
    target = project.target
    return {
        name: frame[["symbol", "ts", name]].to_csv()
        for model in read_catalog(target).columns
        for frame in [read_frame(target, model)]
        for name in frame.columns[2:]
    }


def test_modules_of_another_name_are_reused(built, computed):
    before = queried(built)
    assert run(built, {"first.py": SLOW + QUICK, "second.py": TRACED}) == {"first": "REUSED", "second": "REUSED"}
    assert queried(built) == before
    assert not computed
    assert set(read_catalog(built.target).columns) == {"first", "second"}


def test_two_models_may_hold_the_same_rows_for_a_while(built):
    """A run of the new module only: the old one shows what it held until it is run too."""
    before = queried(built)
    files = {"a.py": "def other(low: pd.Series) -> pd.Series:\n    return low\n", "c.py": SLOW + QUICK, "b.py": TRACED}
    assert run(built, files, select=("c",)) == {"c": "REUSED"}
    assert set(read_catalog(built.target).columns) == {"a", "b", "c"}
    assert read_frame(built.target, "a").equals(read_frame(built.target, "c"))
    assert run(built, files) == {"a": "BUILT", "b": "REUSED", "c": "REUSED"}
    assert queried(built) == before | {"other": queried(built)["other"]}


def test_a_function_that_moves_with_what_it_needs_is_not_computed_again(built, computed):
    before = queried(built)
    done = run(built, {"a.py": QUICK, "b.py": TRACED + SLOW})
    assert done == {"a": "BUILT", "b": "BUILT"}  # their tables are others, and are written
    assert not computed
    assert queried(built) == before


def test_a_function_that_moves_away_from_what_it_needs_is_computed_again(built, computed):
    other = SLOW.replace("TWICE = 2", "TWICE = 3")
    run(built, {"a.py": QUICK, "b.py": TRACED + other})
    assert set(computed) == {"slow"}


def test_a_changed_function_leaves_its_slow_siblings_alone(built, computed):
    before = queried(built)
    assert run(built, {"a.py": SLOW + QUICK.replace("1.5", "2.5"), "b.py": TRACED})["a"] == "BUILT"
    assert set(computed) == {"quick"}
    assert queried(built)["slow"] == before["slow"]


def test_with_new_candles_too_only_their_end_is_computed(built, computed, chunked):
    path = built.root / "seeds" / "candles.csv"
    path.write_text(path.read_text() + "AAA,2020-02-10,140,142,139,141,5\nAAA,2020-02-11,140,151,139,150,5\n")
    files = {"a.py": SLOW + QUICK.replace("1.5", "2.5"), "b.py": TRACED}
    assert run(built, files)["a"] == "BUILT"
    assert computed == {"slow": 40, "quick": 0}
    ours = queried(built)
    run(built, files, full_refresh=True)
    assert queried(built) == ours


def test_with_hamilton_unchanged_siblings_are_left_alone_too(built, computed):
    files = {"a.py": SLOW + QUICK, "b.py": TRACED + TRACED.replace("def ret", "def back")}
    run(built, files, engine="hamilton")
    computed.clear()
    files["b.py"] = TRACED + TRACED.replace("def ret", "def back").replace("close", "open")
    assert run(built, files, engine="hamilton")["b"] == "BUILT"
    assert set(computed) == {"back"}


def test_what_tests_found_before_an_edit_is_known_when_it_is_taken_back(built, monkeypatch):
    files = {"a.py": SLOW + QUICK, "b.py": TRACED}
    run(built, {"a.py": SLOW + QUICK, "b.py": TRACED.replace("shift(1)", "shift(2)")})
    judged = []
    judge = testing.offending
    monkeypatch.setattr(
        testing, "offending", lambda test, *rest, **more: judged.append(test) or judge(test, *rest, **more)
    )
    assert set(run(built, files).values()) == {"REUSED"}
    assert not judged
    assert list((built.target / "history" / "main").glob("tested-*.json"))
