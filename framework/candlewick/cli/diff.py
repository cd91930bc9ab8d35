"""`wick diff`: how what two runs, arms or stores hold differs, as a table of columns."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from candlewick.cli.frame import with_project

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from candlewick.commands.diff import ColumnDiff, DiffResult, SymbolDiff
    from candlewick.project.project import Project

_HEAD = ("column", "rows that differ", "beyond tolerance", "one missing", "absolute", "relative", "ULP", "first")
_BEYOND = _HEAD.index("beyond tolerance")


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

    The largest differences of a column are as they are, never rounded; ULP counts the numbers that a computer knows
    between two values. Rows that only one side has are named first.
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
        _show(found, by_symbol=by_symbol, tolerant=rtol > 0 or atol > 0)
    if found.differs:
        raise click.exceptions.Exit(1)


def _show(found: DiffResult, *, by_symbol: bool, tolerant: bool) -> None:
    strange = list(_alone(found))
    for line in strange:
        click.echo(line)
    rows = [row for column in found.columns for row in _rows(column, by_symbol=by_symbol)]
    for line in _table([_HEAD, *rows], hidden=() if tolerant else (_BEYOND,)) if rows else ():
        click.echo(line)
    for column in found.columns:
        if column.only:
            click.echo(f"{column.model}.{column.name}: only in {column.only}")
    same = sum(not column.only and column.unequal == column.alone for column in found.columns)
    among = " in the rows that both have" if strange else ""
    click.echo(
        f"{found.a} against {found.b}: {same} of {len(found.columns)} columns are equal{among}, bit for bit or NaN."
    )


def _alone(found: DiffResult) -> Iterator[str]:
    """The rows that one side lacks, said once for all columns of which that is the same."""
    models: dict[tuple[str, tuple[int, int], str], dict[str, None]] = {}
    for column in found.columns:
        for each in column.symbols:
            if any(each.alone):
                models.setdefault((each.symbol, each.alone, each.alone_first), {})[column.model] = None
    for (symbol, counts, first), names in models.items():
        said = " and ".join(
            f"{count:,} row{'' if count == 1 else 's'} only in {side}"
            for count, side in zip(counts, (found.a, found.b), strict=True)
            if count
        )
        yield f"{symbol}: {said}, the first at {first} ({', '.join(names)})"


def _rows(column: ColumnDiff, *, by_symbol: bool) -> Iterator[tuple[str, ...]]:
    if column.unequal > column.alone:
        yield _row(f"{column.model}.{column.name}", column)
        for each in column.symbols if by_symbol else ():
            if each.unequal > sum(each.alone):
                yield _row(f"  {each.symbol}", each)


def _row(name: str, of: ColumnDiff | SymbolDiff) -> tuple[str, ...]:
    alone, missing = (each if isinstance(each, int) else sum(each) for each in (of.alone, of.missing))
    return (
        name,
        f"{of.unequal - alone:,} of {of.rows - alone:,}",
        f"{of.beyond - alone:,}",
        f"{missing:,}",
        repr(of.absolute),
        repr(of.relative),
        f"{of.ulp:,}",
        of.first,
    )


def _table(rows: Iterable[tuple[str, ...]], hidden: tuple[int, ...]) -> Iterator[str]:
    """Rows in columns as wide as their widest, numbers to the right."""
    columns = [column for k, column in enumerate(zip(*rows, strict=True)) if k not in hidden]
    widths = [max(map(len, column)) for column in columns]
    for row in zip(*columns, strict=True):
        first, *numbers, last = row
        middle = (f"{text:>{width}}" for text, width in zip(numbers, widths[1:-1], strict=True))
        yield "  ".join((f"{first:<{widths[0]}}", *middle, last)).rstrip()
