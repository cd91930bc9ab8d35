"""`wick ls`: the nodes a selection names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from candlewick.commands.arms import chosen_groups
from candlewick.project.index import load_index
from candlewick.project.modified import modified_nodes
from candlewick.project.project import MAIN
from candlewick.project.select import Selector

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from candlewick.project.node import Node
    from candlewick.project.project import Project


@dataclass(frozen=True)
class Listing:
    """The selected nodes, in the order of the project."""

    project: str
    nodes: tuple[Node, ...]
    facts: Mapping[str, Mapping[str, Any]]

    def to_json(self) -> list[dict[str, Any]]:
        """One record per node, in dbt's key names."""
        return [
            {
                "unique_id": f"{node.kind}.{self.project}.{node.model}.{node.name}",
                "resource_type": node.kind,
                "name": node.name,
                "model": node.model,
                "group": node.group,
                "type": node.type,
                "column": node.is_column,
                "enabled": node.enabled,
                "path": node.file,
                "line": node.line,
                "depends_on": list(node.inputs),
                "tags": dict(node.tags),
                "description": node.doc.partition("\n")[0],
                "facts": dict(self.facts[node.name]) if node.name in self.facts else None,
            }
            for node in self.nodes
        ]


def ls(
    project: Project,
    select: Iterable[str] = (),
    exclude: Iterable[str] = (),
    *,
    enable: Iterable[str] = (),
    disable: Iterable[str] = (),
    arm: str | None = None,
    every: bool = False,
    allow_empty: bool = False,
) -> Listing:
    """The nodes a selection names; with ``every`` those of disabled groups too.

    With ``arm`` under the groups it was last published with, and compared with what it published.

    Errors: those of reading the project, SelectionError, and UsageError ``arm-unknown``.
    """
    index = load_index(project, **chosen_groups(project, arm, enable, disable).given)
    nodes = {**index.nodes, **(index.disabled if every else {})}
    named = {name: node for name, node in nodes.items() if not node.internal}
    selector = Selector(named, modified_nodes(project, index.fingerprints, arm or MAIN), index.disabled.values())
    chosen = selector.select(select, exclude, allow_empty=allow_empty)
    return Listing(project.config.name, chosen, index.facts)
