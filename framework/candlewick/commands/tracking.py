"""What a run tells MLflow, when wick.yml turns tracking on."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING

from candlewick.candles import COLUMNS, Interval
from candlewick.certify.certificate import PASS
from candlewick.errors import TrackError
from candlewick.project.project import MAIN
from candlewick.store.candles import data_versions, load_candles
from candlewick.store.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from candlewick.certify.certificate import Certificate
    from candlewick.commands.exported import Exported
    from candlewick.commands.outcome import Outcome
    from candlewick.project.dag import Dag
    from candlewick.project.project import Project
    from candlewick.track import Registered, TrackedRun

TRACKED = "tracked.json"
"""Beside the reports of an arm: where MLflow has the run that they are of."""


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
    tracked = track_work(
        project,
        outcome.dag,
        outcome.verb,
        outcome.run_id,
        metrics,
        reports,
        engine=outcome.options.engine,
        arm=outcome.options.arm,
        pair=outcome.options.pair,
        succeeded=not outcome.failed,
    )
    if tracked is not None:
        known = {"run_id": outcome.run_id, "mlflow": asdict(tracked), "pair": outcome.options.pair}
        write_atomically(project.reports(outcome.options.arm) / TRACKED, json.dumps(known))
    return tracked


def track_work(
    project: Project,
    dag: Dag,
    verb: str,
    run_id: str,
    metrics: Mapping[str, float],
    reports: Mapping[str, Path],
    *,
    engine: str = "program",
    arm: str = MAIN,
    pair: str = "",
    succeeded: bool = True,
) -> TrackedRun | None:
    """Record what a command did, under its own name; None when tracking is off.

    The tags ``arm`` and ``pair`` find the runs of one comparison together.

    Errors: as `track`.
    """
    if project.config.tracking.mlflow == "off":
        return None
    from candlewick.track import log_run  # MLflow takes more than a second to import

    with _all_the_same(verb if succeeded else ""):
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
            tags={"arm": arm} | ({"pair": pair} if pair else {}),
            artifacts=[reports[name] for name in sorted(reports)],
            succeeded=succeeded,
        )


@contextmanager
def _all_the_same(verb: str) -> Iterator[None]:
    """Whoever reads that something was not recorded is told that it was made."""
    try:
        yield
    except TrackError as error:
        error.what += f"; what `wick {verb}` made is there all the same" if verb else ""
        raise


def track_export(
    project: Project,
    dag: Dag,
    run_id: str,
    exported: Exported,
    metrics: Mapping[str, float],
    reports: Mapping[str, Path],
    *,
    arm: str = MAIN,
) -> tuple[TrackedRun, Registered] | None:
    """Record an export and register its artifact under the project's name; None when tracking is off.

    Errors: as `track`.
    """
    evidence = {f"certificate.{name}": number for name, number in _evidence(exported.certificate)}
    size = {"bytes": float(exported.size)}
    run = track_work(project, dag, "export", run_id, {**metrics, **evidence, **size}, reports, arm=arm)
    if run is None:
        return None
    from candlewick.track import register

    payload = exported.payload
    tags = {
        "payload_hash": exported.payload_hash,
        "arm": arm,
        "toggles": ",".join(payload.enabled),
        "interval": payload.interval,
        "git_commit": payload.git_commit or "",
        "fit": str((payload.fit or {}).get("fingerprint", "")),
        "certified": str(exported.certificate.complete).lower(),
    }
    with _all_the_same("export"):
        model = register(
            project.config.tracking.mlflow,
            target=project.target,
            run=run,
            name=payload.project,
            artifact=exported.path,
            inputs={"symbol": "string", "ts": "long", **dict.fromkeys(COLUMNS, "double")},
            outputs=[column.name for column in payload.columns()],
            example=_next_candle(project, exported),
            tags=tags,
        )
    return run, model


def _next_candle(project: Project, exported: Exported) -> dict[str, str | int | float]:
    """A candle that the artifact may see next: the last one of its first symbol, an interval later."""
    symbol, state = min(exported.payload.symbols.items())
    last = load_candles(project.store, symbol).iloc[-1]
    step = Interval.parse(exported.payload.interval).milliseconds
    return {"symbol": symbol, "ts": state.ts + step, **{name: float(last[name]) for name in COLUMNS}}


def _evidence(certificate: Certificate) -> Iterator[tuple[str, float]]:
    """The numbers of a certificate: of each part, and the largest differences of any feature."""
    for part in certificate.parts:
        yield f"{part.name}.passed", float(part.status == PASS)
        for name, value in part.numbers.items():
            if isinstance(value, bool | int | float) and math.isfinite(value):
                yield f"{part.name}.{name}", float(value)
    for name in ("absolute", "relative", "ulp"):
        yield f"largest.{name}", float(max((getattr(each, name) for each in certificate.features), default=0.0))


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
