"""The lineage browser as a Streamlit component: the same JavaScript as in lineage.html."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from candlewick.lineage.page import browser_script, browser_style

if TYPE_CHECKING:
    from collections.abc import Mapping

# Streamlit calls the default export again after every rerun: a canvas whose lineage is unchanged is left alone.
HOST = """
const canvases = new WeakMap();
export default function ({ parentElement, data }) {
  const text = JSON.stringify(data);
  const before = canvases.get(parentElement);
  if (before?.text === text) return before.leave;
  before?.leave();
  const host = parentElement.querySelector(".host");
  host.style.height = `${Math.max(480, window.innerHeight - host.getBoundingClientRect().top - 24)}px`;
  const view = mountLineage(host, data, { state: stateOfHash(), onState: keepInHash });
  const show = () => view.show(stateOfHash());
  window.addEventListener("hashchange", show);
  const leave = () => {
    window.removeEventListener("hashchange", show);
    view.destroy();
    canvases.delete(parentElement);
  };
  canvases.set(parentElement, { text, leave });
  return leave;
}
"""


def draw_lineage(lineage: Mapping[str, Any]) -> None:
    """Show a lineage.json object: group map, focus and list."""
    component = st.components.v2.component(
        "candlewick_lineage",
        html='<div class="host"></div>',
        css=browser_style(),
        js=browser_script() + HOST,
    )
    component(data=dict(lineage), key="lineage")
