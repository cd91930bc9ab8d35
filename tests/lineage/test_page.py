from __future__ import annotations

import json
import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from candlewick.errors import SelectionError
from candlewick.lineage.page import browser_script, browser_style, render
from candlewick.lineage.record import Outcome, build_lineage

HOSTILE = "</script><script>window.broken=1</script><img src=x onerror=window.broken=1>\"'`${window.broken=1}&lt;<!--"


@pytest.fixture
def address(tmp_path):
    def address(lineage, **options):
        path = tmp_path / "lineage.html"
        path.write_text(render(lineage, **options), encoding="utf-8")
        return path.as_uri()

    return address


def test_the_page_holds_the_record_and_names_no_other_place(small):
    text = render(small)
    (record,) = re.findall(r'<script type="application/json" id="record">(.*?)</script>', text, re.DOTALL)
    assert json.loads(record)["lineage"] == small.to_json()
    addresses = set(re.findall(r"https?://[^\s\"'`]+", text))
    assert addresses == {"http://www.w3.org/2000/svg"}  # a name space, never fetched
    assert "unsafe" not in text


def test_equal_lineages_give_equal_pages(small):
    assert render(small) == render(small)


def test_hostile_text_stays_text_in_the_source(node):
    lineage = build_lineage(HOSTILE, [node("a", doc=HOSTILE, code=HOSTILE, model=HOSTILE, tags={HOSTILE: HOSTILE})])
    text = render(lineage)
    assert text.count("</script>") == 2
    assert "<img" not in text


def test_focus_on_an_unknown_node_is_refused(small):
    with pytest.raises(SelectionError, match="atr_41"):
        render(small, focus="atr_41")


def test_every_rule_stays_inside_the_browser():
    rules = re.findall(r"(?:^|\})\s*([^{}@]+)\{", re.sub(r"@media[^{]+\{", "", browser_style()))
    selectors = [selector.strip() for rule in rules for selector in rule.split(",")]
    assert selectors
    assert all(selector.startswith(".wick-lineage") for selector in selectors)


def test_the_scripts_use_no_way_from_text_to_markup_or_code():
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|fetch\(", browser_script()
    )


def showing(page) -> str:
    return page.locator("footer span").first.inner_text()


@pytest.mark.browser
def test_the_group_map_opens_first_with_counts_and_words_for_status(small, address, browse):
    page = browse(address(small))
    assert page.get_by_role("button", name="group volatility, 3 features, 1 fail, 1 ok").is_visible()
    assert page.get_by_role("button", name="group flow, 1 feature, 1 off").is_visible()
    assert showing(page).startswith("5 groups of 10 nodes · 1 fail · 1 off · 1 ok")


@pytest.mark.browser
def test_a_group_with_members_that_are_always_on_still_shows_its_toggle(node, address, browse):
    always = node("true_range", model="volatility")
    toggled = node("zscore", model="volatility", group="volatility", enabled=False)
    page = browse(address(build_lineage("p", [always, toggled, node("plain", model="other")])))
    assert page.locator("[data-id='g:feature:volatility'] .pill").text_content() == "off"
    assert page.locator(".tile.off").count() == 0
    assert page.locator("[data-id='g:feature:other'] .pill").count() == 0


@pytest.mark.browser
def test_a_click_opens_the_panel_with_everything_known(small, address, browse):
    page = browse(address(small, focus="atr_14"))
    panel = page.locator("aside")
    assert panel.locator("h2").inner_text() == "atr_14"
    assert panel.locator("pre").inner_text() == small.entries["atr_14"].node.code
    assert "Average true range." in panel.inner_text()
    for fact in (
        "features/returns.py:7",
        "pd.Series",
        "BUILT",
        "2.5 ms per candle, 96.2 % of all features",
        "lookback\n14 candles",
    ):
        assert fact in panel.inner_text()
    assert panel.locator(".badge").all_inner_texts() == ["volatility", "feature", "ok"]
    page.get_by_role("button", name="feature, atr_normalized, fail").click()
    assert panel.locator("h2").inner_text() == "atr_normalized"
    candles = panel.locator("section", has_text="Candle columns").get_by_role("button")
    assert candles.all_inner_texts() == ["high", "low", "close"]
    assert showing(page).startswith("Showing 5 of 10 nodes")


@pytest.mark.browser
def test_cut_edges_show_their_number_and_all_hops_uncut_them(small, address, browse):
    page = browse(address(small, focus="atr_14"))
    stubs = page.locator("[data-id='n:true_range'] .pill")
    assert stubs.all_text_contents() == ["+3"]
    page.get_by_role("group", name="edges each way").get_by_role("button", name="all").click()
    assert stubs.count() == 0
    assert page.locator("[data-id='n:high']").count() == 1


