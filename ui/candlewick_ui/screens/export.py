"""Export: from a run to the file that live trading loads, in four steps; refused with reasons when it does not hold."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import streamlit as st

from candlewick.project.project import MAIN
from candlewick_ui import jobs, trust
from candlewick_ui.arms import ARMS, read_build
from candlewick_ui.artifacts import read_artifact
from candlewick_ui.certificates import last_certificate
from candlewick_ui.frame import open_page, plain
from candlewick_ui.readiness import readiness
from candlewick_ui.reports import artifact_path, read_reports

if TYPE_CHECKING:
    from pathlib import Path

    from candlewick.project.project import Project
    from candlewick_ui.reports import Reports

MARKS = {True: ":green[●] yes", False: ":red[●] no", None: ":orange[●] unknown"}


def page() -> None:
    """Draw the page."""
    opened = open_page()
    if opened is None:
        return
    _, project = opened
    left, right = st.columns([5, 6], gap="large")
    with left:
        arm, chosen = _choose(project)
        ready = _checks(chosen)
        _export(project, arm, chosen, ready=ready)
    with right:
        _contents(artifact_path(project, arm))


def _choose(project: Project) -> tuple[str, Reports]:
    """Which run: the project's own, or that of an arm that was built."""
    st.markdown("**1 · Choose a run**")
    sources = {"project": MAIN} | {f"arm {name.upper()}": name for name in ARMS if read_build(project, name)}
    name = st.segmented_control(
        "Run", list(sources), default="project", required=True, key="source", bind="query-params",
        label_visibility="collapsed",
    )  # fmt: skip
    arm = sources.get(name or "project", MAIN)
    reports = read_reports(project.root, arm)
    st.caption(plain(f"{reports.last_run} · groups: {', '.join(_enabled(reports)) or 'none'}"))
    return arm, reports


def _checks(chosen: Reports) -> bool:
    st.markdown("**2 · Checks**")
    steps = readiness(chosen)
    lines = []
    for step in steps:
        reason = f"  \n:small[:gray[{plain(step.reason)}]]" if step.reason else ""
        lines.append(f"{MARKS[step.met]} · {plain(step.title)}{reason}")
    st.markdown("  \n".join(lines))
    return all(step.met is not False for step in steps)


def _export(project: Project, arm: str, chosen: Reports, *, ready: bool) -> None:
    st.markdown("**3 · Export and certify**")
    as_written = arm == MAIN and set(_enabled(chosen)) == set(project.config.groups.baseline)
    words = ["export", *([] if as_written else ["--arm", arm])]
    log = trust.job_log(project, "export", arm)
    trust.job(
        log, "Export", jobs.command(project.root, *words), shlex.join(["wick", *words]), primary=True,
        disabled=not ready, without=[project.config.groups.toggle_env],
    )  # fmt: skip
    tracked = project.config.tracking.mlflow != "off"
    name = plain(f"models:/{project.config.name}")
    st.caption(
        f"Registers {name} in MLflow." if tracked else "Tracking is off in wick.yml: nothing is registered in MLflow."
    )
    ended = jobs.progress(log)
    found = last_certificate(project.reports(arm))
    if ended is not None and ended.exit_code and found is not None and not found.holds:
        trust.certificate(found)


def _enabled(reports: Reports) -> list[str]:
    """The groups of a run."""
    return list((reports.results.get("toggles") or {}).get("enabled") or [])


def _contents(path: Path) -> None:
    st.markdown("**4 · The file**")
    held = read_artifact(path)
    if held is None:
        st.caption("None yet. It is data, never code: the program, what was fitted, the state of every symbol.")
        return
    if held.problem:
        st.code(held.problem, language=None, wrap_lines=True)
        return
    st.download_button(
        f"Download {path.name}", path.read_bytes(), path.name, "application/octet-stream", type="primary"
    )
    st.markdown("  \n".join(f":gray[{plain(key)}]  {plain(value)}" for key, value in held.contents.items()))
    st.markdown("In the process that trades:")
    st.code(held.snippet, language="python", wrap_lines=True)
    if held.certificate is None:
        st.caption("It carries no certificate.")
    else:
        with st.expander("Its certificate " + ("holds" if held.certificate.holds else "does not hold")):
            trust.certificate(held.certificate)
