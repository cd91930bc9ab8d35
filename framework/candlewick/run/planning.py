"""The plan of a run: the project as it is read, what the store holds, and what is therefore to be done."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from candlewick.errors import SelectionError, UsageError, nearest
from candlewick.project.dag import load_dag
from candlewick.project.fingerprints import ENGINES, fingerprints
from candlewick.project.modified import modified_nodes
from candlewick.project.select import Selector
from candlewick.project.streaming import trace_features
from candlewick.run.decide import decide
from candlewick.run.prepare import prepare_traced
from candlewick.run.task import Task, first_candle
from candlewick.store.candles import load_since, no_candles, some_candles
from candlewick.store.ledger import read_ledger
from candlewick.store.states import read_states

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from candlewick.project.dag import Dag
    from candlewick.project.fingerprints import Fingerprint
    from candlewick.project.project import Project
    from candlewick.run.decide import Decision
    from candlewick.run.options import Options
    from candlewick.run.units import Unit
    from candlewick.run.work import Work
    from candlewick.store.ledger import Holding, Ledger
    from candlewick.store.states import States


@dataclass(frozen=True)
class Reading:
    """The project under its toggles: its graph, the fingerprint of every node, and the columns and tests asked for."""

    dag: Dag
    prints: Mapping[str, Fingerprint]
    work: Work


@dataclass(frozen=True)
class RunPlan:
    """What is to be done, by symbol: ``decisions`` for the units asked for, ``beside`` for those that they read."""

    ledger: Ledger
    decisions: Mapping[str, tuple[Decision, ...]]
    beside: Mapping[str, tuple[Decision, ...]]
    states: Mapping[tuple[str, str], States] = field(default_factory=dict)

    def tasks(self, project: Project) -> Iterator[tuple[Task, pd.DataFrame]]:
        """Every symbol's share, with the candles it reads; those of the symbols that read none come first."""
        busy: dict[str, tuple[Task, int]] = {}
        for symbol in self.ledger.now:
            task = self._task(symbol)
            first = first_candle(task)
            if first >= task.candles:
                yield task, no_candles()
            else:
                busy[symbol] = task, first
        wanted = {symbol: self._from(task, first) for symbol, (task, first) in busy.items()}
        for symbol, candles in load_since(project.store, wanted):
            task, first = busy[symbol]
            yield task, candles.iloc[max(len(candles) - (task.candles - first), 0) :]

    def _from(self, task: Task, first: int) -> tuple[int, int | None]:
        """How many candles to load, and from when on, to have those from number ``first`` on.

        Where a holding ends before that one, its snapshot knows when; else they are whole months.
        """
        if first == 0:
            return task.candles, None
        for decision in (*task.decisions, *task.beside):
            if decision.action == "APPENDED" and decision.held is not None and decision.held.rows == first:
                return task.candles - first, self.ledger.snapshots[decision.held.snapshot].last_ts + 1
        at = 0
        for month in task.now.months:
            if at + month.candles > first:
                return task.candles - at, month.first_ts
            at += month.candles
        return 0, None

    def _task(self, symbol: str) -> Task:
        decisions = (*self.decisions.get(symbol, ()), *self.beside.get(symbol, ()))
        held = {decision.held.snapshot for decision in decisions if decision.held is not None}
        states = {snapshot: self.states[symbol, snapshot] for snapshot in held if (symbol, snapshot) in self.states}
        return Task(
            symbol, self.ledger.now[symbol], self.decisions.get(symbol, ()), self.beside.get(symbol, ()), states
        )


def read_project(
    project: Project, options: Options, *, tests: bool, groups: Mapping[str, Any] | None = None
) -> Reading:
    """Read the project under its toggles, or under given ``groups`` of `load_dag`, and choose what a run is about.

    Errors: those of reading and tracing the project; UsageError ``usage-engine``; SelectionError ``selection-fit``.
    """
    if options.engine not in ENGINES:
        hint = nearest(options.engine, ENGINES) or f"use {' or '.join(ENGINES)}"
        raise UsageError(f"there is no engine '{options.engine}'", code="usage-engine", hint=hint)
    dag = load_dag(project, **(groups or {"enable": options.enable, "disable": options.disable}))
    streaming = trace_features(dag) if options.engine == "program" else None
    prints = fingerprints(dag, streaming)
    hashes = {options.engine: {name: each.hash for name, each in prints.items()}}
    modified = modified_nodes(project, hashes, options.arm)
    selector = Selector(dag.nodes, modified, dag.disabled.values())
    chosen = selector.select(options.select, options.exclude, allow_empty=options.allow_empty)
    if chosen and all(node.kind == "fit" for node in chosen):
        what = "the selection names functions of the fit only, and a run computes none of them"
        raise SelectionError(what, code="selection-fit", hint="run `wick fit`, or select features or labels too")
    work = prepare_traced(dag, {node.model for node in chosen}, streaming, prints, tests=tests)
    return Reading(dag, prints, replace(work, arm=options.arm))


def plan_run(project: Project, reading: Reading, options: Options) -> RunPlan:
    """Decide what is reused, continued and built.

    Errors: CandleError ``candles-none``; those of reading the store.
    """
    work = reading.work
    ledger = read_ledger(project.store, project.target, {unit.id for unit in (*work.units, *work.beside)})
    if not ledger.now:
        some_candles(project.store)
    states = read_states(project.store, _moved(ledger))
    traced = [
        name for unit in (*work.units, *work.beside) for name, how in unit.methods.items() if how.kind == "program"
    ]

    def can_continue(unit: Unit, holding: Holding) -> bool:
        if any(how.kind == "whole" and how.horizon is None for how in unit.methods.values()):
            return False
        known = states.get((holding.symbol, holding.snapshot))
        return work.programs is None or work.programs.can_continue(unit, traced, known, holding.rows)

    def by_symbol(units: tuple[Unit, ...], *, full_refresh: bool) -> dict[str, tuple[Decision, ...]]:
        found: dict[str, list[Decision]] = defaultdict(list)
        for decision in decide(ledger, work.arm, units, can_continue, full_refresh=full_refresh):
            found[decision.symbol].append(decision)
        return {symbol: tuple(decisions) for symbol, decisions in found.items()}

    return RunPlan(
        ledger,
        by_symbol(work.units, full_refresh=options.full_refresh),
        by_symbol(work.beside, full_refresh=False),
        states,
    )


def surprises(run: RunPlan) -> list[str]:
    """What is built again though nobody edited it, in sentences: old candles that changed, columns without a hash."""
    models: dict[str, dict[str, None]] = defaultdict(dict)
    for decisions in run.decisions.values():
        for decision in decisions:
            for sentence in decision.why:
                if sentence.startswith(("candles of", "it cannot be hashed")):
                    models[sentence][decision.unit.model] = None
    return [f"Built anew: {', '.join(names)}, for {sentence}" for sentence, names in models.items()]


def _moved(ledger: Ledger) -> list[tuple[str, str]]:
    """The symbols and snapshots of which a state may be needed: those whose candles are no longer what they were."""
    now = {one.id for one in ledger.now.values()}
    held = {(one.symbol, one.snapshot) for holdings in ledger.holdings.values() for one in holdings}
    return sorted(pair for pair in held if pair[1] not in now)
