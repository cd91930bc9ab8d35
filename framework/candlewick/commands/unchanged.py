"""A run or a build after which nothing has changed: told from hashes, before pandas, Hamilton or DuckDB is imported.

What published leaves facts in the receipt (`candlewick.commands.receipt`). Where one is still about things as they are,
the run would reuse everything, and a build would find the same candles and its tests the same rows. Any doubt, and it
takes its full way.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from candlewick.commands import receipt
from candlewick.commands.run_id import new_run_id
from candlewick.errors import WickError
from candlewick.store.files import write_atomically
from candlewick.store.source import are_unchanged

if TYPE_CHECKING:
    from collections.abc import Mapping

    from candlewick.project.project import Project


@dataclass(frozen=True)
class Unchanged:
    """What a run would say that reuses everything: its run_results, and the counts for its log and for its ingest's."""

    run_results: dict[str, Any]
    counts: Mapping[str, Any]
    ingest: Mapping[str, Any] | None


def unchanged(project: Project, verb: str, options: Mapping[str, Any]) -> Unchanged | None:
    """What a run or a build would say when it has nothing to do; None when it has to be run to know."""
    if verb not in {"run", "build"} or options.get("full_refresh") or project.config.tracking.mlflow != "off":
        return None
    try:
        fact = receipt.facts_now(project)[receipt.subject(verb, options)]
        still = _holds(project, options, fact)
        return Unchanged(fact["run_results"], fact["counts"], fact["ingest"]) if still else None
    except (OSError, ValueError, KeyError, TypeError, WickError):
        return None


def _holds(project: Project, options: Mapping[str, Any], fact: receipt.Fact) -> bool:
    """Whether a fact is about things as they are; what is quickly told comes first."""
    target = project.target
    if not all((project.reports(fact["run_results"]["args"]["arm"]) / name).is_file() for name in receipt.REPORTS):
        return False
    content, parts = receipt.catalog_now(target / fact["catalog"]["file"])
    if content != fact["catalog"]["content"] or receipt.key_of(project, options) != fact["key"]:
        return False
    path = project.config.candles.path
    patterns = (path,) if isinstance(path, str) else path
    if fact["source"] is not None and not are_unchanged(project.root, patterns, fact["source"]):
        return False
    written = project.store.stat().st_mtime_ns  # after every part that it names: a later one was changed by somebody
    return all((target / part["path"]).stat().st_mtime_ns <= written for part in parts)


def reused(project: Project, nothing: Unchanged) -> list[dict[str, Any]]:
    """Write the run_results of a run that reused everything, and return its results."""
    now = datetime.now(UTC)
    document = nothing.run_results
    run_id = new_run_id(now)
    document["metadata"] |= {"run_id": run_id, "generated_at": now.isoformat()}
    folder = project.reports(document["args"]["arm"])
    write_atomically(folder / "run_results.json", json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    results: list[dict[str, Any]] = document["results"]
    return results
