"""`wick run` and `wick build`: compute, test, publish."""

from __future__ import annotations

import contextlib
import logging
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from candlewick.commands.arms import chosen_groups
from candlewick.commands.attest import attest
from candlewick.commands.ingest import ingest
from candlewick.commands.kernels import announced
from candlewick.commands.outcome import SILENT, Listener, Outcome, Plan, Verb
from candlewick.commands.receipt import files_key
from candlewick.commands.reports import write_refusal, write_reports
from candlewick.commands.run_id import new_run_id
from candlewick.commands.tracking import track
from candlewick.errors import StoreError, WickError
from candlewick.program.cost import costs
from candlewick.project.project import MAIN
from candlewick.project.streaming import known_streaming
from candlewick.run.custom_tests import sql_tests
from candlewick.run.execute import run_symbols
from candlewick.run.planning import plan_run, read_project
from candlewick.run.report import Result, roll_up, roll_up_tests
from candlewick.run.sql_tests import run_sql_test
from candlewick.run.task import Task
from candlewick.run.together import run_together
from candlewick.run.verify import verify_together
from candlewick.store.candles import load_many
from candlewick.store.failures import record_failure
from candlewick.store.former import found_before
from candlewick.store.growing import TOGETHER
from candlewick.store.ledger import read_tested
from candlewick.store.parts import writing
from candlewick.store.publish import Edition, Run, publish
from candlewick.store.recover import recover

if TYPE_CHECKING:
    from collections.abc import Sequence

    from candlewick.project.project import Project
    from candlewick.run.options import Options
    from candlewick.run.planning import Reading
    from candlewick.run.work import SymbolRun, Work

log = logging.getLogger(__name__)
_ATTEMPTS = 3


def build(project: Project, verb: Verb, options: Options, listener: Listener = SILENT) -> Outcome:
    """Run the selected models of a project, test them, and publish all of them or nothing.

    ``run`` computes and publishes; ``build`` ingests first and tests before it publishes; ``test`` tests what is
    published and writes nothing but reports, another arm than main under the groups it was published with. The candles
    that a build ingests are published whatever comes of the rest: features then say by their own last candle how far
    they go, and `wick plan` what they have not seen yet.

    Errors: whatever reading the project raises, before anything is computed; StoreError when it cannot be published.
    They are in run_results.json too. A node or a test that fails is not raised: it is in the outcome.
    """
    started = datetime.now(UTC)
    run_id = new_run_id(started)
    began = files_key(project)
    try:
        with contextlib.redirect_stdout(sys.stderr):  # what the project's own functions print is no output of ours
            outcome, plan = _steady(project, verb, options, listener, started, run_id)
    except WickError as error:
        with contextlib.suppress(StoreError):  # the error itself is what matters
            write_refusal(project, verb, options, run_id, error)
        raise
    for failure in (error for result in outcome.results for error in result.errors):
        log.error("%s", failure, exc_info=failure)
    paths = write_reports(project, outcome)
    tracked = track(project, outcome, paths)
    if tracked is not None:
        listener.tracked(tracked)
    attest(project, outcome, plan, began)
    return outcome


def _steady(
    project: Project, verb: Verb, options: Options, listener: Listener, started: datetime, run_id: str
) -> tuple[Outcome, Plan]:
    """Run; begin again when an ingest changed the candles meanwhile, for a few times."""
    for _ in range(_ATTEMPTS - 1):
        try:
            return _build(project, verb, options, listener, started, run_id)
        except StoreError as error:
            if error.code != "store-moved":
                raise
            log.info("%s: the run begins again", error.what)
    return _build(project, verb, options, listener, started, run_id)


def _build(
    project: Project, verb: Verb, options: Options, listener: Listener, started: datetime, run_id: str
) -> tuple[Outcome, Plan]:
    clock = time.perf_counter()
    tested = verb == "test" and options.arm != MAIN  # what is published there is a fact, as for whoever looks at an arm
    groups = chosen_groups(project, options.arm, options.enable, options.disable).given if tested else None
    reading = read_project(project, options, tests=verb != "run", groups=groups)
    ingested = ingest(project, full_refresh=options.full_refresh) if verb == "build" else None
    if ingested is not None:
        listener.ingested(ingested)
    recover(project.target, project.store)
    with writing(project.target):  # from here on nobody sweeps the parts that are counted on
        plan = replace(_plan(project, reading, verb, options), ingested=ingested)
        listener.planned(plan)
        if plan.work.program is not None:
            with announced(listener.compiling):
                plan.work.program.native  # noqa: B018 - made when first asked for, here and not in a symbol's thread
        runs = _run(project, verb, options, plan, listener)
        outcome = Outcome(
            run_id=run_id,
            verb=verb,
            options=options,
            dag=plan.dag,
            results=_results(project, plan.work, runs, verb, listener),
            symbols=plan.symbols,
            started=started,
            seconds=time.perf_counter() - clock,
            node_seconds=_node_seconds(runs),
            facts=_facts(reading),
            costs=dict(costs(plan.work.program)) if verb != "test" and plan.work.program is not None else {},
            fingerprints={name: each.hash for name, each in reading.prints.items()},
            notes=tuple(note for run in runs for note in run.notes),
        )
        if outcome.published:
            _publish(project, outcome, plan, runs)
    if outcome.failed:
        _remember_failure(project, outcome)
        recover(project.target, project.store)  # the parts of a run that is not published belong to nobody
    return outcome, plan


