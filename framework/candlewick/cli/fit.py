"""`wick fit`: what was learned, from which rows, and what looked odd."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from candlewick.cli.frame import with_project

if TYPE_CHECKING:
    from candlewick.cli.runlog import RunLog
    from candlewick.commands.fit import FitOutcome, Listener
    from candlewick.fit import Window
    from candlewick.project.project import Project


@click.command
@click.option("--enable", multiple=True, metavar="GROUP", help="Switch a group on (repeatable).")
@click.option("--disable", multiple=True, metavar="GROUP", help="Switch a group off (repeatable).")
@click.option("--threads", type=click.IntRange(1), default=None, help="Symbols computed at a time.")
@with_project
def fit(project: Project, **options: Any) -> None:
    """Learn the fit's values from the training rows; they are left in target/fit.json."""
    from candlewick.cli.runlog import RunLog
    from candlewick.commands.fit import fit

    with RunLog() as log:
        outcome = fit(project, **options, listener=fit_listener(log))
        fitted = outcome.fitting.fitted
        log.say(
            f"Done. {len(fitted.columns)} columns in target/fit.json, fingerprint {fitted.fingerprint[:12]}", "bold"
        )


def fit_listener(log: RunLog) -> Listener:
    """Shows a fit in the run log, on its own or on the way to an export."""
    from candlewick.commands.fit import Listener

    def planned(dag: Any, symbols: int) -> None:
        features = sum(node.kind == "feature" for node in dag.columns)
        output = f"'{dag.contract.output}'" if dag.contract else "nothing: no fit module"
        log.say(f"Fitting {output} on {features} features of {symbols} symbols")

    return Listener(
        planned=planned,
        fitted=lambda outcome: show_fit(log, outcome),
        tracked=log.tracked,
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
    for finding in fitted.findings:
        log.say(f"WARN [{finding.code}] {finding.message}", "yellow")
    parity = outcome.parity
    log.say(
        f"The program agrees with Hamilton on {parity.rows:,} candles of {parity.symbols} symbols "
        f"(largest difference {parity.largest:.1e} of a column's scale)"
    )


def training_line(window: Window) -> str:
    """The rows of a fit in a sentence."""
    days = [f"{datetime.fromtimestamp(ts / 1000, UTC):%Y-%m-%d}" for ts in (window.first_ts, window.last_ts)]
    known = f", {window.unlabelled:,} left out whose label was not known by then" if window.unlabelled else ""
    return (
        f"{window.rows:,} training rows of {sum(map(bool, window.symbols.values()))} symbols, {days[0]} to {days[1]}, "
        f"after {window.warm_up:,} candles of warm-up each{known}"
    )


def _described(value: Any) -> str:
    if hasattr(value, "columns"):
        return f"{len(value):,} rows x {len(value.columns)} columns"
    if isinstance(value, list) or hasattr(value, "index"):
        return f"{len(value)} columns"
    return f"{value:g}"
