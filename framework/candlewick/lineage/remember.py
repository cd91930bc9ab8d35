"""A command that computes a part of a project keeps what earlier ones said about the rest of it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from candlewick.lineage.record import Entry, Lineage, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def remember(lineage: Lineage, path: Path) -> Lineage:
    """The lineage with the outcome and the cost that the lineage.json at ``path`` has for nodes it says nothing of.

    Only for nodes whose code is the same; a file that is not there, or cannot be read, has nothing to say.
    """
    try:
        earlier = {entry["name"]: entry for entry in json.loads(path.read_text(encoding="utf-8"))["nodes"]}
        return replace(lineage, entries={name: _filled(entry, earlier) for name, entry in lineage.entries.items()})
    except (OSError, ValueError, KeyError, TypeError):
        return lineage


def _filled(entry: Entry, earlier: Mapping[str, Mapping[str, Any]]) -> Entry:
    known = earlier.get(entry.name, {})
    if entry.node is None or not entry.node.enabled or known.get("code") != entry.node.code:
        return entry
    outcome, facts = entry.outcome, dict(entry.facts)
    if outcome is None and known.get("status") not in (None, "off"):
        outcome = Outcome(known["status"], known.get("seconds"), known.get("rows"), known.get("action"))
    if facts and "cost" in known.get("facts", {}):
        facts.setdefault("cost", known["facts"]["cost"])
    return replace(entry, outcome=outcome, facts=facts)