def _facts(reading: Reading) -> dict[str, dict[str, Any]]:
    streaming = reading.work.streaming or known_streaming(reading.dag)
    return streaming.records(reading.dag) if streaming is not None else {}


def _run(project: Project, verb: Verb, options: Options, plan: Plan, listener: Listener) -> list[SymbolRun]:
    """What came of every symbol, in the plan's order: what is said of them does not follow from who was ready first."""
    given: dict[str, Any] = {"threads": options.threads, "causality": True, "done": listener.symbol}
    if verb == "test":
        tasks = (
            (Task(symbol, plan.run.ledger.now[symbol], (), (), {}), candles)
            for symbol, candles in load_many(project.store)
        )
        return run_symbols(plan.work, verify_together, tasks, together=1, **given)
    together = TOGETHER // (len(plan.work.columns) + 1)
    runs = run_symbols(plan.work, run_together, plan.run.tasks(project), together=together, **given)
    places = {symbol: place for place, symbol in enumerate(plan.symbols)}
    return sorted(runs, key=lambda run: places[run.symbol])


def _plan(project: Project, reading: Reading, verb: Verb, options: Options) -> Plan:
    """What the store holds, and what is therefore to be done."""
    run = plan_run(project, reading, options)
    work = reading.work
    if verb == "build" and not options.full_refresh:
        before = found_before(project.target, run.ledger.holdings)
        work = replace(work, tested=before | read_tested(project.store))
    symbols = tuple(run.ledger.now)
    rows = sum(one.candles for one in run.ledger.now.values())
    return Plan(reading.dag, work, run, symbols, rows, _count(project, work, verb))


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
        parts = [part for run in runs for holding in run.holdings for part in holding.parts]
        skip = verb == "build" and any(result.failed for result in results)
        for query in sql_tests(project):
            result = Result("test", query.title, "", "SKIP") if skip else run_sql_test(project, query, work, parts)
            listener.result(result)
            results.append(result)
    return tuple(results)


def _publish(project: Project, outcome: Outcome, plan: Plan, runs: Sequence[SymbolRun]) -> None:
    work = plan.work
    snapshots = plan.run.ledger.now
    enabled = {(node.model, node.group) for node in plan.dag.columns}
    edition = Edition(
        holdings=[holding for each in runs for holding in each.holdings],
        columns={model: [node.name for node in nodes] for model, nodes in work.tables().items()},
        shown=enabled,
        models={node.model for node in (*plan.dag.columns, *plan.dag.disabled.values())},
        symbols=set(snapshots),
        seen=snapshots,
        recipes={unit.id: unit.recipe for unit in work.units},
        states={(each.symbol, snapshots[each.symbol].id): each.states for each in runs if each.states is not None},
        tested={key: found for each in runs for key, found in each.tested.items()},
    )
    arm, kept = outcome.options.arm, project.config.history
    publish(project.target, project.store, edition, _record(outcome, "success"), arm, kept)


def _record(outcome: Outcome, status: str) -> Run:
    return Run(
        outcome.run_id, outcome.verb, status, outcome.started, datetime.now(UTC),
        {"toggles": list(outcome.dag.toggles.enabled), "engine": outcome.options.engine, "arm": outcome.options.arm},
    )  # fmt: skip


def _remember_failure(project: Project, outcome: Outcome) -> None:
    """A run that failed is history too; when that cannot be written, it is no second failure."""
    try:
        record_failure(project.target, _record(outcome, "error"))
    except StoreError as error:
        log.warning("the run is not in the history: %s", error)


def _node_seconds(runs: Sequence[SymbolRun]) -> dict[str, float]:
    seconds: dict[str, float] = {}
    for run in runs:
        for name, each in run.seconds.items():
            seconds[name] = seconds.get(name, 0.0) + each
    return seconds
