"""Stand-in columns: Series and arrays without data, whose every use builds a node or is refused.

`StandSeries` is a real subclass of `pd.Series`, made without calling its constructor, so `isinstance` and type checks
hold, and nothing of pandas' own machinery ever runs on it: each attribute is answered from the catalogue or refused.
"""

from __future__ import annotations

import numbers
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from candlewick.errors import TraceError
from candlewick.operators.catalogue import spellings
from candlewick.operators.source import Constant
from candlewick.trace.dispatch import Call, evaluate
from candlewick.trace.graph import Node, node
from candlewick.trace.place import is_foreign, user_frame
from candlewick.trace.routes import ARRAYS, FUNCTIONS
from candlewick.trace.tracing import active
from candlewick.trace.verdicts import refuse_function, refuse_known_name, refuse_reduction

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
ALIASES = {"np.true_divide": "np.divide", "np.conjugate": "np.positive"}
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

    def sharing(self, owner: FrameType | None) -> State:
        """Another column over the same memory."""
        return State(self.node, owner, self.name, self.memory, self.seen)


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
    return wrapped(evaluate(key, subject, calls, node_of), array=not columns if array is None else array, name=name)


class Operators:
    """The Python operators and numpy protocols that both kinds of stand-in share."""

    __slots__ = ()

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **keywords: Any) -> Any:
        name = f"np.{ufunc.__name__}"
        if any(hasattr(type(item), "each") for item in inputs):  # a window of candles: it knows how
            return NotImplemented
        if method != "__call__":
            return refuse_reduction(name, method)
        if (
            keywords.get("out") is not None
            or keywords.get("where", True) is not True
            or set(keywords) - {"out", "where"}
        ):
            return active().refuse(f"{name} with {', '.join(keywords)}", f"write {name}(x)")
        key = ALIASES.get(name, name)
        if key in FUNCTIONS:
            return FUNCTIONS[key](*inputs)
        return call(key, None, (inputs, {})) if key in spellings() else refuse_function(name)

    def __array_function__(self, function: Any, types: Any, given: Any, keywords: Any) -> Any:
        del types
        name = f"np.{function.__name__}"
        if name in FUNCTIONS:
            return FUNCTIONS[name](*given, **keywords)
        if name in spellings():
            return call(name, None, (given, keywords), array=name in ARRAYS or None)
        return refuse_function(name)

    def __bool__(self) -> bool:
        condition = node_of(self)
        deciding = active().deciding
        if deciding is not None and condition is not None:
            if condition.dtype != "bool":
                condition = node_of(call("NotEq", None, ((self, 0.0), {})))
            return bool(deciding.answer(condition))
        return active().refuse(
            "a column is used as one truth value (if, and, or, not)",
            "choose per candle: x.where(condition, other), &, |, ~",
            "trace-truth-value",
        )

    def __iter__(self) -> Iterator[Any]:
        active().refuse(
            "a column is iterated over: a loop over rows",
            "write the recursion with ewm, rolling or cumulative operators, or declare @opaque(lookback=...)",
            "trace-loop",
        )

    def __len__(self) -> int:
        return active().length()

    def __setitem__(self, key: Any, value: Any) -> None:
        from candlewick.trace.change import assign

        assign(self, key, value)

    def __getitem__(self, key: Any) -> Any:
        from candlewick.trace.change import chosen

        return chosen(self, key)


def describe(value: Any) -> str:
    """A short name of any value, without running code of a stand-in."""
    return "..." if is_column(value) else repr(value)[:40]


def _binary(key: str, *, swap: bool) -> Any:
    def operator(self: Any, other: Any) -> Any:
        if isinstance(other, StandFrame) or hasattr(type(other), "each"):
            return NotImplemented
        operands = (other, self) if swap else (self, other)
        return call(key, None, (operands, {}))

    return operator


def _in_place(key: str) -> Any:
    def operator(self: Any, other: Any) -> Any:
        from candlewick.trace.change import owned, replace

        result = call(key, None, ((self, other), {}))
        owned(self, "an augmented assignment")
        replace(self, result)
        return self

    return operator


def _unary(key: str) -> Any:
    def operator(self: Any) -> Any:
        return call(key, None, ((self,), {}))

    return operator


def _unhashable(self: Any) -> int:
    del self
    return active().refuse(  # a key would be found by what it is, not by its value
        "a column is used as a key", "choose by value: np.where, np.select", "trace-values"
    )


for _name, _key in BINARY.items():
    setattr(Operators, f"__{_name}__", _binary(_key, swap=False))
    setattr(Operators, f"__r{_name}__", _binary(_key, swap=True))
    setattr(Operators, f"__i{_name}__", _in_place(_key))
for _name, _key in COMPARISON.items():
    setattr(Operators, f"__{_name}__", _binary(_key, swap=False))
for _name, _key in UNARY.items():
    setattr(Operators, f"__{_name}__", _unary(_key))
Operators.__hash__ = _unhashable  # type: ignore[method-assign]


