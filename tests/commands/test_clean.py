"""What `wick clean` removes, and what it leaves."""

from __future__ import annotations

import io

import pytest

from candlewick.commands.clean import clean
from candlewick.errors import StoreError
from candlewick.store.parts import writing

FEATURE = """
    def ret(close: pd.Series) -> pd.Series:
        return close / close.shift(1) - 1
"""


def test_exports_of_arms_stay_when_the_store_goes(tiny, call):
    project = tiny(FEATURE)
    assert call(project.root, "build", "--arm", "b").returncode == 0
    kept = project.reports("b") / "tiny.wick"
    kept.touch()
    said = call(project.root, "clean", "--store", "--yes")
    assert said.returncode == 0, said.stderr
    assert kept.exists()
    assert not project.store.exists()
    assert not (project.target / "parts").exists()


def test_a_store_that_a_run_writes_to_is_left_alone(tiny):
    project = tiny(FEATURE)
    project.store.parent.mkdir(exist_ok=True)
    project.store.touch()
    with writing(project.target), pytest.raises(StoreError) as caught:
        clean(project, store=True)
    assert caught.value.code == "store-in-use"
    assert project.store.exists()
    clean(project, store=True)
    assert not project.store.exists()


def test_a_link_is_removed_and_what_it_leads_to_stays(tiny, tmp_path):
    project = tiny(FEATURE)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept").touch()
    project.target.mkdir(exist_ok=True)
    (project.target / "parts").symlink_to(elsewhere)
    clean(project, store=True)
    assert not (project.target / "parts").exists()
    assert (elsewhere / "kept").exists()


def test_without_an_answer_nothing_is_removed(tiny, call, monkeypatch):
    project = tiny(FEATURE)
    assert call(project.root, "build").returncode == 0
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    said = call(project.root, "clean", "--store")
    assert (said.returncode, "Nothing was removed." in said.stdout) == (1, True)
    assert project.store.exists()
