from __future__ import annotations

import json

import pytest

from candlewick_ui.nodes import lineage_nodes, select, warm_up


@pytest.mark.parametrize("words", ["move", "1+smooth", "move+ up", "*m*,model:moves", "group:smooth", "column:close+"])
def test_a_selector_names_what_the_command_line_names(reports, alive_folder, wick, words):
    listed = wick(alive_folder, "ls", "--all", "--output", "json", "--select", words).stdout
    assert sorted(select(reports.lineage, words).names) == sorted(each["name"] for each in json.loads(listed))


@pytest.mark.parametrize(
    ("words", "said"),
    [("mvoe+", "did you mean 'move'"), ("goup:moves", "did you mean 'group'"), ("+++", "is not a selector")],
)
def test_a_selector_that_is_wrong_is_said_in_the_words_of_the_command_line(reports, words, said):
    found = select(reports.lineage, words)
    assert found.names == ()
    assert said in found.problem


def test_what_needs_the_code_as_it_is_now_is_left_to_the_command_line(reports):
    assert "wick ls --select 'state:modified+'" in select(reports.lineage, "state:modified+").problem


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
