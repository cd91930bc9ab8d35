"""The streaming form of a project's features: traced through Hamilton, with the facts that follow from the graph."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from candlewick.analyse import Facts, facts
from candlewick.analyse.facts import settling_table
from candlewick.errors import Location, TraceError, WickError
from candlewick.project.node import CANDLE_COLUMNS
from candlewick.project.opened import watched
from candlewick.project.source import raised_at, said
from candlewick.trace import Graph, trace
from candlewick.trace.tracing import TAKEN, takes_values

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from candlewick.project.dag import Dag


@dataclass(frozen=True)
class Streaming:
    """What the trace found: the graph of every traced feature, its facts, and the features that have none.

    ``opaque`` maps each feature that is not traced to the declared node it comes from: itself, or one it needs.
    """

    graph: Graph
    facts: Mapping[str, Facts]
    opaque: Mapping[str, str]

    def records(self, dag: Dag) -> dict[str, dict[str, Any]]:
        """What reports say of each feature: class, lookback, warm-up and a fingerprint of the expression.

        A lookback or a warm-up of None means unbounded, and never settled; an opaque feature declares its lookback.
        """
        table = settling_table(self.graph)
        traced = {
            name: {
                "class": fact.klass,
                "lookback": fact.lookback,
                "warm_up": fact.warmup,
                "warm_up_by_error": {f"{level:g}": candles for level, candles in table[name].items()},
                "dtype": fact.dtype,
                "fingerprint": self.graph.outputs[name].node.fingerprint,
            }
            for name, fact in self.facts.items()
        }
        return traced | {
            name: {"class": "X", "lookback": dag.nodes[name].opaque, "warm_up": None, "opaque_by": cause}
            for name, cause in self.opaque.items()
        }


def trace_features(dag: Dag) -> Streaming:
    """Run the features on stand-in columns and keep the expressions they build.

    Errors: TraceError at the user's line for what has no streaming form; ``trace-raised`` when a function fails on a
    stand-in, ``trace-not-a-column`` when it returns something else.
    """
    opaque = _opaque(dag)
    names = [node.name for node in dag.columns if node.kind == "feature" and node.name not in opaque]
    graph = traced(dag, lambda inputs: dag.execute(names, inputs, on_stand_ins(dag)), CANDLE_COLUMNS)
    return Streaming(graph, facts(graph), opaque)


def traced(dag: Dag, execute: Callable[[Mapping[str, Any]], Mapping[str, Any]], columns: Sequence[str]) -> Graph:
    """The graph of what ``execute`` makes of stand-in columns; refusals name the project's files and lines."""
    try:
        return _aside(dag, lambda: trace(execute, columns))
    except WickError as error:
        raise _in_project(dag, error) from None


def _aside(dag: Dag, work: Callable[[], Graph]) -> Graph:
    """Run in a thread of its own: Ctrl-C reaches the main thread only, so what is raised there is a feature's own."""
    with ThreadPoolExecutor(1) as pool, watched():
        try:
            return pool.submit(work).result()
        except KeyboardInterrupt:
            dag.stop()
            raise


def known_streaming(dag: Dag) -> Streaming | None:
    """The trace where all features have a streaming form; None where it refuses.

    For listings and reports: a refusal is for a run with the program to report, and no reason not to list nodes.
    """
    try:
        return trace_features(dag)
    except WickError:
        return None


def _opaque(dag: Dag) -> dict[str, str]:
    """The features declared opaque and those downstream of them."""
    found = {node.name: node.name for node in dag.nodes.values() if node.opaque is not None}
    changed = True
    while changed:
        below = {
            node.name: found[name]
            for node in dag.nodes.values()
            for name in node.inputs
            if name in found and node.name not in found and node.kind == "feature"
        }
        found.update(below)
        changed = bool(below)
    return found


def on_stand_ins(dag: Dag, kind: str = "feature") -> Callable[[str, Callable[..., Any], dict[str, Any]], Any]:
    """Runs a node on stand-ins; validators of ``@check_output`` pass, and run on the real columns afterwards."""

    def call(name: str, function: Callable[..., Any], arguments: dict[str, Any]) -> Any:
        node = dag.nodes.get(name)
        if node is not None and node.type == "ValidationResult":
            return dag.passing_check()
        try:
            value = function(**arguments)
        except TraceError as error:
            error.what = f"{kind} '{name}': {error.what}"
            error.where = error.where or ((node.location,) if node else ())
            raise
        except WickError:
            raise
        except BaseException as error:  # sys.exit() in a feature must not end the run as fine
            if takes_values(error):
                raise _refusal(
                    raised_at(error, dag.project) or (node.location if node else None),
                    f"{kind} '{name}' hands a column to compiled code, which reads its values",
                    "trace-values",
                    TAKEN,
                ) from error
            raise _refusal(
                raised_at(error, dag.project) or (node.location if node else None),
                f"'{name}' raised {said(error)} when it was traced, that is, run on columns without values",
                "trace-raised",
                "write it so that no branch depends on values, or declare it: @opaque(lookback=...)",
            ) from error
        if node is not None and node.type == "pd.Series" and not isinstance(value, pd.Series):
            raise _refusal(
                node.location,
                f"'{name}' returned a {type(value).__name__} when it was traced, not a pd.Series",
                "trace-not-a-column",
                "return one value per candle, computed from the inputs",
            )
        if node is not None and node.is_number and isinstance(value, pd.Series):
            raise _refusal(
                node.location,
                f"'{name}' returned a column when it was traced, not {node.type}",
                "trace-not-a-number",
                "annotate what it really returns",
            )
        return value

    return call


def _refusal(where: Location | None, what: str, code: str, hint: str) -> TraceError:
    return TraceError(what, code=code, where=[where] if where else [], hint=hint)


def _in_project(dag: Dag, error: WickError) -> WickError:
    """The error with file names as the user types them, and with lines as they are now."""
    if not isinstance(error, TraceError):
        return error
    where = [_relative(dag, place) for place in error.where]
    return TraceError(error.what, code=error.code, where=where, hint=error.hint)


def _relative(dag: Dag, place: Location) -> Location:
    file = dag.project.relative(Path(place.file))
    lines = dag.sources[file].lines if file in dag.sources else ()
    return replace(place, file=file, source=lines[place.line - 1] if place.line <= len(lines) else place.source)
