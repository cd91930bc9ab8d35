"""The laws of lineage/layout.js and graph.js, in the browser that runs them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candlewick.lineage.page import browser_script
from candlewick.lineage.record import build_lineage

from ..effort import examples

pytestmark = pytest.mark.browser

LAYOUT = """([boxes, edges]) => {
    const { width, height, boxes: placed, edges: routes } = layeredLayout(boxes, edges);
    return { width, height, boxes: Object.fromEntries(placed), edges: routes };
}"""


@pytest.fixture(scope="module")
def layout(chromium):
    page = chromium.new_page()
    page.add_script_tag(content=browser_script())
    yield lambda boxes, edges: page.evaluate(LAYOUT, [boxes, edges])
    page.close()


@pytest.fixture(scope="module")
def surroundings(chromium):
    page = chromium.new_page()
    page.add_script_tag(content=browser_script())
    call = """([lineage, id, hops]) => {
        const { cut, ...part } = surroundings(lineageGraph(lineage), id, hops);
        return { ...part, cut: Object.fromEntries(cut) };
    }"""
    yield lambda lineage, name, hops: page.evaluate(call, [lineage.to_json(), name, hops])
    page.close()


@st.composite
def graphs(draw):
    size = draw(st.integers(1, 25))
    order = draw(st.permutations(range(size)))  # ids say nothing about the direction of edges
    pairs = st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)).filter(lambda pair: pair[0] < pair[1])
    edges = draw(st.lists(pairs, max_size=3 * size, unique=True)) if size > 1 else []
    widths = draw(st.lists(st.integers(20, 260), min_size=size, max_size=size))
    sources = set(range(size)) - {b for _, b in edges}
    boxes = [
        {"id": f"n{order[i]}", "width": widths[i], "height": 28, "first": i in sources and i % 3 == 0}
        for i in range(size)
    ]
    return boxes, [[f"n{order[a]}", f"n{order[b]}"] for a, b in edges]


@examples(80)
@given(graph=graphs())
def test_boxes_never_overlap_and_edges_go_left_to_right(layout, graph):
    boxes, edges = graph
    picture = layout(boxes, edges)
    placed = list(picture["boxes"].values())
    assert len(placed) == len(boxes)
    for index, one in enumerate(placed):
        assert one["x"] >= 0
        assert one["y"] >= -1e-9
        assert one["x"] + one["width"] <= picture["width"] + 1e-9
        assert one["y"] + one["height"] <= picture["height"] + 1e-9
        for other in placed[index + 1 :]:
            across = min(one["x"] + one["width"], other["x"] + other["width"]) - max(one["x"], other["x"])
            down = min(one["y"] + one["height"], other["y"] + other["height"]) - max(one["y"], other["y"])
            assert across <= 0 or down <= 1e-9
    assert sorted([edge["from"], edge["to"]] for edge in picture["edges"]) == sorted(edges)
    for edge in picture["edges"]:
        source, target = picture["boxes"][edge["from"]], picture["boxes"][edge["to"]]
        xs = [point[0] for point in edge["points"]]
        assert xs == sorted(xs)
        assert (xs[0], xs[-1]) == (source["x"] + source["width"], target["x"])
        assert xs[0] < xs[-1]


@examples(30)
@given(graph=graphs(), chance=st.randoms(use_true_random=False))
def test_the_same_graph_gives_the_same_picture_in_any_order(layout, graph, chance):
    boxes, edges = graph
    picture = layout(boxes, edges)
    picture["edges"].sort(key=lambda edge: (edge["from"], edge["to"]))
    chance.shuffle(boxes)
    chance.shuffle(edges)
    again = layout(boxes, edges)
    again["edges"].sort(key=lambda edge: (edge["from"], edge["to"]))
    assert again == picture


def test_long_edges_of_one_source_share_their_way(layout):
    chain = [["a", "b"], ["b", "c"], ["c", "d"]]
    far = [["s", "c"], ["s", "d"], ["s", "b"]]
    boxes = [{"id": name, "width": 40, "height": 28, "first": True} for name in "abcds"]
    routes = {(edge["from"], edge["to"]): edge["points"] for edge in layout(boxes, chain + far)["edges"]}
    assert routes["s", "d"][: len(routes["s", "c"]) - 1] == routes["s", "c"][:-1]


def test_a_neighbour_with_one_reader_is_drawn_level_with_it(layout):
    boxes = [{"id": name, "width": 40, "height": 28} for name in "abc"]
    placed = layout(boxes, [["a", "b"], ["b", "c"]])["boxes"]
    assert placed["a"]["y"] == placed["b"]["y"] == placed["c"]["y"]


def test_one_hop_shows_neighbours_and_counts_the_cut_edges(small, surroundings):
    part = surroundings(small, "n:atr_14", 1)
    assert sorted(part["names"]) == ["atr_14", "atr_normalized", "barrier", "flow", "true_range"]
    assert part["cut"]["true_range"] == {"ins": 3, "outs": 0}
    assert part["cut"]["barrier"] == {"ins": 2, "outs": 0}
    assert part["folds"] == []


def test_all_hops_show_what_python_calls_upstream_and_downstream(small, surroundings):
    for name in small.entries:
        part = surroundings(small, f"n:{name}", 0)
        assert set(part["names"]) == {name, *small.upstream(name), *small.downstream(name)}


def test_many_neighbours_are_folded_into_their_groups_and_none_is_lost(node, surroundings):
    nodes = [node(f"f{i}", "close", model=f"m{i % 3}") for i in range(60)]
    part = surroundings(build_lineage("p", nodes), "n:close", 1)
    assert part["names"] == ["close"]
    assert {fold["group"]["label"]: fold["count"] for fold in part["folds"]} == {"m0": 20, "m1": 20, "m2": 20}
    assert part["cut"]["close"] == {"ins": 0, "outs": 0}
    assert len(part["edges"]) == 3


def test_a_picture_holds_at_most_400_nodes(node, surroundings):
    nodes = [node(f"f{i}", "close", model="wide") for i in range(900)]
    part = surroundings(build_lineage("p", nodes), "g:feature:wide", 1)
    assert len(part["names"]) == 400
