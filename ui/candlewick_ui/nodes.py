"""Nodes of a lineage.json, and choosing among them with the command line's own selectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from candlewick.errors import WickError
from candlewick.project.node import Node
from candlewick.project.select import Selector

if TYPE_CHECKING:
    from collections.abc import Mapping

STATE_PROBLEM = "state: compares with the code as it is now, which the browser does not run: `wick ls --select {}` does"


@dataclass(frozen=True)
class Selection:
    """What a selector names, or the ``problem`` with it in the words of the command line."""

    selection: str
    names: tuple[str, ...] = ()
    problem: str = ""


def lineage_nodes(lineage: Mapping[str, Any]) -> dict[str, Node]:
    """The functions of the project by name, as `wick ls --all` knows them."""
    return {
        entry["name"]: Node(
            name=entry["name"],
            kind=entry["kind"],
            model=entry["model"],
            type=entry["type"],
            inputs=tuple(entry["inputs"]),
            file=entry["file"],
            line=entry["line"],
            group=entry["group"],
            enabled=entry["enabled"],
            doc=entry["doc"],
            code=entry["code"],
            tags=entry["tags"],
            internal=entry["internal"],
        )
        for entry in lineage["nodes"]
        if "model" in entry
    }


def select(lineage: Mapping[str, Any], text: str) -> Selection:
    """The nodes that ``text`` names, disabled ones too, exactly as `wick ls --all --select` chooses them."""
    if not text.strip():
        return Selection(text)
    if "state:" in text:
        return Selection(text, problem=STATE_PROBLEM.format(f"'{text}'"))
    named = {name: node for name, node in lineage_nodes(lineage).items() if not node.internal}
    try:
        return Selection(text, tuple(node.name for node in Selector(named).select([text])))
    except WickError as error:
        return Selection(text, problem=f"{error.what}. Hint: {error.hint}")


def warm_up(entry: Mapping[str, Any]) -> int | None:
    """Leading candles whose value is not to be trusted: from the facts, else the docstring's ``Lookback:``.

    None when neither has a number. Units: candles
    """
    from candlewick.run.data_tests import documented_warm_up

    known = entry.get("facts", {}).get("warm-up")
    if isinstance(known, int):
        return known
    return next((documented_warm_up(node) for node in lineage_nodes({"nodes": [entry]}).values()), None)
