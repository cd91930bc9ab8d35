"""Graph to program: delays folded into operands, past rows counted, update split from emit."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from candlewick.analyse.simplify import simplify
from candlewick.operators.cast import AsFloat
from candlewick.operators.shift import Shift
from candlewick.operators.source import Column, Constant
from candlewick.program.program import FEATURES, OUTPUT, Instruction, Operand, Program, Result
from candlewick.trace.graph import Graph, Node, ancestors, check, node

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


def lower(graph: Graph, columns: Sequence[str] | None = None, output: Graph | None = None) -> Program:
    """The program that computes every output of the graph, stage "features", and of the fit's ``output`` over it.

    ``columns`` fixes the input columns and their order; without it they are those the graphs read.

    >>> from candlewick.trace import tracing
    >>> with tracing() as run:
    ...     close = run.input("close")
    ...     graph = run.graph({"change": close / close.shift(1), "mean": close.rolling(5).mean()})
    >>> program = lower(graph)
    >>> [item.operator.operator_name() for item in program.instructions], program.updates
    (['rolling_mean', 'divide'], 1)
    """
    stages = {
        stage: check(simplify(check(each))) for stage, each in ((FEATURES, graph), (OUTPUT, output)) if each is not None
    }
    if output is not None and not output.outputs:
        raise ValueError("the fit's output has no columns")
    read = sorted({column for each in stages.values() for column in each.columns})
    names = tuple(columns) if columns is not None else tuple(read)
    missing = [column for column in read if column not in names]
    if missing:
        raise ValueError(f"the graph reads {', '.join(missing)}, which is not among the input columns")
    plan = _Plan(stages)
    numbers = {digest: index for index, digest in enumerate(_column_hashes(names))}
    constants = [item for item in plan.needed if isinstance(item.operator, Constant)]
    for item in constants:
        numbers[item.hash] = len(numbers)
    updates = [item for item in plan.computed if item.hash in plan.updated]
    emits = [item for item in plan.computed if item.hash not in plan.updated]
    emits.sort(key=lambda item: item.hash not in plan.last)  # what the last stage, the one that trades, needs first
    for item in (*updates, *emits):
        numbers[item.hash] = len(numbers)
    instructions = tuple(
        Instruction(
            operator=item.operator,
            out=numbers[item.hash],
            inputs=tuple(_operand(plan, numbers, child) for child in item.inputs)
            if item.hash not in plan.copies
            else (Operand(numbers[item.inputs[0].hash]),),
            node=item.hash,
        )
        for item in (*updates, *emits)
    )
    results = []
    for stage, each in stages.items():
        for name, found in each.outputs.items():
            operand = _operand(plan, numbers, found.node)
            results.append(Result(name, operand.register, operand.delay, found.node.dtype, stage))
    depths = [0] * len(numbers)
    for digest, depth in plan.depths.items():
        depths[numbers[digest]] = depth
    return Program(
        columns=names,
        constants=tuple(float(item.operator.number) for item in constants if isinstance(item.operator, Constant)),
        depths=tuple(depths),
        instructions=instructions,
        updates=len(updates),
        results=tuple(results),
    )


def _column_hashes(names: Iterable[str]) -> list[str]:
    return [node(Column(name)).hash for name in names]


def _operand(plan: _Plan, numbers: dict[str, int], child: Node) -> Operand:
    base, delay = plan.resolve(child)
    return Operand(numbers[base.hash], delay)


@dataclass
class _Plan:
    """What must be computed, how much of its past must be kept, and what must run on every candle."""

    stages: Mapping[str, Graph]
    needed: list[Node] = field(default_factory=list)
    computed: list[Node] = field(default_factory=list)
    depths: dict[str, int] = field(default_factory=dict)
    updated: set[str] = field(default_factory=set)
    copies: set[str] = field(default_factory=set)
    """Registers of constants whose past is read."""
    last: set[str] = field(default_factory=set)
    """What the last stage needs."""
    _resolved: dict[str, tuple[Node, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        outputs = [[output.node for output in graph.outputs.values()] for graph in self.stages.values()]
        nodes = ancestors(chain.from_iterable(outputs))
        reached: dict[str, Node] = {}
        for item in chain.from_iterable(outputs):
            self._keep(reached, item, 0)
        for item in reversed(nodes):
            if item.hash in reached:
                for child in item.inputs:
                    self._keep(reached, child, item.operator.reach)
        order = {item.hash: position for position, item in enumerate(nodes)}
        self.needed = sorted(reached.values(), key=lambda item: order.get(item.hash, -1))
        self.computed = [item for item in self.needed if not isinstance(item.operator, Column | Constant)]
        self.last = {self.resolve(item)[0].hash for item in outputs[-1]}
        for item in reversed(self.computed):
            if item.hash in self.last:
                self.last.update(self.resolve(child)[0].hash for child in item.inputs)
            if item.hash in self.updated or item.operator.slots or self.depths.get(item.hash, 0):
                self.updated.add(item.hash)
                self.updated.update(self.resolve(child)[0].hash for child in item.inputs)

    def resolve(self, item: Node) -> tuple[Node, int]:
        """The node whose register holds a value, and how many rows back: shifts are read, not run."""
        if item.hash not in self._resolved:
            operator = item.operator
            if isinstance(operator, Shift) and operator.delay is not None:
                base, delay = self.resolve(self._registered(item.inputs[0]))
                self._resolved[item.hash] = (base, delay + operator.delay)
            else:
                self._resolved[item.hash] = (item, 0)
        return self._resolved[item.hash]

    def _registered(self, item: Node) -> Node:
        """A constant whose past is read needs a register that was missing before the first candle."""
        if not isinstance(item.operator, Constant):
            return item
        copy = node(AsFloat(), item)
        self._resolved.setdefault(item.hash, (item, 0))
        self._resolved[copy.hash] = (copy, 0)
        self.copies.add(copy.hash)
        return copy

    def _keep(self, reached: dict[str, Node], item: Node, reach: int) -> None:
        base, delay = self.resolve(item)
        depth = delay + reach
        if isinstance(base.operator, Constant) and depth:
            base = self._registered(base)
            self._resolved[item.hash] = (base, delay)
        reached[base.hash] = base
        for child in base.inputs if isinstance(base.operator, AsFloat) else ():
            reached[child.hash] = child
        if depth:
            self.depths[base.hash] = max(self.depths.get(base.hash, 0), depth)
