"""The data tests of a project, with what the last run said about each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from candlewick.errors import WickError
from candlewick.project.source import read_source
from candlewick.run.custom_tests import FOLDER
from candlewick.run.data_tests import declared_tests
from candlewick_ui.nodes import lineage_nodes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from candlewick.project.project import Project
    from candlewick_ui.reports import Reports

ORDER = ("error", "fail", "warn", "skipped", "not run", "pass")


@dataclass(frozen=True)
class Check:
    """A data test: its status in the last run, how many rows offended, and which was the first."""

    title: str
    status: str
    rows: int = 0
    message: str = ""

    def to_json(self) -> dict[str, Any]:
        """As plain data for the canvas, in the words it has for statuses."""
        word = {"pass": "ok", "skipped": "skip"}.get(self.status, self.status)
        return {"title": self.title, "status": word, "message": self.message}


def every_check(reports: Reports) -> tuple[Check, ...]:
    """Every data test of the last run, the worst first."""
    results = [each for each in reports.results.get("results", ()) if each["unique_id"].startswith("test.")]
    return tuple(sorted((_check(each) for each in results), key=lambda check: ORDER.index(check.status)))


def node_checks(reports: Reports, name: str) -> tuple[Check, ...]:
    """The data tests that look at one column, or at the whole table it stands in.

    The project's own queries are not among them: what an SQL text reads is known only by running it.
    """
    node = lineage_nodes(reports.lineage or {"nodes": []}).get(name)
    if node is None or reports.project is None:
        return ()
    nodes = lineage_nodes(reports.lineage or {}).values()
    try:
        declared = declared_tests(reports.project.config.tests, nodes)
    except WickError as error:
        return (Check("tests: in wick.yml", "error", message=str(error)),)
    titles = [test.title for test in declared if (name in test.columns if test.columns else test.model == node.model)]
    ran = {check.title: check for check in every_check(reports)}
    titles += [title for title, inputs in _functions(reports.project) if name in inputs]
    titles += [title for title in (f"tripwires_{node.model}", f"causality_{node.model}") if title in ran]
    return tuple(ran.get(title, Check(title, "not run")) for title in dict.fromkeys(titles))


def _functions(project: Project) -> list[tuple[str, list[str]]]:
    """The functions in data_tests/ and the columns each reads, from their text: nothing of the project is run."""
    found = []
    for path in sorted((project.root / FOLDER).glob("*.py")):
        try:
            functions = read_source(project, path).functions()
        except (OSError, SyntaxError):  # the next run shows the line; here its tests are just not known
            continue
        found += [(each.name, [argument.arg for argument in each.args.args]) for each in functions]
    return found


def _check(result: Mapping[str, Any]) -> Check:
    title = result["unique_id"].split(".", 2)[2]
    status = str(result["status"])
    known = status if status in ORDER else "error"
    return Check(title, known, result.get("failures") or 0, result.get("message") or "")
