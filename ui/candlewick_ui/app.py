"""The app that `wick ui` serves: its pages, and what they share."""

from __future__ import annotations

import threading
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

import streamlit as st

from candlewick_ui.frame import PAGES, STYLE

if TYPE_CHECKING:
    from collections.abc import Callable

TITLES = {"lineage": "Lineage", "ab": "A/B", "preview": "Preview", "runs": "Runs & trust", "export": "Export"}

HOME = "lineage"


def main() -> None:
    """Draw the page that the address names."""
    st.set_page_config(page_title="candlewick", layout="wide")
    st.html(f"<style>{STYLE}</style>")
    pages = {
        name: st.Page(_page(name), title=title, url_path="home" if name == HOME else name, default=name == HOME)
        for name, title in TITLES.items()
    }
    PAGES.update(pages)
    # The default page stands at the root whatever its path; a link that names it all the same leads to it.
    named = st.Page(_page(HOME), title=TITLES[HOME], url_path=HOME, visibility="hidden")
    st.navigation([*pages.values(), named], position="top").run()
    _read_ahead()


def _page(name: str) -> Callable[[], None]:
    """A page whose module is imported when it is opened: the first one needs neither pandas nor DuckDB."""

    def page() -> None:
        import_module(f"candlewick_ui.screens.{name}").page()

    return page


@cache
def _read_ahead() -> None:
    """Import what the other pages need, once per server, a little after the first page is on its way."""
    modules = [f"candlewick_ui.screens.{name}" for name in TITLES] + ["candlewick_ui.checks", "candlewick_ui.values"]
    timer = threading.Timer(4.0, lambda: list(map(import_module, modules)))
    timer.daemon = True
    timer.start()


main()
