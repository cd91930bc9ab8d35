"""Export: from a run to the artifact, as far as this version goes: what stands in the way of one."""

from __future__ import annotations

import streamlit as st

from candlewick_ui.frame import headline, open_page
from candlewick_ui.readiness import readiness

MARKS = {True: "yes", False: "no", None: "unknown"}


def page() -> None:
    """Draw the page."""
    opened = open_page("Export")
    if opened is None:
        return
    reports, _ = opened
    headline("Export", reports)
    st.markdown(
        "An export writes one fitted, data-only file that live trading loads, with its certificate. "
        "It comes with `wick export`, which this version does not have. What it will ask of the last run:"
    )
    for step in readiness(reports):
        with st.container(border=True):
            left, right = st.columns([1, 11], vertical_alignment="top")
            left.markdown(f"**{MARKS[step.met]}**")
            right.text(step.title)
            if step.reason:
                right.text(step.reason)
