"""What a run will do, decided before it starts: columns, engine, tests."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from candlewick.candles import Interval
from candlewick.lower import lower
from candlewick.project.config import FILENAME, place_of
from candlewick.project.node import CANDLE_COLUMNS
from candlewick.project.streaming import Streaming, trace_features
from candlewick.run.custom_tests import check_titles, python_tests
from candlewick.run.data_tests import declared_tests, tripwires
from candlewick.run.symbol import Work
from candlewick.trace import Graph

if TYPE_CHECKING:
    from collections.abc import Collection

    from candlewick.errors import Location
    from candlewick.program import Program
    from candlewick.project.dag import Dag
    from candlewick.project.node import Node


def prepare(dag: Dag, models: Collection[str], *, engine: str, tests: bool) -> Work:
    """The columns of ``models``, the program that computes the traced ones, and with ``tests`` every data test.

    Errors: those of tracing the features and of declaring tests.
    """
    columns = tuple(node for node in dag.columns if node.model in models)
    streaming = trace_features(dag) if engine == "program" else None
    program = _program(dag, columns, streaming) if streaming else None
    config = dag.project.config
    interval = pd.Timedelta(milliseconds=Interval.parse(config.candles.interval).milliseconds)
    every = [*dag.nodes.values(), *dag.disabled.values()]
    mine = {node.name for node in columns}
    file = dag.project.root / FILENAME

    def place(target: str, number: int) -> Location | None:
        return place_of(file, ["tests", target, number])

    declared = [  # a name of a disabled feature is known, though there is nothing to test
        replace(test, columns=tuple(name for name in test.columns if name in mine))
        for test in declared_tests(config.tests, every, place)
        if (mine & set(test.columns) if test.columns else any(node.model == test.model for node in columns))
    ]
    names = [node.name for node in every if node.is_column]
    custom = python_tests(dag.project, names, list(dag.disabled))
    check_titles(dag.project, [test.title for test in declared], custom)
    if not tests:
        return Work(dag, columns, (), (), (), interval, streaming, program)
    return Work(dag, columns, tuple(declared), tuple(tripwires(columns)), custom, interval, streaming, program)


def prepare_columns(dag: Dag, names: Collection[str]) -> Work:
    """These columns by the program, and what they read; without tests."""
    whole = prepare(dag, (), engine="program", tests=False)
    columns = tuple(node for node in dag.columns if node.name in names)
    program = _program(dag, columns, whole.streaming) if whole.streaming else None
    return replace(whole, columns=columns, program=program)


def _program(dag: Dag, columns: tuple[Node, ...], streaming: Streaming) -> Program | None:
    """The program of the traced columns, and of the traced features that the other columns read."""
    wanted = {node.name for node in columns}
    queue = [node for node in columns if node.name not in streaming.graph.outputs]
    while queue:
        for name in queue.pop().inputs:
            if name in dag.nodes and name not in wanted:
                wanted.add(name)
                if name not in streaming.graph.outputs:
                    queue.append(dag.nodes[name])
    outputs = {name: output for name, output in streaming.graph.outputs.items() if name in wanted}
    return lower(Graph(outputs, streaming.graph.places), CANDLE_COLUMNS) if outputs else None
