from __future__ import annotations

import json
import os
import shutil

import pytest

from candlewick.commands.build import build
from candlewick.commands.cost import cost
from candlewick.errors import ToggleError
from candlewick.project.project import open_project
from candlewick.run.options import Options
from candlewick_ui.arms import Tracked, arm_log, commands, known_groups, make_arm, read_build
from candlewick_ui.jobs import read_progress

KNOWN = ("moves", "smooth")


def test_the_groups_are_those_of_the_features(reports):
    assert known_groups(reports.lineage) == KNOWN


@pytest.mark.parametrize(
    ("chosen", "command"),
    [
        (["moves"], "wick build --arm b"),
        (["moves", "smooth"], "wick build --arm b --enable smooth"),
        (["smooth"], "wick build --arm b --enable smooth --disable moves"),
        ([], "wick build --arm b --disable moves"),
    ],
)
def test_an_arm_is_the_command_line_that_builds_it(alive, chosen, command):
    arm = make_arm("b", alive, KNOWN, chosen)
    assert arm.command() == command
    assert set(arm.groups) == set(chosen)


def test_both_arms_are_built_and_measured_in_turn_and_share_a_name(alive):
    arms = [make_arm(name, alive, KNOWN, ["moves"]) for name in ("a", "b")]
    ran = commands(alive, arms, "ab-1")
    assert [words for _, words in ran] == [
        ["build", "--arm", "a", "--pair", "ab-1"],
        ["build", "--arm", "b", "--pair", "ab-1"],
        ["cost", "--arm", "a"],
        ["cost", "--arm", "b"],
    ]
    assert len({log for log, _ in ran}) == 4
    assert "--pair" not in commands(alive, arms, "")[0][1]


def test_a_group_that_nothing_belongs_to_is_refused_as_the_command_line_does(alive):
    with pytest.raises(ToggleError, match="smoth"):
        make_arm("a", alive, KNOWN, ["smoth"])
    with pytest.raises(ToggleError, match=r"groups\.baseline"):
        make_arm("a", alive, ("smooth",), ["smooth"])


def test_an_odd_name_of_a_group_is_one_word_of_the_command(alive):
    arm = make_arm("b", alive, ("moves", "a b; rm -rf"), ["a b; rm -rf", "moves"])
    assert arm.command() == "wick build --arm b --enable 'a b; rm -rf'"
    assert commands(alive, [arm], "")[0][1][-1] == "a b; rm -rf"


@pytest.mark.parametrize("name", ["..", "c", "../../etc", "", "main"])
def test_there_are_two_arms_and_no_others(alive, name):
    with pytest.raises(ValueError, match=r".*"):
        read_build(alive, name)
    with pytest.raises(ValueError, match=r".*"):
        arm_log(alive, name)


def test_a_build_is_read_with_its_cost_and_where_it_was_tracked(alive, tmp_path):
    project = open_project(shutil.copytree(alive.root, tmp_path / "p"))
    assert read_build(project, "b") is None
    build(project, "build", Options(arm="b", enable=("smooth",), threads=1))
    first = read_build(project, "b")
    assert (first.groups, first.features, first.published) == (("moves", "smooth"), 3, True)
    assert (first.live, first.block, first.tracked) == (None, None, None)
    cost(project, arm="b")
    tracked = {"run_id": first.run_id, "mlflow": {"run_id": "f" * 32, "where": "/x"}, "pair": "ab-1"}
    (project.reports("b") / "tracked.json").write_text(json.dumps(tracked))
    measured = read_build(project, "b")
    assert measured.live > measured.block > 0
    assert measured.tracked == Tracked("f" * 32, "/x", "ab-1")
    (project.reports("b") / "tracked.json").write_text(json.dumps(tracked | {"run_id": "another"}))
    os.utime(project.reports("b") / "cost.json", (0, 0))  # before the build
    assert read_build(project, "b") == first


def test_reports_that_are_broken_are_no_build(project):
    folder = open_project(project).reports("a")
    folder.mkdir(parents=True)
    (folder / "run_results.json").write_text("{}")
    (folder / "lineage.json").write_text("[")
    assert read_build(open_project(project), "a") is None


def test_progress_is_read_from_the_log_as_far_as_it_goes():
    log = "12:00:00  Running\n12:00:01  1 of 9 OK model a ... [BUILT]\n12:00:02  2 of 9 PASS test b\n12:00:02  \n"
    now = read_progress(log, None)
    assert (now.done, now.total, now.last) == (2, 9, "2 of 9 PASS test b")
    assert read_progress("", 1).share == 0.0
