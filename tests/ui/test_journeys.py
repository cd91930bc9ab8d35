from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

pytest.importorskip("streamlit")


@pytest.fixture
def server(built, serve):
    """`wick ui` of a project whose reports are hostile."""
    return serve(built)


@pytest.mark.browser
@pytest.mark.slow
def test_the_lineage_is_drawn_clicked_and_linked_and_nothing_leaves_the_machine(server, browse):
    address, _, _ = server
    page = browse(address)
    page.get_by_role("button", name="group volatility").click(timeout=30_000)
    page.get_by_role("button", name="Open group").click()
    page.keyboard.press("/")  # heard wherever the focus went
    assert page.get_by_label("find a node").evaluate("each => each === each.getRootNode().activeElement")
    page.get_by_role("button", name="feature, atr_14").click()
    panel = page.locator("aside")
    assert panel.locator("h2").inner_text() == "atr_14"
    assert "About it." in panel.inner_text()
    assert panel.locator("section", has_text="Candle columns").get_by_role("button").all_inner_texts() == [
        "high",
        "low",
        "close",
    ]
    page.keyboard.press("/")
    page.keyboard.type("true")
    page.keyboard.press("Enter")
    assert panel.locator("h2").inner_text() == "true_range"
    again = browse(page.url)
    again.locator("aside h2").wait_for(timeout=30_000)
    assert again.locator("aside h2").inner_text() == "true_range"
    page.get_by_text("1 not as they should be").click()
    page.get_by_text("http://example.com/x.png").wait_for()  # shown as text: the guard of `browse` sees no request


@pytest.mark.browser
@pytest.mark.slow
def test_the_first_page_of_a_server_may_be_any_and_holds_what_its_address_says(serve, browse, alive_folder):
    address, _, _ = serve(alive_folder)
    page = browse(f"{address}/ab?arm_b=smooth&arm_b=moves")
    page.get_by_text("wick build --arm b --enable smooth").wait_for(timeout=60_000)
    for link, said in (
        ("/lineage?node=smooth", "Mean move of five candles."),
        ("/lineage#view=list&selected=n:up", "Whether the close is above the one before."),
        ("/preview?features=move&symbol=BBB", "1 candle of warm-up"),
        ("/runs", "range_move"),
        ("/export", "Every feature has a streaming form"),
    ):
        browse(f"{address}{link}").get_by_text(said).first.wait_for(timeout=60_000)


@pytest.mark.slow
def test_servers_that_start_at_once_do_not_meet_at_one_port(serve, built):
    with ThreadPoolExecutor(3) as pool:
        ports = [port for _, port, _ in pool.map(lambda _: serve(built), range(3))]
    assert len(set(ports)) == 3


@pytest.mark.slow
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_the_server_listens_here_only_and_stops_when_asked(server, stop):
    _, port, process = server
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        rebound = "GET /_stcore/stream HTTP/1.1\r\nHost: evil.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        key = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        connection.sendall((rebound + key).encode())
        assert b" 403 " in connection.recv(200)
    with socket.socket() as other:  # an address of this machine that the server was not bound to
        assert other.connect_ex(("127.0.0.2", port)) != 0
    process.send_signal(stop)
    assert process.wait(timeout=15) in {0, -signal.SIGKILL}
    with socket.socket() as probe:
        probe.settimeout(2)
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def settle(page):
    """Wait until the canvas has an answer to what it asked."""
    page.locator("aside h2").wait_for()
    page.get_by_text("Reading…").wait_for(state="detached")


LOAD = """
import sys
from candlewick.live import load
features = load(sys.argv[1]).open(symbols=["AAA"])
print(features.names(stage="features"), features.candles("AAA"))
"""


