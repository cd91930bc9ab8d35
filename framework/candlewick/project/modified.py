"""Which nodes changed since the last published run, for ``state:modified``."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from candlewick.project.node import Node
    from candlewick.project.project import Project


def checksum(node: Node) -> str:
    """A hash of the node's text."""
    return hashlib.blake2b(node.code.encode(), digest_size=16).hexdigest()


def modified_nodes(project: Project, nodes: Iterable[Node]) -> set[str]:
    """The nodes whose text differs from the last published run's; all of them before the first."""
    try:
        known = json.loads((project.target / "manifest.json").read_text(encoding="utf-8"))["checksums"]
    except (OSError, ValueError, KeyError):
        known = {}
    return {node.name for node in nodes if known.get(node.name) != checksum(node)}
