"""Which nodes changed since the last published run, for ``state:modified``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from candlewick.project.project import MAIN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from candlewick.project.project import Project


def modified_nodes(project: Project, fingerprints: Mapping[str, Mapping[str, str]], arm: str = MAIN) -> set[str]:
    """The nodes whose fingerprint differs from the last published run's of an arm; all of them before the first.

    ``fingerprints`` are hashes by engine and node: they are compared under the engine that ran. A node that cannot be
    hashed is always modified.
    """
    try:
        manifest = json.loads((project.reports(arm) / "manifest.json").read_text(encoding="utf-8"))
        engine, known = manifest["engine"], manifest["fingerprints"]
        now = fingerprints[engine]
    except (OSError, ValueError, KeyError, TypeError):
        known, now = {}, next(iter(fingerprints.values()))
    return {name for name, each in now.items() if not each or known.get(name) != each}
