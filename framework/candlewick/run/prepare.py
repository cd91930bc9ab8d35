"""What a run is about, decided before it starts: columns, how they are computed, tests."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from candlewick.candles import Interval
from candlewick.project.config import FILENAME, place_of
from candlewick.project.fingerprints import fingerprints
from candlewick.project.streaming import trace_features
from candlewick.run.custom_tests import check_titles, python_tests
from candlewick.run.data_tests import declared_tests, tripwires
from candlewick.run.programs import Programs
from candlewick.run.units import column_inputs, units
from candlewick.run.work import Work

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from candlewick.errors import Location
    from candlewick.project.dag import Dag
    from candlewick.project.fingerprints import Fingerprint
    from candlewick.project.streaming import Streaming
    from candlewick.run.units import Unit


def prepare(dag: Dag, models: Collection[str], *, engine: str, tests: bool) -> Work:
    """The columns of ``models``, in units, and with ``tests`` every data test.

    Errors: those of tracing the features and of declaring tests.
    """
    streaming = trace_features(dag) if engine == "program" else None
    return prepare_traced(dag, models, streaming, fingerprints(dag, streaming), tests=tests)


def prepare_traced(
    dag: Dag,
    models: Collection[str],
    streaming: Streaming | None,
    prints: Mapping[str, Fingerprint],
    *,
    tests: bool,
) -> Work:
    """As `prepare`, of features that are traced already; without a trace Hamilton computes everything.

    Errors: those of declaring tests.
    """
    columns = tuple(node for node in dag.columns if node.model in models)
    config = dag.project.config
    interval = pd.Timedelta(milliseconds=Interval.parse(config.candles.interval).milliseconds)
    every = [*dag.nodes.values(), *dag.disabled.values()]
    mine = {node.name for node in columns}
    file = dag.project.root / FILENAME

    def place(target: str, number: int | None) -> Location | None:
        return place_of(file, ["tests", target, *([] if number is None else [number])])

    declared = [  # a name of a disabled feature is known, though there is nothing to test
        replace(test, columns=tuple(name for name in test.columns if name in mine))
        for test in declared_tests(config.tests, every, place)
        if (mine & set(test.columns) if test.columns else any(node.model == test.model for node in columns))
    ]
    names = [node.name for node in every if node.is_column]
    custom = python_tests(dag.project, names, list(dag.disabled))
    check_titles(dag.project, [test.title for test in declared], custom)
    custom = tuple(
        test
        for test in custom
        if columns and {dag.nodes[name].model for name in test.inputs if name in dag.nodes} <= {*models}
    )
    asked = units(dag, columns, prints, streaming)
    return Work(
        dag,
        columns,
        asked,
        _beside(dag, asked, prints, streaming),
        tuple(declared) if tests else (),
        tuple(tripwires(columns)) if tests else (),
        custom if tests else (),
        interval,
        streaming,
        Programs(streaming.graph) if streaming is not None else None,
    )


def prepare_columns(dag: Dag, names: Collection[str]) -> Work:
    """These columns by the program, and what they read; without tests."""
    whole = prepare(dag, (), engine="program", tests=False)
    prints = fingerprints(dag, whole.streaming)
    columns = tuple(node for node in dag.columns if node.name in names)
    asked = units(dag, columns, prints, whole.streaming)
    return replace(whole, columns=columns, units=asked, beside=_beside(dag, asked, prints, whole.streaming))


def _beside(
    dag: Dag, mine: Sequence[Unit], prints: Mapping[str, Fingerprint], streaming: Streaming | None
) -> tuple[Unit, ...]:
    """The units that are not asked for, of columns that those read which pandas computes."""
    names = {name for unit in mine for name in unit.columns}
    queue = [name for unit in mine for name in unit.columns if unit.methods[name].kind != "program"]
    needed: set[str] = set()
    while queue:
        for name in column_inputs(dag, queue.pop()):
            if name not in names and name not in needed:
                needed.add(name)
                queue += [] if streaming is not None and name in streaming.graph.outputs else [name]
    owners = {(dag.nodes[name].model, dag.nodes[name].group) for name in needed}
    columns = [node for node in dag.columns if (node.model, node.group) in owners]
    return units(dag, columns, prints, streaming)
