"""Everything a run does for one symbol: compute what is not reused, write it, test it."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from candlewick.project.project import MAIN
from candlewick.run.causality import check_causality
from candlewick.run.pandas_columns import Failures, compute_pandas
from candlewick.run.parity import check_parity
from candlewick.run.programs import Programs, advance
from candlewick.run.reach import check_reach
from candlewick.run.task import Columns, stored_rows
from candlewick.run.testing import Found, check_tables, test_holdings
from candlewick.run.units import column_inputs, recipe_id
from candlewick.store.candles import load_candles
from candlewick.store.catalog import read_frame
from candlewick.store.growing import write_parts
from candlewick.store.ledger import Holding

if TYPE_CHECKING:
    from collections.abc import Mapping

    from candlewick.errors import WickError
    from candlewick.program import Program
    from candlewick.project.dag import Dag
    from candlewick.project.node import Node
    from candlewick.project.streaming import Streaming
    from candlewick.run.custom_tests import PythonTest
    from candlewick.run.data_tests import DataTest, Offending
    from candlewick.run.task import Task
    from candlewick.run.units import Method, Unit
    from candlewick.store.states import States


@dataclass(frozen=True)
class Work:
    """What a run is about: these columns, in these units, and these tests.

    ``beside`` are units that are not asked for, and have columns that those asked for read.
    ``streaming`` is the trace of the features, which the program computes; without it Hamilton computes everything.
    ``tested`` holds what earlier runs found, by the id of the test and its rows.
    """

    dag: Dag
    columns: tuple[Node, ...]
    units: tuple[Unit, ...]
    beside: tuple[Unit, ...]
    tests: tuple[DataTest, ...]
    tripwires: tuple[DataTest, ...]
    python_tests: tuple[PythonTest, ...]
    interval: pd.Timedelta
    streaming: Streaming | None = None
    programs: Programs | None = None
    arm: str = MAIN
    tested: Mapping[str, Any] = field(default_factory=dict)

    @property
    def program(self) -> Program | None:
        """The program of every traced column, and of those that other columns read; None when nothing is traced."""
        every = [(unit.methods[name].kind, name) for unit in (*self.units, *self.beside) for name in unit.columns]
        names = [name for kind, name in every if kind == "program"]
        return self.programs.of(names) if self.programs is not None and names else None

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

    ``holdings`` are what it has now; ``actions`` say by model and group what was done, and how many rows of it were
    computed. ``errors`` and ``blocked`` are by node, ``offending`` and ``test_errors`` by test title; ``valued`` names
    the columns that hold a value.
    """

    symbol: str
    rows: int
    holdings: tuple[Holding, ...] = ()
    actions: Mapping[tuple[str, str | None], tuple[str, int]] = field(default_factory=dict)
    states: States = field(default_factory=dict)
    errors: Mapping[str, WickError] = field(default_factory=dict)
    blocked: Mapping[str, str] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    offending: Mapping[str, Offending] = field(default_factory=dict)
    test_errors: Mapping[str, WickError] = field(default_factory=dict)
    valued: frozenset[str] = frozenset()
    tested: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def first_candle(task: Task) -> int:
    """The number of the first candle that a symbol's share of a run reads; all candles when none."""
    first = task.candles
    for decision in (*task.decisions, *task.beside):
        beside = decision in task.beside
        if beside and decision.action != "REUSED":
            return 0
        if decision.action == "BUILT" and any(
            how.kind == "program" or name not in decision.kept for name, how in decision.unit.methods.items()
        ):
            return 0
        if decision.action == "APPENDED" and decision.held is not None:
            for method in decision.unit.methods.values():
                starts = {
                    "program": decision.held.rows,
                    "window": max(decision.held.final - method.lookback, 0),
                    "whole": 0,
                }
                first = min(first, starts[method.kind])
    return first


def run_symbol(work: Work, task: Task, candles: pd.DataFrame, *, causality: bool) -> SymbolRun:
    """Compute, write and test one symbol; a model with a failed column writes nothing.

    Shape: ``candles`` are those from `first_candle` on.
    """
    columns = Columns(work.dag.project.target, task, candles.index, task.candles - len(candles))
    wanted = _wanted(work, task, columns)
    states: States = {}
    seconds: dict[str, float] = {}
    if work.programs is not None:
        extra = [name for name in wanted if name in work.programs.graph.outputs]
        states, seconds = advance(work.programs, task, candles, columns, extra)
        wanted = {name: how for name, how in wanted.items() if name not in extra}
    failures = compute_pandas(work.dag, candles, columns, wanted)
    if causality:
        on_trial = [name for name in work.on_trial if columns.fresh.get(name, (1, None))[0] == 0]
        failures.errors.update(dict(check_causality(work.dag, task.symbol, candles, on_trial)))
        built = {name: how for unit in work.units for name, how in unit.methods.items() if name in on_trial}
        failures.errors.update(dict(check_reach(work.dag, task.symbol, candles, built)))
    holdings, actions, notes = _write(work, task, columns, failures)
    found = _test(work, task, columns, candles, holdings)
    return SymbolRun(
        task.symbol,
        task.candles,
        holdings,
        actions,
        states,
        failures.errors,
        failures.blocked,
        seconds | failures.seconds,
        found.offending,
        found.errors,
        found.valued,
        found.tested,
        notes,
    )


