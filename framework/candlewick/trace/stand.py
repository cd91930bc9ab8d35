"""Stand-ins: Series, arrays and frames without data, the expressions they hold, and how a use of them becomes a node.

What they answer to is in `candlewick.trace.column` and `candlewick.trace.frame`.
"""

from __future__ import annotations

import numbers
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from candlewick.errors import TraceError
from candlewick.operators.source import Constant
from candlewick.trace.dispatch import Call, evaluate
from candlewick.trace.graph import Node, node
from candlewick.trace.missing import start_of
from candlewick.trace.place import is_foreign, user_frame
from candlewick.trace.tracing import active

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

BINARY = {
    "add": "Add",
    "sub": "Sub",
    "mul": "Mult",
    "truediv": "Div",
    "floordiv": "FloorDiv",
    "mod": "Mod",
    "pow": "Pow",
    "and": "BitAnd",
    "or": "BitOr",
    "xor": "BitXor",
}
COMPARISON = {"lt": "Lt", "le": "LtE", "gt": "Gt", "ge": "GtE", "eq": "Eq", "ne": "NotEq"}
UNARY = {"neg": "USub", "pos": "UAdd", "invert": "Invert", "abs": "abs"}
COPY_ON_WRITE = int(pd.__version__.partition(".")[0]) >= 3  # noqa: PLR2004 - pandas 3: no two Series share memory


@dataclass
class Memory:
    """What columns share that pandas 2 would let share an array: a change of one changes all."""

    changes: int = 0


@dataclass
class State:
    """What a stand-in holds: its expression, and the function frame that made it (None: nobody may change it)."""

    node: Node | None
    owner: FrameType | None
    name: Any = None
    memory: Memory = field(default_factory=Memory)
    seen: int = 0
    """The changes of its memory that the expression knows of."""
    notes: dict[str, str] = field(default_factory=dict)
    """Texts that a library left on it, such as ``x.category = "momentum"``."""
    rolled: int = 0
    """How many candles at the start hold the last ones still, as after ``np.roll``."""

    def sharing(self, owner: FrameType | None) -> State:
        """Another column over the same memory."""
        return State(self.node, owner, self.name, self.memory, self.seen)


class StandArray:
    """The values of a column: elementwise operations only."""

    __slots__ = ("state",)

    def __init__(self, state: State) -> None:
        self.state = state


class StandSeries(pd.Series):
    """A column without data."""


class StandFrame(pd.DataFrame):
    """Columns by name, without data."""


def state_of(value: Any) -> State | None:
    """The state of a stand-in column; None for anything else."""
    if isinstance(value, StandArray):
        return value.state
    if isinstance(value, StandSeries):
        state: State = object.__getattribute__(value, "__dict__")["state"]
        return state
    return None


def is_column(value: Any) -> bool:
    """Whether a value stands in for a column."""
    return isinstance(value, StandSeries | StandArray)


def stands_aside(value: Any) -> bool:
    """Whether a value is some candles of a column, which combine in their own way."""
    return getattr(type(value), "answers_operators", False) is True


def is_number(value: Any) -> bool:
    """Whether a value is one number."""
    return isinstance(value, numbers.Real | np.number | np.bool_) and not is_column(value)


def node_of(value: Any) -> Node | None:
    """The node of a stand-in column; None for anything else."""
    state = state_of(value)
    if state is None:
        refused = getattr(type(value), "used_as_value", None)
        return refused(value) if refused is not None else None
    if state.seen != state.memory.changes:
        active().refuse(
            "a column is read that shares its memory with one that was changed in place", "change a copy: x = x.copy()"
        )
    if state.rolled:
        active().refuse(
            "np.roll moves the last candles to the front: it looks ahead",
            f"write x.shift({state.rolled}), or put something else there first: rolled[:{state.rolled}] = np.nan",
            "trace-looks-ahead",
        )
    return state.node


def name_of(value: Any) -> Any:
    """The name of a stand-in Series; None of anything else."""
    state = state_of(value)
    return state.name if state is not None and isinstance(value, StandSeries) else None


def entry_frame() -> FrameType | None:
    """The frame of the author's function that a library called: what it makes is its own until it returns.

    Functions that the stand-ins call back (``pipe(f)``) belong to the function that handed them over.
    """
    entry = frame = user_frame()
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if not is_foreign(frame):
            entry = frame
        elif not module.startswith("candlewick.trace.") or module == "candlewick.trace.tracing":
            break
        frame = frame.f_back
    return entry


def series(made: Node | None, owner: FrameType | None, name: Any = None) -> Any:
    """A stand-in Series of a node."""
    return series_of(State(made, owner, name))


def series_of(state: State) -> Any:
    """A stand-in Series that holds a state."""
    stand = object.__new__(StandSeries)
    object.__getattribute__(stand, "__dict__")["state"] = state
    return stand


def wrapped(result: Any, *, array: bool, name: Any = None) -> Any:
    """What evaluation gave, as a stand-in of the right kind."""
    if isinstance(result, Node):
        return StandArray(State(result, entry_frame())) if array else series(result, entry_frame(), name)
    if isinstance(result, StandSeries):  # a composite may give its operand: what is returned is a column of its own
        return wrapped(node_of(result), array=array, name=name)
    return result


def call(key: str, subject: Any, *calls: Call, array: bool | None = None) -> Any:
    """Evaluate a spelling; arrays give arrays unless a Series takes part. A Series keeps the name they all have."""
    operands = [subject, *(value for given, keywords in calls for value in (*given, *keywords.values()))]
    columns = [value for value in operands if isinstance(value, StandSeries)]
    names = {name_of(value) for value in (columns[:1] if subject is not None else columns)}
    name = names.pop() if len(names) == 1 else None
    plain = [(tuple(map(as_series, given)), words) for given, words in calls]
    return wrapped(
        evaluate(key, as_series(subject), plain, node_of), array=not columns if array is None else array, name=name
    )


def as_series(value: Any) -> Any:
    """An array as a Series, which composites are written for; anything else as it is."""
    return series(node_of(value), None) if isinstance(value, StandArray) else value


def describe(value: Any) -> str:
    """A short name of any value, without running code of a stand-in."""
    return "..." if is_column(value) else repr(value)[:40]


def named_nodes(name: str, value: Any) -> Iterator[tuple[str, Node]]:
    """The nodes of a result: one for a column or a constant, one per column for a frame."""
    if isinstance(value, StandFrame):
        columns: dict[str, Any] = object.__getattribute__(value, "__dict__")["columns_by_name"]
        for column, item in columns.items():
            yield f"{name}.{column}", item
    elif isinstance(value, StandSeries):
        made = node_of(value)
        if start_of(made):
            raise TraceError(
                f"{name!r} returned a column without its first {start_of(made)} candles",
                code="trace-index",
                hint="return one value per candle: x.reindex(close.index)",
            )
        if made is not None:
            yield name, made
    else:
        raise TraceError(
            f"{name!r} returned a {type(value).__name__}, not a column",
            code="trace-not-a-column",
            hint="return a pd.Series with one value per candle",
        )


def constant_column(value: Any) -> Node:
    """A column that holds one number."""
    return node(Constant(value))
