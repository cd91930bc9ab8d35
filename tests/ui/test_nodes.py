from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from candlewick_ui.nodes import lineage_nodes, select, warm_up
from candlewick_ui.planned import ask_names


@pytest.mark.parametrize(
    "options",
    [
        ["--select", "move"],
        ["--select", "1+smooth"],
        ["--select", "move+ up"],
        ["--select", "*m*,model:moves"],
        ["--select", "group:smooth"],
        ["--select", "column:close+", "--exclude", "up"],
        ["--select", "move+ up", "--exclude", "group:smooth up"],
        ["--exclude", "+smooth"],
    ],
)
def test_a_selector_names_what_the_command_line_names(reports, alive_folder, call, options):
    listed = call(alive_folder, "ls", "--all", "--output", "json", *options).stdout
    found = select(reports.lineage, " ".join(options).removeprefix("--select "))
    assert sorted(found.names) == sorted(each["name"] for each in json.loads(listed))
    assert found.command == shlex.join(["wick", "ls", "--all", *options])


@pytest.mark.parametrize(
    ("words", "said"),
    [("mvoe+", "did you mean 'move'"), ("goup:moves", "did you mean 'group'"), ("+++", "is not a selector")],
)
def test_a_selector_that_is_wrong_is_said_in_the_words_of_the_command_line(reports, words, said):
    found = select(reports.lineage, words)
    assert found.names == ()
    assert said in found.problem


def test_what_needs_the_code_as_it_is_now_is_asked_of_the_command_line(reports, monkeypatch):
    asked = []
    monkeypatch.setattr("candlewick_ui.nodes.ask_names", lambda *question: asked.append(question) or (("move",), ""))
    found = select(reports.lineage, "state:modified+ --exclude up", Path("/p"))
    assert found.names == ("move",)
    assert asked == [(Path("/p"), ["ls", "--all", "--select", "state:modified+", "--exclude", "up"])]


def test_the_command_line_answers_with_names_or_with_its_error(alive_folder):
    assert ask_names(alive_folder, ["ls", "--all", "--select", "move"]) == (("move",), "")
    names, problem = ask_names(alive_folder, ["ls", "--select", "mvoe"])
    assert (names, "did you mean 'move'" in problem) == ((), True)


def test_no_words_select_nothing(reports):
    assert select(reports.lineage, " ").names == ()


def test_the_nodes_are_the_functions_of_the_project(reports):
    nodes = lineage_nodes(reports.lineage)
    assert {name: each.group for name, each in nodes.items()} == {"move": "moves", "smooth": "smooth", "up": None}
    assert nodes["move"].location.line == 6


def test_warm_up_comes_from_the_facts_or_else_the_docstring(reports):
    move = reports.entry("move")
    assert warm_up(move) == 1
    assert warm_up({**move, "facts": {"warm-up": 201}}) == 201
    assert warm_up({**move, "facts": {"warm-up": "never settles"}, "doc": "No word of it."}) is None
    assert warm_up({}) is None