def _test(work: Work, task: Task, columns: Columns, candles: pd.DataFrame, holdings: tuple[Holding, ...]) -> Found:
    def column(name: str) -> pd.Series:
        return columns.get(name, 0)

    def every_candle() -> pd.DataFrame:
        return candles if len(candles) == task.candles else load_candles(work.dag.project.store, task.symbol)

    return test_holdings(work, task.symbol, holdings, task.now.id, work.tested, column, every_candle)


def verify_symbol(work: Work, task: Task, candles: pd.DataFrame, *, causality: bool) -> SymbolRun:
    """Test what is published of one symbol, look-ahead and parity on some of them; nothing is written."""
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


def _wanted(work: Work, task: Task, columns: Columns) -> dict[str, tuple[Method, int]]:
    """The columns that pandas computes, and those that these read and nobody has: how, and from which row on."""
    units = {name: decision for decision in (*task.beside, *task.decisions) for name in decision.unit.columns}
    wanted: dict[str, tuple[Method, int]] = {}
    mine = set()
    for decision in task.decisions:
        for name in decision.unit.columns:
            mine.add(name)
            how = decision.unit.methods[name]
            if how.kind == "program" or decision.action == "REUSED" or name in decision.kept:
                continue
            start = decision.held.final if decision.action == "APPENDED" and decision.held else 0
            wanted[name] = (how, start if how.kind == "window" else 0)
    queue = list(wanted)
    while queue:
        for name in column_inputs(work.dag, queue.pop()):
            if name not in wanted and name not in mine and name in units and not columns.known(name):
                wanted[name] = (units[name].unit.methods[name], 0)
                queue += [name] if wanted[name][0].kind != "program" else []
    return wanted


def _write(
    work: Work, task: Task, columns: Columns, failures: Failures
) -> tuple[tuple[Holding, ...], dict[tuple[str, str | None], tuple[str, int]], tuple[str, ...]]:
    """Write what was computed; the holdings of the symbol as they are now, what was done, and what is worth a note."""
    bad = {work.dag.nodes[name].model for name in failures.errors if name in work.dag.nodes}
    holdings: list[Holding] = []
    actions: dict[tuple[str, str | None], tuple[str, int]] = {}
    notes: list[str] = []
    for decision in task.decisions:
        unit, held = decision.unit, decision.held
        if unit.model in bad or any(name in failures.blocked for name in unit.columns):
            continue
        if decision.action == "REUSED" and held is not None:
            parts, action, rows = held.parts, "REUSED", 0
        else:
            start = held.final if decision.action == "APPENDED" and held is not None else 0
            unlike = _unlike(columns, unit, held, start) if start and held is not None else ""
            if unlike:
                notes.append(f"{task.symbol}: {unlike}")
            action = "BUILT" if unlike else decision.action
            start = 0 if unlike else start
            frame = pd.DataFrame({name: columns.get(name, start) for name in unit.columns})
            before = tuple(part for part in held.parts if part.final) if start and held is not None else ()
            settled = max(unit.final(task.candles) - start, 0)
            parts = write_parts(columns.target, (unit.model, unit.group, task.symbol), before, frame, settled)
            rows = len(frame)
        holdings.append(Holding(unit.model, unit.group, task.symbol, recipe_id(unit.recipe), task.now.id, parts))
        actions[unit.model, unit.group] = (action, rows)
    return tuple(holdings), actions, tuple(notes)


def _unlike(columns: Columns, unit: Unit, held: Holding, final: int) -> str:
    """Why stored rows that should not have changed cannot be kept: computed again over all candles, they are others."""
    whole = [name for name in unit.columns if unit.methods[name].kind == "whole"]
    if not whole:
        return ""
    stored = stored_rows(columns.target, held, whole, 0, final)
    for name in whole:
        before, now = stored[name], columns.fresh[name][1].iloc[:final]
        differs = (before.to_numpy() != now.to_numpy()) & ~(before.isna() & now.isna()).to_numpy()
        if differs.any():
            at = before.index[int(np.argmax(differs))]
            return (
                f"'{name}' changed at {at:%Y-%m-%d %H:%M}, further back than the horizon of"
                f" {unit.methods[name].horizon} candles it declares: all its rows are written anew"
            )
    return ""
