"""Lineage, the home page: the canvas, and the answers to what it asks."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import streamlit as st

from candlewick_ui.canvas import draw_lineage, pressed, question
from candlewick_ui.frame import go, open_page
from candlewick_ui.nodes import select
from candlewick_ui.reports import is_stale

if TYPE_CHECKING:
    from candlewick_ui.reports import Reports


def page() -> None:
    """Draw the page."""
    opened = open_page()
    if opened is None:
        return
    reports, _ = opened
    if reports.troubles:
        with st.expander(f"{len(reports.troubles)} not as they should be"):
            st.text("\n".join(reports.troubles))
    _canvas(reports)


@st.fragment  # type: ignore[untyped-decorator]
def _canvas(reports: Reports) -> None:
    """The canvas by itself: a click in it draws nothing else again, unless a run has ended meanwhile."""
    if is_stale(reports):
        st.rerun()
    if name := pressed("preview"):
        go("preview", features=name)
    if group := pressed("toggle"):
        _toggle(reports, group)
    asked = question()
    node_named = st.query_params.get("node", "")
    start = {"view": "focus", "focus": f"n:{node_named}", "selected": f"n:{node_named}"} if node_named else {}
    answers = {"answer": _answer(reports, asked.selection), "details": _details(reports, asked.node)}
    if asked.plan:
        answers["plan"] = _plan(reports, asked.plan)
    draw_lineage(
        reports.lineage or {},
        reports.version,
        answers=answers,
        arms=st.session_state.get("arms"),
        start=start,
    )


def _answer(reports: Reports, selection: str) -> dict[str, Any]:
    """The nodes a selection names; once for each, as asking the command line takes a second."""
    key = (reports.version, selection)
    known = st.session_state.get("answer")
    if known is None or known[0] != key or "state:" not in selection:
        root = reports.project.root if reports.project else None
        known = (key, asdict(select(reports.lineage or {}, selection, root)))
        st.session_state["answer"] = known
    return dict(known[1])


def _plan(reports: Reports, number: str) -> dict[str, Any]:
    """What a run would change, asked once for each number."""
    from candlewick_ui.planned import ask_plan

    known = st.session_state.get("plan")
    if known is None or known[0] != number:
        known = (number, ask_plan(reports.project.root) if reports.project else {})
        st.session_state["plan"] = known
    return dict(known[1])


def _details(reports: Reports, name: str) -> dict[str, Any]:
    """Tests and values of a column; empty for none."""
    entry = reports.entry(name)
    if entry is None or reports.project is None:
        return {}
    from candlewick_ui.checks import node_checks  # pandas and DuckDB, which the first page does without
    from candlewick_ui.values import column_values

    values = column_values(reports.project.target, entry["model"], name)
    checks = [check.to_json() for check in node_checks(reports, name)]
    return {"name": name, "tests": checks, "values": values.to_json(), "problem": reports.trouble(entry["model"])}


def _toggle(reports: Reports, group: str) -> None:
    """Leave for A/B with a group switched in arm B: on there when the project has it off, and the other way round."""
    arms = dict(st.session_state.get("arms") or {})
    baseline = reports.project.config.groups.baseline if reports.project else ()
    on = any(node.get("group") == group and node.get("enabled") for node in (reports.lineage or {"nodes": []})["nodes"])
    chosen = set(arms.get("b", baseline))
    arms["b"] = sorted(chosen - {group} if on else chosen | {group})
    st.session_state["arms"] = arms
    go("ab")
