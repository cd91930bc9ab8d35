"""`wick export`: the project's program with the state of every symbol, as one file that live trading loads."""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import platform
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from candlewick import __version__
from candlewick.analyse import facts
from candlewick.artifact import Column, Payload, SymbolState, encode, payload_hash
from candlewick.artifact.payload import INPUTS, kernel_hashes
from candlewick.certify.certificate import FAIL, NOT_RUN
from candlewick.certify.certify import certify as try_file
from candlewick.commands.arms import chosen_groups
from candlewick.commands.exported import Exported
from candlewick.commands.fit import SILENT, Listener, fit_metrics, fit_names, fit_outcomes, fitted
from candlewick.commands.reports import write_lineage
from candlewick.commands.tracking import git_commit, track_export
from candlewick.errors import ArtifactError, CandleError, NodeError
from candlewick.lower import lower
from candlewick.program import FEATURES, OUTPUT, run
from candlewick.project.dag import load_dag
from candlewick.project.project import MAIN
from candlewick.run.streamed import candle_array
from candlewick.store.candles import data_versions, load_many, unmoved
from candlewick.store.files import passing_folder, write_atomically

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from candlewick.certify.certificate import Certificate
    from candlewick.fit import Fitted
    from candlewick.program import Program
    from candlewick.project.dag import Dag
    from candlewick.project.project import Project
    from candlewick.run.fitting import Fitting
    from candlewick.trace import Graph

CERTIFICATE = "certificate.json"
LIBRARIES = ("apache-hamilton", "duckdb", "llvmlite", "numba", "numpy", "pandas", "safetensors")


def export(
    project: Project,
    out: Path | None = None,
    *,
    enable: Sequence[str] = (),
    disable: Sequence[str] = (),
    arm: str | None = None,
    threads: int | None = None,
    listener: Listener = SILENT,
    certified: Callable[[Certificate], None] = lambda _: None,
) -> Exported:
    """Write the artifact of a project, fitted where it has a fit, with its certificate: by default target/NAME.wick.

    ``certified`` is called with the certificate, whether it holds or not. With ``arm`` under the groups it was last
    published with, and by default beside its reports.

    Where the project tracks runs, the artifact is registered as a model too.

    Errors: those of `fitted` and `unmoved`; NodeError ``export-opaque``; CandleError ``candles-none``; ArtifactError
    ``certificate-failed``. Nothing is written then.
    """
    name = arm or MAIN
    reports = project.reports(name)
    with contextlib.redirect_stdout(sys.stderr):  # what the project's own functions print is not the command's output
        dag = load_dag(project, **chosen_groups(project, arm, enable, disable).given)
        with unmoved(project.store):
            outcome = fitted(project, dag, threads=threads, listener=listener)
            payload = make_payload(dag, outcome.fitting)
            certificate = _certified(encode(payload), outcome.fitting, reports / CERTIFICATE, certified)
    path = out or reports / f"{project.config.name}.wick"
    content = encode(payload, certificate.to_plain())
    write_atomically(path, content)
    made = Exported(path, len(content), payload, payload_hash(payload.text(), payload.tensors()), certificate)
    files = write_lineage(project, dag, fit_names(dag), "export", outcome.run_id, fit_outcomes(outcome), name)
    files |= {CERTIFICATE: reports / CERTIFICATE}
    tracked = track_export(project, dag, outcome.run_id, made, fit_metrics(outcome), files, arm=name)
    if tracked is not None:
        listener.registered(*tracked)
    return made


def make_payload(dag: Dag, fitting: Fitting) -> Payload:
    """Everything that trades: the program of features and fit, and the state of every symbol after its candles."""
    fitted, config = fitting.fitted, dag.project.config
    _refuse_opaque(dag, fitting)
    read = {name: dag.nodes[name].inputs for name in fitted.features.outputs}
    stages = {FEATURES: _columns(fitted.features, read)}
    if dag.contract is not None:
        stages[OUTPUT] = _columns(fitted.graph, fitted.lineage)
    program = lower(fitted.features, INPUTS, fitted.graph if dag.contract else None)
    return Payload(
        project=config.name,
        program=program,
        kernels=kernel_hashes(program),
        interval=config.candles.interval,
        gaps=config.candles.gaps,
        volume=config.candles.volume,
        stages=stages,
        lineage=_lineage(dag, [*read, *([dag.contract.output] if dag.contract else [])]),
        enabled=dag.toggles.enabled,
        toggle_sources=dict(dag.toggles.sources),
        fit=_fit(dag, fitted),
        git_commit=git_commit(dag.project.root),
        versions={
            "candlewick": __version__,
            "python": platform.python_version(),
            **{name: importlib.metadata.version(name) for name in LIBRARIES},
        },
        symbols=_states(dag.project, program),
    )


