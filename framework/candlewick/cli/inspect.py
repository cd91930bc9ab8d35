"""`wick debug`, `ls`, `show`, `lineage` and `cost`: looking without changing anything."""

from __future__ import annotations

import csv
import json
import math
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from candlewick.candles import short_moment
from candlewick.cli.frame import with_project
from candlewick.cli.run import of_arm, selection, toggles
from candlewick.errors import UsageError

if TYPE_CHECKING:
    from candlewick.project.project import Project
    from candlewick.store.frames import Rows


@click.command
@selection
@of_arm
@click.option("--all", "every", is_flag=True, help="Nodes of disabled groups too.")
@click.option(
    "--output", type=click.Choice(["name", "path", "json"]), default="name", help="One line per node, or JSON."
)
@with_project
def ls(project: Project, output: str, **options: Any) -> None:
    """List nodes: names, models, groups."""
    from candlewick.commands.ls import ls

    listing = ls(project, **options)
    if output == "json":
        click.echo(json.dumps(listing.to_json(), indent=1, ensure_ascii=False))
    for node in listing.nodes if output != "json" else ():
        click.echo(f"{node.model}.{node.name}" if output == "name" else f"{node.file}:{node.line}")


@click.command
@click.argument("node")
@click.option("--symbol", help="Rows of one symbol.")
@click.option("--limit", type=click.IntRange(0), default=5, show_default=True, help="How many rows.")
@click.option("--first", is_flag=True, help="The first rows, not the latest.")
@click.option("--output", type=click.Choice(["table", "csv", "json"]), default="table", help="How to print them.")
@click.option("--arm", default=None, metavar="NAME", help="Rows, or facts, of this arm; rows of main by default.")
@click.option("--facts", is_flag=True, help="Not rows: lookback, warm-up and class of a feature.")
@with_project
def show(project: Project, node: str, output: str, *, facts: bool, arm: str | None, **rows: Any) -> None:
    """Show rows of a column or model, or the facts of a feature."""
    if facts:
        from candlewick.commands.facts import facts as find_facts

        _show_facts(find_facts(project, node, arm), output)
        return
    from candlewick.commands.show import show
    from candlewick.project.project import MAIN

    found = show(project, node, **rows, arm=arm or MAIN)
    if output == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(found.columns)
        writer.writerows([_plain(value) for value in row] for row in found.rows)
    elif output == "json":
        records = [dict(zip(found.columns, map(_plain, row), strict=True)) for row in found.rows]
        click.echo(json.dumps(records, indent=1, ensure_ascii=False))
    else:
        _table(found)


def _show_facts(found: list[tuple[str, str]], output: str) -> None:
    if output == "csv":
        csv.writer(sys.stdout, lineterminator="\n").writerows([("fact", "value"), *found])
    elif output == "json":
        click.echo(json.dumps({name.strip(): value for name, value in found}, indent=1, ensure_ascii=False))
    for name, value in found if output == "table" else ():
        click.echo(f"{name:<22}{value}")


def _plain(value: Any) -> Any:
    """A value as CSV and JSON hold it: times in ISO 8601; JSON has no word for what is not finite."""
    if isinstance(value, datetime):
        finest = "milliseconds" if value.microsecond else "seconds"
        return value.replace(tzinfo=None).isoformat(timespec=finest) + "Z"
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _table(found: Rows) -> None:
    """Aligned text; a row keeps its line however wide it is, for a number that is cut says nothing."""
    cells = [found.columns, *(tuple(map(_cell, row)) for row in found.rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for line in cells:
        padded = (
            cell.ljust(width) if name in {"symbol", "ts"} else cell.rjust(width)
            for cell, width, name in zip(line, widths, found.columns, strict=True)
        )
        click.echo("  ".join(padded).rstrip())


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, datetime):
        return short_moment(value).removesuffix(" 00:00")
    return "" if value is None else str(value)


@click.command
@click.argument("node", required=False)
@toggles
@click.option("--output", type=click.Choice(["tree", "dot", "json", "html"]), default="tree", help="The form.")
@click.option("--out", type=click.Path(path_type=Path), help="Write to this file instead of the screen.")
@with_project
def lineage(project: Project, node: str | None, output: str, out: Path | None, **groups: Any) -> None:
    """Show what a node is computed from, and what needs it."""
    from candlewick.commands.lineage import as_dot, as_tree, lineage
    from candlewick.lineage.page import render

    whole = lineage(project, **groups)
    part = whole if node is None else whole.neighbourhood(node)
    if output == "html":
        text = render(whole, focus=node)
    elif output == "tree":
        text = as_tree(part, node)
    else:
        text = as_dot(part) if output == "dot" else part.dumps()
    if out is None:
        click.echo(text, nl=False)
    else:
        try:
            out.write_text(text, encoding="utf-8")
        except OSError as error:
            hint = "name a file in a folder that exists and can be written to"
            raise UsageError(f"{out} cannot be written: {error.strerror}", code="lineage-out", hint=hint) from None
        click.echo(f"Wrote {out}")


@click.command
@toggles
@click.option("--limit", type=click.IntRange(0), default=10, show_default=True, help="How many features.")
@click.option("--output", type=click.Choice(["text", "json"]), default="text", help="The form.")
@with_project
def cost(project: Project, limit: int, output: str, **groups: Any) -> None:
    """Measure what features take per candle, in a block and live."""
    from candlewick.commands.cost import cost

    found = cost(project, **groups)
    if output == "json":
        click.echo(json.dumps(found.to_json(), indent=1))
        return
    width = max(len(column.name) for column in found.columns)
    for column in found.columns[:limit]:
        share = f"{100 * column.nanoseconds / (found.nanoseconds or 1):.1f} %"  # a candle column as it is costs nothing
        click.echo(f"{column.name:<{width}}  {column.nanoseconds:>8.1f} ns  {share:>7}  {column.group or column.model}")
    rest = found.columns[limit:]
    if rest:
        click.echo(f"{f'{len(rest)} more':<{width}}  {sum(column.nanoseconds for column in rest):>8.1f} ns")
    count = f"{len(found.columns)} feature{'' if len(found.columns) == 1 else 's'}"
    click.echo(f"{count}: {found.nanoseconds:,.0f} ns per candle in a block")
    live = f"{1e6 * found.live_p50:.2f} us, {1e6 * found.live_p99:.2f} us at the 99th percentile"
    click.echo(f"live, update and emit of all: {live}, over {found.candles:,} made-up candles")
    if found.opaque:
        click.echo(f"not in it, as they exist in batch only: {', '.join(found.opaque)}")


@click.command
@with_project
def debug(project: Project) -> None:
    """Check project, store, candles, tracking and versions."""
    from candlewick.commands.debug import debug

    checks = debug(project)
    for check in checks:
        mark = click.style("OK  ", fg="green") if check.ok else click.style("FAIL", fg="red")
        click.echo(f"{mark} {check.name}: {check.finding}")
        if check.hint:
            click.echo(f"     Hint: {check.hint}")
    if not all(check.ok for check in checks):
        raise click.exceptions.Exit(1)
