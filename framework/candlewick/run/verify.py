"""Testing what is published of some symbols."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import pandas as pd

from candlewick.run.causality import check_causality
from candlewick.run.parity import check_parity
from candlewick.run.testing import check_tables
from candlewick.run.work import SymbolRun
from candlewick.store.catalog import read_frame

if TYPE_CHECKING:
    from collections.abc import Sequence

    from candlewick.errors import WickError
    from candlewick.run.task import Task
    from candlewick.run.work import Work


def verify_together(work: Work, tasks: Sequence[tuple[Task, pd.DataFrame, bool]]) -> list[SymbolRun]:
    """Test what is published of some symbols, look-ahead and parity where it says so; nothing is written."""
    return [_verify(work, task, candles, causality=causality) for task, candles, causality in tasks]


def _verify(work: Work, task: Task, candles: pd.DataFrame, *, causality: bool) -> SymbolRun:
    symbol, target = task.symbol, work.dag.project.target
    tables = {
        model: read_frame(target, model, [node.name for node in nodes], symbol, arm=work.arm)
        .drop(columns="symbol")
        .set_index("ts")
        for model, nodes in work.tables().items()
    }
    errors: dict[str, WickError] = {}
    if causality:
        errors.update(check_parity(work, symbol, candles))
        errors.update(check_causality(work.dag, symbol, candles, work.on_trial))
    published = functools.reduce(pd.Index.union, (table.index for table in tables.values()), candles.index[:0])
    seen = candles[candles.index.isin(published)]  # an ingest may have brought candles that no run has seen
    found, test_errors = check_tables(work, symbol, seen, tables)
    valued = frozenset(str(name) for table in tables.values() for name in table.columns[table.notna().any()])
    return SymbolRun(symbol, len(candles), errors=errors, offending=found, test_errors=test_errors, valued=valued)
