"""Everything a run does for some symbols: compute what is not reused, write it, test it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from candlewick.run.causality import check_causality
from candlewick.run.grown import Grown
from candlewick.run.pandas_columns import compute_pandas
from candlewick.run.programs import advance
from candlewick.run.reach import check_reach
from candlewick.run.share import Key, Share
from candlewick.run.task import Columns, stored_rows
from candlewick.run.testing import Found, digest_of, test_holdings
from candlewick.run.units import chunk_start, column_inputs
from candlewick.run.work import SymbolRun
from candlewick.store.bundles import Piece
from candlewick.store.candles import load_candles
from candlewick.store.growing import Growth, write_growths
from candlewick.store.ledger import Holding

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from candlewick.run.decide import Decision
    from candlewick.run.task import Task
    from candlewick.run.units import Method, Unit
    from candlewick.run.work import Work
    from candlewick.store.parts import Part


def run_together(work: Work, tasks: Sequence[tuple[Task, pd.DataFrame, bool]]) -> list[SymbolRun]:
    """Compute, write and test some symbols, each with whether its causality is tried.

    A model with a failed column writes nothing.
    """
    shares = [_share(work, task, candles) for task, candles, _ in tasks]
    if work.programs is not None:
        advance(work.programs, shares)
    for share, (_, _, causality) in zip(shares, tasks, strict=True):
        _compute(work, share)
        if causality:
            _try_causality(work, share)
    _write(work, shares)
    return [_ended(work, share) for share in shares]


def _share(work: Work, task: Task, candles: pd.DataFrame) -> Share:
    columns = Columns(work.dag.project.target, task, candles.index, task.candles - len(candles))
    return Share(task, candles, columns, _wanted(work, task, columns))


def _compute(work: Work, share: Share) -> None:
    """The columns that the program has not computed."""
    traced = work.programs.graph.outputs if work.programs is not None else {}
    wanted = {name: how for name, how in share.wanted.items() if name not in traced}
    share.failures = compute_pandas(work.dag, share.candles, share.columns, wanted)


def _try_causality(work: Work, share: Share) -> None:
    fresh, errors = share.columns.fresh, share.failures.errors
    on_trial = [name for name in work.on_trial if fresh.get(name, (1, None))[0] == 0]
    errors.update(dict(check_causality(work.dag, share.task.symbol, share.candles, on_trial)))
    built = {name: how for unit in work.units for name, how in unit.methods.items() if name in on_trial}
    errors.update(dict(check_reach(work.dag, share.task.symbol, share.candles, built)))


def _ended(work: Work, share: Share) -> SymbolRun:
    task, failures = share.task, share.failures
    holdings = tuple(share.holdings[unit.key] for unit in work.units if unit.key in share.holdings)
    found = _test(work, share, holdings)
    return SymbolRun(
        task.symbol,
        task.candles,
        holdings,
        share.actions,
        share.states,
        failures.errors,
        failures.blocked,
        share.seconds | failures.seconds,
        found.offending,
        found.errors,
        found.valued,
        found.tested,
        tuple(share.notes),
    )


def _test(work: Work, share: Share, holdings: tuple[Holding, ...]) -> Found:
    task, candles = share.task, share.candles

    def column(name: str) -> pd.Series:
        return share.columns.get(name, 0)

    def every_candle() -> pd.DataFrame:
        return candles if len(candles) == task.candles else load_candles(work.dag.project.store, task.symbol)

    if not (work.tests or work.tripwires or work.python_tests):
        return Found()
    found = test_holdings(work, task.symbol, holdings, task.now.id, work.tested, column, every_candle, _grown(share))
    share.columns.forget()
    return found


def _grown(share: Share) -> dict[str, Grown]:
    """The columns that were appended to, where all rows there were are kept."""
    found: dict[str, Grown] = {}
    for decision in share.task.decisions:
        held, done = decision.held, share.actions.get(decision.unit.key, ("",))[0]
        if held is not None and done == "APPENDED" and 0 < held.rows == held.final:
            start, digest, columns = held.rows, digest_of(held), share.columns
            found |= {
                name: Grown(start, digest, partial(columns.get, name), partial(columns.values, name))
                for name in decision.unit.columns
            }
    return found


def _wanted(work: Work, task: Task, columns: Columns) -> dict[str, tuple[Method, int]]:
    """The columns that pandas computes, and those that these read and nobody has: how, and from which row on."""
    units = {name: decision for decision in (*task.beside, *task.decisions) for name in decision.unit.columns}
    wanted: dict[str, tuple[Method, int]] = {}
    mine = set()
    for decision in task.decisions:
        for name in decision.unit.columns:
            mine.add(name)
            how = decision.unit.methods[name]
            start = _first_row(task, decision, name)
            if how.kind != "program" and start < task.candles:
                wanted[name] = (how, chunk_start(start) if how.kind == "window" else 0)  # rows end within a chunk
    queue = list(wanted)
    while queue:
        for name in column_inputs(work.dag, queue.pop()):
            if name not in wanted and name not in mine and name in units and not columns.known(name):
                wanted[name] = (units[name].unit.methods[name], 0)
                queue += [name] if wanted[name][0].kind != "program" else []
    return wanted


def _first_row(task: Task, decision: Decision, name: str) -> int:
    """The first row of a column that no part holds, or that new candles may change; all candles when there is none."""
    if decision.action == "REUSED":
        return task.candles
    if decision.action == "APPENDED" and decision.held is not None:
        return decision.held.final
    kept = decision.kept.get(name)
    if kept is None or kept.rows == task.candles:
        return 0 if kept is None else task.candles
    return decision.unit.methods[name].final(kept.rows)


def _write(work: Work, shares: Sequence[Share]) -> None:
    """Write what was computed, the symbols of a model and group together; then each share says what it holds."""
    growths: dict[Key, list[tuple[Share, Growth]]] = {}
    for share in shares:
        bad = {work.dag.nodes[name].model for name in share.failures.errors if name in work.dag.nodes}
        for decision in share.task.decisions:
            unit, held = decision.unit, decision.held
            if unit.model in bad or any(name in share.failures.blocked for name in unit.columns):
                continue
            if decision.action == "REUSED" and held is not None:
                _hold(share, unit, held.parts, "REUSED", 0)
            else:
                growths.setdefault(unit.key, []).append((share, _growth(share, decision)))
    units = {unit.key: unit for unit in work.units}
    for key, members in growths.items():
        written = write_growths(work.dag.project.target, *key, [growth for _, growth in members])
        for (share, _), parts in zip(members, written, strict=True):
            _hold(share, units[key], parts, *share.actions[key])


def _hold(share: Share, unit: Unit, parts: tuple[Part, ...], action: str, rows: int) -> None:
    task = share.task
    holding = Holding(unit.model, unit.group, task.symbol, unit.id, task.now.id, parts)
    share.holdings[unit.key] = holding
    share.actions[unit.key] = (action, rows)


def _growth(share: Share, decision: Decision) -> Growth:
    """The rows that a unit gains, from the first that is not final or, where final rows changed after all, from all."""
    unit, held, columns = decision.unit, decision.held, share.columns
    start = held.final if decision.action == "APPENDED" and held is not None else 0
    unlike = _unlike(columns, unit, held, start) if start and held is not None else ""
    if unlike:
        share.notes.append(f"{share.task.symbol}: {unlike}")
        start = 0
    values = {name: columns.values(name, start) for name in unit.columns}
    times = columns.times(start, unit.columns[0])
    before = tuple(part for part in held.parts if part.final) if start and held is not None else ()
    share.actions[unit.key] = ("BUILT" if unlike else decision.action, len(times))
    return Growth(Piece(share.task.symbol, times, values), before, max(unit.final(share.task.candles) - start, 0))


def _unlike(columns: Columns, unit: Unit, held: Holding, final: int) -> str:
    """Why stored rows that should not have changed cannot be kept: computed again over all candles, they are others."""
    whole = [name for name in unit.columns if unit.methods[name].kind == "whole"]
    if not whole:
        return ""
    stored = stored_rows(columns.target, held, whole, 0, final)
    for name in whole:
        before, now = stored[name], columns.get(name, 0).iloc[:final]
        differs = (before.to_numpy() != now.to_numpy()) & ~(before.isna() & now.isna()).to_numpy()
        if differs.any():
            at = before.index[int(np.argmax(differs))]
            horizon = unit.methods[name].horizon
            why = f", further back than the horizon of {horizon} candles it declares" if horizon else ""
            return f"'{name}' changed at {at:%Y-%m-%d %H:%M}{why}: all its rows are written anew"
    return ""
