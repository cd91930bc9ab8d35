"""A/B: two arms, the groups of each, both built from here, and what differs between what they publish."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from candlewick.errors import WickError
from candlewick_ui.arms import ARMS, Arm, ArmBuild, arm_folder, known_groups, make_arm, read_build
from candlewick_ui.builds import build_command, cancel, is_running, last_words, progress, start
from candlewick_ui.compare import ColumnDiff, compare
from candlewick_ui.frame import headline, open_page, plain

if TYPE_CHECKING:
    from pathlib import Path

    from candlewick.project.project import Project

COLUMNS = {
    "rows": st.column_config.NumberColumn("candles", format="localized"),
    "coverage": st.column_config.NumberColumn("coverage", format="percent"),
    "differing": st.column_config.NumberColumn("differing candles", format="localized"),
    "largest": st.column_config.NumberColumn("largest difference", format="scientific"),
}


def page() -> None:
    """Draw the page."""
    opened = open_page("A/B")
    if opened is None:
        return
    reports, project = opened
    headline("A/B", reports)
    known = known_groups(reports.lineage or {})
    if not known:
        st.markdown("**No feature belongs to a group**, so there is nothing to switch. Put one under a group:")
        st.code('@config.when(enabled="momentum")', language="python")
        return
    arms = _choose(project, known)
    if arms is None:
        return
    st.session_state["arms"] = {arm.name: list(arm.groups) for arm in arms}
    _run(project, arms)
    builds = [read_build(project, name) for name in ARMS]
    if any(is_running(project, name) for name in ARMS):
        return
    _results(project, arms, builds)


def _choose(project: Project, known: tuple[str, ...]) -> tuple[Arm, ...] | None:
    """The chips of both arms, and the command line of each; None after showing what is wrong with them."""
    arms = []
    for name, column in zip(ARMS, st.columns(2, gap="large"), strict=True):
        with column, st.container(border=True):
            chosen = st.pills(
                f"Arm {name.upper()}",
                known,
                format_func=plain,
                selection_mode="multi",
                default=[group for group in project.config.groups.baseline if group in known],
                key=f"arm_{name}",
                bind="query-params",
            )
            try:
                arm = make_arm(name, project, known, chosen)
            except WickError as error:
                st.code(str(error), language=None, wrap_lines=True)
                return None
            st.code(arm.command, language="bash", wrap_lines=True)
            arms.append(arm)
    return tuple(arms)


def _run(project: Project, arms: tuple[Arm, ...]) -> None:
    running = any(is_running(project, arm.name) for arm in arms)
    same = arms[0].groups == arms[1].groups
    left, right = st.columns([1, 4], vertical_alignment="center")
    if running:
        left.button("Cancel", on_click=cancel, args=(project,), width="stretch")
        _watch(project, arms)
        return
    if left.button("Build both arms", type="primary", disabled=same, width="stretch"):
        for arm in arms:
            start(project, arm)
        st.rerun()
    right.caption(
        "The two arms are the same: switch a group in one of them."
        if same
        else "Each arm is built in a copy of the project under target/arms/, from the same candles. "
        "What the project itself has published stays as it is."
    )
    with right.expander("Commands"):
        st.code("\n".join(" ".join(build_command(arm_folder(project, arm.name), arm)) for arm in arms), language="bash")
    for arm in arms:
        ended = progress(project, arm.name)
        if ended is not None and ended.exit_code:
            st.markdown(f"**Arm {arm.name.upper()} was not built.** The end of its log:")
            st.code(last_words(project, arm.name), language=None, wrap_lines=True)


@st.fragment(run_every=0.5)  # type: ignore[untyped-decorator]
def _watch(project: Project, arms: tuple[Arm, ...]) -> None:
    """The progress of both builds, twice a second; when both have ended the whole page is drawn again."""
    for arm in arms:
        now = progress(project, arm.name)
        if now is not None:
            st.progress(now.share, text=f"Arm {arm.name.upper()}: {now.done} of {now.total or '…'}")
            st.text(now.last)
    if not any(is_running(project, arm.name) for arm in arms):
        st.rerun()


def _results(project: Project, arms: tuple[Arm, ...], builds: list[ArmBuild | None]) -> None:
    a, b = builds
    if a is None or b is None:
        return
    st.divider()
    for arm, build in zip(arms, (a, b), strict=True):
        if build.groups != arm.groups:
            st.warning(f"Arm {arm.name.upper()} was last built with other groups; below is that build.", icon=None)
    st.table(pd.DataFrame([_row("A", a), _row("B", b)]).set_index("arm"))
    try:
        diffs = _compared(*(_published(project, name) for name in ARMS))
    except WickError as error:
        st.text(f"The arms cannot be compared: {error}")
        return
    counts = {side: sum(diff.side == side for diff in diffs) for side in ("only B", "only A", "differs", "equal")}
    st.markdown(
        f"**{counts['only B']}** columns only in B · **{counts['only A']}** only in A · "
        f"**{counts['differs']}** in both with other values · **{counts['equal']}** equal bit for bit"
    )
    shown = [diff for diff in diffs if diff.side != "equal"]
    if shown:
        st.dataframe(_frame(shown), hide_index=True, column_config=COLUMNS, width="stretch")
    st.caption(
        "Costs per candle in live trading come with `wick export`, how much an arm improves a model with `wick ab`; "
        "this version has neither. " + _tracking(project)
    )


def _row(name: str, build: ArmBuild) -> dict[str, str]:
    return {
        "arm": name,
        "groups": plain(", ".join(build.groups)),
        "built": build.when,
        "published": "yes" if build.published else "no: the build failed",
        "data tests": build.tests,
        "computing": f"{build.seconds:.2f} s" if build.seconds else "not measured per feature",
    }


def _published(project: Project, name: str) -> tuple[Path, int]:
    target = arm_folder(project, name) / "target"
    catalog = target / "catalog.json"
    return target, catalog.stat().st_mtime_ns if catalog.exists() else 0


@st.cache_data(max_entries=8, show_spinner="Comparing the arms …")  # type: ignore[untyped-decorator]
def _compared(a: tuple[Path, int], b: tuple[Path, int]) -> tuple[ColumnDiff, ...]:
    """Remembered until one of the arms is published again."""
    return compare(a[0], b[0])


def _frame(diffs: list[ColumnDiff]) -> pd.DataFrame:
    records: list[dict[str, Any]] = [
        {
            "column": diff.name,
            "model": diff.model,
            "in": diff.side,
            "rows": diff.rows,
            "coverage": diff.coverage,
            "differing": diff.differing,
            "largest": diff.largest,
            "first difference": diff.first,
        }
        for diff in diffs
    ]
    frame = pd.DataFrame(records)
    compared = any(diff.side == "differs" for diff in diffs)
    return frame if compared else frame.drop(columns=["differing", "largest", "first difference"])


def _tracking(project: Project) -> str:
    where = project.config.tracking.mlflow
    return "Tracking is off in wick.yml." if where == "off" else "Both builds are MLflow runs where wick.yml says."
