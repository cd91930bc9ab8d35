"""Which columns are never missing: where pandas lets a float become an integer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from candlewick.operators.operator import FLOAT
from candlewick.operators.source import Column, Constant

if TYPE_CHECKING:
    from candlewick.trace.graph import Node

KEEPS = {"absolute", "negate", "sign", "floor", "ceiling", "truncate", "rounded_whole", "as_float", "maximum",
         "minimum", "add", "subtract", "multiply"}  # fmt: skip


def never_missing(item: Node) -> bool:
    """Whether an expression has a finite value at every candle, by its shape alone.

    Prices are there at every candle; volume need not be.
    """
    if item.dtype != FLOAT:
        return True
    operator = item.operator
    if isinstance(operator, Column):
        return operator.name != "volume"
    if isinstance(operator, Constant):
        return operator.number - operator.number == 0.0
    name = operator.operator_name()
    if name in KEEPS:
        return all(never_missing(child) for child in item.inputs)
    if name == "where":
        value, condition, other = item.inputs
        return never_missing(other) and (never_missing(value) or _is_present(condition, value))
    return False


def _is_present(condition: Node, value: Node) -> bool:
    """Whether a condition says that the value is there."""
    if condition.operator.operator_name() != "not":
        return False
    inner = condition.inputs[0]
    return inner.operator.operator_name() == "missing" and inner.inputs[0] == value
