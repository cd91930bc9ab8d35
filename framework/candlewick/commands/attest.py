"""What a run that published attests for the next: the facts of its receipt."""

from __future__ import annotations

import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from candlewick.commands import receipt
from candlewick.commands.reports import run_results
from candlewick.errors import StoreError
from candlewick.project.outside import is_restless
from candlewick.project.values import hashed
from candlewick.run.custom_tests import sql_tests
from candlewick.run.sql_tests import may_vary
from candlewick.run.testing import has_text
from candlewick.store.catalog import catalog_path
from candlewick.store.publish import is_latest

if TYPE_CHECKING:
    from candlewick.commands.outcome import Outcome, Plan
    from candlewick.project.project import Project
    from candlewick.run.report import Result
    from candlewick.store.result import IngestResult


def attest(project: Project, outcome: Outcome, plan: Plan, began: str) -> None:
    """Leave the facts of a run that published; of one that failed, take all there were.

    ``began`` is the key of the project's files when the run began: nothing is said when somebody has edited them since,
    or wrote to the store after the run published. A build attests a run as well.
    """
    if outcome.failed:
        receipt.forget(project)
    if not outcome.published or any(unit.problem for unit in plan.work.units) or _is_restless(plan):
        return
    options = asdict(outcome.options)
    now = plan.run.ledger.now
    try:
        key, stamp = receipt.key_of(project, options), receipt.stamp_of_store(project)
        mine = is_latest(project.store, outcome.run_id, now)
        path = catalog_path(project.target, outcome.options.arm)
        content, _ = receipt.catalog_now(path)
        steady = stamp == receipt.stamp_of_store(project) and began == receipt.files_key(project)
    except (OSError, StoreError):
        return
    if not mine or not steady:
        return
    models = [_as_reused(result, plan.rows) if result.kind == "model" else result for result in outcome.results]
    common = {"key": key, "catalog": {"file": path.name, "content": content}}
    run = replace(outcome, verb="run", results=tuple(each for each in models if each.kind == "model"))
    facts = {receipt.subject("run", options): common | _said(project, run, plan, None)}
    if outcome.verb == "build" and plan.ingested is not None and _repeats(project, plan, plan.ingested):
        build = replace(outcome, results=tuple(models))
        facts[receipt.subject("build", options)] = common | _said(project, build, plan, plan.ingested)
    receipt.write_facts(project, stamp, hashed(*(one.id for one in now.values())), facts, outcome.started)


def _is_restless(plan: Plan) -> bool:
    """Whether a module of the project may hold other constants next time, with no file changed."""
    root = str(plan.dag.project.root)
    files = {file for module in list(sys.modules.values()) if (file := getattr(module, "__file__", None))}
    mine = [Path(file) for file in files if file.startswith(root) and file.endswith(".py")]
    try:
        own = [source for path in mine if (source := plan.dag.read(path)) is not None]
    except (OSError, SyntaxError):  # somebody edits it
        return True
    return any(is_restless(source.tree, source.imports) for source in own)


def _as_reused(result: Result, rows: int) -> Result:
    return replace(result, status="REUSED", rows=rows, seconds=0.0)


def _repeats(project: Project, plan: Plan, ingested: IngestResult) -> bool:
    """Whether ingest and tests would find the same again: no candle is awaited, no test can change its mind."""
    known = all(has_text(plan.work, test) for test in plan.work.python_tests)
    return known and not ingested.awaits and not any(may_vary(each.query) for each in sql_tests(project))


def _said(project: Project, outcome: Outcome, plan: Plan, ingested: IngestResult | None) -> dict[str, Any]:
    """What a run says when all of it is reused, and the files that a build's ingest found."""
    toggles = outcome.dag.toggles
    tests = sum(result.kind == "test" for result in outcome.results)
    return {
        "counts": {
            "models": len(outcome.results) - tests,
            "columns": len(plan.work.columns),
            "tests": tests,
            "symbols": len(plan.symbols),
            "candles": plan.rows,
            "enabled": list(toggles.enabled),
            "sources": dict(toggles.sources),
        },
        "run_results": run_results(project, replace(outcome, seconds=0.0)),
        "source": None if ingested is None else _files(ingested),
        "ingest": None if ingested is None else {
            "files": len(ingested.files),
            "candles": sum(each.candles for each in ingested.symbols),
            "symbols": len(ingested.symbols),
            "warnings": list(ingested.lasting),
        },
    }  # fmt: skip


def _files(ingested: IngestResult) -> dict[str, tuple[list[int], str]]:
    return {file.name: ([] if file.fresh else list(file.stamp), file.content) for file in ingested.files}
