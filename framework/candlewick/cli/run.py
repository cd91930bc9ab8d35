"""`wick run`, `build`, `test` and `retry`: options and the run log."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from candlewick.cli.frame import importing, with_project

if TYPE_CHECKING:
    from collections.abc import Callable

    from candlewick.commands.outcome import Outcome
    from candlewick.commands.unchanged import Unchanged
    from candlewick.project.project import Project

log = logging.getLogger(__name__)


def selection(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that choose nodes and groups."""
    for option in (
        click.option("--allow-empty", is_flag=True, help="Accept a selection that matches nothing."),
        click.option("--disable", multiple=True, metavar="GROUP", help="Switch a group off (repeatable)."),
        click.option("--enable", multiple=True, metavar="GROUP", help="Switch a group on (repeatable)."),
        click.option("--exclude", "-e", multiple=True, metavar="SELECTOR", help="Leave these out."),
        click.option(
            "--select", "-s", multiple=True, metavar="SELECTOR", help="Names, globs, +x, x+, group:, tag:, path: …"
        ),
    ):
        command = option(command)
    return command


def execution(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say how to compute."""
    for option in (
        click.option(
            "--engine",
            type=click.Choice(["program", "hamilton"]),
            default="program",
            show_default=True,
            help="What computes the features; hamilton is the reference.",
        ),
        click.option("--pair", default="", metavar="NAME", help="What the runs of one comparison share, for MLflow."),
        click.option("--threads", type=click.IntRange(1), default=None, help="Symbols computed at a time."),
    ):
        command = option(command)
    return command


def toggles(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that choose groups: those of now or of an arm, and edits of them."""
    for option in (
        of_arm,
        click.option("--disable", multiple=True, metavar="GROUP", help="Switch a group off (repeatable)."),
        click.option("--enable", multiple=True, metavar="GROUP", help="Switch a group on (repeatable)."),
    ):
        command = option(command)
    return command


to_arm = click.option(
    "--arm", default="main", metavar="NAME", help="Publish beside the main tables; reports in target/arms/NAME."
)
tested_arm = click.option(
    "--arm", default="main", metavar="NAME", help="What this arm holds, with the groups it was built with."
)
of_arm = click.option("--arm", default=None, metavar="NAME", help="With the groups that this arm was built with.")
refresh = click.option("--full-refresh", is_flag=True, help="Reuse nothing.")


@click.command
@selection
@refresh
@to_arm
@execution
@with_project
def build(project: Project, **options: Any) -> None:
    """Ingest, run and test; publish all of it or nothing."""
    _execute(project, "build", options)


@click.command
@selection
@refresh
@to_arm
@execution
@with_project
def run(project: Project, **options: Any) -> None:
    """Compute the models from the stored candles, without tests."""
    _execute(project, "run", options)


@click.command
@selection
@tested_arm
@execution
@with_project
def test(project: Project, **options: Any) -> None:
    """Test what is published: data tests, and look-ahead."""
    _execute(project, "test", options)


@click.command
@with_project
def retry(project: Project) -> None:
    """Run the last command that failed again, with its options."""
    from candlewick.commands.retry import last_failure

    verb, options = last_failure(project)
    _execute(project, verb, options)


def _execute(project: Project, verb: Any, options: dict[str, Any]) -> None:
    from candlewick.commands.unchanged import unchanged

    given = {key: value for key, value in options.items() if value is not None}
    nothing = unchanged(project, verb, given)
    if nothing is not None:
        _say_unchanged(project, nothing)
        return
    with importing():
        from candlewick.cli.runlog import RunLog
        from candlewick.commands.build import build
        from candlewick.run.options import Options

    with RunLog() as log:
        outcome: Outcome = build(project, verb, Options(**given), log.listener)
        log.finish(outcome)
    if outcome.failed:
        raise click.exceptions.Exit(1)


def _say_unchanged(project: Project, nothing: Unchanged) -> None:
    """The log and the results of a run that reuses everything, as the full run would tell them."""
    from candlewick import __version__
    from candlewick.cli import lines
    from candlewick.cli.candles import quiet_lines
    from candlewick.commands.unchanged import reused

    results, counts = reused(project, nothing), nothing.counts
    _line(f"Running with wick={__version__}")
    for text in quiet_lines(**nothing.ingest) if nothing.ingest is not None else ():
        _line(text)
    _line(lines.found(*(counts[name] for name in ("models", "columns", "tests", "symbols", "candles"))))
    _line(lines.groups(counts["enabled"], counts["sources"]))
    said = [(result, *_told(result)) for result in results]
    for number, (_, kind, name, status, text) in enumerate(said, 1):
        _line(lines.result(number, len(said), kind, name, status, text), fg=_COLOURS[status], dim=status == "SKIP")
    warned = [(result["message"], kind, name) for result, kind, name, status, _ in said if status == "WARN"]
    _line("") if warned else None
    for message, kind, name in warned:
        click.echo(click.style(f"Warn in {kind} {name}", fg="yellow") + f"\n{message}\n")
    _line(lines.done([status for _, _, _, status, _ in said]), bold=True)


_COLOURS = {"REUSED": "green", "PASS": "green", "WARN": "yellow", "SKIP": None}
_STATUS = {"success": "REUSED", "pass": "PASS", "warn": "WARN", "skipped": "SKIP"}


def _told(result: dict[str, Any]) -> tuple[str, str, str, str]:
    """Kind, name and status of an entry of run_results, and what the log says of it."""
    from candlewick.cli import lines

    kind, _, name = result["unique_id"].split(".", 2)
    status = _STATUS[result["status"]]
    if kind == "model":
        return kind, name, status, lines.model(status, result["rows"], result["columns"], 0.0)
    return kind, name, status, lines.test(status, result["failures"] or 0)


def _line(text: str, **style: Any) -> None:
    click.echo(click.style(f"{datetime.now(UTC).astimezone():%H:%M:%S}  ", dim=True) + click.style(text, **style))
    log.info(text)
