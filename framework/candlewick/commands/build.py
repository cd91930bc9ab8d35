"""`wick run` and `wick build`: compute, test, publish."""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from candlewick.commands.ingest import ingest
from candlewick.commands.kernels import announced
from candlewick.commands.reports import write_reports
from candlewick.commands.tracking import track
from candlewick.errors import UsageError, nearest
from candlewick.project.dag import Dag, load_dag
from candlewick.project.modified import modified_nodes
from candlewick.project.select import Selector
from candlewick.project.streaming import known_facts
from candlewick.run.custom_tests import sql_tests
from candlewick.run.execute import run_symbols
from candlewick.run.prepare import prepare
from candlewick.run.report import Result, roll_up, roll_up_tests
from candlewick.run.sql_tests import run_sql_test
from candlewick.run.symbol import run_symbol, verify_symbol
from candlewick.store.candles import load_many, some_candles
from candlewick.store.parts import writing
from candlewick.store.publish import Run, publish, recover

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from candlewick.project.project import Project
    from candlewick.run.symbol import SymbolRun, Work
    from candlewick.store.result import IngestResult
    from candlewick.track import TrackedRun

log = logging.getLogger(__name__)
Verb = Literal["run", "test", "build"]
ENGINES = ("program", "hamilton")


@dataclass(frozen=True)
class Options:
    """What a user can ask of a run, as the command line names it."""

    select: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    enable: tuple[str, ...] = ()
    disable: tuple[str, ...] = ()
    threads: int = field(default_factory=lambda: os.cpu_count() or 1)
    engine: str = "program"
    full_refresh: bool = False
    allow_empty: bool = False


@dataclass(frozen=True)
class Plan:
    """What is about to be done; ``total`` counts its models and tests."""

    dag: Dag
    work: Work
    symbols: tuple[str, ...]
    rows: int
    total: int


@dataclass(frozen=True)
class Outcome:
    """What a run did; where something failed the store is as it was."""

    run_id: str
    verb: Verb
    options: Options
    dag: Dag
    results: tuple[Result, ...]
    symbols: tuple[str, ...]
    started: datetime
    seconds: float
    node_seconds: dict[str, float] = field(default_factory=dict)
    facts: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def failed(self) -> bool:
        """Whether any model or test failed."""
        return any(result.failed for result in self.results)

    @property
    def published(self) -> bool:
        """Whether users now query what this run computed."""
        return self.verb != "test" and not self.failed


@dataclass(frozen=True)
class Listener:
    """Callbacks for whoever shows the run while it happens."""

    ingested: Callable[[IngestResult], None] = lambda _: None
    planned: Callable[[Plan], None] = lambda _: None
    symbol: Callable[[SymbolRun], None] = lambda _: None
    result: Callable[[Result], None] = lambda _: None
    tracked: Callable[[TrackedRun], None] = lambda _: None
    compiling: Callable[[int], None] = lambda _: None


def build(project: Project, verb: Verb, options: Options, listener: Listener = Listener()) -> Outcome:
    """Run the selected models of a project, test them, and publish all of them or nothing.

    ``run`` computes and publishes; ``build`` ingests first and tests before it publishes; ``test`` tests what is
    published and writes nothing but reports.

    Errors: whatever reading the project raises, before anything is computed; StoreError when it cannot be published.
    A node or a test that fails is not raised: it is in the outcome.
    """
    started, clock = datetime.now(UTC), time.perf_counter()
    with contextlib.redirect_stdout(sys.stderr):  # what the project's own functions print is not the command's output
        plan = _plan(project, verb, options, listener)
        recover(project.target, project.store)
        if plan.work.program is not None:
            with announced(listener.compiling):
                plan.work.program.native  # noqa: B018 - made when first asked for, here and not in a symbol's thread
        with writing(project.target):
            runs = _run(project, verb, options, plan.work, listener)
            outcome = Outcome(
                run_id=f"{started:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}",
                verb=verb,
                options=options,
                dag=plan.dag,
                results=_results(project, plan.work, runs, verb, listener),
                symbols=plan.symbols,
                started=started,
                seconds=time.perf_counter() - clock,
                node_seconds=_node_seconds(runs),
                facts=plan.work.streaming.records(plan.dag) if plan.work.streaming else known_facts(plan.dag),
            )
            if outcome.published:
                _publish(project, outcome, plan.work, runs)
        if outcome.failed:
            recover(project.target, project.store)  # the parts of a run that is not published belong to nobody
    for error in (error for result in outcome.results for error in result.errors):
        log.error("%s", error, exc_info=error)
    tracked = track(project, outcome, write_reports(project, outcome))
    if tracked is not None:
        listener.tracked(tracked)
    return outcome


