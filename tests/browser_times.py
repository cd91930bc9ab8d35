"""How long the browser takes, in a real Chromium: `make browser-times`.

Times are of wall clock on whatever else the machine does; the load is printed beside them. A page is cold: a fresh
browser context, a server that has served once.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from playwright.sync_api import sync_playwright

from candlewick.lineage.record import Outcome, build_lineage
from candlewick.project.node import Node

sys.path.insert(0, str(Path(__file__).parent))
from screenshots import FLAGS, WICK, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

TRIES = 5
CANDLES = 100_000
FRAMES = """() => new Promise((done) => {
  const times = [];
  const tick = (now) => { times.push(now); times.length < 61 ? requestAnimationFrame(tick) : done(times); };
  requestAnimationFrame(tick);
})"""


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        for nodes in (60, 1_000):
            with served(lineage_of(Path(folder) / f"of_{nodes}", nodes)) as address:
                lineage_times(browser, address, nodes)
        with served(candles_of(Path(folder) / "long")) as address:
            preview_times(browser, address)
        browser.close()


def lineage_times(browser: Browser, address: str, nodes: int) -> None:
    """From the address to a group that answers a click; then from a click to its panel."""
    opened, answered = [], []
    for _ in range(TRIES + 1):  # the first one warms the server
        page = fresh(browser)
        start = time.perf_counter()
        page.goto(address)
        page.locator(".tile.item").nth(2).click(timeout=60_000)
        page.locator("aside h2").wait_for()
        opened.append(time.perf_counter() - start)
        page.get_by_role("button", name="Open group").click()
        page.get_by_role("button", name="feature, ").first.wait_for()
        page.keyboard.press("f")
        start = time.perf_counter()
        page.get_by_role("button", name="feature, ").first.click()
        page.locator("aside .tabs").wait_for()
        answered.append(time.perf_counter() - start)
        page.context.close()
    said(f"{nodes} nodes: to interactive", opened[1:])
    said(f"{nodes} nodes: click to panel", answered[1:])


def preview_times(browser: Browser, address: str) -> None:
    """100,000 candles with two features and their live values: to the chart, and frames while it is dragged."""
    page = fresh(browser)
    start = time.perf_counter()
    page.goto(f"{address}/preview?features=slow&features=spread&candles=100%2C000")
    page.get_by_text("batch = live").first.wait_for(timeout=180_000)
    page.locator("canvas").first.wait_for(timeout=60_000)
    said(f"{CANDLES:,} candles replayed and drawn", [time.perf_counter() - start])
    page.get_by_text("Replaying").wait_for(state="detached")
    start = time.perf_counter()
    page.reload()
    page.locator("canvas").first.wait_for(timeout=60_000)
    said(f"{CANDLES:,} candles drawn again", [time.perf_counter() - start])
    page.wait_for_timeout(3_000)
    box = page.locator("canvas").first.bounding_box() or {"x": 0, "y": 0, "width": 0, "height": 0}
    at = (box["x"] + box["width"] / 2, box["y"] + 120)
    page.mouse.move(*at)
    for _ in range(12):  # out to all candles
        page.mouse.wheel(0, 400)
    page.wait_for_timeout(2_000)
    page.mouse.down()
    handle = page.evaluate_handle(f"() => {{ window.frames_ = ({FRAMES})(); }}")
    for step in range(60):
        page.mouse.move(at[0] - 5 * step, at[1])
    page.mouse.up()
    times = page.evaluate("() => window.frames_")
    handle.dispose()
    said("a frame while all of them are dragged", [b / 1000 - a / 1000 for a, b in pairwise(times)])


def fresh(browser: Browser) -> Page:
    """A page with an empty cache."""
    return browser.new_context(viewport={"width": 1440, "height": 900}).new_page()


def said(what: str, seconds: list[float]) -> None:
    """The median, the least and the most, and how busy the machine is."""
    load = os.getloadavg()[0]
    low, middle, high = min(seconds), statistics.median(seconds), max(seconds)
    print(f"{what:45} median {middle:6.3f} s, {low:.3f} to {high:.3f}, load {load:.1f}")  # noqa: T201 - what it is for


def lineage_of(root: Path, nodes: int) -> Path:
    """A project with the report of a run over so many features, in groups of about thirty."""
    (root / "target").mkdir(parents=True)
    (root / "wick.yml").write_text("name: wide\ncandles: {path: seeds/*.csv, interval: 1d}\n")
    made = [
        Node(f"f_{i:04}", "feature", f"model_{i // 32:02}", "pd.Series", _inputs(i), f"features/model_{i // 32:02}.py", i,
             doc="About it.\n\nUnits: none", code="def f(close):\n    return close.rolling(20).mean()\n")
        for i in range(nodes)
    ]  # fmt: skip
    outcomes = {node.name: Outcome("ok", 0.01, 1_000, "BUILT") for node in made}
    facts = {node.name: {"class": "B", "lookback": 19, "warm-up": 19, "cost": 3.0} for node in made}
    (root / "target" / "lineage.json").write_text(build_lineage("wide", made, outcomes=outcomes, facts=facts).dumps())
    return root


def _inputs(number: int) -> tuple[str, ...]:
    return ("close", *(f"f_{number - back:04}" for back in (1, 7, 40) if number >= back and number % 3))


def candles_of(root: Path) -> Path:
    """A project of one symbol with a hundred thousand candles, built and exported."""
    for folder in ("features", "seeds"):
        (root / folder).mkdir(parents=True)
    (root / "wick.yml").write_text("name: long\ncandles: {path: seeds/*.csv, interval: 5m}\ngroups: {baseline: []}\n")
    (root / "features" / "f.py").write_text(
        "import pandas as pd\n\n"
        "def slow(close: pd.Series) -> pd.Series:\n    return close.ewm(span=50, adjust=False).mean()\n\n"
        "def spread(close: pd.Series) -> pd.Series:\n    return close.rolling(60).std()\n"
    )
    close = 100 * np.exp(np.random.default_rng(0).normal(scale=0.001, size=CANDLES).cumsum())
    times = pd.date_range("2020-01-01", periods=CANDLES, freq="5min")
    frame = pd.DataFrame(
        {"symbol": "AAA", "ts": times, "open": close, "high": close + 1, "low": close - 1, "close": close}
    )
    frame.assign(volume=1.0).to_csv(root / "seeds" / "candles.csv", index=False)
    for words in (["build"], ["export"]):
        subprocess.run([*WICK, "--project-dir", str(root), *words], check=True, stdout=subprocess.DEVNULL)
    return root


if __name__ == "__main__":
    main()
