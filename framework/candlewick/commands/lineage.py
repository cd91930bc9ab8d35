"""`wick lineage NODE`: what a node is computed from, down to the candle columns, and what is computed from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from candlewick.commands.arms import chosen_groups
from candlewick.lineage.record import build_lineage
from candlewick.project.index import load_index

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from candlewick.lineage.record import Lineage
    from candlewick.project.project import Project


def lineage(
    project: Project, *, enable: Iterable[str] = (), disable: Iterable[str] = (), arm: str | None = None
) -> Lineage:
    """The lineage of the whole project, disabled nodes too; with ``arm`` under the groups it was last published with.

    Errors: those of reading the project, and UsageError ``arm-unknown``.
    """
    index = load_index(project, **chosen_groups(project, arm, enable, disable).given)
    return build_lineage(
        project.config.name, [*index.nodes.values(), *index.disabled.values()], facts=shown_facts(index.facts)
    )


def shown_facts(facts: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """What a reader of the lineage is told of each feature's facts, in words where there is no number."""
    return {name: _shown(each) for name, each in facts.items()}


def _shown(fact: Mapping[str, Any]) -> dict[str, Any]:
    shown = {
        "class": fact["class"],
        "lookback": "unbounded" if fact["lookback"] is None else fact["lookback"],
        "warm-up": "never settles" if fact["warm_up"] is None else fact["warm_up"],
    }
    if fact["class"] == "R" and fact["warm_up"] is not None:  # of a window every error takes as long
        shown["warm_up_by_error"] = dict(fact["warm_up_by_error"])
    return shown


def as_dot(part: Lineage) -> str:
    """A lineage as DOT text, left to right."""
    lines = ["digraph lineage {", "  rankdir=LR;", '  node [shape=box, style=rounded, fontname="Helvetica"];']
    lines += [
        f"  {_quoted(name)}{' [style=dashed]' if entry.kind == 'candle' else ''};"
        for name, entry in part.entries.items()
    ]
    lines += [f"  {_quoted(source)} -> {_quoted(target)};" for source, target in part.edges]
    return "\n".join([*lines, "}"]) + "\n"


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def as_tree(part: Lineage, name: str | None) -> str:
    """A lineage as indented text: the node's inputs down to the candle columns, then what is computed from it.

    A node that was shown already is not opened again.
    """
    roots = [name] if name else [key for key, entry in part.entries.items() if not part.downstream(key) and entry.node]
    lines: list[str] = []
    seen: set[str] = set()
    for root in roots:
        _branch(part, root, "", lines, seen)
    if name:
        lines += ["", f"needed by: {', '.join(_needing(part, name)) or 'nothing'}"]
        lines.append(f"candle columns: {', '.join(part.entries[name].candles)}")
    return "\n".join(lines) + "\n"


def _needing(part: Lineage, name: str) -> list[str]:
    """What needs a node. Every feature goes through the fit: of that, seen from outside, only what it hands on is told.

    A node that a decorator made on the way, and a frame that the fit is handed, are nobody's business.
    """
    within = part.entries[name].kind in {"fit", "input"}
    found = []
    for entry in (part.entries[below] for below in part.downstream(name)):
        if entry.node is None or entry.node.internal:
            continue
        if entry.kind != "fit" or within:
            found.append(entry.name)
        elif not part.downstream(entry.name):
            found.append(f"{entry.name} (fit)")
    return found


def _branch(part: Lineage, name: str, indent: str, lines: list[str], seen: set[str]) -> None:
    entry = part.entries[name]
    facts = f"  {entry.node.model}" + (f" [{entry.node.group}]" if entry.node.group else "") if entry.node else ""
    off = "  (disabled)" if entry.node and not entry.node.enabled else ""
    again = "  …" if name in seen and entry.inputs else ""
    lines.append(f"{indent}{name}{facts}{off}{again}")
    if name not in seen:
        seen.add(name)
        for above in entry.inputs:
            if above in part.entries:
                _branch(part, above, indent + "  ", lines, seen)
