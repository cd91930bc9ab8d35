"""The app that `wick ui` serves: its pages, and what they share."""

from __future__ import annotations

import streamlit as st

from candlewick_ui.frame import PAGES, STYLE
from candlewick_ui.pages import ab, export, lineage, preview, runs

st.set_page_config(page_title="candlewick", layout="wide")
st.html(f"<style>{STYLE}</style>")
pages = {
    "lineage": st.Page(lineage.page, title="Lineage", url_path="lineage", default=True),
    "ab": st.Page(ab.page, title="A/B", url_path="ab"),
    "preview": st.Page(preview.page, title="Preview", url_path="preview"),
    "runs": st.Page(runs.page, title="Runs & trust", url_path="runs"),
    "export": st.Page(export.page, title="Export", url_path="export"),
}
PAGES.update(pages)
st.navigation(list(pages.values()), position="top").run()
