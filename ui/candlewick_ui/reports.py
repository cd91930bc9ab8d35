"""What the browser shows of a project: read from the files in target/, never from the store."""

from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from candlewick.commands.ui import PROJECT_VARIABLE
from candlewick.errors import WickError
from candlewick.lineage.record import SCHEMA_VERSION
from candlewick.project.project import MAIN, Project, open_project
from candlewick_ui.nodes import lineage_nodes

if TYPE_CHECKING:
    from collections.abc import Mapping

GOOD = frozenset({"success", "pass"})


@dataclass(frozen=True)
class Reports:
    """A project, its lineage, and its last run; or the ``problem`` that keeps them from being read.

    ``last_run`` is the run in one line; ``troubles`` one line for every model and test of it that is not as it should
    be. ``version`` changes when the lineage does.
    """

    name: str
    project: Project | None = None
    lineage: Mapping[str, Any] | None = None
    version: str = ""
    results: Mapping[str, Any] = field(default_factory=dict)
    last_run: str = ""
    troubles: tuple[str, ...] = ()
    problem: str = ""

    def entry(self, name: str) -> Mapping[str, Any] | None:
        """The entry of the lineage with that name."""
        nodes = self.lineage["nodes"] if self.lineage else ()
        return next((entry for entry in nodes if entry["name"] == name), None)

    def trouble(self, model: str) -> str:
        """What the last run said of a model that it could not compute; '' when it could."""
        results = self.results.get("results", ())
        found = (each for each in results if each["unique_id"].split(".")[::2] == ["model", model])
        return next((str(each["message"] or "") for each in found if each["status"] not in GOOD), "")


def project_folder() -> Path:
    """The folder `wick ui` was started for; the current one when the app is run by other means."""
    return Path(os.environ.get(PROJECT_VARIABLE, ".")).resolve()


def artifact_path(project: Project, arm: str = MAIN) -> Path:
    """Where `wick export` writes the file of an arm."""
    return project.reports(arm) / f"{project.config.name}.wick"


def read_reports(folder: Path, arm: str = MAIN) -> Reports:
    """The reports of an arm of the project in ``folder``; nothing here raises: the page says what is wrong."""
    try:
        project = open_project(folder)
    except WickError as error:
        return Reports(folder.name, problem=str(error))
    name = project.config.name
    try:
        lineage, version = _read(project.reports(arm) / "lineage.json")
        results, _ = _read(project.reports(arm) / "run_results.json")
        if lineage is not None:
            if lineage["schema_version"] != SCHEMA_VERSION:
                what = f"lineage.json has version {lineage['schema_version']}; this candlewick reads {SCHEMA_VERSION}"
                return Reports(name, project, problem=what)
            _ = lineage_nodes(lineage), len(lineage["edges"])  # all of it is there
        if results is None:
            return Reports(name, project, lineage, version)
        return Reports(name, project, lineage, version, results, _last_run(results), _troubles(results))
    except (OSError, ValueError, KeyError, TypeError) as error:
        place = project.reports(arm)
        what = f"A report in {place} cannot be read ({type(error).__name__}: {error}). Run `wick build` again."
        return Reports(name, project, problem=what)


def _last_run(results: Mapping[str, Any]) -> str:
    """What ran, when, and what became of its models and tests."""
    words = [f"wick {results['args']['which']}", moment(results)]
    if results["args"]["engine"] != "program":
        words.append(f"engine {results['args']['engine']}")
    for kind, good in (("model", "fine"), ("test", "pass")):
        statuses = Counter(
            str(each["status"]) for each in results["results"] if each["unique_id"].startswith(f"{kind}.")
        )
        bad = [f"{count} {status}" for status, count in sorted(statuses.items()) if status not in GOOD]
        total = statuses.total()
        if total:
            said = ", ".join(bad) if bad else ("all " if total > 1 else "") + good
            words.append(f"{total} {kind}{'' if total == 1 else 's'}: {said}")
    return " · ".join(words)


def moment(results: Mapping[str, Any]) -> str:
    """When a run started, as text in UTC."""
    return f"{str(results['metadata']['generated_at'])[:19].replace('T', ' ')} UTC"


def _troubles(results: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(
        "  ".join(filter(None, (result["status"], result["unique_id"], result["message"])))
        for result in results["results"]
        if result["status"] not in GOOD
    )


def is_stale(reports: Reports) -> bool:
    """Whether a run has written its lineage since these reports were read."""
    if reports.project is None:
        return False
    try:
        return str((reports.project.target / "lineage.json").stat().st_mtime_ns) != reports.version
    except OSError:
        return True


def _read(path: Path) -> tuple[dict[str, Any] | None, str]:
    """A report and its version; None when it was never written."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        version = str(path.stat().st_mtime_ns)
    except FileNotFoundError:
        return None, ""
    if not isinstance(document, dict):
        raise ValueError(f"{path.name} is not a JSON object")  # noqa: TRY004 - the file's content, not our caller
    return document, version
