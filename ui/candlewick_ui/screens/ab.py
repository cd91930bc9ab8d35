"""A/B: two arms, the groups of each, both built from here, and what differs between what they publish."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from candlewick.errors import WickError
from candlewick_ui import jobs
from candlewick_ui.arms import ARMS, Arm, arm_log, known_groups, make_arm, new_pair, read_build, start_build
from candlewick_ui.frame import command, open_page, plain
from candlewick_ui.screens.compared import results
from candlewick_ui.trust import watch

if TYPE_CHECKING:
    from pathlib import Path

    from candlewick.project.project import Project
    from candlewick_ui.reports import Reports


def page() -> None:
    """Draw the page."""
    opened = open_page()
    if opened is None:
        return
    reports, project = opened
    known = known_groups(reports.lineage or {})
    if not known:
        st.markdown("**No feature belongs to a group**, so there is nothing to switch. Put one under a group:")
        st.code('@config.when(enabled="momentum")', language="python")
        return
    logs = [arm_log(project, name, verb) for verb in ("build", "cost") for name in ARMS]
    running = any(map(jobs.is_running, logs))
    pair = _pair(project, running=running)
    arms = _choose(reports, project, known, pair)
    if arms is None:
        return
    st.session_state["arms"] = {arm.name: list(arm.groups) for arm in arms}
    _run(project, arms, pair, logs, running=running)
    if not running:
        results(project, arms, [read_build(project, name) for name in ARMS])


def _pair(project: Project, *, running: bool) -> str:
    """The name the next two runs will share in MLflow, or those that run now do; '' where nothing is tracked."""
    if project.config.tracking.mlflow == "off":
        return ""
    asked = str(st.session_state.get("pair", ""))
    if not asked or (asked == st.session_state.get("pair_started") and not running):
        st.session_state["pair"] = asked = new_pair()
    return asked


def _choose(reports: Reports, project: Project, known: tuple[str, ...], pair: str) -> tuple[Arm, ...] | None:
    """The chips of both arms, and the command line of each; None after showing what is wrong with them."""
    arms = []
    for name, column in zip(ARMS, st.columns(2, gap="medium"), strict=True):
        with column, st.container(border=True):
            chosen = st.pills(
                f"Arm {name.upper()}",
                known,
                format_func=plain,
                selection_mode="multi",
                default=_before(project, name, known),
                key=f"arm_{name}",
                bind="query-params",
            )
            try:
                arm = make_arm(name, project, known, chosen)
            except WickError as error:
                st.code(str(error), language=None, wrap_lines=True)
                return None
            st.caption(plain(_described(reports, project, arm)))
            command(arm.command(pair))
            arms.append(arm)
    return tuple(arms)


def _before(project: Project, name: str, known: tuple[str, ...]) -> list[str]:
    """The groups an arm had when the page was left, or another page asks for; else those it was last built with."""
    chosen = (st.session_state.get("arms") or {}).get(name)
    if chosen is None:
        build = read_build(project, name)
        chosen = build.groups if build else project.config.groups.baseline
    return [group for group in chosen if group in known]


def _described(reports: Reports, project: Project, arm: Arm) -> str:
    """How many features an arm has, and how it differs from the baseline."""
    nodes = (reports.lineage or {"nodes": []})["nodes"]
    features = [node for node in nodes if node["kind"] == "feature" and not node["internal"]]
    count = sum(not node["group"] or node["group"] in arm.groups for node in features)
    baseline = set(project.config.groups.baseline)
    changes = [f"+{group}" for group in arm.enable] + [f"-{group}" for group in sorted(baseline - set(arm.groups))]
    return f"{count} features · {' '.join(changes) or 'the baseline of wick.yml'}"


def _run(project: Project, arms: tuple[Arm, ...], pair: str, logs: list[Path], *, running: bool) -> None:
    same = arms[0].groups == arms[1].groups
    left, right = st.columns([1, 4], vertical_alignment="center")
    if running:
        left.button("Cancel", on_click=jobs.cancel, args=(logs,), width="stretch")
        watch(logs)
        return
    if left.button("Build both arms", type="primary", disabled=same, width="stretch"):
        st.session_state["pair_started"] = pair
        start_build(project, arms, pair)
        st.rerun()
    right.caption(
        "The two arms are the same: switch a group in one of them."
        if same
        else "Both are built over the project's store, one after the other: what they share is computed once. "
        "What the project itself has published stays as it is."
    )
    for log in logs:
        ended = jobs.progress(log)
        if ended is not None and ended.exit_code:
            stopped = "was cancelled" if ended.exit_code < 0 else "failed. The end of its log:"
            st.markdown(f"**{plain(log.stem.capitalize())} {stopped}**")
            if ended.exit_code > 0:
                st.code(jobs.last_words(log), language=None, wrap_lines=True)
