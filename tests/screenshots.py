"""Pictures for the README, from the real thing: `make screenshots`."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

PICTURES = Path(__file__).parents[1] / "ui" / "pictures"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-sync",
]


def build(folder: Path) -> Path:
    """The example project, built."""
    for arguments in (["init", "my_alpha"], ["--project-dir", "my_alpha", "build"]):
        subprocess.run(
            [sys.executable, "-m", "candlewick", *arguments], cwd=folder, check=True, stdout=subprocess.DEVNULL
        )
    return folder / "my_alpha"


def main() -> None:
    """Write every picture."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        page_url = (build(Path(folder)) / "target" / "lineage.html").as_uri()
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        for name, state in (("lineage", "#view=focus&focus=n:atr_14&selected=n:atr_14&hops=1"), ("groups", "")):
            page = browser.new_page(viewport={"width": 1400, "height": 760})
            page.goto(page_url + state)
            page.wait_for_timeout(1_000)
            page.screenshot(path=PICTURES / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main()
