from __future__ import annotations

import shutil
import signal
import socket
from pathlib import Path

import pytest

import candlewick_ui
from candlewick.commands.ui import PROJECT_VARIABLE
from candlewick.lineage.record import build_lineage
from candlewick_ui.frame import plain

testing = pytest.importorskip("streamlit.testing.v1")
APP = Path(candlewick_ui.__file__).with_name("app.py")


@pytest.fixture
def run(monkeypatch):
    def run(folder: Path):
        monkeypatch.setenv(PROJECT_VARIABLE, str(folder))
        app = testing.AppTest.from_file(str(APP)).run()
        assert not app.exception
        return app

    return run


def test_before_the_first_build_the_page_says_what_to_do(run, project):
    app = run(project)
    assert "Nothing has been built yet" in app.markdown[0].value
    assert app.code[0].value == "wick build"


def test_after_a_build_the_page_says_how_it_went(run, built):
    app = run(built)
    assert app.caption[0].value.startswith(plain("alpha · wick build · 2026-01-02"))
    assert app.text[0].value.startswith("fail  test.alpha.finite")


def test_a_broken_project_shows_the_error_of_the_command_line(run, project):
    (project / "wick.yml").write_text("name: alpha\ncandels: {}\ncandles: {path: x, interval: 1d}\n")
    assert "candels" in run(project).code[0].value


PAGES = ["lineage", "ab", "preview", "runs", "export"]


@pytest.fixture
def open_page(monkeypatch):
    def open_page(name: str, folder: Path):
        monkeypatch.setenv(PROJECT_VARIABLE, str(folder))
        text = f"from candlewick_ui.pages import {name}\n{name}.page()"
        app = testing.AppTest.from_string(text, default_timeout=30).run()
        assert not app.exception
        return app

    return open_page


def words(app) -> str:
    return "\n".join(
        str(element.value) for kind in ("markdown", "code", "text", "caption") for element in getattr(app, kind)
    )


@pytest.mark.parametrize("name", PAGES)
def test_every_page_says_what_to_do_before_the_first_build(open_page, project, name):
    assert "wick build" in words(open_page(name, project))


@pytest.mark.parametrize("name", PAGES)
def test_every_page_of_a_broken_project_shows_the_error(open_page, project, name):
    (project / "wick.yml").write_text("name: alpha\ncandels: {}\ncandles: {path: x, interval: 1d}\n")
    assert "candels" in words(open_page(name, project))


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("text", ['{"schema_version": 1, "nodes": [{"model": 3}], "edges": []}', "[", '{"nodes": 3}'])
def test_every_page_of_a_project_with_a_broken_report_says_so(open_page, built, name, text):
    (built / "target" / "lineage.json").write_text(text)
    assert "cannot be read" in words(open_page(name, built)) or "has version" in words(open_page(name, built))


@pytest.mark.parametrize("name", PAGES)
def test_every_page_of_a_project_whose_store_is_gone_still_opens(open_page, built, name):
    assert "alpha" in words(open_page(name, built))


def test_every_page_of_an_empty_project_opens(open_page, built):
    (built / "target" / "lineage.json").write_text(build_lineage("alpha", []).dumps())
    for name in PAGES:
        open_page(name, built)


def test_a_group_switched_in_an_arm_changes_its_command(open_page, alive_folder):
    app = open_page("ab", alive_folder)
    assert [code.value for code in app.code[:2]] == ["wick build", "wick build"]
    assert app.button[0].disabled
    app.pills(key="arm_b").set_value(["moves", "smooth"]).run()
    assert [code.value for code in app.code[:2]] == ["wick build", "wick build --enable smooth"]
    assert not app.button[0].disabled
    assert app.session_state["arms"] == {"a": ["moves"], "b": ["moves", "smooth"]}


def test_the_preview_shows_the_warm_up_it_knows(open_page, alive_folder):
    app = open_page("preview", alive_folder)
    app.multiselect(key="features").set_value(["move", "up"]).run()
    assert not app.exception
    assert "move   1 candle of warm-up\n" in words(app)


def test_runs_and_export_show_what_the_last_run_said(open_page, alive_folder):
    assert "range_move" in words(open_page("runs", alive_folder))
    assert "Its data tests pass" in words(open_page("export", alive_folder))


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


@pytest.mark.slow
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
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
    assert process.wait(timeout=15) == 0
    with socket.socket() as probe:
        probe.settimeout(2)
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def settle(page):
    """Wait until the canvas has an answer to what it asked."""
    page.locator("aside h2").wait_for()
    page.get_by_text("Reading…").wait_for(state="detached")


@pytest.mark.browser
@pytest.mark.slow
def test_find_a_feature_read_its_code_switch_a_group_build_both_arms_compare(
    serve, browse, alive_folder, tmp_path, wick
):
    root = tmp_path / "alive"
    shutil.copytree(alive_folder, root)
    page = browse(serve(root)[0])
    search = page.get_by_label("find a node")
    search.fill("1+smooth", timeout=30_000)
    search.press("Enter")
    page.get_by_role("button", name="feature, smooth").click()
    panel = page.locator("aside")
    settle(page)
    assert "rolling(5).mean()" in panel.inner_text()
    page.get_by_role("button", name="feature, move").click()
    panel.get_by_role("tab", name="Values").click()
    panel.get_by_role("img", name="histogram").wait_for()
    panel.get_by_role("tab", name="Tests").click()
    panel.get_by_text("range_move").wait_for()
    search.fill("mvoe+")
    search.press("Enter")
    page.get_by_role("alert").get_by_text("did you mean 'move'").wait_for()
    page.get_by_role("button", name="clear the selection").click()

    page.get_by_role("link", name="A/B").click()
    page.get_by_role("button", name="smooth").nth(1).click()
    page.get_by_text("wick build --enable smooth").wait_for()
    page.get_by_role("button", name="Build both arms").click()
    assert wick(root, "run").returncode == 0  # the browser is open, and building: the store is free all the same
    page.get_by_text("1 columns only in B").wait_for(timeout=90_000)
    assert "2 equal bit for bit" in page.locator(".stMain").inner_text()

    page.get_by_role("link", name="Lineage").click()
    page.get_by_label("lens").select_option("arm")
    assert page.locator("[data-id='g:feature:smooth'] .pill").text_content() == "B"
    page.locator("[data-id='g:feature:moves']").click()
    panel.get_by_role("button", name="move", exact=True).click()
    panel.get_by_role("button", name="Preview").click()
    page.locator("canvas").first.wait_for(timeout=30_000)
    assert "features=move" in page.url
    page.get_by_role("link", name="Runs & trust").click()
    page.get_by_text("Data tests of the last run").wait_for()
    page.get_by_role("link", name="Export").click()
    page.get_by_text("Every feature has a streaming form").wait_for()


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
