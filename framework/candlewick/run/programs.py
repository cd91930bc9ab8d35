"""The programs of a run: one for each set of traced columns that is computed together, lowered when first needed."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from candlewick.lower import lower
from candlewick.program import run
from candlewick.project.node import CANDLE_COLUMNS
from candlewick.run.states import assemble, cut
from candlewick.run.streamed import as_columns, candle_array
from candlewick.trace import Graph

if TYPE_CHECKING:
    from collections.abc import Collection

    import pandas as pd

    from candlewick.program import Program
    from candlewick.program.layout import Floats
    from candlewick.run.decide import Decision
    from candlewick.run.task import Columns, Task
    from candlewick.run.units import Unit
    from candlewick.store.states import States


@dataclass
class Programs:
    """Lowers the graph for the columns that are asked for, once for each set of them."""

    graph: Graph
    _lowered: dict[frozenset[str], Program] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, names: Collection[str]) -> Program:
        """The program of some traced columns."""
        key = frozenset(names)
        with self._lock:
            if key not in self._lowered:
                outputs = {name: output for name, output in self.graph.outputs.items() if name in key}
                self._lowered[key] = lower(Graph(outputs, self.graph.places), CANDLE_COLUMNS)
            return self._lowered[key]

    def traced(self, unit: Unit) -> list[str]:
        """The columns of a unit that the program computes."""
        return [name for name in unit.columns if unit.methods[name].kind == "program"]

    def can_continue(self, unit: Unit, states: States | None, candles: int) -> bool:
        """Whether every node under the traced columns of a unit has its state."""
        names = self.traced(unit)
        return not names or (states is not None and assemble(self.of(names), states, candles) is not None)


def advance(
    programs: Programs, task: Task, candles: pd.DataFrame, columns: Columns, extra: Collection[str]
) -> tuple[States, dict[str, float]]:
    """Compute the traced columns of a symbol into ``columns.fresh``; the states after its last candle, and seconds.

    What is continued goes on from its state, over the new candles only; what is built, and ``extra``, runs over all.
    """
    after: States = {}
    seconds: dict[str, float] = {}
    continued: dict[tuple[str, int], list[str]] = {}
    built = list(extra)
    for decision in task.decisions:
        names = programs.traced(decision.unit)
        if decision.action == "BUILT":
            built += names
        elif decision.held is not None and names:
            if decision.action == "APPENDED":
                continued.setdefault((decision.held.snapshot, decision.held.rows), []).extend(names)
            else:
                _carry(programs, task, decision, after)
    jobs: list[tuple[int, str | None, list[str]]] = [(0, None, built)] if built else []
    jobs += [(start, snapshot, names) for (snapshot, start), names in continued.items()]
    for start, snapshot, names in jobs:
        clock = time.perf_counter()
        program = programs.of(names)
        rows = candles.iloc[start - columns.first :]
        given = {"": _state(program, task, snapshot, start)} if snapshot is not None else None
        results, ended = run(program, {"": candle_array(program.columns, rows)}, states=given)
        for name, column in as_columns(program, results[""], rows.index).items():
            columns.fresh[name] = (start, column)
        _merge(after, cut(program, ended[""]))
        share = (time.perf_counter() - clock) / len(names)  # the program runs all of them at once
        seconds.update(dict.fromkeys(names, share))
    return after, seconds


def _state(program: Program, task: Task, snapshot: str, candles: int) -> Floats:
    state = assemble(program, task.states[snapshot], candles)
    if state is None:
        raise ValueError(f"the states of {task.symbol} do not fit a program they were said to fit")
    return state


def _carry(programs: Programs, task: Task, decision: Decision, after: States) -> None:
    """The states of columns that are reused though candles changed: in candle columns they do not read."""
    held = decision.held
    if held is None or held.snapshot == task.now.id or held.snapshot not in task.states:
        return
    program = programs.of(programs.traced(decision.unit))
    states = task.states[held.snapshot]
    nodes = {item.node for item in program.instructions} | set(program.columns)
    _merge(after, {node: state for node, state in states.items() if node in nodes})


def _merge(into: States, states: States) -> None:
    for node, state in states.items():
        into[node] = into[node].merged(state) if node in into else state
