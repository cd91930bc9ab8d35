"""`wick cost`: what features take to compute, one by one in a block and all together live, without an export."""

from __future__ import annotations

import contextlib
import json
import statistics
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from candlewick.artifact import Artifact, Payload
from candlewick.artifact.payload import INPUTS
from candlewick.candles import Interval
from candlewick.commands.arms import chosen_groups
from candlewick.errors import NodeError
from candlewick.live.features import Features
from candlewick.lower import lower
from candlewick.program.cost import costs
from candlewick.project.dag import load_dag
from candlewick.project.project import MAIN
from candlewick.project.streaming import trace_features
from candlewick.store.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterable

    from candlewick.project.dag import Dag
    from candlewick.project.project import Project
    from candlewick.trace import Graph

FILENAME = "cost.json"
SCHEMA_VERSION = 1
CANDLES, WARMED_UP = 4_000, 1_000
SYMBOL = "(made up)"
PRICE, VOLUME = 100.0, 1_000.0


@dataclass(frozen=True)
class ColumnCost:
    """One feature. Units: ``nanoseconds`` per candle in a block; what features share is shared out among them."""

    name: str
    model: str
    group: str | None
    nanoseconds: float


@dataclass(frozen=True)
class CostResult:
    """The features, the dearest first, and what one candle takes live: update and emit of all of them.

    ``opaque`` are in neither: they exist in batch only. Units: seconds for ``live_p50`` and ``live_p99``
    """

    arm: str
    groups: tuple[str, ...]
    columns: tuple[ColumnCost, ...]
    live_p50: float
    live_p99: float
    candles: int
    opaque: tuple[str, ...]

    @property
    def nanoseconds(self) -> float:
        """All features together, per candle in a block."""
        return sum(column.nanoseconds for column in self.columns)

    def to_json(self) -> dict[str, Any]:
        """The content of cost.json."""
        return {
            "schema_version": SCHEMA_VERSION,
            "arm": self.arm,
            "groups": list(self.groups),
            "block": {column.name: round(column.nanoseconds, 3) for column in self.columns},
            "live": {"p50": self.live_p50, "p99": self.live_p99, "candles": self.candles},
            "opaque": list(self.opaque),
        }


def cost(
    project: Project, *, enable: Iterable[str] = (), disable: Iterable[str] = (), arm: str | None = None
) -> CostResult:
    """Measure what the features of a project take, those of the fit left out; leave it in cost.json too.

    In a block each operator is timed by itself, once per machine. Live the features are advanced as live trading
    advances them, by made-up candles: no store is read, and nothing has to be built or exported. With ``arm`` under the
    groups it was last published with, into its folder of reports.

    Errors: those of reading and tracing the project; NodeError ``cost-none`` when no feature has a streaming form;
    UsageError ``arm-unknown``.
    """
    with contextlib.redirect_stdout(sys.stderr):  # what the project's own modules print is not the command's output
        dag = load_dag(project, **chosen_groups(project, arm, enable, disable).given)
        streaming = trace_features(dag)
    if not streaming.graph.outputs:
        hint = "switch a group on, or write a feature with operators of the catalogue (`wick operators`)"
        raise NodeError("no feature with a streaming form is on", code="cost-none", hint=hint)
    payload = _payload(dag, streaming.graph)
    spent = costs(payload.program)
    columns = [ColumnCost(name, dag.nodes[name].model, dag.nodes[name].group, spent[name]) for name in spent]
    columns.sort(key=lambda column: -column.nanoseconds)
    live = sorted(_timed(payload))
    found = CostResult(
        arm or MAIN,
        dag.toggles.enabled,
        tuple(columns),
        statistics.median(live),
        live[int(0.99 * len(live))],
        len(live),
        tuple(streaming.opaque),
    )
    write_atomically(project.reports(found.arm) / FILENAME, json.dumps(found.to_json(), indent=1) + "\n")
    return found


def _payload(dag: Dag, graph: Graph) -> Payload:
    """The features as live trading would load them, without a past and without what only a reader of a file asks."""
    config = dag.project.config
    return Payload(
        project=config.name,
        program=lower(graph, INPUTS),
        kernels={},
        interval=config.candles.interval,
        gaps=config.candles.gaps,
        volume=config.candles.volume,
        stages={},
        lineage={},
        enabled=dag.toggles.enabled,
        toggle_sources={},
        fit=None,
        git_commit=None,
        versions={},
        symbols={},
    )


def _timed(payload: Payload) -> list[float]:
    """Seconds of one update and one emit, candle by candle, after a warm-up."""
    features = Features(Artifact(payload, "", None), [SYMBOL])
    payload.program.native.compile_steps()
    step = Interval.parse(payload.interval).milliseconds
    spent = []
    for at in range(CANDLES):
        close = PRICE + (at * 7919 % 101) / 50  # up and down, and never the same twice in a row
        start = time.perf_counter()
        features.update(SYMBOL, at * step, PRICE + 1, close + 2, PRICE - 2, close, VOLUME + at % 13)
        features.emit(SYMBOL)
        spent.append(time.perf_counter() - start)
    return spent[WARMED_UP:]
