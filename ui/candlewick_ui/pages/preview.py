"""Preview: candles, and up to three features below them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from candlewick.errors import WickError
from candlewick.store.catalog import read_catalog
from candlewick_ui.charts import PANES, chart, chart_height, preview_frame
from candlewick_ui.frame import headline, open_page
from candlewick_ui.nodes import warm_up

if TYPE_CHECKING:
    import pandas as pd

    from candlewick.project.project import Project
    from candlewick_ui.reports import Reports

LENGTHS = {"last 1,000 candles": 1_000, "last 10,000": 10_000, "last 100,000": 100_000}


def page() -> None:
    """Draw the page."""
    opened = open_page("Preview")
    if opened is None:
        return
    reports, project = opened
    headline("Preview", reports)
    try:
        catalog = read_catalog(project.target)
    except WickError as error:
        st.code(str(error), language=None, wrap_lines=True)
        return
    models = {name: model for model, names in catalog.columns.items() for name in names}
    symbols = sorted({part.symbol for part in catalog.parts})
    first, second, third = st.columns([1, 3, 1])
    symbol = first.selectbox("Symbol", symbols, key="symbol", bind="query-params")
    features = second.multiselect(
        f"Features (up to {PANES})", sorted(models), max_selections=PANES, key="features", bind="query-params"
    )
    length = third.selectbox("Candles", list(LENGTHS), index=1)
    if symbol is None or length is None:
        return
    try:
        frame, before = _load(project, symbol, {name: models[name] for name in features}, LENGTHS[length], catalog.run)
    except WickError as error:
        st.code(str(error), language=None, wrap_lines=True)
        return
    warm_ups = {name: warm_up(reports.entry(name) or {}) for name in features}
    height = chart_height(len(features))
    st.echarts_chart(chart(frame, features, warm_ups, before), height=height, alt=f"candles of {symbol}")
    _notes(reports, features, warm_ups, before)


def _notes(reports: Reports, features: list[str], warm_ups: dict[str, int | None], before: int) -> None:
    if not features:
        st.caption("Choose features above, or press *Preview* beside one on the Lineage page.")
        return
    words = []
    for name in features:
        facts = (reports.entry(name) or {}).get("facts", {})
        count = warm_ups[name]
        source = "" if "warm-up" in facts else " (the docstring's Lookback)"
        settled = f"{count:,} candles of warm-up{source}" if count is not None else "no number for its warm-up"
        words.append(f"{name}: {settled}")
    hidden = f" The first {before:,} candles are not shown." if before else " Warm-up is shaded, at the left end."
    st.text(" · ".join(words) + "." + hidden)
    st.caption(
        "Values replayed candle by candle will lie over these with `wick replay`, which this version does not have."
    )


@st.cache_data(max_entries=16, show_spinner=False)  # type: ignore[untyped-decorator]
def _load(_project: Project, symbol: str, features: dict[str, str], candles: int, run: str) -> tuple[pd.DataFrame, int]:
    """Remembered for a run: nothing of it changes. The store is opened read-only for one query."""
    del run
    return preview_frame(_project.store, _project.target, symbol, features, candles)