@pytest.mark.browser
@pytest.mark.slow
def test_find_a_feature_switch_a_group_build_compare_export_and_load(serve, browse, alive_folder, tmp_path, wick):
    root = tmp_path / "alive"
    shutil.copytree(alive_folder, root)
    page = browse(serve(root)[0])
    search = page.get_by_label("find a node")
    search.fill("1+smooth", timeout=60_000)
    search.press("Enter")
    page.get_by_role("button", name="feature, smooth").click()
    panel = page.locator("aside")
    settle(page)
    assert "rolling(5).mean()" in panel.inner_text()
    page.get_by_role("button", name="feature, move").click()
    assert "warm-up\n1 candle" in panel.inner_text()
    assert "per candle" in panel.inner_text()
    panel.get_by_role("tab", name="Values").click()
    panel.get_by_role("img", name="histogram").wait_for()
    panel.get_by_role("tab", name="Tests").click()
    panel.get_by_text("range_move").wait_for()
    panel.get_by_role("button", name="close").click()
    assert page.locator("footer span").first.inner_text().startswith("Showing 2 of")
    search.fill("mvoe+")
    search.press("Enter")
    page.get_by_role("alert").get_by_text("did you mean 'move'").wait_for()
    page.get_by_role("button", name="clear the selection").click()

    page.get_by_role("button", name="Groups").click()
    page.locator("[data-id='g:feature:smooth']").click()
    panel.get_by_role("button", name="Switch on in arm B").click()
    page.get_by_text("wick build --arm b --enable smooth").first.wait_for()
    page.get_by_role("button", name="Build both arms").click()
    assert wick(root, "run").returncode == 0  # the browser is open, and building: the store is free all the same
    page.get_by_text("1 columns only in B").wait_for(timeout=120_000)
    assert "2 equal bit for bit" in page.locator(".stMain").inner_text()

    page.get_by_role("button", name="Export arm B").click()
    page.get_by_role("button", name="Export", exact=True).click(timeout=60_000)
    with page.expect_download(timeout=120_000) as download:
        page.get_by_role("button", name="Download alive.wick").click(timeout=120_000)
    download.value.save_as(tmp_path / "downloaded.wick")
    loaded = subprocess.run(
        [sys.executable, "-c", LOAD, tmp_path / "downloaded.wick"], capture_output=True, text=True, check=True
    )
    assert loaded.stdout == "('move', 'smooth', 'up') 28\n"

    page.get_by_role("link", name="Lineage").click()
    page.get_by_label("lens").select_option("arm")
    assert page.locator("[data-id='g:feature:smooth'] .pill").text_content() == "B"
    page.get_by_label("lens").select_option("changed")
    page.locator("footer").get_by_text("2 reused").wait_for(timeout=60_000)
    page.locator("[data-id='g:feature:moves']").click()
    panel.get_by_role("button", name="move", exact=True).click()
    panel.get_by_role("button", name="Preview").click()
    page.locator("canvas").first.wait_for(timeout=60_000)
    assert "features=move" in page.url


@pytest.mark.browser
@pytest.mark.slow
def test_the_next_click_after_a_run_shows_what_it_said(serve, browse, alive_folder, tmp_path, wick):
    root = shutil.copytree(alive_folder, tmp_path / "alive")
    page = browse(f"{serve(root)[0]}/lineage?node=move")
    page.get_by_text("Change of the close.").first.wait_for(timeout=60_000)
    settle(page)
    module = root / "features" / "moves.py"
    module.write_text(module.read_text().replace("Change of the close.", "Change of the close, anew."))
    assert wick(root, "build").returncode == 0
    page.locator("[data-id='n:close']").click()
    page.locator("[data-id='n:move']").click()
    page.get_by_text("Change of the close, anew.").first.wait_for(timeout=60_000)


@pytest.mark.browser
@pytest.mark.slow
def test_a_build_can_be_cancelled(serve, browse, alive_folder, tmp_path):
    root = tmp_path / "alive"
    shutil.copytree(alive_folder, root)
    (root / "features" / "slow.py").write_text("import time\n\ntime.sleep(60)\n")
    page = browse(serve(root)[0])
    page.get_by_role("link", name="A/B").click(timeout=30_000)
    page.get_by_role("button", name="smooth").nth(1).click()
    page.get_by_role("button", name="Build both arms").click()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Build both arms").wait_for(timeout=30_000)


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_of_every_page_can_be_read_and_everything_to_press_has_a_name(
    serve, browse, exported, sight, scheme
):
    page = browse(serve(exported[0].root)[0], color_scheme=scheme)
    page.locator(".tile").first.wait_for(timeout=60_000)
    for name, last in (
        ("A/B", "The two arms are the same"),
        ("Preview", "Choose features above"),
        ("Runs & trust", "Verify now"),
        ("Export", "In the process that trades"),
        ("Lineage", "Keys"),
    ):
        page.get_by_role("link", name=name).click()
        page.get_by_text(last).first.wait_for(timeout=60_000)
        seen = sight(page)
        assert len(seen["texts"]) > 8
        assert [text for text in seen["texts"] if text["contrast"] < 4.5 and not text["disabled"]] == []
        assert [text for text in seen["texts"] if text["size"] < 11 - 1e-6] == []
        assert seen["unnamed"] == []
