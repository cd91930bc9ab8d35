from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import candlewick_ui
from candlewick.commands.ui import PROJECT_VARIABLE

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
    assert app.caption[0].value.startswith("alpha · wick build · 2026-01-02")
    assert app.text[0].value.startswith("fail  test.alpha.finite")


def test_a_broken_project_shows_the_error_of_the_command_line(run, project):
    (project / "wick.yml").write_text("name: alpha\ncandels: {}\ncandles: {path: x, interval: 1d}\n")
    assert "candels" in run(project).code[0].value


@pytest.fixture
def server(built):
    """`wick ui` on a free port, in a process of its own: its first address, and the process."""
    code = (
        "import sys, pathlib; from candlewick.commands.ui import ui; ui(pathlib.Path(sys.argv[1]), None, headless=True)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(built)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    seen = ""
    for line in process.stdout:
        seen += line
        if found := re.search(r"http://127\.0\.0\.1:(\d+)", line):
            break
    else:
        pytest.fail(f"the server did not start: {seen}")
    yield found[0], int(found[1]), process
    process.terminate()  # not kill: it stops the server it has started
    process.wait(timeout=20)
    process.stdout.close()


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
