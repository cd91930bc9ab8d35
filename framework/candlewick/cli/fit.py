"""`wick fit` and `wick dataset`: what was learned, from which rows, what looked odd, and how time was split."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from candlewick.cli.frame import with_project
from candlewick.cli.run import toggles

if TYPE_CHECKING:
    from candlewick.cli.runlog import RunLog
    from candlewick.commands.fit import FitOutcome, Listener
    from candlewick.fit import Window
    from candlewick.project.project import Project
    from candlewick.track import Registered, TrackedRun


@click.command
@toggles
@click.option("--threads", type=click.IntRange(1), default=None, help="Symbols computed at a time.")
@with_project
def fit(project: Project, **options: Any) -> None:
    """Learn the fit's values from the training rows.

    They are left in target/fit.json; with --arm beside its reports.
    """
    from candlewick.cli.runlog import RunLog
    from candlewick.commands.fit import FILENAME, fit

    with RunLog() as log:
        outcome = fit(project, **options, listener=fit_listener(log))
        fitted, written = outcome.fitting.fitted, project.relative(outcome.reports[FILENAME])
        log.say(f"Done. {len(fitted.columns)} columns in {written}, fingerprint {fitted.fingerprint[:12]}", "bold")


@click.command
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=None, help="Where; target/dataset.")
@toggles
@click.option("--threads", type=click.IntRange(1), default=None, help="Symbols computed at a time.")
@with_project
def dataset(project: Project, **options: Any) -> None:
    """Fit, and write the training set as Parquet.

    Features, labels, weights and folds, with a manifest.
    """
    from candlewick.cli.runlog import RunLog
    from candlewick.commands.dataset import dataset

    with RunLog() as log:
        made = dataset(project, **options, listener=fit_listener(log))
        for line in dataset_lines(made.manifest):
            log.say(line)
        log.say(f"Done. {made.manifest['rows']:,} rows in {project.relative(made.folder)}", "bold")


def dataset_lines(manifest: dict[str, Any]) -> list[str]:
    """The split in sentences: the label, purge and embargo with their derivation, and the rows of every fold."""
    split, purge, embargo = manifest["split"], manifest["purge"], manifest["embargo"]
    lines = [
        f"Label {manifest['label']}; purge up to {purge['candles']} candles, by {purge['derived']}",
        f"Embargo {embargo['candles']:,} candles: {embargo['derived']}",
    ]
    for fold in (*split["folds"], split["final"]):
        counts = ", ".join(f"{role} {rows:,}" for role, rows in fold["rows"].items() if rows)
        lines.append(f"{fold['column']:>8}: test {_day(fold['test_first'])} to {_day(fold['test_last'])}: {counts}")
    return lines


def _day(ts: int) -> str:
    return f"{datetime.fromtimestamp(ts / 1000, UTC):%Y-%m-%d}"


def fit_listener(log: RunLog) -> Listener:
    """Shows a fit in the run log, on its own or on the way to an export."""
    from candlewick.commands.fit import Listener

    def planned(dag: Any, symbols: int) -> None:
        features = sum(node.kind == "feature" for node in dag.columns)
        doing = f"Fitting '{dag.contract.output}' on" if dag.contract else "No fit: the output is"
        log.say(f"{doing} {features} features of {symbols} symbols")

    def registered(run: TrackedRun, model: Registered) -> None:
        log.tracked(run)
        log.say(f"Registered as models:/{model.name}/{model.version}")

    return Listener(
        planned=planned,
        fitted=lambda outcome: show_fit(log, outcome),
        tracked=log.tracked,
        registered=registered,
        compiling=log.compiling,
    )


def show_fit(log: RunLog, outcome: FitOutcome) -> None:
    """One line per function that fitted, then the rows, what looked odd, and the agreement with Hamilton."""
    fitting = outcome.fitting
    fitted, window = fitting.fitted, fitting.fitted.window
    if window is None:
        return
    log.say(training_line(window))
    for number, (name, seconds) in enumerate(fitting.seconds.items(), 1):
        head = f"{number} of {len(fitting.seconds)} OK fit {name} "
        log.say(f"{head:.<78} [{_described(fitting.values.get(name))} in {seconds:.2f}s]", "green")
    for finding in (*fitted.findings, *outcome.parity.findings):
        log.say(f"WARN [{finding.code}] {finding.message}", "yellow")
    parity = outcome.parity
    log.say(
        f"The program agrees with Hamilton on {parity.rows:,} candles of {parity.symbols} symbols "
        f"(largest difference {parity.largest:.1e} of a column's scale)"
    )


def training_line(window: Window) -> str:
    """The rows of a fit in a sentence."""
    known = f", {window.unlabelled:,} left out whose label was not known by then" if window.unlabelled else ""
    symbols = sum(map(bool, window.symbols.values()))
    return (
        f"{window.rows:,} training rows of {symbols} symbols, {_day(window.first_ts)} to {_day(window.last_ts)}, "
        f"after {window.warm_up:,} candles of warm-up each{known}"
    )


def _described(value: Any) -> str:
    if hasattr(value, "columns"):
        return f"{len(value):,} rows x {len(value.columns)} columns"
    if isinstance(value, list) or hasattr(value, "index"):
        return f"{len(value)} columns"
    return f"{value:g}"
