"""Columns that gained rows: what a test finds in all of them follows from what it found before, and the new rows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from candlewick.run.data_tests import DataTest, Offending, documented_warm_up, has_two_values

if TYPE_CHECKING:
    from candlewick.project.node import Node

Judge = Callable[[DataTest, pd.DataFrame], Offending]
_BY_ROW = {"finite", "range", "accepted_values", "not_null"}
_BACK = 4096
"""Rows before the new ones that are looked at to find a second value."""


@dataclass(frozen=True)
class Grown:
    """A column that gained rows.

    There were ``start`` of them, at least one, and ``digest`` is `digest_of` what held them. ``rows`` gives those from
    a number on; so does ``values``, without times where the program computed them all.
    """

    start: int
    digest: str
    rows: Callable[[int], pd.Series]
    values: Callable[[int], Any]


def continued(
    test: DataTest, grown: Mapping[str, Grown], earlier: Offending, judge: Judge, nodes: Mapping[str, Node]
) -> Offending | None:
    """What a test finds in all rows, when it found ``earlier`` in those there were; None: only all rows can tell.

    ``grown`` are the columns it tests, or those of its table. ``judge`` is asked about the new rows only.
    """
    starts = {one.start for one in grown.values()}
    if len(starts) != 1:
        return None
    start = starts.pop()
    if not test.columns:
        return _table(test, next(iter(grown.values())), start, earlier, judge)
    if test.name in _BY_ROW:
        return _by_row(test, grown, start, earlier, judge, nodes)
    if earlier.lasting:
        return earlier
    if not earlier.rows:
        return _passing(grown.values(), earlier)
    return _still(test.name, next(iter(grown.values())), earlier) if len(grown) == 1 else None


def _passing(grown: Collection[Grown], earlier: Offending) -> Offending | None:
    """What had no two values: whether it has them now, or gained none."""
    if all(_varies(one) for one in grown):
        return replace(earlier, lasting=True)
    return earlier if all(pd.isna(one.values(one.start)).all() for one in grown) else None


def _table(test: DataTest, column: Grown, start: int, earlier: Offending, judge: Judge) -> Offending | None:
    """A test of times: the new ones follow the last of those there were."""
    index = column.rows(start - 1).index
    if test.name == "unique" and not (index.is_monotonic_increasing and index.is_unique):
        return None
    return _sum(earlier, judge(test, pd.DataFrame(index=index)))


def _by_row(
    test: DataTest,
    grown: Mapping[str, Grown],
    start: int,
    earlier: Offending,
    judge: Judge,
    nodes: Mapping[str, Node],
) -> Offending | None:
    """A test that judges each row alone: nothing that was found changes."""
    more = Offending(earlier.symbol, 0)
    for name, one in grown.items():
        arguments = dict(test.arguments)
        if test.name == "not_null":
            warm_up = arguments.get("warm_up", documented_warm_up(nodes[name]))
            if warm_up is None and earlier.rows:
                return None  # it ends with the first value, and there may have been none
            arguments["warm_up"] = max((warm_up or 0) - start, 0)
        if not _surely_passes(test.name, one.values(start), arguments):
            rows = pd.DataFrame({name: one.rows(start)})
            more = _sum(more, judge(replace(test, columns=(name,), arguments=arguments), rows))
    if more.rows and earlier.rows and len(grown) > 1:
        return None  # which of them is named first?
    return _sum(earlier, more)


def _sum(first: Offending, then: Offending) -> Offending:
    return replace(first if first.rows else then, rows=first.rows + then.rows)


def _surely_passes(test: str, values: Any, arguments: Mapping[str, Any]) -> bool:
    """Whether an array plainly passes a test, which is most of them: a Series of each would take most of the time."""
    if not isinstance(values, np.ndarray) or values.dtype.kind != "f":
        return False
    if test == "not_null":
        return not np.isnan(values).any()
    if test == "finite":
        return not np.isinf(values).any()
    least, most = arguments.get("min", -np.inf), arguments.get("max", np.inf)
    return test == "range" and not ((values < least) | (values > most)).any()


def _varies(one: Grown) -> bool:
    """Whether a column is known to have two values: among its new rows, or those and some before them."""
    return any(has_two_values(one.values(max(one.start - back, 0))) for back in (0, _BACK))


def _still(test: str, one: Grown, earlier: Offending) -> Offending | None:
    """What was all missing, or all one value: whether it is so still, and every row offends, or none does any more."""
    last, new = one.rows(one.start - 1).iloc[:1], one.rows(one.start)
    values = new.dropna()
    if test == "constant" and last.isna().any():
        return None
    changed = len(values) > 0 if test == "all_nan" else bool((values != last.iloc[0]).any())
    return Offending(earlier.symbol, 0, lasting=True) if changed else replace(earlier, rows=earlier.rows + len(new))
