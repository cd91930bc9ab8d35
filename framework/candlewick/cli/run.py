"""`wick run`, `build`, `test` and `retry`: options and the run log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from candlewick.cli.frame import with_project

if TYPE_CHECKING:
    from collections.abc import Callable

    from candlewick.commands.build import Outcome
    from candlewick.project.project import Project


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
        click.option("--threads", type=click.IntRange(1), default=None, help="Symbols computed at a time."),
    ):
        command = option(command)
    return command


refresh = click.option("--full-refresh", is_flag=True, help="Reuse nothing.")


@click.command
@selection
@refresh
@execution
@with_project
def build(project: Project, **options: Any) -> None:
    """Ingest, run and test, in DAG order; publish all of it or nothing."""
    _execute(project, "build", options)


@click.command
@selection
@refresh
@execution
@with_project
def run(project: Project, **options: Any) -> None:
    """Compute the models from the candles in the store, without data tests."""
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
    """Run the last command that failed once more, with the same options."""
    from candlewick.commands.retry import last_failure

    verb, options = last_failure(project)
    _execute(project, verb, options)


def _execute(project: Project, verb: Any, options: dict[str, Any]) -> None:
    from candlewick.cli.runlog import RunLog
    from candlewick.commands.build import build
    from candlewick.run.options import Options

    given = {key: value for key, value in options.items() if value is not None}
    with RunLog() as log:
        outcome: Outcome = build(project, verb, Options(**given), log.listener)
        log.finish(outcome)
    if outcome.failed:
        raise click.exceptions.Exit(1)
