"""The lineage browser as a Streamlit component: the same JavaScript as in lineage.html."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from candlewick.lineage.page import browser_script, browser_style

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

KEY = "lineage"

# Streamlit calls the default export again after every rerun: a canvas whose lineage is unchanged is told what is new
# (the answer to what it asked) and otherwise left alone.
HOST = """
const canvases = new WeakMap();
export default function ({ parentElement, data, setStateValue, setTriggerValue }) {
  const { lineage, arms, start, version, ...answers } = data;
  const same = `${version} ${JSON.stringify(arms)}`;
  const before = canvases.get(parentElement);
  if (before?.same === same) {
    before.view.receive(answers);
    return before.leave;
  }
  before?.leave();
  const host = parentElement.querySelector(".host");
  host.style.height = `${Math.max(480, window.innerHeight - host.getBoundingClientRect().top - 24)}px`;
  const view = mountLineage(host, lineage, {
    state: location.hash ? stateOfHash() : start,
    onState: keepInHash,
    arms,
    ask: (question) => setStateValue("question", question),
    preview: (name) => setTriggerValue("preview", name),
  });
  view.receive(answers);
  const show = () => view.show(stateOfHash());
  window.addEventListener("hashchange", show);
  const leave = () => {
    window.removeEventListener("hashchange", show);
    view.destroy();
    canvases.delete(parentElement);
  };
  canvases.set(parentElement, { same, view, leave });
  return leave;
}
"""


def question() -> tuple[str, str]:
    """What the canvas asks: the selector to evaluate and the column whose tests and values it shows; '' for none."""
    asked = (st.session_state.get(KEY) or {}).get("question") or {}
    return str(asked.get("selection", "")), str(asked.get("node", ""))


def wanted_preview() -> str:
    """The column whose *Preview* was just pressed, or ''."""
    return str((st.session_state.get(KEY) or {}).get("preview") or "")


def draw_lineage(
    lineage: Mapping[str, Any],
    version: str,
    *,
    answers: Mapping[str, Any],
    arms: Mapping[str, list[str]] | None,
    start: Mapping[str, Any],
    on_preview: Callable[[], None],
) -> None:
    """Show a lineage.json object: group map, focus and list.

    ``version`` changes when the lineage does; ``answers`` are to `question`; ``start`` is the view to open with.
    """
    component = st.components.v2.component(
        "candlewick_lineage",
        html='<div class="host"></div>',
        css=browser_style(),
        js=browser_script() + HOST,
    )
    data = {"lineage": dict(lineage), "version": version, "arms": arms, "start": dict(start), **answers}
    component(data=data, key=KEY, on_question_change=lambda: None, on_preview_change=on_preview)
