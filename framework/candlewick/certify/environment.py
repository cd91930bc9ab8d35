"""Part seven: the file is that of the project, the candles and the machine it is tried on; what each of them was."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
from typing import TYPE_CHECKING, Any

from candlewick import __version__
from candlewick.certify.case import same_bits
from candlewick.certify.certificate import ELSEWHERE, FAIL, NOT_RUN, PASS, Finding, Part
from candlewick.lower import lower
from candlewick.program import FEATURES, OUTPUT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from candlewick.certify.case import Case
    from candlewick.trace import Graph

CLAIM = "the file holds the program, the toggles and the states of this project and these candles"
MADE = {"git_commit", "versions", "toggle_sources"}
LIBRARIES = ("numpy", "numba", "llvmlite", "pandas", "apache-hamilton", "duckdb", "safetensors")


def environment(case: Case, versions: Mapping[str, str], worker: Mapping[str, Any]) -> tuple[Part, dict[str, Any]]:
    """Compare the file with what it is said to come from; ``versions`` are the data versions of the candles now."""
    findings = [*_heavy(worker), *_other_project(case), *_other_candles(case, versions)]
    findings = findings or [*_other_payload(case)]
    told = {
        "candlewick": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "libraries": {name: importlib.metadata.version(name) for name in LIBRARIES},
        "git_commit": case.artifact.payload.git_commit,
        "groups": list(case.artifact.payload.enabled),
        "worker": dict(worker),
    }
    numbers = {"kernels": len(case.artifact.payload.kernels), "symbols": len(case.artifact.payload.symbols)}
    if case.fitting is None and not findings:
        return Part("environment", CLAIM, NOT_RUN, numbers, reason=ELSEWHERE), told
    return Part("environment", CLAIM, FAIL if findings else PASS, numbers, tuple(findings)), told


def _heavy(worker: Mapping[str, Any]) -> Iterator[Finding]:
    for name in worker.get("heavy", ()):
        yield Finding(f"the live process imported {name}")


def _other_project(case: Case) -> Iterator[Finding]:
    fitting, payload = case.fitting, case.artifact.payload
    if fitting is None:
        return
    toggles = fitting.work.dag.toggles.enabled
    if tuple(toggles) != tuple(payload.enabled):
        theirs, ours = (", ".join(groups) or "none" for groups in (payload.enabled, toggles))
        yield Finding(f"the file has the groups {theirs}, the project enables {ours}")
        return
    fitted = fitting.fitted
    stages: dict[str, Graph] = {FEATURES: fitted.features}
    if OUTPUT in payload.stages:
        stages[OUTPUT] = fitted.graph
    for stage, columns in payload.stages.items():
        graph = stages[stage].outputs
        for column in columns:
            if column.name not in graph or graph[column.name].node.fingerprint != column.fingerprint:
                yield Finding(f"stage {stage}: the project computes '{column.name}' by another expression", column.name)
        for name in graph:
            if name not in {column.name for column in columns}:
                yield Finding(f"stage {stage}: the project has '{name}', the file has not", name)
    program = lower(fitted.features, payload.program.columns, stages.get(OUTPUT))
    if program.to_plain() != payload.program.to_plain():
        yield Finding("the program in the file is not the one the project is lowered to")


def _other_candles(case: Case, versions: Mapping[str, str]) -> Iterator[Finding]:
    for symbol, state in case.artifact.payload.symbols.items() if case.fitting else ():
        if versions.get(symbol) != state.version:
            yield Finding("the candles in the store are not those the file was made from", "", symbol, state.ts)


def _other_payload(case: Case) -> Iterator[Finding]:
    """What else an export would write otherwise; of where the file was made it would say other things by right."""
    if case.expected is None:
        return
    ours, theirs = (json.loads(payload.text()) for payload in (case.expected, case.artifact.payload))
    for name in ours:
        if name not in MADE and ours[name] != theirs[name]:
            yield Finding(f"the file has another '{name}' than the project gives")
    for symbol, state in case.expected.symbols.items():
        held = case.artifact.payload.symbols.get(symbol)
        if held is None or (held.ts, held.longest_step) != (state.ts, state.longest_step):
            yield Finding("the file ends at another candle than the store", "", symbol, state.ts)
        elif not same_bits(held.vector, state.vector):
            yield Finding("the state in the file is not the one its candles lead to", "", symbol, state.ts)


def _processor() -> str:
    """What the kernels were compiled for: another processor is another certificate."""
    from llvmlite import binding

    return f"{binding.get_host_cpu_name()}, {os.cpu_count()} cores"
