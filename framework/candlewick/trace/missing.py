"""What the shape of an expression says about its values: never missing, missing at the start only, never infinite."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from candlewick.operators.operator import FLOAT, OBJECT
from candlewick.operators.source import Column, Constant

if TYPE_CHECKING:
    from collections.abc import Callable

    from candlewick.trace.graph import Node

CACHED = 8192  # nodes are shared: without it a chain of n of them is walked 2 ** n times
KEEPS = {"absolute", "negate", "sign", "floor", "ceiling", "truncate", "rounded_whole", "as_float", "maximum",
         "minimum", "add", "subtract", "multiply"}  # fmt: skip
WINDOWS = {"rolling_sum", "rolling_mean", "rolling_max", "rolling_min", "rolling_variance", "rolling_quantile",
           "weighted_sum", "mean_absolute_deviation"}  # fmt: skip
TOTALS = {"cumulative_sum", "cumulative_max"}
BOUNDED = KEEPS | WINDOWS | {
    "constant", "where", "larger_present", "smaller_present", "ewm_mean", "shift", "at_candle", "opening", "sine",
    "from_candle", "cumulative_sum", "cumulative_max", "forward_fill", "square_root", "arctangent", "cosine",
    "hyperbolic_tangent", "rolling_count", "rolling_rank",
}  # fmt: skip


def never_missing(item: Node) -> bool:
    """Whether an expression has a finite value at every candle, by its shape alone.

    Prices are there at every candle; volume need not be.
    """
    return leading(item) == 0


@lru_cache(CACHED)
def leading(item: Node | None) -> int | None:
    """How many candles at the start an expression is missing at, if it is known to have a finite value ever after."""
    if item is None or item.dtype not in {FLOAT, OBJECT}:
        return None if item is None else 0
    operator = item.operator
    if isinstance(operator, Column):
        return 0 if operator.name != "volume" else None
    if isinstance(operator, Constant):
        return 0 if operator.number - operator.number == 0.0 else None
    name = operator.operator_name()
    if name in CHOICES:
        return CHOICES[name](item)
    inputs = [leading(child) for child in item.inputs]
    known = [first for first in inputs if first is not None]
    added = _added(item) if len(known) == len(inputs) else None
    most = max(known, default=0)
    return None if added is None else most + added


def _added(item: Node) -> int | None:
    """The candles an operator is missing at besides its operands; None when any candle may be."""
    name, parameters = item.operator.operator_name(), item.operator.parameters
    if name in KEEPS | TOTALS or (name == "divide" and never_zero(item.inputs[1])):
        return 0
    if name in {"logarithm", "square_root"} and is_positive(item.inputs[0]):
        return 0
    if name in WINDOWS:
        return max(int(parameters["min_periods"] or 1), int(parameters.get("ddof", 0)) + 1) - 1
    if name == "ewm_mean":
        return int(parameters["min_periods"] or 1) - 1
    if name == "shift":
        filled = parameters["fill_value"] - parameters["fill_value"] == 0.0
        return 0 if filled and leading(item.inputs[0]) == 0 else int(parameters["periods"])
    return None


def _chosen(item: Node) -> int | None:
    """Of ``where``: the value, where the condition says so even when the value is missing; else the other."""
    value, condition, other = item.inputs
    mine, others = leading(value), leading(other)
    if others == 0 and (mine == 0 or _is_present(condition, value)):
        return 0
    if mine is None or others is None or others > mine:
        return None
    taken = holds_without(condition, value)
    return None if taken is None else mine if taken else others


def holds_without(condition: Node, value: Node) -> bool | None:
    """What a condition says where the value is missing; None when it asks something else."""
    name, inputs = condition.operator.operator_name(), condition.inputs
    if name == "not":
        inner = holds_without(inputs[0], value)
        return None if inner is None else not inner
    if name in {"less", "less_equal", "greater", "greater_equal", "equal", "not_equal"} and value in inputs:
        return name == "not_equal"
    return True if name == "missing" and inputs[0] == value else None


def _opened(item: Node) -> int | None:
    """Of `Opening`: what stands at the start, and then the value."""
    value, other = item.inputs
    start, stop = item.operator.parameters["start"], item.operator.parameters["stop"]
    after = leading(value)
    if after is None or after > stop:
        return None
    if isinstance(other.operator, Constant) and other.operator.number != other.operator.number:
        return int(stop) if start <= after else None
    begins = leading(other) if other.operator.operator_name() != "at_candle" else other.operator.parameters["place"]
    if begins is None or begins > start:
        return None
    return min(after, int(start))


def _is_present(condition: Node, value: Node) -> bool:
    """Whether a condition says that the value is there."""
    if condition.operator.operator_name() != "not":
        return False
    inner = condition.inputs[0]
    return inner.operator.operator_name() == "missing" and inner.inputs[0] == value


def never_zero(item: Node) -> bool:
    """Whether an expression is zero nowhere: above it, or with something else where it would be."""
    if is_positive(item):
        return True
    if item.operator.operator_name() != "where":
        return False
    value, condition, other = item.inputs
    name, asked = condition.operator.operator_name(), condition.inputs
    if name == "not" and asked[0].operator.operator_name() == "equal":
        name, asked = "not_equal", asked[0].inputs
    return name == "not_equal" and asked[0] == value and _number(asked[1]) == 0.0 and never_zero(other)


def _number(item: Node) -> float | None:
    return item.operator.number if isinstance(item.operator, Constant) else None


def first_true(condition: Node | None) -> int | None:
    """The candle from which a condition holds ever after and before which it does not, if its shape tells."""
    if condition is None:
        return None
    name, inputs = condition.operator.operator_name(), condition.inputs
    if name == "and":
        both = [first_true(item) for item in inputs]
        return None if None in both else max(item for item in both if item is not None)
    if name == "not" and inputs[0].operator.operator_name() == "missing":
        return leading(inputs[0].inputs[0])
    if name == "equal" and inputs[0].operator.operator_name() == "subtract" and _number(inputs[1]) == 0.0:  # isfinite
        one, other = inputs[0].inputs
        return leading(one) if one == other else None
    return None


@lru_cache(CACHED)
def is_positive(item: Node) -> bool:
    """Whether an expression is above zero wherever it has a value: prices, and means and sums of them."""
    operator = item.operator
    if isinstance(operator, Column):
        return operator.name in {"open", "high", "low", "close"}
    if isinstance(operator, Constant):
        return operator.number > 0
    name = operator.operator_name()
    if name == "shift":
        fill = operator.parameters["fill_value"]
        return is_positive(item.inputs[0]) and not fill <= 0
    means = WINDOWS - {"rolling_variance", "weighted_sum", "mean_absolute_deviation"}
    if name in means | {"add", "multiply", "divide", "ewm_mean", "maximum", "minimum", "cumulative_max", "at_candle"}:
        return all(is_positive(child) for child in item.inputs)
    return False


@lru_cache(CACHED)
def never_infinite(item: Node | None) -> bool:
    """Whether no value of an expression is infinite, by its shape alone."""
    if item is None or item.dtype != FLOAT or isinstance(item.operator, Column):
        return item is not None
    number = getattr(item.operator, "number", 0.0)
    name = item.operator.operator_name()
    chosen = item.inputs[::2] if name == "where" else item.inputs
    from_positive = {"divide": item.inputs[1:], "logarithm": item.inputs}
    known = name in BOUNDED or (name in from_positive and all(map(is_positive, from_positive[name])))
    return abs(number) != float("inf") and known and all(map(never_infinite, chosen))


def _begun(item: Node) -> int | None:
    """Of `FromCandle`: the value, but not before."""
    first = leading(item.inputs[0])
    return None if first is None else max(first, int(item.operator.parameters["start"]))


def _either(item: Node) -> int | None:
    """Of the larger, or smaller, that is there: where either is."""
    one, other = (leading(child) for child in item.inputs)
    if one is None or other is None:
        return 0 if 0 in (one, other) else None
    return min(one, other)


CHOICES = {
    "larger_present": _either,
    "smaller_present": _either,
    "where": _chosen,
    "opening": _opened,
    "from_candle": _begun,
}


@lru_cache(CACHED)
def missing_until(item: Node) -> float:
    """How many candles at the start an expression is certainly missing at; infinity where it always is."""
    operator, name = item.operator, item.operator.operator_name()
    if isinstance(operator, Constant):
        return math.inf if operator.number != operator.number else 0.0
    known = [missing_until(child) for child in item.inputs]
    if name in AGAIN:
        return AGAIN[name](known, operator.parameters)
    if name in WINDOWS | {"rolling_shape", "rolling_comoment", "rolling_rank", "ewm_mean"}:
        return max(known) + max(int(operator.parameters["min_periods"] or 1), 1) - 1
    return max(known) if name in (KEEPS - {"sign"}) | {"divide", "square_root", "logarithm"} else 0.0


def _missing_opened(known: list[float], start: float, stop: float) -> float:
    """Of `Opening`: what stands at the start is missing to its end, and then the value is, or no longer."""
    if start:
        return min(known)
    return max(known[0], stop) if known[1] >= stop else known[1]


AGAIN: dict[str, Callable[[list[float], dict[str, Any]], float]] = {
    "shift": lambda known, given: (
        0.0 if given["fill_value"] == given["fill_value"] else known[0] + int(given["periods"])
    ),
    "from_candle": lambda known, given: max(known[0], float(given["start"])),
    "at_candle": lambda known, given: max(known[0], float(given["place"])),
    "where": lambda known, _: min(known[0], known[2]),
    "opening": lambda known, given: _missing_opened(known, float(given["start"]), float(given["stop"])),
}


@lru_cache(CACHED)
def start_of(item: Node | None) -> int | None:
    """The candle that a Series of an expression begins with in pandas: later ones keep the index they were cut to.

    None of a number, which goes with any.
    """
    if item is None or isinstance(item.operator, Constant):
        return None
    if isinstance(item.operator, Column):
        return 0
    name = item.operator.operator_name()
    starts = [start_of(child) for child in item.inputs]
    known = [start for start in starts if start is not None]
    if name == "from_candle":
        return int(item.operator.parameters["start"])
    if name in {"where", "opening"} and starts[0] is not None:  # x.where(...) and x.iloc[...] = ... keep the index of x
        return min(starts[0], int(item.operator.parameters["start"])) if name == "opening" else starts[0]
    return min(known, default=None)
