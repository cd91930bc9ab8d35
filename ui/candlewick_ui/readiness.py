"""What an export asks of the last run, as far as its reports can answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from candlewick_ui.checks import every_check
from candlewick_ui.nodes import lineage_nodes

if TYPE_CHECKING:
    from candlewick_ui.reports import Reports


@dataclass(frozen=True)
class Step:
    """One condition: whether it is ``met`` (None: the reports do not say), and why not."""

    title: str
    met: bool | None
    reason: str = ""


def readiness(reports: Reports) -> tuple[Step, ...]:
    """The conditions of an export, in the order they are looked at."""
    return (_published(reports), _tested(reports), _streamed(reports))


def _published(reports: Reports) -> Step:
    published = reports.results.get("published")
    reason = "" if published else "Nothing of it can be queried: a model or a test failed, or it only tested."
    return Step("The last run published what it built", bool(published), reason)


def _tested(reports: Reports) -> Step:
    title = "Its data tests pass"
    checks = every_check(reports)
    if not checks:
        return Step(title, None, "It ran without tests: `wick build` has them.")
    bad = [check.title for check in checks if check.status in {"fail", "error"}]
    return Step(title, not bad, f"{len(bad)} do not: {', '.join(bad[:8])}" if bad else "")


def _streamed(reports: Reports) -> Step:
    title = "Every feature has a streaming form"
    entries = {entry["name"]: entry for entry in (reports.lineage or {"nodes": []})["nodes"]}
    names = [
        node.name
        for node in lineage_nodes(reports.lineage or {"nodes": []}).values()
        if node.kind == "feature" and node.is_column and node.enabled
    ]
    classes = {name: entries[name].get("facts", {}).get("class") for name in names}
    opaque = [name for name, found in classes.items() if found == "X"]
    if opaque:
        return Step(title, met=False, reason=f"Opaque, so in batch only: {', '.join(opaque)}")
    unknown = [name for name, found in classes.items() if found is None]
    if unknown:
        return Step(title, None, f"{len(unknown)} features were not traced in this run: `wick build` traces them.")
    return Step(title, met=True)
