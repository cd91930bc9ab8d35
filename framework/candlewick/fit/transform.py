"""The transform half, traced: the graph of the output frame's columns, fitted values as constants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from candlewick.errors import NodeError, TraceError, WickError
from candlewick.fit.fitting import fit_raised
from candlewick.project.node import CANDLE_COLUMNS, FEATURES
from candlewick.project.streaming import on_stand_ins, traced
from candlewick.trace.frame import columns_of, frame

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from candlewick.project.dag import Dag
    from candlewick.project.streaming import Streaming
    from candlewick.trace import Graph


def trace_output(dag: Dag, streaming: Streaming, values: Mapping[str, Any]) -> Graph:
    """The graph of the fit's output, from candles: features, then the transform with its fitted ``values``.

    Opaque features are input columns of the graph under their own names.

    Errors: those of `trace_features` at the line of the transform; NodeError ``fit-no-columns``.
    """
    contract = dag.contract
    if contract is None:
        return streaming.graph
    call = _transforming(dag)
    names = [node.name for node in dag.columns if node.kind == "feature"]
    streamed = [name for name in names if name not in streaming.opaque]
    opaque = [name for name in names if name in streaming.opaque]

    def execute(inputs: Mapping[str, Any]) -> dict[str, Any]:
        found = dag.execute(streamed, inputs, on_stand_ins(dag))
        columns = {name: found[name] if name in found else inputs[name] for name in names}
        whole = frame({name: column.astype(float) for name, column in columns.items()})
        output = dag.execute([contract.output], {FEATURES: whole}, call, values)[contract.output]
        return columns_of(output)

    graph = traced(dag, execute, (*CANDLE_COLUMNS, *opaque))
    if not graph.outputs:
        raise NodeError(
            f"'{contract.output}' has no column left",
            code="fit-no-columns",
            where=[dag.nodes[contract.output].location],
            hint="loosen what selects columns, in the fit or in its settings in wick.yml",
        )
    return graph


def _transforming(dag: Dag) -> Callable[[str, Callable[..., Any], dict[str, Any]], Any]:
    """Runs a transform on the stand-in frame; what it may not read of a whole column belongs into the fit."""
    run = on_stand_ins(dag, "transform")

    def call(name: str, function: Callable[..., Any], arguments: dict[str, Any]) -> Any:
        node = dag.nodes.get(name)
        try:
            value = run(name, function, arguments)
        except TraceError as error:
            if error.code == "trace-whole-column":
                error.hint = "fit it on training rows: a function of `train` may read whole columns"
            raise
        if node is not None and node.type == "pd.DataFrame" and not isinstance(value, pd.DataFrame):
            raise TraceError(
                f"transform '{name}' returned a {type(value).__name__}, not a pd.DataFrame",
                code="trace-not-a-frame",
                where=[node.location],
                hint="return a frame of columns computed from `features`",
            )
        return value

    return call


def transform_rows(dag: Dag, features: pd.DataFrame, values: Mapping[str, Any]) -> pd.DataFrame:
    """The output frame of one symbol's features through Hamilton, on real pandas: the reference of the program."""
    contract = dag.contract
    if contract is None:
        return features

    def call(name: str, function: Callable[..., Any], arguments: dict[str, Any]) -> Any:
        try:
            return function(**{key: _copy(each) for key, each in arguments.items()})
        except (WickError, KeyboardInterrupt):
            raise
        except BaseException as error:
            raise fit_raised(dag, name, error, "it transformed", "real rows") from error

    found = dag.execute([contract.output], {FEATURES: features.astype(float)}, call, values)[contract.output]
    return pd.DataFrame(found)


def _copy(value: Any) -> Any:
    return value.copy() if isinstance(value, pd.Series | pd.DataFrame) else value
