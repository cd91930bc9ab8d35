"""Runs & trust: what ran, what the data tests said, and the certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from candlewick_ui import jobs, trust
from candlewick_ui.artifacts import read_artifact
from candlewick_ui.certificates import last_certificate
from candlewick_ui.checks import Check, every_check
from candlewick_ui.frame import PAGES, open_page
from candlewick_ui.grid import test_grid
from candlewick_ui.history import RunLine, read_history
from candlewick_ui.reports import Reports, artifact_path

if TYPE_CHECKING:
    from candlewick.project.project import Project

BAD = ("fail", "error", "warn")


def page() -> None:
    """Draw the page."""
    opened = open_page()
    if opened is None:
        return
    reports, project = opened
    left, right = st.columns([2, 1], gap="medium")
    with left:
        _tests(reports, every_check(reports))
        st.markdown("**Runs**")
        history = read_history(project.store, project.target)
        if history.problem:
            st.text(history.problem)
        else:
            _history(history.runs)
    with right, st.container(border=True):
        st.markdown("**Certificate**")
        _certificate(project)


def _tests(reports: Reports, checks: tuple[Check, ...]) -> None:
    if not checks:
        st.markdown("**Data tests of the last run**  \nIt had none: `wick build` and `wick test` have.")
        return
    bad = [check for check in checks if check.status != "pass"]
    st.markdown(f"**Data tests of the last run** · {len(checks) - len(bad)} of {len(checks)} pass")
    for check in bad[:20]:
        st.code("  ".join(filter(None, (check.status, check.title, check.message))), language=None, wrap_lines=True)
    grid = pd.DataFrame.from_dict(test_grid(reports), orient="index").map(_unbroken)
    st.table(grid.style.map(_weight))
    with st.expander(f"Each of the {len(checks)} tests"):
        records = [{"status": check.status, "test": check.title, "rows": check.rows} for check in checks]
        config = {"rows": st.column_config.NumberColumn("offending rows", format="localized")}
        st.dataframe(pd.DataFrame(records), hide_index=True, column_config=config, height=280, width="stretch")


def _unbroken(cell: str) -> str:
    return cell.replace(" ", "\N{NO-BREAK SPACE}")


def _weight(cell: object) -> str:
    return "font-weight: 700" if any(status in str(cell) for status in BAD) else ""


def _history(runs: tuple[RunLine, ...]) -> None:
    records = [
        {"started": run.started, "command": run.command, "status": run.status, "seconds": run.seconds,
         "arm": run.arm, "engine": run.engine, "groups": run.groups, "run": run.id}
        for run in runs
    ]  # fmt: skip
    longest = max((run.seconds for run in runs), default=0.0) or 1.0
    config = {"seconds": st.column_config.ProgressColumn("took", format="%.1f s", min_value=0, max_value=longest)}
    st.dataframe(pd.DataFrame(records), hide_index=True, column_config=config, width="stretch")


def _certificate(project: Project) -> None:
    """What the exported file carries, and before it what a later export was refused for; else what to do."""
    path = artifact_path(project)
    held = read_artifact(path)
    last = last_certificate(project.target)
    found = held.certificate if held else None
    if last is not None and not last.holds and (found is None or last.payload_hash != found.payload_hash):
        st.markdown("The last export was refused:")
        trust.certificate(last)
        st.divider()
    if found is not None:
        trust.certificate(found)
    if held is None:
        st.markdown(
            "No exported file. An export tries it first: no feature looks ahead; the program equals the author's "
            "functions; batch, stream, restart and save/load agree bit for bit."
        )
        if "export" in PAGES:
            st.page_link(PAGES["export"], label="Export")
        return
    if held.problem:
        st.code(held.problem, language=None, wrap_lines=True)
    words = jobs.command(project.root, "certify", str(path))
    trust.job(trust.job_log(project, "certify"), "Verify now", words, f"wick certify {project.relative(path)}")