def _refuse_opaque(dag: Dag, fitting: Fitting) -> None:
    """Refuse an output with a column that exists in batch only."""
    causes = fitting.work.streaming.opaque if fitting.work.streaming else {}
    needed = fitting.fitted.opaque if dag.contract else tuple(causes)
    for name in needed[:1]:
        through = "" if name == causes[name] else f", which it reaches through '{causes[name]}'"
        raise NodeError(
            f"'{name}' has no streaming form{through}: declared opaque, it exists in batch only",
            code="export-opaque",
            where=[dag.nodes[name].location],
            hint="write it with operators of the catalogue (`wick operators`), or disable its group for the export",
        )


def _fit(dag: Dag, fitted: Fitted) -> dict[str, Any] | None:
    """What was learned, from which rows, under which settings."""
    if dag.contract is None:
        return None
    plain = fitted.to_plain()
    known = {name: plain[name] for name in ("fingerprint", "parameters", "window", "findings")}
    return {"output": dag.contract.output, "settings": dict(dag.project.config.fit.settings), **known}


def _columns(graph: Graph, inputs: Mapping[str, tuple[str, ...]]) -> tuple[Column, ...]:
    return tuple(
        Column(
            name=name,
            dtype=fact.dtype,
            klass=fact.klass,
            lookback=fact.lookback,
            warm_up=fact.warmup,
            candles=fact.columns,
            inputs=inputs[name],
            fingerprint=graph.outputs[name].node.fingerprint,
        )
        for name, fact in facts(graph).items()
    )


def _lineage(dag: Dag, names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """What every node above the columns reads, down to the candles."""
    found: dict[str, tuple[str, ...]] = {}
    queue = list(names)
    while queue:
        name = queue.pop()
        if name in dag.nodes and name not in found:
            found[name] = dag.nodes[name].inputs
            queue.extend(found[name])
    return found


def _states(project: Project, program: Program) -> dict[str, SymbolState]:
    """The state of every symbol after its last candle in the store, by the program from its first candle on."""
    versions = data_versions(project.store) if project.store.exists() else {}
    if not versions:
        raise CandleError("the store holds no candles", code="candles-none", hint="run `wick build` first")
    states = {}
    for symbol, candles in load_many(project.store):
        array = candle_array(program.columns, candles)
        times = array[program.columns.index("ts")].astype(np.int64)
        vector = run(program, {symbol: array})[1][symbol]
        step = int(np.diff(times).max()) if len(times) > 1 else 0
        states[symbol] = SymbolState(int(times[-1]), step, versions[symbol], vector)
    return states


def _certified(content: bytes, fitting: Fitting, kept: Path, certified: Callable[[Certificate], None]) -> Certificate:
    """The certificate of a file that is about to be written; it is ``kept`` whether it passed or not.

    Errors: ArtifactError ``certificate-failed``, which names every part that did not hold.
    """
    with passing_folder("wick-export") as folder:
        path = folder / "candidate.wick"
        path.write_bytes(content)
        certificate = try_file(path, fitting)
    text = json.dumps(certificate.to_plain(), indent=1)
    write_atomically(kept, text.encode())
    certified(certificate)
    if not certificate.complete:
        raise _refused(certificate, fitting.work.dag.project.relative(kept))
    return certificate


def _refused(certificate: Certificate, kept: str) -> ArtifactError:
    bad = [part for part in certificate.parts if part.status in {FAIL, NOT_RUN}]
    said = [f"{part.name}: {_first(part.findings) or part.reason}" for part in bad]
    return ArtifactError(
        "nothing was exported: the certificate does not hold\n" + "\n".join(f"  {line}" for line in said),
        code="certificate-failed",
        hint=f"mend what is named; {kept} holds all of it",
    )


def _first(findings: tuple[Any, ...]) -> str:
    """The first finding, and how many more there are."""
    if not findings:
        return ""
    first = findings[0]
    place = " ".join(filter(None, [first.feature and f"'{first.feature}'", first.symbol and f"({first.symbol})"]))
    more = f", and {len(findings) - 1} more" if len(findings) > 1 else ""
    return f"{place + ': ' if place else ''}{first.what}{more}"
