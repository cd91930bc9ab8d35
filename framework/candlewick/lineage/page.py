"""The lineage as one HTML page that needs nothing: no network, no server, no other file."""

from __future__ import annotations

import base64
import hashlib
import html
import json
from functools import cache
from importlib import resources
from string import Template
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from candlewick.lineage.record import Lineage

SCRIPTS = (
    *("elements.js", "graph.js", "layout.js", "lens.js", "code.js", "panel.js", "tabs.js", "table.js"),
    *("camera.js", "scene.js", "picture.js", "hash.js", "toolbar.js", "canvas.js"),
)


@cache
def browser_style() -> str:
    """The style sheet of the lineage browser, every rule inside ``.wick-lineage``."""
    return _asset("canvas.css")


@cache
def browser_script() -> str:
    """The JavaScript that defines ``mountLineage(host, lineage, options)``, for any page that shows a lineage."""
    return "\n".join(_asset(name) for name in SCRIPTS)


def render(lineage: Lineage, *, focus: str | None = None) -> str:
    """The text of lineage.html, opening on the group map or on the node ``focus``.

    The page's security policy admits this style and this script only, by their hashes, and no request at all.

    Errors: SelectionError ``lineage-unknown-node``.
    """
    state = {}
    if focus is not None:
        lineage.upstream(focus, 0)  # refuses an unknown name
        state = {"view": "focus", "focus": f"n:{focus}", "selected": f"n:{focus}"}
    script = "(() => {\n" + browser_script() + _asset("page.js") + "})();"
    style = _asset("page.css") + browser_style()
    return Template(_asset("page.html")).substitute(
        title=html.escape(f"{lineage.project} lineage"),
        style=style,
        style_hash=_hash(style),
        record=_inert_json({"lineage": lineage.to_json(), "state": state}),
        script=script,
        script_hash=_hash(script),
    )


def _inert_json(value: object) -> str:
    """JSON in which no text can end or open an element: < > & and the line separators of JavaScript are escaped."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _asset(name: str) -> str:
    return resources.files("candlewick.lineage").joinpath(name).read_text(encoding="utf-8")
