"""The programs of a run: one for each set of traced columns that is computed together, lowered when first needed."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from candlewick.lower import lower
from candlewick.program import Sinks, run
from candlewick.project.node import CANDLE_COLUMNS
from candlewick.run.states import Seats, made
from candlewick.run.streamed import candle_array, typed
from candlewick.store.states import states_of
from candlewick.trace import Graph

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from candlewick.program import Program
    from candlewick.run.share import Share
    from candlewick.run.task import Task
    from candlewick.run.units import Unit
    from candlewick.store.states import NodeState, States


@dataclass
class Programs:
    """Lowers the graph for the columns that are asked for, once for each set of them."""

    graph: Graph
    sinks: Sinks = field(default_factory=Sinks)
    _lowered: dict[frozenset[str], Seats] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, names: Collection[str]) -> Program:
        """The program of some traced columns."""
        return self.seats(names).program

    def seats(self, names: Collection[str]) -> Seats:
        """That program, and where it keeps what of its state."""
        key = frozenset(names)
        with self._lock:
            if key not in self._lowered:
                outputs = {name: output for name, output in self.graph.outputs.items() if name in key}
                self._lowered[key] = Seats(lower(Graph(outputs, self.graph.places), CANDLE_COLUMNS))
            return self._lowered[key]

    def traced(self, unit: Unit) -> list[str]:
        """The columns of a unit that the program computes."""
        return [name for name in unit.columns if unit.methods[name].kind == "program"]

    def can_continue(self, unit: Unit, every: Iterable[str], states: States | None, candles: int) -> bool:
        """Whether every node under the traced columns of a unit has its state.

        ``every`` names all the columns of the run: what suffices for all of them suffices for a few.
        """
        names = self.traced(unit)
        if not names:
            return True
        if states is None:
            return False
        return self.seats([*every, *names]).fit(states.layout, candles) or self.seats(names).fit(states.layout, candles)


@dataclass(frozen=True)
class _Job:
    """What one execution of a program computes for one symbol: from candle number ``start`` on, and from a state."""

    share: Share
    start: int = 0
    snapshot: str | None = None


def advance(programs: Programs, shares: Sequence[Share]) -> None:
    """Compute the traced columns of symbols into their ``columns``, with the states after the last candle, and seconds.

    What is continued goes on from its state, over the new candles only; what is built, and what other columns want of
    it, runs over all. The symbols that need the same columns run side by side.
    """
    jobs: dict[tuple[bool, frozenset[str]], dict[str, _Job]] = defaultdict(dict)
    after: dict[str, list[States]] = {}
    for share in shares:
        symbol = share.task.symbol
        after[symbol] = _carried(programs, share.task)
        for names, job in _jobs(programs, share):
            jobs[job.snapshot is None, frozenset(names)][symbol] = job
    for (_, together), of_symbols in jobs.items():
        for symbol, states in _execute(programs.seats(together), of_symbols, programs.sinks).items():
            after[symbol].append(states)
    for share in shares:
        share.states = _merged(after[share.task.symbol])


def _jobs(programs: Programs, share: Share) -> Iterator[tuple[list[str], _Job]]:
    built = [name for name in share.wanted if name in programs.graph.outputs]
    continued: dict[tuple[str, int], list[str]] = defaultdict(list)
    for decision in share.task.decisions:
        names = programs.traced(decision.unit)
        if decision.action == "BUILT":
            built += names
        elif decision.action == "APPENDED" and decision.held is not None and names:
            continued[decision.held.snapshot, decision.held.rows] += names
    if built:
        yield built, _Job(share)
    for (snapshot, start), names in continued.items():
        yield names, _Job(share, start, snapshot)


def _execute(seats: Seats, jobs: dict[str, _Job], sinks: Sinks) -> dict[str, States]:
    clock = time.perf_counter()
    program = seats.program
    given = {
        symbol: seats.assemble(job.share.task.states[job.snapshot], job.start)
        for symbol, job in jobs.items()
        if job.snapshot is not None
    }
    candles = {
        symbol: candle_array(program.columns, job.share.candles.iloc[job.start - job.share.columns.first :])
        for symbol, job in jobs.items()
    }
    results, ended = run(program, candles, states=given, sinks=sinks)
    for symbol, job in jobs.items():
        for result, values in zip(program.results, results[symbol], strict=True):
            job.share.columns.fresh[result.name] = (job.start, typed(values, result.dtype))
    seconds = (time.perf_counter() - clock) / (len(program.results) * len(jobs))  # all of them run at once
    for job in jobs.values():
        job.share.seconds.update(dict.fromkeys(program.names, seconds))
    return {symbol: seats.cut(vector) for symbol, vector in ended.items()}


def _carried(programs: Programs, task: Task) -> list[States]:
    """The states of columns that are reused though candles changed: in candle columns they do not read.

    The past of such a candle column is not theirs to hand on: it is what it was before the change.
    """
    found = []
    for decision in task.decisions:
        held, names = decision.held, programs.traced(decision.unit)
        if decision.action != "REUSED" or held is None or not names:
            continue
        if held.snapshot != task.now.id and held.snapshot in task.states:
            program = programs.of(names)
            nodes = set(made(program).values()).union(*(decision.unit.reads[name] for name in names))
            states = task.states[held.snapshot].nodes()
            found.append(states_of({node: state for node, state in states.items() if node in nodes}))
    return found


def _merged(found: Sequence[States]) -> States | None:
    """Of one moment, the states of all nodes; of each, the one that knows most of the past."""
    if len(found) < 2:  # noqa: PLR2004
        return found[0] if found else None
    nodes: dict[str, NodeState] = {}
    for states in found:
        for node, state in states.nodes().items():
            nodes[node] = nodes[node].merged(state) if node in nodes else state
    return states_of(nodes)
