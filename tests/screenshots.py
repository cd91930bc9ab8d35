"""Pictures for the README, from the real thing: `make screenshots`."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

PICTURES = Path(__file__).parents[1] / "ui" / "pictures"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-sync",
]
WICK = [sys.executable, "-m", "candlewick"]


def build(folder: Path) -> Path:
    """The example project, built."""
    for arguments in (
        ["init", "my_alpha"],
        ["--project-dir", "my_alpha", "build"],
        ["--project-dir", "my_alpha", "export"],
    ):
        subprocess.run([*WICK, *arguments], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return folder / "my_alpha"


@contextmanager
def served(project: Path) -> Iterator[str]:
    """The address of the browser of a project."""
    command = [*WICK, "--project-dir", str(project), "ui", "--headless"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
        try:
            yield next(found[0] for line in server.stdout or () if (found := re.search(r"http://127\S+", line)))
        finally:
            server.terminate()


def photograph(page: Page, name: str) -> None:
    """Write a picture of what a page shows, when it has settled."""
    page.mouse.move(1, 1)
    page.wait_for_timeout(1_500)
    page.screenshot(path=PICTURES / f"{name}.png")


def journey(page: Page) -> None:
    """Every page of the browser, as somebody who tries a group sees them."""
    page.locator(".tile").first.wait_for(timeout=60_000)
    page.locator("[data-id='g:feature:momentum']").click()
    photograph(page, "ui-groups")
    page.get_by_role("button", name="Switch on in arm B").click()
    page.get_by_role("button", name="Build both arms").click(timeout=60_000)
    page.get_by_text("columns only in B").wait_for(timeout=180_000)
    page.get_by_role("button", name="Export arm B").click()
    page.get_by_role("button", name="Export", exact=True).click(timeout=60_000)
    page.get_by_role("button", name="Download my_alpha.wick").wait_for(timeout=300_000)
    photograph(page, "ui-export")
    page.get_by_role("link", name="A/B").click()
    page.get_by_text("columns only in B").wait_for(timeout=60_000)
    photograph(page, "ui-ab")
    page.get_by_role("link", name="Lineage").click()
    page.get_by_label("find a node").fill("+atr_normalized")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="feature, atr_normalized").click()
    page.get_by_text("Warm-up by error").click()
    photograph(page, "ui-lineage")
    page.get_by_role("button", name="Preview").click()
    page.locator("canvas").first.wait_for(timeout=60_000)
    page.get_by_role("combobox", name="Features").fill("adx_14")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    page.get_by_text("first", exact=True).click()
    page.get_by_text("adx_14   401 candles").wait_for(timeout=60_000)
    page.get_by_text("Replaying").wait_for(state="detached")
    photograph(page, "ui-preview")
    page.get_by_role("link", name="Runs & trust").click()
    page.get_by_role("button", name="Verify now").wait_for(timeout=60_000)
    photograph(page, "ui-runs")


def main() -> None:
    """Write every picture."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        project = build(Path(folder))
        page_url = (project / "target" / "lineage.html").as_uri()
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        for name, state in (("lineage", "#view=focus&focus=n:atr_14&selected=n:atr_14&hops=1"), ("groups", "")):
            page = browser.new_page(viewport={"width": 1400, "height": 760})
            page.goto(page_url + state)
            photograph(page, name)
        with served(project) as address:
            page = browser.new_page(viewport={"width": 1440, "height": 860})
            page.goto(address)
            journey(page)
        browser.close()


if __name__ == "__main__":
    main()
