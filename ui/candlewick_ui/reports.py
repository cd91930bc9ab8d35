"""What the browser shows of a project: read from the files in target/, never from the store."""

from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from candlewick.commands.ui import PROJECT_VARIABLE
from candlewick.errors import WickError
from candlewick.lineage.record import SCHEMA_VERSION
from candlewick.project.project import open_project

if TYPE_CHECKING:
    from collections.abc import Mapping

GOOD = frozenset({"success", "pass"})


@dataclass(frozen=True)
class Reports:
    """A project's name, its lineage, and its last run in one line; or the ``problem`` that keeps them from being read.

    ``troubles`` holds one line for every model and test of the last run that is not as it should be.
    """

    project: str
    lineage: Mapping[str, Any] | None = None
    last_run: str = ""
    troubles: tuple[str, ...] = ()
    problem: str = ""


def project_folder() -> Path:
    """The folder `wick ui` was started for; the current one when the app is run by other means."""
    return Path(os.environ.get(PROJECT_VARIABLE, ".")).resolve()


def read_reports(folder: Path) -> Reports:
    """The reports of the project in ``folder``; nothing here raises: the page says what is wrong."""
    try:
        project = open_project(folder)
    except WickError as error:
        return Reports(folder.name, problem=str(error))
    name = project.config.name
    try:
        lineage = _read(project.target / "lineage.json")
        results = _read(project.target / "run_results.json")
        if lineage is not None and lineage["schema_version"] != SCHEMA_VERSION:
            what = f"lineage.json has version {lineage['schema_version']}; this candlewick reads {SCHEMA_VERSION}"
            return Reports(name, problem=what)
        if results is None:
            return Reports(name, lineage)
        return Reports(name, lineage, _last_run(results), _troubles(results))
    except (OSError, ValueError, KeyError, TypeError) as error:
        what = f"A report in {project.target} cannot be read ({type(error).__name__}: {error}). Run `wick build` again."
        return Reports(name, problem=what)


def _last_run(results: Mapping[str, Any]) -> str:
    """What ran, when, with which engine, and how many results of each status."""
    counts = Counter(str(result["status"]) for result in results["results"])
    when = str(results["metadata"]["generated_at"])[:19].replace("T", " ")
    words = [f"wick {results['args']['which']}", f"{when} UTC", f"engine {results['args']['engine']}"]
    return " · ".join([*words, *(f"{count} {status}" for status, count in sorted(counts.items()))])


def _troubles(results: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(
        "  ".join(filter(None, (result["status"], result["unique_id"], result["message"])))
        for result in results["results"]
        if result["status"] not in GOOD
    )


def _read(path: Path) -> dict[str, Any] | None:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    if not isinstance(document, dict):
        raise ValueError(f"{path.name} is not a JSON object")  # noqa: TRY004 - the file's content, not our caller
    return document
