"""`wick run`, `build`, `test` and `retry`: options and the run log."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from candlewick.cli.frame import with_project

if TYPE_CHECKING:
    from collections.abc import Callable

    from candlewick.commands.build import Outcome
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
        click.option(
            "--arm", default="main", metavar="NAME", help="Publish beside the main tables; reports in target/arms/NAME."
        ),
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


of_arm = click.option("--arm", default=None, metavar="NAME", help="With the groups that this arm was built with.")
refresh = click.option("--full-refresh", is_flag=True, help="Reuse nothing.")


@click.command
@selection
@refresh
@execution
@with_project
def build(project: Project, **options: Any) -> None:
    """Ingest, run and test; publish all of it or nothing."""
    _execute(project, "build", options)


@click.command
@selection
@refresh
@execution
@with_project
def run(project: Project, **options: Any) -> None:
    """Compute the models from the stored candles, without tests."""
    _execute(project, "run", options)


@click.command
@selection
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
    from candlewick.commands.unchanged import reused

    results = reused(project, nothing)
    _line(f"Running with wick={__version__}")
    count = f"{len(results)} models, {nothing.columns} columns, 0 tests"
    _line(f"Found {count}, {nothing.symbols} symbols, {nothing.rows:,} candles")
    _line(f"Groups: {nothing.groups}")
    for number, result in enumerate(results, 1):
        head = f"{number} of {len(results)} REUSED model {result['unique_id'].split('.', 2)[2]} "
        _line(f"{head:.<78} [REUSED {result['rows']:,} rows x {result['columns']} columns in 0.00s]", fg="green")
    _line(f"Done. PASS=0 WARN=0 ERROR=0 SKIP=0 REUSED={len(results)} TOTAL={len(results)}", bold=True)


def _line(text: str, **style: Any) -> None:
    click.echo(click.style(f"{datetime.now(UTC).astimezone():%H:%M:%S}  ", dim=True) + click.style(text, **style))
    log.info(text)
