"""The streaming form of a project's features: traced through Hamilton, with the facts that follow from the graph."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from candlewick.analyse import Facts, facts
from candlewick.analyse.facts import settling_table
from candlewick.errors import Location, NodeError, TraceError, WickError
from candlewick.project.node import CANDLE_COLUMNS
from candlewick.project.source import raised_at, said
from candlewick.trace import Graph, trace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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

    Errors: TraceError at the user's line for what has no streaming form; NodeError ``trace-raised`` when a function
    fails on a stand-in.
    """
    opaque = _opaque(dag)
    names = [node.name for node in dag.columns if node.kind == "feature" and node.name not in opaque]
    try:
        graph = trace(lambda inputs: dag.execute(names, inputs, _call(dag)), CANDLE_COLUMNS)
    except WickError as error:
        raise _in_project(dag, error) from None
    return Streaming(graph, facts(graph), opaque)


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


def _call(dag: Dag) -> Callable[[str, Callable[..., Any], dict[str, Any]], Any]:
    """Runs a node on stand-ins; validators of ``@check_output`` pass, and run on the real columns afterwards."""

    def call(name: str, function: Callable[..., Any], arguments: dict[str, Any]) -> Any:
        node = dag.nodes.get(name)
        if node is not None and node.type == "ValidationResult":
            return dag.passing_check()
        try:
            return function(**arguments)
        except WickError:
            raise
        except (Exception, SystemExit) as error:  # sys.exit() in a feature must not end the run as fine
            where = raised_at(error, dag.project) or (node.location if node else None)
            raise NodeError(
                f"'{name}' raised {said(error)} when it was traced, that is, run on columns without values",
                code="trace-raised",
                where=[where] if where else [],
                hint="write it so that no branch depends on values, or declare it: @opaque(lookback=...)",
            ) from error

    return call


def _in_project(dag: Dag, error: WickError) -> WickError:
    """The error with file names as the user types them."""
    if not isinstance(error, TraceError):
        return error
    where = [_relative(dag, place) for place in error.where]
    return type(error)(error.what, code=error.code, where=where, hint=error.hint)


def _relative(dag: Dag, place: Location) -> Location:
    return replace(place, file=dag.project.relative(Path(place.file)))
