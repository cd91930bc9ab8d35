"""Keys to group by: which of them only grow, so that a group that is left never comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from candlewick.operators.operator import TIME
from candlewick.trace.index import IndexToken
from candlewick.trace.missing import never_missing
from candlewick.trace.stand import StandFrame, is_column, node_of
from candlewick.trace.times import Unsigned, in_period, length_of
from candlewick.trace.tracing import active

if TYPE_CHECKING:
    from candlewick.trace.graph import Node

HINT = (
    'group by what only grows, such as (x != x.shift()).cumsum(), ts.dt.date or ts.dt.to_period("W"), '
    "and take cumsum, cumcount, cummax"
)
FINER = {
    ("year", "month"): ("month", 12),
    ("year", "dayofyear"): ("day", 366),
    ("month", "day"): ("day", 31),
    ("day", "hour"): ("hour", 24),
    ("hour", "minute"): ("minute", 60),
}
"""What a span of time and a part of a time below it make, and how many such parts a span has."""
OF_CIVIL = ("year", "month", "day", "dayofyear")
MONTHS = {1: "month", 3: "quarter", 12: "year"}
LENGTHS = {86_400_000: "day", 3_600_000: "hour", 60_000: "minute"}
KEEP_GROWING = {"start_of", "start_of_months", "as_float", "as_integer", "floor", "truncate", "milliseconds"}
LETTERS = {"year": "Y", "quarter": "Q", "month": "M", "day": "D", "hour": "h", "minute": "min"}


def key_of(key: Any, frame: Any = None) -> Any:
    """The one column that candles are grouped by; refuses a key that may come back."""
    if isinstance(key, pd.Grouper):
        return _of_grouper(key)
    if isinstance(key, list | tuple) and len(key) > 1:
        return _together([_column(item, frame) for item in key])
    column = _column(key[0] if isinstance(key, list | tuple) and key else key, frame)
    made = node_of(column)
    if made is None or not only_grows(made):
        refuse_return()
    return column


def refuse_return() -> Any:
    """Refuse a key that may come back."""
    return active().refuse(
        "groupby() by a key that may come back: a group would gather candles from here and there", HINT, "trace-groups"
    )


def _column(key: Any, frame: Any) -> Any:
    if isinstance(frame, StandFrame) and isinstance(key, str) and key in frame:
        key = frame[key]
    if isinstance(key, Unsigned):
        return key.column
    if not is_column(key):
        active().refuse("groupby() by something else than a column", HINT, "trace-groups")
    return key


def _of_grouper(key: Any) -> Any:
    """``pd.Grouper(freq="D")``: days and what is shorter; longer ones end elsewhere than they are named after."""
    name = getattr(key.freq, "freqstr", "")
    if key.key is not None or key.level is not None:
        active().refuse("pd.Grouper of more than a frequency", 'write pd.Grouper(freq="D")', "trace-groups")
    length_of(name, "pd.Grouper")
    return in_period(IndexToken().to_series(), name, "pd.Grouper")


def _together(keys: list[Any]) -> Any:
    """One key for several, each within the one before: ``[ts.dt.year, ts.dt.month]``."""
    nodes = [node_of(key) for key in keys]
    unit, times = unit_of(nodes[0])
    for item in nodes[1:]:
        part, of = part_of(item)
        unit = FINER.get((unit, part), ("", 0))[0] if times is not None and of == times else ""
    if not unit:
        refuse_return()
    from candlewick.trace.stand import series

    return in_period(series(times, None), LETTERS[unit], "groupby")


def unit_of(item: Node | None) -> tuple[str, Node | None]:
    """The span of time an expression counts or names, and the times; nothing where it does neither."""
    if item is None:
        return "", None
    name, given = item.operator.operator_name(), item.operator.parameters
    match name:
        case "start_of":
            return LENGTHS.get(given["milliseconds"], ""), item.inputs[0]
        case "start_of_months":
            return MONTHS.get(given["months"], ""), item.inputs[0]
        case "civil_date":
            return "" if given["part"] else "year", item.inputs[0]
    if name in {"as_float", "as_integer"}:
        return unit_of(item.inputs[0])
    return counted(*item.inputs) if name == "add" else ("", None)


def counted(scaled: Node, part: Node) -> tuple[str, Node | None]:
    """The span that ``year * 12 + month`` counts: the factor leaves room for every part."""
    unit, times = unit_of(scaled.inputs[0]) if scaled.operator.operator_name() == "multiply" else ("", None)
    finer, of = part_of(part)
    made, parts = FINER.get((unit, finer), ("", 0))
    roomy = times is not None and of == times and getattr(scaled.inputs[1].operator, "number", 0) >= parts > 0
    return (made, times) if roomy else ("", None)


def part_of(item: Node | None) -> tuple[str, Node | None]:
    """The part of a time that an expression is, and the times."""
    if item is None:
        return "", None
    name = item.operator.operator_name()
    if name == "civil_date":
        return OF_CIVIL[item.operator.parameters["part"]], item.inputs[0]
    if name in {"as_float", "as_integer"}:
        return part_of(item.inputs[0])
    if name in {"hour", "minute"}:
        return name, item.inputs[0]
    return "", None


def only_grows(item: Node) -> bool:
    """Whether values of an expression, by its shape, never fall, and none is missing."""
    name, inputs = item.operator.operator_name(), item.inputs
    numbers = [getattr(child.operator, "number", None) for child in inputs]
    match name:
        case "column":
            return item.dtype == TIME
        case "civil_date":
            return bool(item.operator.parameters["part"] == 0) and only_grows(inputs[0])
        case "cumulative_sum" | "cumulative_max":
            return never_missing(inputs[0]) and (name == "cumulative_max" or not_negative(inputs[0]))
        case "floor_divide" | "divide" | "multiply":
            return only_grows(inputs[0]) and numbers[1] is not None and numbers[1] > 0
        case "add":
            of_time = unit_of(item)[1]
            rest = [child for child, number in zip(inputs, numbers, strict=True) if number is None]
            return only_grows(of_time) if of_time is not None else all(map(only_grows, rest))
    return name in KEEP_GROWING and only_grows(inputs[0])


def not_negative(item: Node) -> bool:
    """Whether values of an expression, by its shape, are at least zero."""
    name = item.operator.operator_name()
    number = getattr(item.operator, "number", None)
    if item.dtype == "bool" or name in {"absolute", "rolling_count"}:
        return True
    if number is not None:
        return bool(number >= 0)
    return name in {"as_float", "as_integer", "add", "multiply"} and all(map(not_negative, item.inputs))