@pytest.mark.browser
def test_pointing_lights_upstream_and_downstream(small, address, browse):
    page = browse(address(small, focus="atr_14"))
    page.locator("[data-id='n:true_range']").hover()
    lit = page.locator(".item.down").evaluate_all("items => items.map(item => item.dataset.id).sort()")
    assert lit == ["n:atr_14", "n:atr_normalized", "n:barrier", "n:flow"]
    page.locator("[data-id='n:barrier']").hover()
    lit = page.locator(".item.up").evaluate_all("items => items.map(item => item.dataset.id).sort()")
    assert lit == ["n:atr_14", "n:true_range"]
    assert page.locator(".item.dim").count() == 2


@pytest.mark.browser
def test_a_lens_with_longer_words_keeps_the_picture_whole(address, browse, node):
    chain = [node(f"step_{i}", f"step_{i - 1}" if i else "close") for i in range(4)]
    facts = {each.name: {"class": "B", "cost": 1234.5} for each in chain}
    page = browse(address(build_lineage("p", chain, facts=facts)))
    page.get_by_role("button", name="Focus").click()
    page.get_by_label("lens").select_option("cost")
    canvas = page.locator(".canvas").bounding_box()
    for each in page.locator(".item").all():
        box = each.bounding_box()
        assert box["x"] >= canvas["x"]
        assert box["x"] + box["width"] <= canvas["x"] + canvas["width"]


@pytest.mark.browser
def test_a_lens_counts_its_parts_and_one_without_facts_says_what_brings_them(small, address, browse):
    page = browse(address(small, focus="atr_14"))
    lens = page.get_by_label("lens")
    lens.select_option("cost")
    assert page.locator("[data-id='n:atr_14'] .detail").text_content() == "● 2.5 ms"
    assert "2 over 5 % of the cost" not in showing(page)
    assert "1 over 5 % of the cost" in showing(page)
    lens.select_option("arm")
    assert "1 off" in showing(page)
    missing = lens.locator("option[disabled]").all_text_contents()
    assert missing == [
        "class (no feature is traced)",
        "changed (wick plan says it, and wick ui asks it)",
    ]
    assert browse(page.url).get_by_label("lens").input_value() == "arm"


@pytest.mark.browser
def test_a_candle_column_opens_the_way_from_it(small, address, browse):
    page = browse(address(small, focus="flow"))
    page.locator("aside section", has_text="Candle columns").get_by_role("button", name="high").click()
    assert showing(page).startswith("Showing 4 of 10 nodes")  # high, true_range, atr_14, flow; neither low nor volume
    assert browse(page.url).locator("[data-id='n:true_range']").count() == 1
    page.locator("[data-id='n:true_range']").click()
    page.locator("[data-id='n:flow']").click(modifiers=["Shift"])
    assert showing(page).startswith("Showing 3 of 10 nodes")
    page.get_by_role("button", name="clear the selection true_range → flow").click()


@pytest.mark.browser
def test_a_recursive_feature_tells_how_long_it_takes_to_settle(node, address, browse):
    known = {"class": "R", "lookback": "unbounded", "warm-up": 201, "warm_up_by_error": {"0.01": 77, "1e-06": 201}}
    doc = "Smoothed.\n\nUnits: price\nLookback: unbounded (recursive)"
    page = browse(address(build_lineage("p", [node("a", doc=doc)], facts={"a": known}), focus="a"))
    panel = page.locator("aside")
    panel.get_by_text("Warm-up by error").click()
    assert panel.locator("details tbody tr").all_inner_texts() == ["0.01\t77", "1e-06\t201"]
    assert panel.locator("dt").all_inner_texts()[:4] == ["class", "lookback", "warm-up", "units"]  # each is said once
    assert panel.locator(".doc").inner_text() == "Smoothed."


@pytest.mark.browser
def test_the_list_sorts_by_what_is_known_and_what_is_not_known_comes_last(small, address, browse):
    page = browse(address(small))
    page.get_by_role("button", name="List").click()
    first = page.locator("tbody tr td:first-child")
    page.get_by_role("button", name="cost").click()
    assert first.all_inner_texts()[:2] == ["atr_14", "atr_normalized"]
    page.get_by_role("button", name="cost").click()
    assert first.all_inner_texts()[:2] == ["atr_normalized", "atr_14"]
    assert browse(page.url).locator("th[aria-sort=ascending]").inner_text().startswith("cost")


@pytest.mark.browser
def test_search_finds_opens_and_filters_the_list(small, address, browse):
    page = browse(address(small))
    page.keyboard.press("/")
    page.keyboard.type("atr nor")
    assert page.locator(".found button").all_text_contents() == ["atr_normalizedvolatility"]
    page.keyboard.press("Enter")
    assert page.locator("aside h2").inner_text() == "atr_normalized"
    page.get_by_role("button", name="List").click()
    page.get_by_label("find a node").fill("atr*")
    assert page.locator("tbody tr").count() == 2
    assert showing(page).startswith("Showing 2 of 10 nodes")
    page.keyboard.press("Escape")
    assert page.locator("tbody tr").count() == 10


