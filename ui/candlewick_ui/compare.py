"""What two arms publish, column against column, as `wick diff` has it, with how many candles have a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from candlewick.commands.diff import diff
from candlewick.store.catalog import read_catalog, read_frame

if TYPE_CHECKING:
    from collections.abc import Iterable

    from candlewick.commands.diff import ColumnDiff
    from candlewick.project.project import Project

SIDES = ("only b", "only a", "differs", "equal")


@dataclass(frozen=True)
class Compared:
    """One column in two arms. ``side`` is one of ``SIDES``, with the arms' own names in the place of a and b.

    ``coverage`` is the share of candles with a value in each arm: None where an arm has no such column, and for a
    column that is equal, which is not read. Of one that differs: how many of ``rows`` candles do, a value against none
    included, the largest absolute difference, and symbol and time of the first.
    """

    name: str
    model: str
    side: str
    coverage: tuple[float | None, float | None] = (None, None)
    rows: int = 0
    differing: int = 0
    largest: float = 0.0
    first: str = ""


def compare(project: Project, a: str, b: str) -> tuple[Compared, ...]:
    """Every column that either arm publishes: those only in B, those only in A, those that differ, the equal ones.

    Parts with the same content hash are equal and are not read. One model of one symbol is in memory at a time.

    Errors: UsageError ``diff-unknown`` when one of the two has published nothing; those of reading parts.
    """
    columns = diff(project, a, b).columns
    sides = {each.name: _side(each) for each in columns}
    unread = [(each.model, each.name) for each in columns if sides[each.name] != "equal"]
    covered = [_coverage(project, arm, unread) for arm in (a, b)]
    found = [
        Compared(
            each.name,
            each.model,
            sides[each.name],
            (covered[0].get(each.name), covered[1].get(each.name)),
            each.rows,
            each.unequal,
            each.absolute,
            each.first,
        )
        for each in columns
    ]
    order = (f"only {b}", f"only {a}", "differs", "equal")
    return tuple(sorted(found, key=lambda each: order.index(each.side)))


def _side(column: ColumnDiff) -> str:
    return f"only {column.only}" if column.only else "differs" if column.unequal else "equal"


def _coverage(project: Project, arm: str, wanted: Iterable[tuple[str, str]]) -> dict[str, float]:
    """The share of candles with a value, of those of the columns that an arm has."""
    catalog = read_catalog(project.target, arm)
    held = [(model, name) for model, name in wanted if name in catalog.columns.get(model, ())]
    values, rows = dict.fromkeys((name for _, name in held), 0), dict.fromkeys((name for _, name in held), 0)
    for model in dict.fromkeys(model for model, _ in held):
        names = [name for each, name in held if each == model]
        for symbol in sorted({part.symbol for part in catalog.of(model)}):
            frame = read_frame(project.target, model, names, symbol, arm=arm)
            for name in names:
                values[name] += int(frame[name].notna().sum())
                rows[name] += len(frame)
    return {name: values[name] / rows[name] for _, name in held if rows[name]}
