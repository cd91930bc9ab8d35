from __future__ import annotations

import shutil

import pytest

from candlewick.commands.build import build
from candlewick.errors import UsageError
from candlewick.project.project import open_project
from candlewick.run.options import Options
from candlewick_ui.compare import compare


@pytest.fixture(scope="module")
def arms(alive_folder, tmp_path_factory):
    """Arm a as the project is; arm b after an edit of ``move``, with the group smooth; ``up`` is as it was."""
    project = open_project(shutil.copytree(alive_folder, tmp_path_factory.mktemp("arms") / "p"))
    build(project, "run", Options(arm="a", threads=1))
    module = project.root / "features" / "moves.py"
    module.write_text(module.read_text().replace("close.pct_change()", "close.pct_change().where(close != 105)"))
    build(project, "run", Options(arm="b", enable=("smooth",), threads=1))
    return project


def test_an_arm_equals_itself_without_being_read(arms, monkeypatch):
    monkeypatch.setattr("candlewick_ui.compare.read_frame", None)
    monkeypatch.setattr("candlewick.commands.diff.read_catalog_frame", None)
    assert {each.side for each in compare(arms, "a", "a")} == {"equal"}


def test_columns_added_removed_changed_and_equal(arms):
    found = {each.name: each for each in compare(arms, "a", "b")}
    assert {name: each.side for name, each in found.items()} == {"smooth": "only b", "move": "differs", "up": "equal"}
    assert list(found) == ["smooth", "move", "up"]
    back = {each.name: each.side for each in compare(arms, "b", "a")}
    assert back["smooth"] == "only b"


def test_coverage_is_counted_in_each_arm_that_has_the_column(arms):
    found = {each.name: each.coverage for each in compare(arms, "a", "b")}
    assert found["move"] == (54 / 56, 53 / 56)
    assert found["smooth"] == (None, pytest.approx(44 / 56, abs=5 / 56))
    assert found["up"] == (None, None)


def test_a_value_against_none_is_a_difference_at_its_first_candle(arms):
    move = next(each for each in compare(arms, "a", "b") if each.name == "move")
    assert (move.differing, move.rows, move.first, move.largest) == (1, 56, "AAA 2020-01-04 00:00", 0.0)


def test_an_arm_that_published_nothing_is_an_error(alive):
    with pytest.raises(UsageError, match="'b' is no arm"):
        compare(alive, "main", "b")
