"""Preview: candles, and up to three features below them, as the batch has them and as live trading would."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import streamlit as st

from candlewick.errors import WickError
from candlewick.project.project import MAIN
from candlewick.store.catalog import arms, read_catalog
from candlewick_ui.arms import ARMS
from candlewick_ui.charts import PANES, chart, chart_height
from candlewick_ui.frame import command, open_page
from candlewick_ui.nodes import warm_up
from candlewick_ui.reports import artifact_path, read_reports
from candlewick_ui.series import Series, Stretch, load_series

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from candlewick.project.project import Project
    from candlewick.store.catalog import Catalog
    from candlewick_ui.reports import Reports

LENGTHS = {"1,000": 1_000, "10,000": 10_000, "100,000": 100_000}
ENDS = ("latest", "first")


def page() -> None:
    """Draw the page."""
    opened = open_page()
    if opened is None:
        return
    reports, project = opened
    asked = st.query_params.get_all("features")
    arm = _arm(project, asked)
    try:
        _preview(reports if arm == MAIN else read_reports(project.root, arm), project, arm, asked)
    except WickError as error:
        st.code(str(error), language=None, wrap_lines=True)


def _arm(project: Project, asked: list[str]) -> str:
    """Whose columns are shown, where there are arms: the project's, or those of the first arm that has all of them."""
    known = [name for name in arms(project.target) if name in {MAIN, *ARMS}]
    if len(known) < 2:  # noqa: PLR2004 - a choice
        return MAIN
    having = (name for name in known if set(asked) <= set(_models(read_catalog(project.target, name))))
    words = {("project" if name == MAIN else f"arm {name.upper()}"): name for name in known}
    default = next(having, MAIN)
    chosen = st.segmented_control(
        "Columns of",
        list(words),
        default=next(word for word, name in words.items() if name == default),
        required=True,
        key="of",
        bind="query-params",
        label_visibility="collapsed",
    )
    return words.get(chosen or "", MAIN)


def _models(catalog: Catalog) -> dict[str, str]:
    """The model of every published column."""
    return {name: model for model, names in catalog.columns.items() for name in names}


def _preview(reports: Reports, project: Project, arm: str, asked: list[str]) -> None:
    catalog = read_catalog(project.target, arm)
    models = _models(catalog)
    missing = [name for name in asked if name not in models]
    symbol, features, stretch = _controls(catalog, sorted(models))
    if missing:
        st.text(f"Not published here: {', '.join(missing)}. A/B builds a group that is off.")
    if symbol is None:
        return
    artifact = artifact_path(project, arm)
    stamp = artifact.stat().st_mtime_ns if artifact.exists() else 0
    shown = {name: models[name] for name in features}
    series = _load(project, symbol, shown, stretch, artifact if stamp else None, arm, (catalog.run, stamp))
    warm_ups = {name: warm_up(reports.entry(name) or {}) for name in features}
    _notes(reports, features, warm_ups, series, unexported="" if stamp else arm)
    option = chart(series, features, warm_ups, first=stretch.first, dark=st.context.theme.type == "dark")
    st.echarts_chart(option, height=chart_height(len(features)), alt=f"candles of {symbol}")


def _controls(catalog: Catalog, names: list[str]) -> tuple[str | None, list[str], Stretch]:
    symbols = sorted({part.symbol for part in catalog.parts})
    first, second, third, fourth, fifth = st.columns([2, 6, 2, 2, 2], vertical_alignment="top")
    symbol = first.selectbox("Symbol", symbols, key="symbol", bind="query-params")
    features = second.multiselect(
        f"Features (up to {PANES})", names, max_selections=PANES, key="features", bind="query-params"
    )
    length = third.selectbox("How many candles", list(LENGTHS), index=1, key="candles", bind="query-params")
    end = fourth.segmented_control("Which", ENDS, default=ENDS[0], required=True, key="end", bind="query-params")
    until = fifth.date_input("Until", value=None, key="until", bind="query-params", disabled=end == "first")
    day = until if isinstance(until, dt.date) else None
    return symbol, features, Stretch(LENGTHS[length or "10,000"], day, first=end == "first")


def _notes(
    reports: Reports, features: list[str], warm_ups: Mapping[str, int | None], series: Series, *, unexported: str
) -> None:
    if not features:
        st.caption("Choose features above, or press *Preview* beside one on the Lineage page.")
        return
    lines = [
        (name, _settled(reports, name, warm_ups[name], series.before), _agreement(series, name)) for name in features
    ]
    st.text("\n".join("   ".join(filter(None, line)) for line in lines))
    if series.problem:
        st.text(f"Not replayed: {series.problem}")
    elif unexported:
        st.caption("Live values, replayed candle by candle, lie over these once there is an exported file:")
        command("wick export" if unexported == MAIN else f"wick export --arm {unexported}")
    else:
        st.caption("Blue: batch. The orange band: live, candle by candle, by the exported file. Grey: warm-up.")


def _settled(reports: Reports, name: str, count: int | None, before: int) -> str:
    if count is None:
        return "no number for its warm-up"
    source = "" if "warm-up" in (reports.entry(name) or {}).get("facts", {}) else " (the docstring's Lookback)"
    hidden = ", earlier than what is shown" if 0 < count <= before else ""
    return f"{count:,} candle{'' if count == 1 else 's'} of warm-up{source}{hidden}"


def _agreement(series: Series, name: str) -> str:
    parity = series.parity.get(name)
    if parity is None:
        return ""
    if not parity.differing:
        return f"batch = live, bit for bit, at all {parity.candles:,} candles"
    places = f"{parity.differing:,} of {parity.candles:,} candles"
    return f"batch and live differ at {places}, by {parity.largest:.3g} at most"


@st.cache_data(max_entries=16, show_spinner="Replaying candle by candle …")  # type: ignore[untyped-decorator]
def _load(
    _project: Project,
    symbol: str,
    features: dict[str, str],
    stretch: Stretch,
    artifact: Path | None,
    arm: str,
    versions: tuple[str, int],
) -> Series:
    """Remembered for a run and an exported file. The store is opened read-only for one query."""
    del versions
    return load_series(_project.store, _project.target, symbol, features, stretch, artifact, arm)
