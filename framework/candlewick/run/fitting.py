"""Fitting a project: features of every symbol up to the end of training, the fit on them, its transform as a graph."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from candlewick.analyse.facts import first, fold
from candlewick.errors import ConfigError
from candlewick.fit.fitted import Fitted
from candlewick.fit.fitting import fit_parameters, plain
from candlewick.fit.labels import touch_column
from candlewick.fit.training import training_rows
from candlewick.fit.transform import trace_output
from candlewick.fit.tripwires import Selections, inspect_rows
from candlewick.project.config import FILENAME, place_of
from candlewick.run.execute import in_order
from candlewick.run.prepare import prepare
from candlewick.run.streamed import compute_symbol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from candlewick.project.dag import Dag
    from candlewick.project.streaming import Streaming
    from candlewick.run.work import Work


@dataclass(frozen=True)
class Fitting:
    """A fit, and the ``values`` of all its functions as they returned them; ``seconds`` is by function."""

    fitted: Fitted
    values: Mapping[str, Any]
    work: Work
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def parameters(self) -> dict[str, Any]:
        """The values that transforms read."""
        return {name: self.values[name] for name in self.fitted.parameters}


def fit_project(
    dag: Dag,
    candles: Iterable[tuple[str, pd.DataFrame]],
    *,
    threads: int = 1,
    done: Callable[[str, int], None] = lambda *_: None,
) -> Fitting:
    """Fit a project on the candles of its symbols; candles after ``split.train_end`` are never looked at.

    Without fit modules nothing is fitted, and the output is the features themselves. ``done(symbol, rows)`` is called
    for each symbol as it is computed.

    Errors: those of tracing; ConfigError ``fit-train-end``; NodeError of a feature, a label or a fit function.
    """
    contract = dag.contract
    features = [node for node in dag.columns if node.kind == "feature"]
    labels = contract.labels if contract else ()
    read = [*labels, *filter(None, (touch_column(dag, name) for name in labels))]
    models = {node.model for node in features} | {dag.nodes[name].model for name in read}
    work = prepare(dag, models, engine="program", tests=False)
    streaming = work.streaming
    if streaming is None:
        raise TypeError("the program engine always traces")
    if contract is None:
        return Fitting(Fitted(streaming.graph, streaming.graph, {}, None), {}, work)
    end = _train_end(dag)
    names = [node.name for node in features]
    tables = _tables(work, _until(candles, end), [*names, *dict.fromkeys(read)], threads, done)
    training = training_rows(
        dag, tables, names=names, labels=labels, warm_up=warm_up(dag, streaming), train_end=end
    )  # fmt: skip
    findings = inspect_rows(dag, training)
    selections = Selections(dag)
    values, seconds = fit_parameters(dag, training, selections.seen)
    parameters = {name: values[name] for name in contract.parameters}
    graph = trace_output(dag, streaming, parameters)
    fitted = Fitted(
        streaming.graph,
        graph,
        {name: plain(value) for name, value in parameters.items()},
        training.window,
        (*findings, *selections.findings),
    )
    return Fitting(fitted, values, work, seconds)


def warm_up(dag: Dag, streaming: Streaming) -> int:
    """Leading candles of a symbol that are no training rows: until every feature can be trusted.

    A total over all candles never settles; it counts from its first value. An opaque feature declares what it reads.
    """
    defined = fold(streaming.graph, first)
    known = {
        name: fact.warmup if fact.warmup is not None else int(defined[streaming.graph.outputs[name].node.hash])
        for name, fact in streaming.facts.items()
    }
    for node in dag.nodes.values():  # not in the order of computation, so each looks as deep as it must
        if node.name in streaming.opaque:
            known[node.name] = _opaque_warm_up(dag, node.name, known)
    return max(known.values(), default=0)


def _opaque_warm_up(dag: Dag, name: str, known: dict[str, int]) -> int:
    if name not in known:
        node = dag.nodes.get(name)
        inputs = node.inputs if node else ()
        known[name] = (node.opaque or 0 if node else 0) + max(
            (_opaque_warm_up(dag, each, known) for each in inputs), default=0
        )
    return known[name]


def _train_end(dag: Dag) -> int:
    split = dag.project.config.split
    if split is None:
        raise ConfigError(
            "the project has a fit, and wick.yml does not say where training ends",
            code="fit-train-end",
            where=filter(None, [place_of(dag.project.root / FILENAME, ["fit"])]),
            hint="add split: {train_end: 2020-12-31} to wick.yml",
        )
    return split.last_ms


def _until(candles: Iterable[tuple[str, pd.DataFrame]], end: int) -> Iterator[tuple[str, pd.DataFrame]]:
    last = pd.Timestamp(end, unit="ms", tz="UTC")
    return ((symbol, frame[frame.index <= last]) for symbol, frame in candles)


def _tables(
    work: Work,
    candles: Iterable[tuple[str, pd.DataFrame]],
    names: list[str],
    threads: int,
    done: Callable[[str, int], None],
) -> Iterator[tuple[str, pd.DataFrame]]:
    """The columns ``names`` of every symbol in order."""
    for symbol, table in in_order(lambda symbol, frame: (symbol, columns_of(work, symbol, frame)), candles, threads):
        done(symbol, len(table))
        yield symbol, table[names]


def columns_of(work: Work, symbol: str, candles: pd.DataFrame) -> pd.DataFrame:
    """The columns of a work for one symbol.

    Errors: the first one of its nodes.
    """
    names = [node.name for node in work.columns]
    computed = compute_symbol(work.dag, work.program, names, symbol, candles)
    for error in computed.errors.values():
        raise error
    return pd.DataFrame({name: computed.columns[name] for name in names}, index=candles.index)
