from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candlewick.errors import SelectionError
from candlewick.lineage.record import SCHEMA_VERSION, Outcome, build_lineage
from candlewick.lineage.remember import remember


def entry(lineage, name):
    return next(record for record in lineage.to_json()["nodes"] if record["name"] == name)


def test_every_function_and_every_candle_column_read_is_an_entry(small):
    assert list(small.entries) == [
        *("high", "low", "close", "volume"),
        *("atr_14", "atr_normalized", "barrier", "flow", "true_range", "window"),
    ]
    assert small.entries["close"].kind == "candle"


def test_candle_columns_are_followed_through_intermediates(small):
    assert entry(small, "atr_normalized")["candles"] == ["high", "low", "close"]
    assert entry(small, "flow")["candles"] == ["high", "low", "close", "volume"]
    assert entry(small, "window")["candles"] == []
    assert entry(small, "close")["candles"] == ["close"]


def test_what_a_run_did_and_what_is_known_is_recorded_and_the_unknown_is_left_out(small):
    atr = entry(small, "atr_14")
    assert (atr["status"], atr["seconds"], atr["rows"], atr["action"]) == ("ok", 0.25, 100, "BUILT")
    assert atr["facts"] == {"lookback": 14}
    assert atr["line"] == 7
    assert atr["doc"] == "Average true range."
    assert atr["code"].startswith("def atr_14")
    assert entry(small, "flow")["status"] == "off"
    assert not {"status", "seconds", "facts"} & entry(small, "true_range").keys()
    assert "action" not in entry(small, "atr_normalized")


def test_an_unprovided_default_is_a_parameter_and_an_unknown_input_is_an_entry(node):
    nodes = [
        node("a", "close span", optional=frozenset({"span", "close"})),
        node("fitted", "train", kind="fit"),
    ]
    lineage = build_lineage("p", nodes)
    assert lineage.edges == (("close", "a"), ("train", "fitted"), ("a", "train"))
    assert entry(lineage, "train") == {"name": "train", "kind": "input", "inputs": ["a"], "candles": ["close"]}


def test_the_enabled_variant_stands_for_its_name(node):
    variants = [
        node("vol", "close", group="std", enabled=False, line=1),
        node("vol", "high", group="mad", enabled=True, line=9),
    ]
    lineage = build_lineage("p", variants)
    assert entry(lineage, "vol")["group"] == "mad"
    assert lineage.edges == (("high", "vol"),)


def test_docstrings_lose_their_margin_and_tags_of_hamilton_are_its_own(node):
    tags = {"horizon": "48", "hamilton.config": "enabled"}
    record = entry(build_lineage("p", [node("a", doc="One.\n\n    Units: two\n    ", tags=tags)]), "a")
    assert record["doc"] == "One.\n\nUnits: two"
    assert record["tags"] == {"horizon": "48"}


def test_upstream_and_downstream_by_depth(small):
    assert small.upstream("atr_normalized", 1) == ("close", "atr_14")
    assert small.upstream("atr_normalized") == ("high", "low", "close", "atr_14", "true_range")
    assert small.downstream("true_range", 1) == ("atr_14",)
    assert small.downstream("true_range") == ("atr_14", "atr_normalized", "barrier", "flow")
    assert small.upstream("close") == ()
    assert small.upstream("atr_14", 0) == ()


def test_a_neighbourhood_keeps_whole_entries_and_inner_edges(small):
    part = small.neighbourhood("atr_14", up=1, down=1)
    assert set(part.entries) == {"true_range", "atr_14", "atr_normalized", "barrier", "flow"}
    assert set(part.edges) == {
        ("atr_14", "atr_normalized"),
        ("atr_14", "barrier"),
        ("atr_14", "flow"),
        ("true_range", "atr_14"),
    }
    assert part.entries["atr_normalized"].candles == ("high", "low", "close")


def test_an_unknown_name_is_refused_with_the_nearest(small):
    with pytest.raises(SelectionError) as error:
        small.upstream("atr_41")
    assert error.value.code == "lineage-unknown-node"
    assert "'atr_14'" in error.value.hint


def test_the_file_is_plain_versioned_json(small):
    read = json.loads(small.dumps())
    assert read == small.to_json()
    assert read["schema_version"] == SCHEMA_VERSION
    assert read["edges"] == sorted(read["edges"], key=lambda edge: list(small.entries).index(edge[1]))


@given(chance=st.randoms(use_true_random=False), size=st.integers(1, 30))
def test_order_of_the_nodes_does_not_matter_and_reach_agrees_both_ways(node, chance, size):
    names = [f"n{i}" for i in range(size)]
    nodes = [node(name, " ".join(chance.sample([*names[:i], "close"], 1))) for i, name in enumerate(names)]
    lineage = build_lineage("p", nodes)
    chance.shuffle(nodes)
    assert build_lineage("p", nodes).dumps() == lineage.dumps()
    for name in lineage.entries:
        assert all(name in lineage.upstream(below) for below in lineage.downstream(name))


def test_a_chain_of_thousands_is_no_recursion(node):
    nodes = [node("n0"), *(node(f"n{i}", f"n{i - 1}") for i in range(1, 3000))]
    lineage = build_lineage("p", nodes)
    assert lineage.entries["n2999"].candles == ("close",)
    assert len(lineage.upstream("n2999")) == 3000


def test_a_part_of_a_project_keeps_what_was_said_of_the_rest(small, node, tmp_path):
    path = tmp_path / "lineage.json"
    facts = {"atr_14": {"lookback": 14, "cost": 2.5}, "atr_normalized": {"lookback": 15, "cost": 0.5}}
    nodes = [entry.node for entry in small.entries.values() if entry.node]
    path.write_text(build_lineage("alpha", nodes, outcomes={"atr_14": Outcome("ok", 0.25, 100)}, facts=facts).dumps())
    edited = [replace(each, code="other") if each.name == "atr_normalized" else each for each in nodes]
    known = {name: {"lookback": fact["lookback"]} for name, fact in facts.items()}
    later = remember(build_lineage("alpha", edited, facts=known), path)
    assert later.entries["atr_14"].outcome == Outcome("ok", 0.25, 100)
    assert later.entries["atr_14"].facts == facts["atr_14"]
    assert later.entries["atr_normalized"].facts == {"lookback": 15}  # other code: what it cost is not known
    assert later.entries["flow"].outcome is None
    for text in ("[", '{"nodes": 3}'):
        path.write_text(text)
        assert remember(small, path) == small
    assert remember(small, tmp_path / "none.json") == small
