"""Rewrites that change no bit of any value: identities of IEEE arithmetic, and shifts of shifts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from candlewick.operators.arithmetic import Absolute, Divide, Multiply, Negate, Subtract
from candlewick.operators.choice import Where
from candlewick.operators.logic import Not
from candlewick.operators.shift import Shift
from candlewick.operators.source import Constant
from candlewick.trace.graph import Graph, Node, check, node

if TYPE_CHECKING:
    from collections.abc import Callable


def is_constant(item: Node, value: float) -> bool:
    """Whether a node is this number, sign of zero included."""
    operator = item.operator
    return (
        isinstance(operator, Constant)
        and operator.number == value
        and math.copysign(1.0, operator.number) == math.copysign(1.0, value)
    )


def times_one(item: Node) -> Node:
    """``x * 1``, ``1 * x``, ``x / 1`` and ``x - 0`` are x (``x + 0`` is not: it loses the sign of zero)."""
    match item.operator:
        case Multiply() if is_constant(item.inputs[0], 1.0):
            return item.inputs[1]
        case Multiply() | Divide() if is_constant(item.inputs[1], 1.0):
            return item.inputs[0]
        case Subtract() if is_constant(item.inputs[1], 0.0):
            return item.inputs[0]
    return item


def twice(item: Node) -> Node:
    """``-(-x)`` and ``~~x`` are x; ``abs(abs(x))`` is ``abs(x)``."""
    kind = type(item.operator)
    if kind in {Negate, Not} and type(item.inputs[0].operator) is kind:
        return item.inputs[0].inputs[0]
    if kind is Absolute and type(item.inputs[0].operator) is Absolute:
        return item.inputs[0]
    return item


def chosen_either_way(item: Node) -> Node:
    """A choice between a value and itself is the value."""
    if isinstance(item.operator, Where) and item.inputs[0] == item.inputs[2]:
        return item.inputs[0]
    return item


def shifts(item: Node) -> Node:
    """``x.shift(0)`` is x, and ``x.shift(a).shift(b)`` is ``x.shift(a + b)`` when neither fills."""
    if not isinstance(item.operator, Shift):
        return item
    if item.operator.periods == 0:
        return item.inputs[0]
    inner = item.inputs[0]
    if isinstance(inner.operator, Shift) and item.operator.delay is not None and inner.operator.delay is not None:
        return node(Shift(item.operator.periods + inner.operator.periods), inner.inputs[0])
    return item


RULES: tuple[Callable[[Node], Node], ...] = (times_one, twice, chosen_either_way, shifts)


def simplify(graph: Graph) -> Graph:
    """The same values from fewer nodes; a rule that would change a dtype does not apply. Checked after every rule."""
    for rule in RULES:
        graph = check(graph.rebuilt(lambda item, rule=rule: _kept(item, rule)))  # type: ignore[misc]
    return graph


def _kept(item: Node, rule: Callable[[Node], Node]) -> Node:
    changed = rule(item)
    return changed if changed.dtype == item.dtype else item
