"""Nodes of a lineage.json, and choosing among them with the command line's own selectors."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from candlewick.errors import WickError
from candlewick.project.node import Node
from candlewick.project.select import Selector
from candlewick_ui.planned import ask_names

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

OPTIONS = {"--select": "--select", "-s": "--select", "--exclude": "--exclude", "-e": "--exclude"}


@dataclass(frozen=True)
class Selection:
    """What a selection names, or the ``problem`` with it in the words of the command line.

    ``command`` is the command line that lists the same.
    """

    selection: str
    names: tuple[str, ...] = ()
    problem: str = ""
    command: str = ""


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


def select(lineage: Mapping[str, Any], text: str, root: Path | None = None) -> Selection:
    """The nodes that ``text`` names, disabled ones too, exactly as `wick ls --all` chooses them.

    ``text`` is a selector, and after ``--exclude`` one for what is left out. What compares with the code as it is now
    (``state:``) is asked of the command line, for the project in ``root``.
    """
    chosen, left_out = selectors(text)
    if not chosen and not left_out:
        return Selection(text)
    words = ["ls", "--all", *_option("--select", chosen), *_option("--exclude", left_out)]
    command = shlex.join(["wick", *words])
    if "state:" in text and root is not None:
        return Selection(text, *ask_names(root, words), command)
    named = {name: node for name, node in lineage_nodes(lineage).items() if not node.internal}
    try:
        found = Selector(named).select(chosen, left_out)
        return Selection(text, tuple(node.name for node in found), command=command)
    except WickError as error:
        return Selection(text, problem=f"{error.what}. Hint: {error.hint}", command=command)


def selectors(text: str) -> tuple[list[str], list[str]]:
    """The selectors of a text: those that choose, and those after ``--exclude``.

    >>> selectors("+atr_14 group:trend --exclude returns.* -s macd")
    (['+atr_14', 'group:trend', 'macd'], ['returns.*'])
    """
    found: dict[str, list[str]] = {"--select": [], "--exclude": []}
    option = "--select"
    for word in text.split():
        if word in OPTIONS:
            option = OPTIONS[word]
        else:
            found[option].append(word)
    return found["--select"], found["--exclude"]


def _option(name: str, words: list[str]) -> list[str]:
    return [name, " ".join(words)] if words else []


def warm_up(entry: Mapping[str, Any]) -> int | None:
    """Leading candles whose value is not to be trusted: from the facts, else the docstring's ``Lookback:``.

    None when neither has a number. Units: candles
    """
    from candlewick.run.data_tests import documented_warm_up

    known = entry.get("facts", {}).get("warm-up")
    if isinstance(known, int):
        return known
    return next((documented_warm_up(node) for node in lineage_nodes({"nodes": [entry]}).values()), None)