@pytest.mark.browser
def test_the_keyboard_walks_opens_fits_and_clears(small, address, browse):
    page = browse(address(small))
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.dataset.id").startswith("g:feature:")
    page.locator("[data-id='g:feature:volatility']").focus()
    page.keyboard.press("Enter")
    assert showing(page).startswith("Showing 8 of")
    page.locator("[data-id='n:atr_14']").focus()
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("document.activeElement.dataset.id") == "n:true_range"
    page.keyboard.press("Enter")
    assert page.locator("aside h2").inner_text() == "true_range"
    page.locator(".zoom button").first.click()
    zoomed = page.locator("svg > g").get_attribute("transform")
    page.keyboard.press("f")
    assert page.locator("svg > g").get_attribute("transform") != zoomed
    page.keyboard.press("Escape")
    assert page.locator("aside h2").count() == 0


@pytest.mark.browser
def test_the_address_holds_the_view(small, address, browse):
    page = browse(address(small, focus="atr_14"))
    page.locator("[data-id='n:barrier']").click()
    page.get_by_role("group", name="edges each way").get_by_role("button", name="2").click()
    again = browse(page.url)
    assert again.locator("aside h2").inner_text() == "barrier"
    assert showing(again) == showing(page)
    again.evaluate("location.hash = '#view=focus&focus=n:nobody&hops=77&selected=zzz'")
    again.wait_for_function("document.querySelector('aside h2') === null")


@pytest.mark.browser
def test_dragging_moves_the_picture_and_selects_nothing(small, address, browse):
    page = browse(address(small, focus="atr_14"))
    before = page.locator("svg > g").get_attribute("transform")
    box = page.locator("[data-id='n:barrier']").bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 80, box["y"] + 60, steps=4)
    page.mouse.up()
    assert page.locator("svg > g").get_attribute("transform") != before
    assert page.locator("aside h2").inner_text() == "atr_14"


@pytest.mark.browser
def test_the_picture_downloads_as_svg_that_stands_alone(small, address, browse):
    page = browse(address(small, focus="atr_14"))
    with page.expect_download() as download:
        page.get_by_role("button", name="download as SVG").click()
    assert download.value.suggested_filename == "alpha-lineage.svg"
    root = ET.parse(download.value.path()).getroot()
    names = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "atr_normalized" in names
    assert "var(" not in ET.tostring(root, encoding="unicode")


@pytest.mark.browser
def test_hostile_text_is_shown_and_never_run(node, address, browse):
    hostile = node(HOSTILE, doc=HOSTILE, code=HOSTILE, model=HOSTILE, tags={HOSTILE: HOSTILE})
    page = browse(address(build_lineage(HOSTILE, [hostile, replace(node("b"), inputs=(HOSTILE,))])))
    page.locator(".tile").nth(1).click()
    for view in ("List", "Focus"):
        page.get_by_role("button", name=view, exact=True).click()
    shown = set()
    for item in page.locator(".item").all():
        item.click()
        shown.add(page.locator("aside h2").text_content())
    assert shown == {HOSTILE, "b", "close"}
    assert page.locator("img").count() == 0
    assert page.evaluate("window.broken") is None


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_is_large_and_dark_enough(small, address, browse, sight, scheme):
    page = browse(address(small, focus="atr_14"), color_scheme=scheme)
    seen = sight(page)["texts"]
    for view in ("Groups", "List"):
        page.get_by_role("button", name=view).click()
        seen += sight(page)["texts"]
    assert len(seen) > 40
    assert [text for text in seen if text["contrast"] < 4.5] == []
    assert [text for text in seen if text["size"] < 11 - 1e-6] == []


@pytest.mark.browser
def test_a_thousand_nodes_and_an_empty_project_open(node, address, browse):
    nodes = [node(f"f{i}", f"f{i // 3}" if i else "close", model=f"m{i % 30}") for i in range(1000)]
    nodes[0] = node("f0", "close")
    lineage = build_lineage("big", nodes, outcomes={"f3": Outcome("error")})
    page = browse(address(lineage, focus="f300"))
    assert showing(page).startswith("Showing 5 of 1,001 nodes")
    page.get_by_role("button", name="List").click()
    assert page.locator("tbody tr").count() == 1001
    page.evaluate("location.hash = '#view=focus&focus=p:f0 f999'")
    page.wait_for_function("document.querySelector('footer span').textContent.startsWith('Showing 8 of')")
    empty = browse(address(build_lineage("empty", [])))
    assert empty.get_by_text("This project holds no nodes.").is_visible()
