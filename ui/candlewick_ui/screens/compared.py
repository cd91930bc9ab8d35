"""The lower half of the A/B page: what two built arms publish, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from candlewick.errors import WickError
from candlewick.store.catalog import catalog_path
from candlewick_ui.arms import ARMS
from candlewick_ui.compare import SIDES, Compared, compare
from candlewick_ui.frame import command, go, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from candlewick.project.project import Project
    from candlewick_ui.arms import Arm, ArmBuild

COMMANDS = "wick diff a b\nwick cost --arm a\nwick cost --arm b"
NUMBERS = {
    "coverage in A": st.column_config.NumberColumn(format="%.2f %%"),
    "coverage in B": st.column_config.NumberColumn(format="%.2f %%"),
    "candles": st.column_config.NumberColumn(format="localized"),
    "differing": st.column_config.NumberColumn("candles that differ", format="localized"),
    "largest": st.column_config.NumberColumn("largest difference", format="scientific"),
}


def results(project: Project, arms: tuple[Arm, ...], builds: Sequence[ArmBuild | None]) -> None:
    """What the last builds of both arms gave; nothing before there are two."""
    a, b = builds
    if a is None or b is None:
        return
    stale = [arm.name.upper() for arm, build in zip(arms, (a, b), strict=True) if build.groups != arm.groups]
    if stale:
        st.markdown(
            f"**Arm {' and arm '.join(stale)} was last built with other groups.** What follows is of that build."
        )
    try:
        diffs = _compared(project, tuple(_stamp(project, name) for name in ARMS))
    except WickError as error:
        st.text(f"The arms cannot be compared: {error}")
        return
    st.table(pd.DataFrame(_summary((a, b), stale=bool(stale))).set_index(""))
    _differences(diffs)
    _next(project, (a, b))


def _summary(builds: tuple[ArmBuild, ArmBuild], *, stale: bool) -> list[dict[str, str]]:
    """What the builds said, row by row; groups are shown above unless a build is older than they are."""
    a, b = builds
    rows = [
        ("features", str(a.features), str(b.features), f"{b.features - a.features:+d}"),
        ("live, per candle", _spoken(a.live), _spoken(b.live), _percent(a.live, b.live)),
        ("in a block, per candle", _spoken(a.block), _spoken(b.block), _percent(a.block, b.block)),
        ("data tests", a.tests, b.tests, ""),
        ("built", *(build.when if build.published else f"{build.when}: it failed" for build in builds), ""),
    ]
    if stale:
        rows.insert(0, ("groups", *(", ".join(build.groups) or "none" for build in builds), ""))
    return [dict(zip(("", "A", "B", "B against A"), map(plain, row), strict=True)) for row in rows]


def _percent(a: float | None, b: float | None) -> str:
    return f"{100 * (b / a - 1):+.0f} %" if a and b else ""


def _spoken(seconds: float | None) -> str:
    return "not measured" if seconds is None else f"{1e6 * seconds:.2f} µs"


def _differences(diffs: tuple[Compared, ...]) -> None:
    counts = {side: sum(diff.side == side for diff in diffs) for side in SIDES}
    st.markdown(
        f"**{counts['only b']}** columns only in B · **{counts['only a']}** only in A · "
        f"**{counts['differs']}** in both with other values · **{counts['equal']}** equal bit for bit"
    )
    shown = [diff for diff in diffs if diff.side != "equal"]
    if shown:
        st.dataframe(_frame(shown), hide_index=True, column_config=NUMBERS, width="stretch")
    st.caption("Live: an update and an emit of all features, timed on made-up candles. The same on the command line:")
    command(COMMANDS)


def _frame(diffs: list[Compared]) -> pd.DataFrame:
    sides = {"only a": "only A", "only b": "only B", "differs": "both, differs"}
    records: list[dict[str, Any]] = [
        {
            "column": diff.name,
            "model": diff.model,
            "in": sides[diff.side],
            "coverage in A": _share(diff.coverage[0]),
            "coverage in B": _share(diff.coverage[1]),
            "candles": diff.rows,
            "differing": diff.differing,
            "largest": diff.largest,
            "first difference": diff.first,
        }
        for diff in diffs
    ]
    frame = pd.DataFrame(records)
    if any(diff.side == "differs" for diff in diffs):
        return frame
    empty = [name for name in ("coverage in A", "coverage in B") if frame[name].isna().all()]
    return frame.drop(columns=["candles", "differing", "largest", "first difference", *empty])


def _share(coverage: float | None) -> float | None:
    return None if coverage is None else 100 * coverage


def _next(project: Project, builds: tuple[ArmBuild, ArmBuild]) -> None:
    left, right = st.columns([1, 4], vertical_alignment="center")
    if left.button("Export arm B", width="stretch"):
        go("export", source="arm B")
    right.caption(_tracked(project, builds))


def _tracked(project: Project, builds: tuple[ArmBuild, ArmBuild]) -> str:
    """Where MLflow has the two runs, and the search that finds them together."""
    if project.config.tracking.mlflow == "off":
        return plain("Tracking is off in wick.yml: MLflow has nothing of these runs.")
    known = [build.tracked for build in builds]
    runs = [
        f"arm {name.upper()} [{plain(run.run_id[:8])}]({run.where})" if run.where.startswith(("http://", "https://"))
        else f"arm {name.upper()} {plain(run.run_id)}"
        for name, run in zip(ARMS, known, strict=True) if run
    ]  # fmt: skip
    pairs = {run.pair for run in known if run and run.pair}
    together = f", found together by `tags.pair = '{next(iter(pairs))}'`" if len(pairs) == 1 and len(runs) > 1 else ""
    return f"MLflow: {' and '.join(runs)}{together}" if runs else plain("MLflow has none of these runs.")


def _stamp(project: Project, name: str) -> int:
    catalog = catalog_path(project.target, name)
    return catalog.stat().st_mtime_ns if catalog.exists() else 0


@st.cache_data(max_entries=8, show_spinner="Comparing the arms …")  # type: ignore[untyped-decorator]
def _compared(_project: Project, stamps: tuple[int, ...]) -> tuple[Compared, ...]:
    """Remembered until one of the arms is published again."""
    del stamps
    return compare(_project, *ARMS)
