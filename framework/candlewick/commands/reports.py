"""What every run leaves in target/: manifest.json, run_results.json and the lineage in three forms."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from candlewick import __version__
from candlewick.commands.lineage import shown_facts
from candlewick.lineage.page import render
from candlewick.lineage.record import Lineage, build_lineage
from candlewick.lineage.record import Outcome as NodeOutcome
from candlewick.lineage.remember import remember
from candlewick.project.project import MAIN
from candlewick.project.streaming import known_streaming
from candlewick.run.report import DONE, model_inputs
from candlewick.store.files import write_together

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from candlewick.commands.outcome import Outcome
    from candlewick.errors import WickError
    from candlewick.project.dag import Dag
    from candlewick.project.node import Node
    from candlewick.project.project import Project
    from candlewick.run.options import Options
    from candlewick.run.report import Result

SCHEMA_VERSION = 1
_DBT_STATUS = {
    "BUILT": "success",
    "APPENDED": "success",
    "REUSED": "success",
    "PASS": "pass",
    "WARN": "warn",
    "FAIL": "fail",
    "ERROR": "error",
    "SKIP": "skipped",
}
_LINEAGE_STATUS = {"BUILT": "ok", "APPENDED": "ok", "REUSED": "ok", "ERROR": "error", "SKIP": "skip"}


def write_reports(project: Project, outcome: Outcome) -> dict[str, Path]:
    """Write the reports of a run: results always, lineage when it computed, the manifest when it published."""
    folder = project.reports(outcome.options.arm)
    texts = {"run_results.json": _json(run_results(project, outcome))}
    if outcome.verb != "test":
        names = [node.name for node in outcome.dag.columns]
        texts |= _lineage_texts(folder, run_lineage(project, outcome), outcome.dag, names)
        if outcome.published:
            texts["manifest.json"] = _json(manifest(project, outcome))
    return _write(folder, texts)


def write_lineage(
    project: Project,
    dag: Dag,
    names: Sequence[str],
    verb: str,
    run_id: str,
    outcomes: Mapping[str, NodeOutcome],
    arm: str = MAIN,
) -> dict[str, Path]:
    """Write the lineage of what a fit, a data set or an export computed: ``names``, as Hamilton executes them."""
    folder = project.reports(arm)
    nodes = [*dag.nodes.values(), *dag.disabled.values()]
    run = {"run_id": run_id, "command": verb, "engine": "program"}
    streaming = known_streaming(dag)
    facts = shown_facts(streaming.records(dag) if streaming is not None else {})
    lineage = build_lineage(project.config.name, nodes, outcomes=outcomes, facts=facts, run=run)
    return _write(folder, _lineage_texts(folder, lineage, dag, names))


def _lineage_texts(folder: Path, lineage: Lineage, dag: Dag, names: Sequence[str]) -> dict[str, str]:
    whole = remember(lineage, folder / "lineage.json")
    return {"lineage.json": whole.dumps(), "lineage.html": render(whole), "lineage.dot": dag.dot(names)}


def _write(folder: Path, texts: Mapping[str, str]) -> dict[str, Path]:
    write_together(folder, texts)
    return {name: folder / name for name in texts}


def run_lineage(project: Project, outcome: Outcome) -> Lineage:
    """The lineage of every node, disabled ones too, with what the run did to each."""
    models = {result.model: result for result in outcome.results if result.kind == "model"}
    failed = {result.model for result in outcome.results if result.kind == "test" and result.failed}
    outcomes = {
        name: _node_outcome(models[node.model], outcome.node_seconds.get(name), failed_test=node.model in failed)
        for name, node in outcome.dag.nodes.items()
        if node.model in models
    }
    nodes = [*outcome.dag.nodes.values(), *outcome.dag.disabled.values()]
    run = {"run_id": outcome.run_id, "command": outcome.verb, "engine": outcome.options.engine}
    facts = shown_facts(outcome.facts)
    for name, nanoseconds in outcome.costs.items():  # the program runs all at once: a run's time says nothing of one
        if name in facts:
            facts[name]["cost"] = round(nanoseconds, 3)
    return build_lineage(project.config.name, nodes, outcomes=outcomes, facts=facts, run=run)


def _node_outcome(model: Result, seconds: float | None, *, failed_test: bool) -> NodeOutcome:
    done = model.status in DONE
    status: Any = "fail" if failed_test and done else _LINEAGE_STATUS[model.status]
    action = model.status if done else None
    return NodeOutcome(status, round(seconds, 6) if seconds is not None else None, model.rows or None, action)


def manifest(project: Project, outcome: Outcome) -> dict[str, Any]:
    """The project as the run saw it, in dbt's key names."""
    dag, name = outcome.dag, project.config.name
    every = {**dag.disabled, **dag.nodes}
    lineage = build_lineage(name, every.values())
    inputs = model_inputs(every)
    nodes: dict[str, Any] = {}
    for node in every.values():
        key = f"model.{name}.{node.model}"
        model = nodes.setdefault(key, {
            "unique_id": key,
            "resource_type": "model",
            "name": node.model,
            "kind": node.kind,
            "path": node.file,
            "depends_on": {"nodes": [f"model.{name}.{each}" for each in sorted(inputs[node.model])]},
            "columns": {},
        })  # fmt: skip
        if node.is_column:
            candles = lineage.entries[node.name].candles
            model["columns"][node.name] = _column(node, candles) | outcome.facts.get(node.name, {})
    return {
        "metadata": _metadata(project, outcome, "manifest"),
        "nodes": nodes,
        "toggles": _toggles(outcome),
        "engine": outcome.options.engine,
        "fingerprints": outcome.fingerprints,
    }


