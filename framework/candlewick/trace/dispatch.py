"""From a spelling and its arguments to a node: binding, dtype rules, composites."""

from __future__ import annotations

import math
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from candlewick.operators.anchored import FromCandle
from candlewick.operators.arithmetic import Add, Multiply
from candlewick.operators.cast import AsInteger
from candlewick.operators.catalogue import spellings
from candlewick.operators.choice import Missing
from candlewick.operators.comparison import NotEqual
from candlewick.operators.logic import And, Logic, Not, Or
from candlewick.operators.operator import BOOL, FLOAT, INT, OBJECT, Operator, Unsupported
from candlewick.operators.source import constant
from candlewick.trace.graph import Node, node
from candlewick.trace.missing import leading, missing_until, start_of
from candlewick.trace.tracing import active
from candlewick.trace.verdicts import spoken

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Call = tuple[tuple[Any, ...], dict[str, Any]]


def evaluate(key: str, subject: Any, calls: Sequence[Call], of_node: Callable[[Any], Node | None]) -> Any:
    """What the spelling ``key`` gives: a `Node`, or whatever a composite's expansion returns.

    ``of_node`` gives the node of a stand-in, and None of anything else.
    """
    spelling, kind = spellings()[key]
    try:
        bound: dict[str, Any] = {}
        for stage, (given, keywords) in zip(spelling.stages, calls, strict=True):
            bound |= stage.bind(given, keywords)
        if spelling.subject:
            bound[spelling.subject] = subject
        operands = [bound.pop(name) for name in kind.operands]
        names = {field.name for field in fields(kind)}
        parameters = {name: bound.pop(name) for name in list(bound) if name in names}
        defaults: dict[str, Any] = {}
        for stage in spelling.stages:
            defaults |= stage.defaults
        for name, value in bound.items():
            only(name, value, defaults[name], spelling.text)
        operator = kind(**parameters)
        if key.startswith("np.") and isinstance(operator, Logic):
            refuse_objects([of_node(item) for item in operands])
        return applied(operator, operands, of_node)
    except Unsupported as verdict:
        hint = verdict.hint or f"covered: {spelling.text}"
        active().refuse(f"{spoken(spelling.key)}: {verdict.what}", hint, verdict.code)


def applied(operator: Operator, operands: Sequence[Any], of_node: Callable[[Any], Node | None]) -> Any:
    """The operator on stand-ins and scalars."""
    nodes = [of_node(operand) or node(constant(active().same_everywhere(operand))) for operand in operands]
    if type(operator).is_composite():
        operator.dtype(*(item.dtype for item in nodes))
        result = operator.expand(*operands)
        if isinstance(result, tuple):
            return applied(result[0], result[1], of_node)
        return result
    if isinstance(operator, Add | Multiply) and all(item.dtype == BOOL for item in nodes):
        operator = Or() if isinstance(operator, Add) else And()  # as numpy has it of two bools
    if isinstance(operator, Logic) and len(nodes) == 2 and any(item.dtype == INT for item in nodes):  # noqa: PLR2004
        return active().placed(of_marks(operator, nodes))
    if any(item.dtype == OBJECT for item in nodes) and isinstance(operator, Logic):
        return active().placed(of_objects(operator, nodes))
    return active().placed(begun(node(operator, *nodes)))


def built(operator: Operator, operands: Sequence[Any], of_node: Callable[[Any], Node | None]) -> Any:
    """The operator on stand-ins and scalars, refused at the author's line where it does not take them."""
    try:
        return applied(operator, operands, of_node)
    except Unsupported as verdict:
        return active().refuse(verdict.what, verdict.hint, verdict.code)


COUNTS = {"rolling_count", "since_change"}  # of the candles themselves, so also of those before a Series begins


def begun(made: Node) -> Node:
    """The node of a Series that begins later (``x.iloc[5:]``): missing before, whatever is made of missing values."""
    start = start_of(made)
    if not start or missing_until(made) >= start or made.dtype in {BOOL, OBJECT}:
        return made
    operator = made.operator
    counts = operator.operator_name() in COUNTS or (operator.operator_name() == "shift" and made.dtype == FLOAT)
    of_bools = operator.lookback != 0 and any(item.dtype != FLOAT for item in made.inputs)
    if made.dtype != FLOAT or counts or of_bools:
        raise Unsupported(
            f"{operator.operator_name()} of a column without its first {start} candles would count those before",
            "keep every candle: leave x.iloc[n:] and x.loc[start:] out",
            "trace-index",
        )
    return node(FromCandle(start), made)


def of_marks(operator: Logic, nodes: Sequence[Node]) -> Node:
    """Logic of integers that are 0 or 1: bit by bit it is that of bools; beside a bool it is one, else an integer."""
    for item in nodes:
        if item.dtype != BOOL and not is_mark(item):
            raise Unsupported("logic on a int column", "compare first: (x > 0) & (y > 0)")
    marks = [item if item.dtype == BOOL else node(NotEqual(), item, node(constant(0))) for item in nodes]
    result = node(operator, *marks)
    return result if any(item.dtype == BOOL for item in nodes) else node(AsInteger(), result)


def is_mark(item: Node) -> bool:
    """Whether values of an expression, by its shape, are 0 and 1 only."""
    name = item.operator.operator_name()
    if item.dtype == BOOL or getattr(item.operator, "number", None) in {0, 1}:
        return True
    chosen = item.inputs[::2] if name == "where" else item.inputs
    return name in {"as_integer", "as_float", "where", "multiply"} and all(map(is_mark, chosen))


def refuse_objects(nodes: Sequence[Node | None]) -> None:
    """Refuse numpy's logic where pandas has Python objects."""
    if any(item is not None and item.dtype == OBJECT for item in nodes):
        raise Unsupported("numpy's logic of bools that were shifted gives objects", "write it with & and |")


def of_objects(operator: Logic, nodes: Sequence[Node]) -> Node:
    """Logic of bools of which some may be missing: false where the first is; the second is taken for false."""
    if isinstance(operator, Not):
        raise Unsupported(
            "~ of bools that were shifted gives -1 and -2 in pandas, and both are true",
            "write .shift(1, fill_value=False), which keeps a bool column",
        )
    known = [_present(item) if item.dtype == OBJECT else item for item in nodes]
    result = node(operator, *known)
    if nodes[0].dtype == OBJECT and leading(nodes[0]) != 0:
        result = node(And(), result, node(Not(), node(Missing(), nodes[0])))
    return result


def _present(item: Node) -> Node:
    """A bool that may be missing as one that is false there."""
    there = node(NotEqual(), item, node(constant(0.0)))
    return there if leading(item) == 0 else node(And(), there, node(Not(), node(Missing(), item)))


def only(name: str, value: Any, default: Any, text: str) -> None:
    """Refuse an argument that is not the value a spelling shows for it."""
    if name in {"engine", "engine_kwargs"}:  # how it is computed, not what
        return
    if name == "axis" and value in (0, "index") and text.startswith("x."):  # the only one that a column has
        return
    if not same(value, default):
        raise Unsupported(f"{name}={value!r} is not covered", f"leave {name} out: {text}")


def same(value: Any, default: Any) -> bool:
    """Whether an argument is the value a spelling shows for it."""
    if isinstance(value, float) and isinstance(default, float) and math.isnan(value) and math.isnan(default):
        return True
    return type(value) in {type(default), int, bool} and bool(value == default)
