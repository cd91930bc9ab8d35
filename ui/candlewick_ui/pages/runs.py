"""Runs & trust: what ran, what the data tests said, and the certificate."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from candlewick_ui.checks import Check, every_check
from candlewick_ui.frame import headline, open_page
from candlewick_ui.history import RunLine, read_history


def page() -> None:
    """Draw the page."""
    opened = open_page("Runs & trust")
    if opened is None:
        return
    reports, project = opened
    headline("Runs & trust", reports)
    checks = every_check(reports)
    left, right = st.columns([3, 1], gap="large")
    with right:
        _certificate()
    with left:
        st.markdown("**Data tests of the last run**")
        _tests(checks)
        st.markdown("**Published runs**")
        history = read_history(project.store)
        if history.problem:
            st.text(history.problem)
        else:
            _history(history.runs)


def _tests(checks: tuple[Check, ...]) -> None:
    if not checks:
        st.markdown("The last run had no tests: `wick build` and `wick test` have.")
        return
    bad = [check for check in checks if check.status != "pass"]
    st.caption(f"{len(checks) - len(bad)} of {len(checks)} pass")
    for check in bad[:20]:
        st.code("  ".join(filter(None, (check.status, check.title, check.message))), language=None, wrap_lines=True)
    records = [{"status": check.status, "test": check.title, "rows": check.rows} for check in checks]
    config = {"rows": st.column_config.NumberColumn("offending rows", format="localized")}
    st.dataframe(pd.DataFrame(records), hide_index=True, column_config=config, height=280, width="stretch")


def _history(runs: tuple[RunLine, ...]) -> None:
    records = [
        {"run": run.id, "command": run.command, "status": run.status, "started": run.started, "seconds": run.seconds,
         "engine": run.engine, "groups": run.groups}
        for run in runs
    ]  # fmt: skip
    config = {"seconds": st.column_config.NumberColumn("seconds", format="%.1f")}
    st.dataframe(pd.DataFrame(records), hide_index=True, column_config=config, width="stretch")


def _certificate() -> None:
    """The seat of the certificate: there is none before an export."""
    with st.container(border=True):
        st.markdown("**Certificate**")
        st.markdown(
            "None yet. It comes with `wick export`, which this version does not have: the evidence that batch, stream, "
            "restart and save/load agree, and that no feature looks ahead. *Verify now* will run it again here."
        )
        st.caption("Until then, look-ahead and the agreement of program and pandas are tested by")
        st.code("wick test", language="bash")
