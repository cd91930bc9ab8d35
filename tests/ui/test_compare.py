from __future__ import annotations

import shutil

import pytest

from candlewick.errors import StoreError
from candlewick_ui.compare import compare


@pytest.fixture(scope="module")
def other(alive_folder, tmp_path_factory, wick):
    """The same project with another formula for ``move`` and the group smooth on; ``up`` is as it was."""
    root = tmp_path_factory.mktemp("other")
    shutil.copytree(alive_folder, root, dirs_exist_ok=True, ignore=shutil.ignore_patterns("target"))
    module = root / "features" / "moves.py"
    module.write_text(module.read_text().replace("close.pct_change()", "close.pct_change().where(close != 105)"))
    done = wick(root, "run", "--enable", "smooth") if wick(root, "ingest").returncode == 0 else None
    assert done.returncode == 0, done.stdout + done.stderr
    return root


def test_a_build_equals_itself_without_being_read(alive, monkeypatch):
    monkeypatch.setattr("candlewick_ui.compare.read_frame", None)
    assert {diff.side for diff in compare(alive.target, alive.target)} == {"equal"}


def test_columns_added_removed_changed_and_equal(alive, other):
    diffs = {diff.name: diff for diff in compare(alive.target, other / "target")}
    assert {name: diff.side for name, diff in diffs.items()} == {"smooth": "only B", "move": "differs", "up": "equal"}
    assert list(diffs) == ["smooth", "move", "up"]
    assert (diffs["smooth"].rows, diffs["smooth"].coverage) == (56, diffs["smooth"].values / 56)
    back = {diff.name: diff.side for diff in compare(other / "target", alive.target)}
    assert back["smooth"] == "only A"


def test_a_value_against_none_is_a_difference_at_its_first_candle(alive, other):
    move = next(diff for diff in compare(alive.target, other / "target") if diff.name == "move")
    assert (move.differing, move.first, move.largest) == (1, "AAA 2020-01-04 00:00", 0.0)


def test_an_arm_that_published_nothing_is_an_error(alive, tmp_path):
    with pytest.raises(StoreError, match="nothing has been published"):
        compare(alive.target, tmp_path)
