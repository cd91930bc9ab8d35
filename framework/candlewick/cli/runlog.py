"""The run log: dbt's lines, a progress bar on a terminal, plain text in a pipe."""

from __future__ import annotations

import datetime as dt
import logging
import sys
from typing import TYPE_CHECKING, Any, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from candlewick import __version__
from candlewick.cli import lines
from candlewick.cli.candles import ingest_lines
from candlewick.commands.outcome import Listener
from candlewick.run.planning import surprises

if TYPE_CHECKING:
    from candlewick.certify.certificate import Certificate
    from candlewick.commands.outcome import Outcome, Plan
    from candlewick.run.report import Result
    from candlewick.run.work import SymbolRun
    from candlewick.store.result import IngestResult
    from candlewick.track import TrackedRun

log = logging.getLogger(__name__)
STYLES = {"BUILT": "green", "APPENDED": "green", "REUSED": "green", "PASS": "green", "WARN": "yellow", "FAIL": "red",
          "ERROR": "red", "SKIP": "dim"}  # fmt: skip


class RunLog:
    """Shows a run while it happens: hand its ``listener`` to the run, then call ``finish``."""

    def __init__(self) -> None:
        # The run redirects sys.stdout, so that nothing the project prints mixes with the log: keep the real one.
        self.console = Console(file=sys.stdout, highlight=False, soft_wrap=True)
        self.progress = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
            console=self.console, transient=True, disable=not self.console.is_terminal,
        )  # fmt: skip
        self.task: Any = None
        self.total = self.shown = 0
        self.listener = Listener(
            self._ingested, self._planned, self._symbol, self._result, self.tracked, self.compiling
        )

    def __enter__(self) -> Self:
        self.progress.start()
        self.say(f"Running with wick={__version__}")
        return self

    def __exit__(self, *exception: object) -> None:
        if not self.progress.disable:  # rich 13.0 ends even a bar that was never shown, with an empty line
            self.progress.stop()

    def say(self, line: str, style: str = "") -> None:
        """One line with the time before it."""
        text = Text(f"{dt.datetime.now(dt.UTC).astimezone():%H:%M:%S}  ", style="dim")
        text.append(line, style=style or "none")
        self.console.print(text)
        log.info(line)

    def _ingested(self, result: IngestResult) -> None:
        for line in ingest_lines(result):
            self.say(line)

    def _planned(self, plan: Plan) -> None:
        toggles, models = plan.dag.toggles, len(plan.work.tables())
        self.total, self.shown = plan.total, 0
        self.say(lines.found(models, len(plan.work.columns), plan.total - models, len(plan.symbols), plan.rows))
        self.say(lines.groups(toggles.enabled, toggles.sources))
        for sentence in surprises(plan.run):
            self.say(sentence, "yellow")
        self.task = self.progress.add_task("Computing", total=len(plan.symbols))

    def _symbol(self, run: SymbolRun) -> None:
        log.debug("%s: %d candles, %.3fs", run.symbol, run.rows, sum(run.seconds.values()))
        self.progress.advance(self.task)

    def _result(self, result: Result) -> None:
        self.shown += 1
        text = lines.result(self.shown, self.total, result.kind, result.name, result.status, _outcome(result))
        self.say(text, STYLES[result.status])

    def compiling(self, operators: int) -> None:
        """Say why nothing happens for a while."""
        self.say(f"Compiling {operators} operators, once on this machine: a few seconds")

    def tracked(self, run: TrackedRun) -> None:
        """Say where a run was recorded."""
        self.say(f"Tracked as MLflow run {run.run_id}: {run.where}")

    def certified(self, certificate: Certificate) -> None:
        """One line for each part of a certificate."""
        for number, part in enumerate(certificate.parts, 1):
            word = part.status.upper()
            head = f"{number} of {len(certificate.parts)} {word} certificate {part.name} "
            self.say(f"{head:.<{lines.WIDTH}} [{word}]", STYLES.get(word, ""))

    def finish(self, outcome: Outcome) -> None:
        """The failures with their places, then the summary."""
        failures = [result for result in outcome.results if result.status in {"FAIL", "ERROR", "WARN"}]
        if failures:
            self.say("")
        for result in failures:
            for text in [str(error) for error in result.errors] or [result.message]:
                title = f"{result.status.capitalize()} in {result.kind} {result.name}"
                code = f" [{result.errors[0].code}]" if result.errors else ""
                self.console.print(Text(f"{title}{code}", style=STYLES[result.status]))
                self.console.print(Text(f"{text}\n"))
        for note in outcome.notes:
            self.say(f"Note: {note}", "yellow")
        if outcome.failed and outcome.verb != "test":
            candles = "the candles are up to date, " if outcome.verb == "build" else ""
            self.say(f"Nothing was published: {candles}features and labels are as they were before.", "yellow")
        statuses = [result.status for result in outcome.results]
        self.say(lines.done(statuses), "red" if any(map(lines.failing, statuses)) else "bold")


def _outcome(result: Result) -> str:
    if result.kind == "model" and result.status in {"BUILT", "APPENDED", "REUSED"}:
        return lines.model(result.status, result.rows, result.columns, result.seconds)
    return lines.test(result.status, result.rows)
