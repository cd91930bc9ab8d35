"""Names, texts and addresses that try to become markup, paths or SQL, in a real browser."""

from __future__ import annotations

import http.client
from urllib.parse import quote

import pytest

from candlewick.commands.build import build
from candlewick.commands.export import export
from candlewick.project.project import open_project
from candlewick.run.options import Options

pytest.importorskip("streamlit")
pytestmark = [pytest.mark.browser, pytest.mark.slow]

TAG = "<img src=http://example.com/x onerror=window.broken=1>"
MARKDOWN = "![m](http://example.com/m.png) [l](javascript:alert(1)) $x^2$ :material/home: :red[r]"
SYMBOLS = ("A'; DROP TABLE candles; --", TAG, "../../etc/passwd", "![m](http://example.com/s.png)")
FEATURES = f'''
import pandas as pd
from hamilton.function_modifiers import config, tag

@config.when(enabled="g-one")
@tag(owner="{TAG}")
def one(close: pd.Series) -> pd.Series:
    """{TAG}

    Units: {TAG} {MARKDOWN}
    """
    return close.pct_change()  # </script><script>window.broken=1</script> {TAG}

def two(close: pd.Series) -> pd.Series:
    """{MARKDOWN}"""
    return close.diff()
'''
CANDLES = "symbol,ts,open,high,low,close,volume\n" + "".join(
    f'"{symbol}",2020-01-{day:02d},{100 + day},{102 + day},{99 + day},{100 + day + day % 3},{10 + day}\n'
    for symbol in SYMBOLS
    for day in range(1, 29)
)
MARKUP = "[...document.querySelectorAll('.stMain img, .stMain a[href], .stMain iframe, .katex')].map(e => e.outerHTML)"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    root = tmp_path_factory.mktemp("hostile")
    config = "name: hostile\ncandles: {path: seeds/*.csv, interval: 1d, gaps: allow}\ngroups: {baseline: []}\n"
    for name, text in (("wick.yml", config), ("features/f.py", FEATURES), ("seeds/c.csv", CANDLES)):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text)
    project = open_project(root)
    assert build(project, "build", Options(threads=1)).published
    export(project)
    return root


LINKS = (
    "/lineage?node=one",
    f"/lineage?node={quote(TAG)}",
    f"/#view=focus&focus=s:{quote(TAG)}",
    f"/#view=focus&focus=s:{quote('one --exclude ; $(id) `id`')}",
    f"/#view=focus&focus=p:{quote(TAG)}%20one&query={quote(TAG)}",
    "/#view=__proto__&focus=n:__proto__&selected=n:constructor&lens=toString&hops=x&sort=constructor",
    "/#%E0%A4%A&focus=%",
    f"/ab?arm_b={quote(TAG)}&arm_a=..%2F..%2Fetc",
    f"/preview?symbol=..%2Fx&features=one&features={quote(SYMBOLS[0])}&candles=1e99&until=x&end={quote(TAG)}",
    *(f"/preview?symbol={quote(symbol)}&features=two" for symbol in SYMBOLS),
    f"/export?source={quote('arm ../../x')}",
    f"/runs?x={quote(TAG)}",
)


def test_no_text_and_no_address_becomes_markup_a_path_or_a_query(serve, browse, hostile):
    address, port, _ = serve(hostile)
    for link in LINKS:  # the guard of `browse` sees requests that leave, and scripts that fail
        page = browse(f"{address}{link}")
        page.get_by_text("hostile · wick build").wait_for(timeout=60_000)
        page.wait_for_timeout(1_000)
        assert page.evaluate("window.broken") is None
        assert page.evaluate(MARKUP) == [], link
    assert page.locator("[data-testid=stException]").count() == 0
    for path in ("/..%2f..%2fetc%2fpasswd", "/static/../../../../etc/passwd", "/media/../../etc/passwd"):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", path)
        assert b"root:" not in connection.getresponse().read()
        connection.close()


def test_an_arm_of_hostile_names_is_built_and_compared(serve, browse, hostile):
    page = browse(f"{serve(hostile)[0]}/ab")
    page.get_by_role("button", name="g-one").nth(1).click(timeout=60_000)
    page.get_by_role("button", name="Build both arms").click()
    page.get_by_text("columns only in B").wait_for(timeout=180_000)
    assert "1 columns only in B" in page.locator(".stMain").inner_text()
    page.get_by_role("link", name="Lineage").click()
    page.get_by_label("find a node").fill("one")
    page.keyboard.press("Enter")
    page.locator("aside h2", has_text="one").wait_for()
    assert TAG in page.locator("aside").inner_text()
    assert page.evaluate("window.broken") is None
