from __future__ import annotations

import shutil

import pytest
import yaml

from candlewick.errors import ToggleError
from candlewick.project.project import open_project
from candlewick_ui.arms import arm_folder, build_command, copy_project, known_groups, make_arm, read_build
from candlewick_ui.jobs import read_progress

KNOWN = ("moves", "smooth")


@pytest.fixture
def copied(alive_folder, tmp_path):
    """A project of its own that may be changed."""
    shutil.copytree(alive_folder, tmp_path / "p", ignore=shutil.ignore_patterns("target"))
    return open_project(tmp_path / "p")


def test_the_groups_are_those_of_the_features(reports):
    assert known_groups(reports.lineage) == KNOWN


@pytest.mark.parametrize(
    ("chosen", "command"),
    [
        (["moves"], "wick build"),
        (["moves", "smooth"], "wick build --enable smooth"),
        (["smooth"], "wick build --enable smooth --disable moves"),
        ([], "wick build --disable moves"),
    ],
)
def test_an_arm_is_the_command_line_that_builds_it(alive, chosen, command):
    arm = make_arm("b", alive, KNOWN, chosen)
    assert arm.command == command
    assert set(arm.groups) == set(chosen)
    assert build_command(alive, arm)[-len(arm.options) or None :] == arm.options or not arm.options


def test_a_group_that_nothing_belongs_to_is_refused_as_the_command_line_does(alive):
    with pytest.raises(ToggleError, match="smoth"):
        make_arm("a", alive, KNOWN, ["smoth"])
    with pytest.raises(ToggleError, match=r"groups\.baseline"):
        make_arm("a", alive, ("smooth",), ["smooth"])


def test_an_odd_name_of_a_group_is_one_word_of_the_command(alive):
    arm = make_arm("b", alive, ("moves", "a b; rm -rf"), ["a b; rm -rf", "moves"])
    assert arm.command == "wick build --enable 'a b; rm -rf'"
    assert build_command(alive, arm)[-1] == "a b; rm -rf"


@pytest.mark.parametrize("name", ["..", "c", "../../etc", ""])
def test_an_arm_has_one_of_two_folders(alive, name):
    with pytest.raises(ValueError, match=r".*"):
        arm_folder(alive, name)


def test_a_copy_holds_the_code_and_names_the_candles_where_they_are(copied):
    folder = copy_project(copied, "a")
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert files == {"wick.yml", "features/moves.py", "data_tests/small.py"}
    config = yaml.safe_load((folder / "wick.yml").read_text())
    assert config["candles"]["path"] == [str(copied.root / "seeds" / "*.csv")]
    assert open_project(folder).store == folder / "target" / "candlewick.duckdb"


def test_a_copy_follows_the_project_and_keeps_what_the_arm_has_built(copied):
    folder = copy_project(copied, "a")
    (folder / "target").mkdir()
    (folder / "target" / "kept").touch()
    (copied.root / "data_tests" / "small.py").unlink()
    (copied.root / "features" / "more.py").write_text("")
    copy_project(copied, "a")
    assert (folder / "target" / "kept").exists()
    assert not (folder / "data_tests" / "small.py").exists()
    assert (folder / "features" / "more.py").exists()


def test_an_arm_that_was_never_built_or_whose_reports_are_broken_has_no_build(copied):
    assert read_build(copied, "a") is None
    target = arm_folder(copied, "a") / "target"
    target.mkdir(parents=True)
    (target / "run_results.json").write_text("{}")
    (target / "lineage.json").write_text("[")
    assert read_build(copied, "a") is None


def test_progress_is_read_from_the_log_as_far_as_it_goes():
    log = "12:00:00  Running\n12:00:01  1 of 9 OK model a ... [BUILT]\n12:00:02  2 of 9 PASS test b\n12:00:02  \n"
    now = read_progress(log, None)
    assert (now.done, now.total, now.last) == (2, 9, "2 of 9 PASS test b")
    assert read_progress("", 1).share == 0.0