class StandArray(Operators):
    """The values of a column: elementwise operations only."""

    __slots__ = ("state",)

    def __init__(self, state: State) -> None:
        self.state = state

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in ARRAY_ATTRIBUTES:
            return ARRAY_ATTRIBUTES[name](self)
        if name in ARRAY_METHODS:
            return getattr(series(node_of(self), None), name)
        refuse_known_name(name)
        return active().refuse(
            f"values.{name} of a column", "work on the Series: rolling, ewm, shift", "trace-unknown-spelling"
        )

    def __array__(self, *_: Any, **__: Any) -> Any:
        refuse_values()


def refuse_values() -> Any:
    """Refuse to hand out values that a stand-in does not have."""
    return active().refuse(
        "the values of a column are read, as code outside pandas and numpy does",
        "np.where and ufuncs work on columns; what computes on arrays (numba, a C library) is @opaque(lookback=...)",
        "trace-values",
    )


def refused_dunder(name: str) -> Any:
    """A special method that refuses."""

    def method(*_: Any, **__: Any) -> Any:
        what = (
            "the rows are read one by one"
            if name in {"__iter__", "__getitem__"}
            else f"{name} of the values is asked for"
        )
        active().refuse(what, "write it with whole columns; `wick operators` lists what is covered")

    return method


SAFE = {"__class__", "__doc__", "__module__", "__dir__", "__init_subclass__", "__subclasshook__", "__new__", "__init__",
        "__getattribute__", "__setattr__", "__delattr__", "__dict__", "__weakref__", "__annotations__", "__hash__",
        "__array_priority__", "__pandas_priority__", "__slots__", "__firstlineno__", "__static_attributes__",
        "__array_ufunc__", "__repr__", "__str__", "__class_getitem__", "__orig_bases__", "__parameters__"}  # fmt: skip


class StandSeries(pd.Series):
    """A column without data.

    Its operators are copied, not inherited: a second base would change the memory layout that `pd.Series(...)` needs to
    turn the object it is building into a stand-in.
    """

    def __getattribute__(self, name: str) -> Any:
        if name in {
            "__class__",
            "__doc__",
            "__module__",
            "__array_ufunc__",
            "__array_function__",
            "__array_priority__",
        }:
            return object.__getattribute__(self, name)
        if name in ATTRIBUTES:
            return ATTRIBUTES[name](self)
        if name in {"__array_interface__", "__array_struct__"}:  # numpy asks for them before __array__
            raise AttributeError(name)
        if name.startswith("__") and name.endswith("__"):
            return object.__getattribute__(self, name)
        from candlewick.trace.chain import follow

        return follow(self, f".{name}")

    def __setattr__(self, name: str, value: Any) -> None:
        from candlewick.trace.change import set_attribute

        set_attribute(self, name, value)

    def __delattr__(self, name: str) -> None:
        active().refuse(f"del column.{name}", "make a new column", "trace-mutation")

    def __repr__(self) -> str:
        return f"<column {node_of(self)}>"

    __str__ = __repr__

    def __array__(self, *_: Any, **__: Any) -> Any:
        refuse_values()


for _name, _method in vars(Operators).items():
    if _name.startswith("__") and _name not in {"__module__", "__doc__", "__slots__", "__dict__", "__weakref__"}:
        setattr(StandSeries, _name, _method)
for _name in dir(pd.Series):
    if (
        _name.startswith("__")
        and _name.endswith("__")
        and _name not in SAFE | {"__array__"}
        and not hasattr(Operators, _name)
    ):
        setattr(StandSeries, _name, refused_dunder(_name))
for _name in ("__float__", "__int__", "__index__", "__complex__", "__reduce__", "__reduce_ex__",
              "__divmod__", "__rdivmod__", "__matmul__", "__rmatmul__", "__contains__", "__copy__", "__deepcopy__",
              "__format__", "__sizeof__"):  # fmt: skip
    setattr(StandSeries, _name, refused_dunder(_name))
setattr(StandSeries, "__round__", lambda self, decimals=0: self.round(decimals))  # noqa: B010 - final for mypy


class StandFrame(pd.DataFrame):
    """Columns by name, without data."""


ARRAY_METHODS = {"astype", "clip", "round"}
ARRAY_ATTRIBUTES: dict[str, Any] = {
    "copy": lambda self: lambda: wrapped(node_of(self), array=True),
    "size": lambda _: active().length(),
    "shape": lambda _: (active().length(),),
    "ndim": lambda _: 1,
}
ATTRIBUTES: dict[str, Any] = {
    "size": lambda _: active().length(),
    "shape": lambda _: (active().length(),),
    "empty": lambda _: active().length() == 0,
    "ndim": lambda _: 1,
    "name": name_of,
}


def named_nodes(name: str, value: Any) -> Iterator[tuple[str, Node]]:
    """The nodes of a result: one for a column or a constant, one per column for a frame."""
    if isinstance(value, StandFrame):
        columns: dict[str, Any] = object.__getattribute__(value, "__dict__")["columns_by_name"]
        for column, item in columns.items():
            yield f"{name}.{column}", item
    elif isinstance(value, StandSeries):
        made = node_of(value)
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
