"""What a run is about, and what came of one symbol."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from candlewick.project.project import MAIN

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from candlewick.errors import WickError
    from candlewick.program import Program
    from candlewick.project.dag import Dag
    from candlewick.project.node import Node
    from candlewick.project.streaming import Streaming
    from candlewick.run.custom_tests import PythonTest
    from candlewick.run.data_tests import DataTest, Offending
    from candlewick.run.programs import Programs
    from candlewick.run.units import Unit
    from candlewick.store.ledger import Holding
    from candlewick.store.states import States


@dataclass(frozen=True)
class Work:
    """What a run is about: these columns, in these units, and these tests.

    ``beside`` are units that are not asked for, and have columns that those asked for read.
    ``streaming`` is the trace of the features, which the program computes; without it Hamilton computes everything.
    ``tested`` holds what earlier runs found, by the id of the test and its rows.
    """

    dag: Dag
    columns: tuple[Node, ...]
    units: tuple[Unit, ...]
    beside: tuple[Unit, ...]
    tests: tuple[DataTest, ...]
    tripwires: tuple[DataTest, ...]
    python_tests: tuple[PythonTest, ...]
    interval: pd.Timedelta
    streaming: Streaming | None = None
    programs: Programs | None = None
    arm: str = MAIN
    tested: Mapping[str, Any] = field(default_factory=dict)

    @property
    def program(self) -> Program | None:
        """The program of every traced column, and of those that other columns read; None when nothing is traced."""
        every = [(unit.methods[name].kind, name) for unit in (*self.units, *self.beside) for name in unit.columns]
        names = [name for kind, name in every if kind == "program"]
        return self.programs.of(names) if self.programs is not None and names else None

    @property
    def on_trial(self) -> list[str]:
        """The features whose causality only an experiment can show; the graph of a traced one is the proof."""
        proven = self.streaming.facts if self.streaming else {}
        return [node.name for node in self.columns if node.name not in proven]

    def tables(self) -> dict[str, list[Node]]:
        """The columns by model, in order."""
        tables: dict[str, list[Node]] = {}
        for node in self.columns:
            tables.setdefault(node.model, []).append(node)
        return tables


@dataclass(frozen=True)
class SymbolRun:
    """What came of one symbol.

    ``holdings`` are what it has now; ``actions`` say by model and group what was done, and how many rows of it were
    computed. ``errors`` and ``blocked`` are by node, ``offending`` and ``test_errors`` by test title; ``valued`` names
    the columns that hold a value.
    """

    symbol: str
    rows: int
    holdings: tuple[Holding, ...] = ()
    actions: Mapping[tuple[str, str | None], tuple[str, int]] = field(default_factory=dict)
    states: States | None = None
    errors: Mapping[str, WickError] = field(default_factory=dict)
    blocked: Mapping[str, str] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    offending: Mapping[str, Offending] = field(default_factory=dict)
    test_errors: Mapping[str, WickError] = field(default_factory=dict)
    valued: frozenset[str] = frozenset()
    tested: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