def _column(node: Node, candles: tuple[str, ...]) -> dict[str, Any]:
    return {
        "name": node.name,
        "description": node.doc,
        "group": node.group,
        "enabled": node.enabled,
        "line": node.line,
        "inputs": list(node.inputs),
        "candles": list(candles),
        "tags": dict(node.tags),
    }


def run_results(project: Project, outcome: Outcome) -> dict[str, Any]:
    """What happened to every model and test, in dbt's key names."""
    return {
        "metadata": _metadata(project, outcome, "run_results"),
        "args": _args(outcome.verb, outcome.options),
        "toggles": _toggles(outcome),
        "results": [_result(project, result) for result in outcome.results],
        "elapsed_time": round(outcome.seconds, 6),
        "published": outcome.published,
        "success": not outcome.failed,
    }


def _result(project: Project, result: Result) -> dict[str, Any]:
    return {
        "unique_id": f"{result.kind}.{project.config.name}.{result.name}",
        "status": _DBT_STATUS[result.status],
        "execution_time": round(result.seconds, 6),
        "message": result.message or None,
        "failures": result.rows if result.kind == "test" else None,
        "rows": result.rows if result.kind == "model" else None,
        "columns": result.columns if result.kind == "model" else None,
        "code": result.errors[0].code if result.errors else None,
        "action": result.status if result.kind == "model" and result.status in DONE else None,
        "offending": [
            {"symbol": each.symbol, "rows": each.rows, "first_ts": each.first_ts, "first_value": each.first_value}
            for each in result.offending
        ],
    }


def write_refusal(project: Project, verb: str, options: Options, run_id: str, error: WickError) -> None:
    """Write the run_results of a run that was refused before it computed anything: no results, and the error."""
    document = {
        "metadata": _head(project, run_id, datetime.now(UTC), "run_results"),
        "args": _args(verb, options),
        "results": [],
        "published": False,
        "success": False,
        "error": {
            "code": error.code,
            "message": error.what,
            "where": [f"{place.file}:{place.line}" for place in error.where],
            "hint": error.hint,
        },
    }
    _write(project.reports(options.arm), {"run_results.json": _json(document)})


def _args(verb: str, options: Options) -> dict[str, Any]:
    return {
        "which": verb,
        **{key: list(value) if isinstance(value, tuple) else value for key, value in asdict(options).items()},
    }


def _metadata(project: Project, outcome: Outcome, kind: str) -> dict[str, Any]:
    return _head(project, outcome.run_id, outcome.started, kind)


def _head(project: Project, run_id: str, started: datetime, kind: str) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "schema": f"candlewick/{kind}",
        "wick_version": __version__,
        "project_name": project.config.name,
        "run_id": run_id,
        "generated_at": started.isoformat(),
    }


def _toggles(outcome: Outcome) -> dict[str, Any]:
    return {"enabled": list(outcome.dag.toggles.enabled), "sources": dict(outcome.dag.toggles.sources)}


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
