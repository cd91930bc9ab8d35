"""The lineage browser as a Streamlit component: the same JavaScript as in lineage.html."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from candlewick.lineage.page import browser_script, browser_style

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY = "lineage"

# Streamlit calls the default export again after every rerun: a canvas whose lineage is unchanged is told what is new
# (the answer to what it asked) and otherwise left alone. A lineage can be a megabyte, so each question says which one
# the canvas `holds`, and the answer comes without it.
HOST = """
const canvases = new WeakMap();
export default function ({ parentElement, data, setStateValue, setTriggerValue }) {
  const { lineage, arms, start, version, ...answers } = data;
  const before = canvases.get(parentElement);
  const held = lineage ?? (before?.version === version ? before.lineage : null);
  if (!held) {
    setStateValue("question", { holds: "" });
    return before?.leave;
  }
  const same = `${version} ${JSON.stringify(arms)}`;
  if (before?.same === same) {
    before.view.receive(answers);
    return before.leave;
  }
  before?.leave();
  const host = parentElement.querySelector(".host");
  host.style.height = `${Math.max(480, window.innerHeight - host.getBoundingClientRect().top - 24)}px`;
  const view = mountLineage(host, held, {
    state: location.hash ? stateOfHash() : start,
    onState: keepInHash,
    keys: document,
    arms,
    ask: (question) => setStateValue("question", { ...question, holds: version }),
    preview: (name) => setTriggerValue("preview", name),
    toggle: (group) => setTriggerValue("toggle", group),
  });
  view.receive(answers);
  const show = () => view.show(stateOfHash());
  window.addEventListener("hashchange", show);
  const leave = () => {
    window.removeEventListener("hashchange", show);
    view.destroy();
    canvases.delete(parentElement);
  };
  canvases.set(parentElement, { same, version, lineage: held, view, leave });
  return leave;
}
"""


@dataclass(frozen=True)
class Question:
    """What the canvas asks.

    ``selection`` is a selector to evaluate, ``node`` the column whose tests and values it shows, ``plan`` a number that
    changes when it asks anew what a run would do, ``holds`` the version of the lineage it has; '' for none.
    """

    selection: str = ""
    node: str = ""
    plan: str = ""
    holds: str = ""


def question() -> Question:
    """What the canvas has asked last."""
    asked = (st.session_state.get(KEY) or {}).get("question") or {}
    return Question(**{name: str(asked.get(name, "")) for name in ("selection", "node", "plan", "holds")})


def pressed(button: str) -> str:
    """The column whose *preview* was just pressed, or the group that is to *toggle*; '' for none."""
    return str((st.session_state.get(KEY) or {}).get(button) or "")


def draw_lineage(
    lineage: Mapping[str, Any],
    version: str,
    *,
    answers: Mapping[str, Any],
    arms: Mapping[str, list[str]] | None,
    start: Mapping[str, Any],
) -> None:
    """Show a lineage.json object: group map, focus and list; one that the canvas holds already is not sent again.

    ``version`` changes when the lineage does; ``answers`` are to `question`; ``start`` is the view to open with.
    """
    component = st.components.v2.component(
        "candlewick_lineage",
        html='<div class="host"></div>',
        css=browser_style(),
        js=browser_script() + HOST,
    )
    sent = None if question().holds == version else dict(lineage)
    data = {"lineage": sent, "version": version, "arms": arms, "start": dict(start), **answers}
    component(
        data=data,
        key=KEY,
        on_question_change=_noticed,
        on_preview_change=_noticed,
        on_toggle_change=_noticed,
    )


def _noticed() -> None:
    """A value has no place in the session without somebody who is told of its changes."""
