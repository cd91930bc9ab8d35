"""Graph to program: delays folded into operands, past rows counted, update split from emit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from candlewick.analyse.simplify import simplify
from candlewick.operators.cast import AsFloat
from candlewick.operators.shift import Shift
from candlewick.operators.source import Column, Constant
from candlewick.program.program import Instruction, Operand, Program, Result
from candlewick.trace.graph import Graph, Node, check, node

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def lower(graph: Graph, columns: Sequence[str] | None = None) -> Program:
    """The program that computes every output of the graph.

    ``columns`` fixes the input columns and their order; without it they are those the graph reads.

    >>> from candlewick.trace import tracing
    >>> with tracing() as run:
    ...     close = run.input("close")
    ...     graph = run.graph({"change": close / close.shift(1), "mean": close.rolling(5).mean()})
    >>> program = lower(graph)
    >>> [item.operator.operator_name() for item in program.instructions], program.updates
    (['rolling_mean', 'divide'], 1)
    """
    graph = check(simplify(check(graph)))
    names = tuple(columns) if columns is not None else graph.columns
    missing = sorted(set(graph.columns) - set(names))
    if missing:
        raise ValueError(f"the graph reads {', '.join(missing)}, which is not among the input columns")
    plan = _Plan(graph)
    numbers = {digest: index for index, digest in enumerate(_column_hashes(names))}
    constants = [item for item in plan.needed if isinstance(item.operator, Constant)]
    for item in constants:
        numbers[item.hash] = len(numbers)
    updates = [item for item in plan.computed if item.hash in plan.updated]
    emits = [item for item in plan.computed if item.hash not in plan.updated]
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
    for name, output in graph.outputs.items():
        operand = _operand(plan, numbers, output.node)
        results.append(Result(name, operand.register, operand.delay, output.node.dtype))
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

    graph: Graph
    needed: list[Node] = field(default_factory=list)
    computed: list[Node] = field(default_factory=list)
    depths: dict[str, int] = field(default_factory=dict)
    updated: set[str] = field(default_factory=set)
    copies: set[str] = field(default_factory=set)
    """Registers of constants whose past is read."""
    _resolved: dict[str, tuple[Node, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        outputs = [output.node for output in self.graph.outputs.values()]
        reached: dict[str, Node] = {}
        for item in outputs:
            self._keep(reached, item, 0)
        for item in reversed(self.graph.nodes):
            if item.hash in reached:
                for child in item.inputs:
                    self._keep(reached, child, item.operator.reach)
        order = {item.hash: position for position, item in enumerate(self.graph.nodes)}
        self.needed = sorted(reached.values(), key=lambda item: order.get(item.hash, -1))
        self.computed = [item for item in self.needed if not isinstance(item.operator, Column | Constant)]
        for item in reversed(self.computed):
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
