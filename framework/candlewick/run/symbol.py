"""Everything a run does for one symbol: compute its columns, test them, write its parts."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from candlewick.errors import WickError
from candlewick.run.causality import check_causality
from candlewick.run.custom_tests import run_python_test
from candlewick.run.data_tests import SAME_COLUMNS, offending
from candlewick.run.parity import check_parity
from candlewick.run.streamed import compute_symbol
from candlewick.store.catalog import read_frame
from candlewick.store.parts import write_part

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from candlewick.program import Program
    from candlewick.project.dag import Dag
    from candlewick.project.node import Node
    from candlewick.project.streaming import Streaming
    from candlewick.run.custom_tests import PythonTest
    from candlewick.run.data_tests import DataTest, Offending
    from candlewick.store.parts import Part


@dataclass(frozen=True)
class Work:
    """What is to be done for every symbol: these columns, these tests.

    ``program`` computes the traced features; without it Hamilton computes everything, the reference.
    """

    dag: Dag
    columns: tuple[Node, ...]
    tests: tuple[DataTest, ...]
    tripwires: tuple[DataTest, ...]
    python_tests: tuple[PythonTest, ...]
    interval: pd.Timedelta
    streaming: Streaming | None = None
    program: Program | None = None

    @property
    def on_trial(self) -> list[str]:
        """The features whose causality only an experiment can show; the graph of a traced one is the proof."""
        proven = self.streaming.facts if self.streaming else {}
        return [node.name for node in self.columns if node.name not in proven]

    def tables(self) -> dict[str, list[Node]]:
        """The columns by model, in order."""
        tables: dict[str, list[Node]] = {}
        for node in self.columns:
            tables.setdefault(node.model, []).append(node)
        return tables


@dataclass(frozen=True)
class SymbolRun:
    """What came of one symbol.

    ``errors`` and ``blocked`` are by node, ``offending`` and ``test_errors`` by test title; ``valued`` names the
    columns that hold a value.
    """

    symbol: str
    rows: int
    parts: tuple[Part, ...] = ()
    errors: Mapping[str, WickError] = field(default_factory=dict)
    blocked: Mapping[str, str] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    offending: Mapping[str, Offending] = field(default_factory=dict)
    test_errors: Mapping[str, WickError] = field(default_factory=dict)
    valued: frozenset[str] = frozenset()


def run_symbol(work: Work, symbol: str, candles: pd.DataFrame, *, causality: bool) -> SymbolRun:
    """Compute, test and write one symbol; a model with a failed column writes nothing."""
    computed = compute_symbol(work, symbol, candles)
    errors = dict(computed.errors)
    if causality:
        on_trial = [name for name in work.on_trial if name in computed.columns]
        errors |= dict(check_causality(work.dag, symbol, candles, on_trial))
    tables = {
        model: pd.DataFrame({node.name: computed.columns[node.name] for node in nodes}, index=candles.index)
        for model, nodes in work.tables().items()
        if all(node.name in computed.columns for node in nodes)
    }
    parts = [
        part
        for model, table in tables.items()
        if not any(work.dag.nodes[name].model == model for name in errors)
        for part in _write(work, model, symbol, table)
    ]
    found, test_errors = check_tables(work, symbol, candles, tables)
    return SymbolRun(
        symbol,
        len(candles),
        tuple(parts),
        errors,
        computed.blocked,
        computed.seconds,
        found,
        test_errors,
        frozenset(name for name, column in computed.columns.items() if column.notna().any()),
    )


def verify_symbol(work: Work, symbol: str, candles: pd.DataFrame, *, causality: bool) -> SymbolRun:
    """Test what is published of one symbol, look-ahead and parity on some of them; nothing is written."""
    target = work.dag.project.target
    tables = {
        model: read_frame(target, model, [node.name for node in nodes], symbol).drop(columns="symbol").set_index("ts")
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
    return SymbolRun(symbol, len(candles), (), errors, {}, {}, found, test_errors, valued)


def check_tables(
    work: Work, symbol: str, candles: pd.DataFrame, tables: Mapping[str, pd.DataFrame]
) -> tuple[dict[str, Offending], dict[str, WickError]]:
    """What every data test finds in one symbol's tables, and what raised; without its table a test is left out."""
    found: dict[str, Offending] = {}
    raised: dict[str, WickError] = {}
    for declared in (*work.tests, *work.tripwires):
        if declared.model in tables and declared.name != SAME_COLUMNS:
            table = tables[declared.model]
            try:
                found[declared.title] = offending(declared, table, symbol, interval=work.interval, nodes=work.dag.nodes)
            except WickError as error:
                raised[declared.title] = error
    columns = pd.concat([candles, *tables.values()], axis=1)
    for test in work.python_tests:
        if not set(test.inputs) <= {*columns.columns, "ts"}:
            continue
        try:
            found[test.title] = run_python_test(test, columns, symbol)
        except WickError as error:
            raised[test.title] = error
    return found, raised


def _write(work: Work, model: str, symbol: str, table: pd.DataFrame) -> Sequence[Part]:
    groups: dict[str | None, list[str]] = {}
    for node in work.tables()[model]:
        groups.setdefault(node.group, []).append(node.name)
    target = work.dag.project.target
    return [write_part(target, model, group, symbol, table[names]) for group, names in groups.items()]
