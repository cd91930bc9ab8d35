"""What a run tells MLflow, when wick.yml turns tracking on."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

from candlewick.store.candles import data_versions

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from candlewick.commands.build import Outcome
    from candlewick.project.dag import Dag
    from candlewick.project.project import Project
    from candlewick.track import TrackedRun


def track(project: Project, outcome: Outcome, reports: Mapping[str, Path]) -> TrackedRun | None:
    """Record a run with its lineage, toggles, git commit, data versions and timings; None when tracking is off.

    Errors: TrackError when the library is missing or the server does not answer.
    """
    if project.config.tracking.mlflow == "off":
        return None
    models = [result for result in outcome.results if result.kind == "model"]
    metrics = {"seconds": outcome.seconds, "failures": float(sum(result.failed for result in outcome.results))}
    metrics |= {f"seconds.{result.name}": result.seconds for result in models}
    metrics |= {f"rows.{result.name}": float(result.rows) for result in models}
    return track_work(
        project,
        outcome.dag,
        outcome.verb,
        outcome.run_id,
        metrics,
        reports,
        engine=outcome.options.engine,
        succeeded=not outcome.failed,
    )


def track_work(
    project: Project,
    dag: Dag,
    verb: str,
    run_id: str,
    metrics: Mapping[str, float],
    reports: Mapping[str, Path],
    *,
    engine: str = "program",
    succeeded: bool = True,
) -> TrackedRun | None:
    """Record what a command did, under its own name; None when tracking is off.

    Errors: as `track`.
    """
    if project.config.tracking.mlflow == "off":
        return None
    from candlewick.track import log_run  # MLflow takes more than a second to import

    return log_run(
        project.config.tracking.mlflow,
        target=project.target,
        project=project.config.name,
        run_name=run_id,
        engine=engine,
        toggles=dag.toggles,
        git_commit=git_commit(project.root),
        data_versions=data_versions(project.store),
        parameters={"command": verb},
        metrics=metrics,
        artifacts=[reports[name] for name in sorted(reports)],
        succeeded=succeeded,
    )


def git_commit(root: Path) -> str | None:
    """The commit of the project's working tree, with ``-dirty`` when it has changes; None outside a repository."""
    git = shutil.which("git")
    if git is None:
        return None
    asked = subprocess.run(
        [git, "-C", str(root), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return asked.stdout.strip() or None if asked.returncode == 0 else None
