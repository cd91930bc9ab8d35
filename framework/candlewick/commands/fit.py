"""`wick fit`: learn what the fit learns from the training rows, and leave it in target/fit.json."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from candlewick import __version__
from candlewick.commands.arms import chosen_groups
from candlewick.commands.kernels import announced
from candlewick.commands.reports import write_lineage
from candlewick.commands.run_id import new_run_id
from candlewick.commands.tracking import track_work
from candlewick.errors import ProjectError
from candlewick.lineage.record import Outcome as NodeOutcome
from candlewick.project.dag import load_dag
from candlewick.project.fingerprints import fingerprints
from candlewick.project.project import MAIN
from candlewick.run.fit_parity import Parity, check_fit_parity
from candlewick.run.fitting import Fitting, fit_project
from candlewick.store.candles import data_versions, load_many, some_candles, unmoved
from candlewick.store.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from candlewick.project.dag import Dag
    from candlewick.project.project import Project
    from candlewick.track import Registered, TrackedRun

FILENAME = "fit.json"
SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Listener:
    """Callbacks for whoever shows the work while it happens."""

    planned: Callable[[Dag, int], None] = lambda *_: None
    symbol: Callable[[str, int], None] = lambda *_: None
    fitted: Callable[[FitOutcome], None] = lambda _: None
    tracked: Callable[[TrackedRun], None] = lambda _: None
    registered: Callable[[TrackedRun, Registered], None] = lambda *_: None
    compiling: Callable[[int], None] = lambda _: None


SILENT = Listener()


@dataclass(frozen=True)
class FitOutcome:
    """A fit that was made and found equal to its reference."""

    run_id: str
    fitting: Fitting
    parity: Parity
    started: datetime
    seconds: float
    reports: dict[str, Path] = field(default_factory=dict)


def fit(
    project: Project,
    *,
    enable: Sequence[str] = (),
    disable: Sequence[str] = (),
    arm: str | None = None,
    threads: int | None = None,
    listener: Listener = SILENT,
) -> FitOutcome:
    """Fit a project, compare its transform with Hamilton's, and write fit.json and the lineage.

    With ``arm`` under the groups it was last published with, into its folder of reports.

    Errors: those of reading the project; ProjectError ``fit-none`` when it has no fit; those of `fitted` and `unmoved`.
    """
    with contextlib.redirect_stdout(sys.stderr):  # what the project's own functions print is not the command's output
        dag = load_dag(project, **chosen_groups(project, arm, enable, disable).given)
        if dag.contract is None:
            raise ProjectError(
                f"{project.config.models.fit}/ holds no function: there is nothing to fit",
                code="fit-none",
                hint=f"write {project.config.models.fit}/pipeline_fit.py; `wick init` makes a project that has one",
            )
        with unmoved(project.store):
            outcome = fitted(project, dag, threads=threads, listener=listener)
            record = fit_record(project, dag, outcome)
    name = arm or MAIN
    reports = {FILENAME: project.reports(name) / FILENAME}
    write_atomically(reports[FILENAME], json.dumps(record, indent=1, allow_nan=False) + "\n")
    reports |= write_lineage(project, dag, fit_names(dag), "fit", outcome.run_id, fit_outcomes(outcome), name)
    tracked = track_work(project, dag, "fit", outcome.run_id, fit_metrics(outcome), reports, arm=name)
    if tracked is not None:
        listener.tracked(tracked)
    return replace(outcome, reports=reports)


def fitted(project: Project, dag: Dag, *, threads: int | None = None, listener: Listener = SILENT) -> FitOutcome:
    """Fit a project that has been read, from the candles in its store, and prove its transform: what an export needs.

    Nothing is written. A project without a fit gives its features as they are.

    Errors: CandleError ``candles-none``; those of `fit_project` and `check_fit_parity`.
    """
    started, clock = datetime.now(UTC), time.perf_counter()
    counts = some_candles(project.store)
    listener.planned(dag, len(counts))
    threads = threads or os.cpu_count() or 1
    with announced(listener.compiling):
        fitting = fit_project(dag, load_many(project.store), threads=threads, done=listener.symbol)
        parity = check_fit_parity(fitting, load_many(project.store))
    outcome = FitOutcome(new_run_id(started), fitting, parity, started, time.perf_counter() - clock)
    listener.fitted(outcome)
    return outcome


def fit_record(project: Project, dag: Dag, outcome: FitOutcome) -> dict[str, Any]:
    """The content of fit.json: no time of day in it, so that equal fits give equal files."""
    prints = fingerprints(dag, outcome.fitting.work.streaming)
    return {
        "schema_version": SCHEMA_VERSION,
        "schema": "candlewick/fit",
        "wick_version": __version__,
        "project_name": project.config.name,
        "toggles": list(dag.toggles.enabled),
        "settings": dict(project.config.fit.settings),
        "output": dag.contract.output if dag.contract else None,
        "functions": {name: prints[name].hash for name, node in dag.nodes.items() if node.kind == "fit"},
        **outcome.fitting.fitted.to_plain(),
        "parity": asdict(outcome.parity),
        "data_versions": data_versions(project.store),
    }


def fit_names(dag: Dag) -> list[str]:
    """The features and the functions of the fit: what a fit executes."""
    features = [node.name for node in dag.columns if node.kind == "feature"]
    return features + ([*dag.contract.fitting, dag.contract.output] if dag.contract else [])


def fit_outcomes(outcome: FitOutcome) -> dict[str, NodeOutcome]:
    """What the lineage says of the functions of a fit."""
    fitting = outcome.fitting
    contract = fitting.work.dag.contract
    if contract is None:
        return {}
    rows = fitting.fitted.window.rows if fitting.fitted.window else None
    fits = {name: NodeOutcome("ok", round(fitting.seconds.get(name, 0.0), 6), rows) for name in contract.fitting}
    return fits | {name: NodeOutcome("ok") for name in contract.transforms}


def fit_metrics(outcome: FitOutcome) -> dict[str, float]:
    """The numbers of a fit that a tracking server keeps."""
    window = outcome.fitting.fitted.window
    metrics = {
        "seconds": outcome.seconds,
        "columns": float(len(outcome.fitting.fitted.columns)),
        "findings": float(len(outcome.fitting.fitted.findings) + len(outcome.parity.findings)),
        "parity.largest": outcome.parity.largest,
    }
    return metrics | ({"rows.train": float(window.rows)} if window else {})