def _run(project: Project, verb: Verb, options: Options, work: Work, listener: Listener) -> list[SymbolRun]:
    one = verify_symbol if verb == "test" else run_symbol
    candles = load_many(project.store)
    return run_symbols(work, one, candles, threads=options.threads, causality=True, done=listener.symbol)


def _plan(project: Project, verb: Verb, options: Options, listener: Listener) -> Plan:
    """Read the project, choose what to do, and for a build bring the candles up to date."""
    if options.engine not in ENGINES:
        hint = nearest(options.engine, ENGINES) or f"use {' or '.join(ENGINES)}"
        raise UsageError(f"there is no engine '{options.engine}'", code="usage-engine", hint=hint)
    dag = load_dag(project, enable=options.enable, disable=options.disable)
    selector = Selector(dag.nodes, modified_nodes(project, dag.nodes.values()), dag.disabled.values())
    chosen = selector.select(options.select, options.exclude, allow_empty=options.allow_empty)
    work = prepare(dag, {node.model for node in chosen}, engine=options.engine, tests=verb != "run")
    if verb == "build":
        listener.ingested(ingest(project, full_refresh=options.full_refresh))
    counts = some_candles(project.store)
    symbols = tuple(each.symbol for each in counts)
    plan = Plan(dag, work, symbols, sum(each.candles for each in counts), _count(project, work, verb))
    listener.planned(plan)
    return plan


def _count(project: Project, work: Work, verb: Verb) -> int:
    """How many lines the run will have: models and tests."""
    models = len(work.tables())
    tripped = len({test.model for test in work.tripwires})
    tests = len(work.tests) + tripped + len(work.python_tests)
    if verb == "test":  # no models, but causality for each that holds features, and parity when there is a program
        featured = len({node.model for node in work.columns if node.kind == "feature"})
        tests += featured * (2 if work.program is not None else 1) - models
    queries = len(sql_tests(project)) if verb != "run" else 0
    return models + tests + queries


def _results(
    project: Project, work: Work, runs: Sequence[SymbolRun], verb: Verb, listener: Listener
) -> tuple[Result, ...]:
    results = []
    for result in roll_up_tests(work, runs) if verb == "test" else roll_up(work, runs):
        listener.result(result)
        results.append(result)
    if verb != "run":
        # A query reads whole tables, so it waits for them; it sees the parts of this run, published or not.
        parts = [part for run in runs for part in run.parts]
        skip = verb == "build" and any(result.failed for result in results)
        for query in sql_tests(project):
            result = Result("test", query.title, "", "SKIP") if skip else run_sql_test(project, query, work, parts)
            listener.result(result)
            results.append(result)
    return tuple(results)


def _publish(project: Project, outcome: Outcome, work: Work, runs: Sequence[SymbolRun]) -> None:
    built = {result.model for result in outcome.results if result.kind == "model" and result.status == "BUILT"}
    run = Run(
        outcome.run_id, outcome.verb, "success", outcome.started, datetime.now(UTC),
        {"toggles": list(outcome.dag.toggles.enabled), "engine": outcome.options.engine},
    )  # fmt: skip
    whole = not outcome.options.select and not outcome.options.exclude
    publish(
        project.target,
        project.store,
        [part for each in runs for part in each.parts if part.model in built],
        run,
        {model: [node.name for node in nodes] for model, nodes in work.tables().items() if model in built},
        drop_others=whole,
    )


def _node_seconds(runs: Sequence[SymbolRun]) -> dict[str, float]:
    seconds: dict[str, float] = {}
    for run in runs:
        for name, each in run.seconds.items():
            seconds[name] = seconds.get(name, 0.0) + each
    return seconds
