"""`wick plan`: what a run would do, and why."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from candlewick.cli.frame import importing, with_project
from candlewick.cli.run import execution, refresh, selection, to_arm

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from candlewick.commands.plan import PlanResult, Step, Waiting
    from candlewick.project.project import Project

_COLOURS = {"BUILD": "yellow", "APPEND": "green", "REUSED": None, "HIDE": "red", "DROP": "red"}
_SHOWN = 3  # names before the rest is counted


@click.command
@selection
@refresh
@to_arm
@execution
@click.option("--output", type=click.Choice(["text", "json"]), default="text", help="The form.")
@click.option("--exit-code", is_flag=True, help="Exit 1 when a run would change something, for CI.")
@with_project
def plan(project: Project, *, output: str, exit_code: bool, **options: Any) -> None:
    """Show what a run would reuse, append and build, and why."""
    with importing():
        from candlewick.commands.plan import plan
        from candlewick.run.options import Options

    given = {key: value for key, value in options.items() if value is not None}
    found = plan(project, Options(**given))
    if output == "json":
        click.echo(json.dumps(found.to_json(), indent=1, ensure_ascii=False))
    else:
        _show_plan(found)
    if exit_code and found.changes:
        raise click.exceptions.Exit(1)


def _show_plan(found: PlanResult) -> None:
    for line in _waiting_lines(found.candles):
        click.echo(line)
    counts: dict[str, int] = {}
    for step in found.steps:
        counts[step.action] = counts.get(step.action, 0) + 1
        _show_step(step)
    said = ", ".join(f"{count} {action}" for action, count in counts.items()) or "nothing"
    arm = "" if found.arm == "main" else f" in the arm {found.arm}"
    click.echo(f"Plan: {said}{arm}; {found.rows:,} rows to compute.")


def _waiting_lines(candles: Waiting) -> Iterator[str]:
    """What has come since the arm was computed: in the store already, or at the source only."""
    count = sum(candles.new.values())
    if count:
        yield f"{count:,} new candle{'' if count == 1 else 's'} ({_few(list(candles.new))}): ingested, not computed yet"
    if candles.changed:
        yield f"Old candles changed ({_few(candles.changed)}): ingested, not computed yet"
    if candles.unread:
        yield f"Not ingested yet: {_few(candles.unread)}; `wick build` reads it first, `wick run` does not"
    if candles.problem:
        yield f"The candle source cannot be read: {candles.problem}"


def _few(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _show_step(step: Step) -> None:
    name = step.model + (f" [{step.group}]" if step.group else "")
    symbols = _few(step.symbols)
    rows = f", {step.rows:,} row{'' if step.rows == 1 else 's'}" if step.rows else ""
    click.echo(click.style(f"{step.action:<7}", fg=_COLOURS[step.action]) + f" {name}  ({symbols}{rows})")
    for sentence in step.why:
        click.echo(f"          {sentence}")
    for line in step.diff:
        colour = "green" if line.startswith("+") else "red" if line.startswith("-") else None
        click.echo("          " + click.style(line, fg=colour))
    if step.downstream:
        click.echo(f"          read by {', '.join(step.downstream)}")
