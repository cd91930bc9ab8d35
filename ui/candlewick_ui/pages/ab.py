"""A/B: two arms, the groups of each, both built from here, and what differs between what they publish."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from candlewick.errors import WickError
from candlewick_ui import jobs
from candlewick_ui.arms import (
    ARMS,
    Arm,
    ArmBuild,
    arm_folder,
    arm_log,
    arm_project,
    build_command,
    known_groups,
    make_arm,
    read_build,
    start_build,
)
from candlewick_ui.compare import ColumnDiff, compare
from candlewick_ui.frame import go, headline, open_page, plain
from candlewick_ui.livecost import live_cost
from candlewick_ui.reports import artifact_path
from candlewick_ui.trust import watch

if TYPE_CHECKING:
    from pathlib import Path

    from candlewick.project.project import Project
    from candlewick_ui.reports import Reports

NAMED = 6  # columns that are named before the rest is counted
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
    arms = _choose(reports, project, known)
    if arms is None:
        return
    st.session_state["arms"] = {arm.name: list(arm.groups) for arm in arms}
    _run(project, arms)
    if not any(jobs.is_running(arm_log(project, name)) for name in ARMS):
        _results(project, arms, [read_build(project, name) for name in ARMS])


def _choose(reports: Reports, project: Project, known: tuple[str, ...]) -> tuple[Arm, ...] | None:
    """The chips of both arms, and the command line of each; None after showing what is wrong with them."""
    baseline = [group for group in project.config.groups.baseline if group in known]
    arms = []
    for name, column in zip(ARMS, st.columns(2, gap="medium"), strict=True):
        with column, st.container(border=True):
            chosen = st.pills(
                f"Arm {name.upper()}",
                known,
                format_func=plain,
                selection_mode="multi",
                default=_asked(name, known) or baseline,
                key=f"arm_{name}",
                bind="query-params",
            )
            try:
                arm = make_arm(name, project, known, chosen)
            except WickError as error:
                st.code(str(error), language=None, wrap_lines=True)
                return None
            st.caption(plain(_described(reports, project, arm)))
            st.code(arm.command, language="bash", wrap_lines=True)
            arms.append(arm)
    return tuple(arms)


def _asked(name: str, known: tuple[str, ...]) -> list[str]:
    """The groups that another page asked for."""
    return [group for group in st.session_state.get(f"asked_{name}", ()) if group in known]


def _described(reports: Reports, project: Project, arm: Arm) -> str:
    """How many features an arm has, and how it differs from the baseline."""
    nodes = (reports.lineage or {"nodes": []})["nodes"]
    features = [node for node in nodes if node["kind"] == "feature" and not node["internal"]]
    count = sum(not node["group"] or node["group"] in arm.groups for node in features)
    baseline = set(project.config.groups.baseline)
    changes = [f"+{group}" for group in arm.enable] + [f"-{group}" for group in sorted(baseline - set(arm.groups))]
    return f"{count} features · {' '.join(changes) or 'the baseline of wick.yml'}"


def _run(project: Project, arms: tuple[Arm, ...]) -> None:
    logs = [arm_log(project, arm.name) for arm in arms]
    same = arms[0].groups == arms[1].groups
    left, right = st.columns([1, 4], vertical_alignment="center")
    if any(map(jobs.is_running, logs)):
        left.button("Cancel", on_click=jobs.cancel, args=(logs,), width="stretch")
        watch(logs)
        return
    if left.button("Build both arms", type="primary", disabled=same, width="stretch"):
        for arm in arms:
            start_build(project, arm)
        st.rerun()
    right.caption(
        "The two arms are the same: switch a group in one of them."
        if same
        else "Each arm is built in a copy of the project under target/arms/, from the same candles. "
        "What the project itself has published stays as it is."
    )
    with st.expander("What the button runs"):
        st.code("\n".join(shlex.join(build_command(project, arm)) for arm in arms), language="bash", wrap_lines=True)
    for arm, log in zip(arms, logs, strict=True):
        ended = jobs.progress(log)
        if ended is not None and ended.exit_code:
            st.markdown(f"**Arm {arm.name.upper()} was not built.** The end of its log:")
            st.code(jobs.last_words(log), language=None, wrap_lines=True)


def _results(project: Project, arms: tuple[Arm, ...], builds: list[ArmBuild | None]) -> None:
    a, b = builds
    if a is None or b is None:
        return
    st.divider()
    for arm, build in zip(arms, (a, b), strict=True):
        if build.groups != arm.groups:
            st.warning(f"Arm {arm.name.upper()} was last built with other groups; below is that build.", icon=None)
    try:
        diffs = _compared(*(_published(project, name) for name in ARMS))
    except WickError as error:
        st.text(f"The arms cannot be compared: {error}")
        return
    st.table(pd.DataFrame(_summary(project, (a, b), diffs)).set_index(""))
    _differences(diffs)
    _next(project, (a, b))


def _summary(
    project: Project, builds: tuple[ArmBuild, ArmBuild], diffs: tuple[ColumnDiff, ...]
) -> list[dict[str, str]]:
    a, b = builds
    lives = [_live(project, name) for name in ARMS]
    only = {side: [diff.name for diff in diffs if diff.side == side] for side in ("only A", "only B")}
    rows = [
        ("groups", *(", ".join(build.groups) for build in builds), _changed(a.groups, b.groups)),
        ("features", str(a.features), str(b.features), f"{b.features - a.features:+d}"),
        ("columns the other lacks", _listed(only["only A"]), _listed(only["only B"]), ""),
        ("data tests", a.tests, b.tests, ""),
        ("published", *("yes" if build.published else "no: the build failed" for build in builds), ""),
        ("computing, per candle", f"{a.cost:,.0f} ns", f"{b.cost:,.0f} ns", _percent(a.cost, b.cost)),
        ("live update and emit, per candle", *(_microseconds(each) for each in lives), _percent(*lives)),
        ("built", a.when, b.when, ""),
    ]
    return [dict(zip(("", "A", "B", "B against A"), map(plain, row), strict=True)) for row in rows]


def _changed(a: tuple[str, ...], b: tuple[str, ...]) -> str:
    return " ".join([f"+{group}" for group in b if group not in a] + [f"-{group}" for group in a if group not in b])


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more if names else "none"


def _percent(a: float | None, b: float | None) -> str:
    return f"{100 * (b / a - 1):+.0f} %" if a and b else ""


def _microseconds(seconds: float | None) -> str:
    return "export the arm to measure it" if seconds is None else f"{1e6 * seconds:.2f} µs"


def _live(project: Project, name: str) -> float | None:
    """What live trading of an arm takes per candle; None before the arm was exported."""
    path = artifact_path(arm_project(project, name))
    return _measured(path, path.stat().st_mtime_ns) if path.exists() else None


@st.cache_data(max_entries=8, show_spinner="Measuring an arm live …")  # type: ignore[untyped-decorator]
def _measured(path: Path, version: int) -> float | None:
    """Remembered until the arm is exported again."""
    del version
    return live_cost(path)


def _differences(diffs: tuple[ColumnDiff, ...]) -> None:
    counts = {side: sum(diff.side == side for diff in diffs) for side in ("only B", "only A", "differs", "equal")}
    st.markdown(
        f"**{counts['only B']}** columns only in B · **{counts['only A']}** only in A · "
        f"**{counts['differs']}** in both with other values · **{counts['equal']}** equal bit for bit"
    )
    shown = [diff for diff in diffs if diff.side != "equal"]
    if shown:
        st.dataframe(_frame(shown), hide_index=True, column_config=COLUMNS, width="stretch")


def _next(project: Project, builds: tuple[ArmBuild, ArmBuild]) -> None:
    left, right = st.columns([1, 4], vertical_alignment="center")
    if left.button("Export arm B", width="stretch"):
        go("export", source="arm B")
    tracked = project.config.tracking.mlflow
    runs = f"MLflow runs {builds[0].run_id} and {builds[1].run_id}."
    right.caption(plain("Tracking is off in wick.yml." if tracked == "off" else runs))


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
