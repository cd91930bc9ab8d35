"""`wick plan` and `wick diff`: what a run would do, and how what two runs published differs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from candlewick.cli.frame import importing, with_project
from candlewick.cli.run import execution, refresh, selection, to_arm

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from candlewick.commands.diff import DiffResult
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


@click.command
@click.argument("a", default="previous")
@click.argument("b", default="main")
@click.option("--list", "listing", is_flag=True, help="Name what can be compared, and the runs that published it.")
@click.option("--rtol", type=click.FloatRange(0), default=0.0, help="Relative difference that is no difference.")
@click.option("--atol", type=click.FloatRange(0), default=0.0, help="Absolute difference that is no difference.")
@click.option("--by-symbol", is_flag=True, help="A line for every symbol.")
@click.option("--output", type=click.Choice(["text", "json"]), default="text", help="The form.")
@with_project
def diff(
    project: Project, a: str, b: str, rtol: float, atol: float, *, by_symbol: bool, output: str, listing: bool
) -> None:
    """Compare what two arms, runs or stores hold.

    A and B name an arm (main is the one users query first), what it held before its last changes (`main~1`, also
    called `previous`, and on to `main~5`; `history:` in wick.yml says how many are kept), a run that published one of
    these, or the folder of another project. Exit 1 when they differ.
    """
    from candlewick.commands.diff import diff, sides

    if listing:
        for side in sides(project):
            click.echo(f"{side.name:<12} {side.since}" + (f" to {side.run}" if side.run != side.since else ""))
        return
    found = diff(project, a, b, relative=rtol, absolute=atol)
    if output == "json":
        click.echo(json.dumps(found.to_json(), indent=1, ensure_ascii=False))
    else:
        _show_diff(found, by_symbol=by_symbol)
    if found.differs:
        raise click.exceptions.Exit(1)


def _show_diff(found: DiffResult, *, by_symbol: bool) -> None:
    for column in found.columns:
        if column.only:
            click.echo(f"{column.model}.{column.name}: only in {column.only}")
        elif column.unequal:
            click.echo(
                f"{column.model}.{column.name}: {column.unequal:,} of {column.rows:,} rows differ,"
                f" {column.beyond:,} beyond tolerance; at most {column.absolute!r} absolute, {column.relative!r}"
                f" relative, {column.ulp:,} ULP; first {column.first}"
            )
        for each in column.symbols if by_symbol else ():
            click.echo(f"  {each.symbol}: {each.unequal:,} of {each.rows:,} rows, {each.ulp:,} ULP; first {each.first}")
    same = sum(not column.only and not column.unequal for column in found.columns)
    click.echo(f"{found.a} against {found.b}: {same} of {len(found.columns)} columns are equal, bit for bit or NaN.")
