"""Stand-ins: Series and DataFrames without data, whose every use builds a node or is refused.

They are real subclasses of `pd.Series` and `pd.DataFrame`, made without calling their constructors, so `isinstance` and
type checks hold, and nothing of pandas' own machinery ever runs on them: each attribute is answered from the catalogue
or refused.
"""

from __future__ import annotations

import numbers
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from candlewick.errors import TraceError
from candlewick.operators.catalogue import spellings
from candlewick.operators.source import Constant
from candlewick.trace.dispatch import Call, evaluate, refuse_unknown
from candlewick.trace.graph import Node, node
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


@dataclass
class State:
    """What a stand-in holds: its expression, and the function frame that made it (None: nobody may change it)."""

    node: Node | None
    owner: FrameType | None
    array: Any = None
    """The array stand-in a Series was made of: pandas 2 shares its memory."""


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


def node_of(value: Any) -> Node | None:
    """The node of a stand-in column; None for anything else."""
    state = state_of(value)
    if state is None:
        return value._refused() if isinstance(value, Chain) else None  # noqa: SLF001 - our own
    if state.node is None:
        active().refuse(
            "an array that shares its memory with a changed Series is read", "keep the Series and drop the array"
        )
    return state.node


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


def series(made: Node | None, owner: FrameType | None, kind: type[pd.Series] | None = None) -> Any:
    """A stand-in Series of a node."""
    stand = object.__new__(kind or StandSeries)
    object.__getattribute__(stand, "__dict__")["state"] = State(made, owner)
    return stand


def wrapped(result: Any, *, array: bool) -> Any:
    """What evaluation gave, as a stand-in of the right kind."""
    if isinstance(result, Node):
        return StandArray(State(result, entry_frame())) if array else series(result, entry_frame())
    if isinstance(result, StandSeries):  # a composite may give its operand: what is returned is a column of its own
        return wrapped(node_of(result), array=array)
    return result


def call(key: str, subject: Any, *calls: Call, array: bool | None = None) -> Any:
    """Evaluate a spelling; arrays give arrays unless a Series takes part."""
    if array is None:
        operands = [subject, *(value for given, keywords in calls for value in (*given, *keywords.values()))]
        array = not any(isinstance(value, StandSeries) for value in operands)
    return wrapped(evaluate(key, subject, calls, node_of), array=array)


class Chain:
    """An unfinished spelling, such as ``close.rolling(20)``."""

    def __init__(self, subject: Any, path: str, calls: tuple[Call, ...] = ()) -> None:
        self.__dict__.update(_subject=subject, _path=path, _calls=calls)

    def __call__(self, *given: Any, **keywords: Any) -> Any:
        """Take the arguments of one call of the spelling."""
        subject, path, calls = self._subject, self._path, (*self._calls, (given, keywords))
        route = ROUTES.get(path)
        if route is not None:
            return route(subject, calls)
        if path in spellings() and len(spellings()[path][0].stages) == len(calls):
            return call(path, subject, *calls)
        return Chain(subject, path, calls)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return follow(self._subject, f"{self._path}.{name}", self._calls)

    def _refused(self, *_: Any, **__: Any) -> Any:
        active().refuse(f"{self._path[1:]} is used as a value", "finish it: rolling(20).mean()")

    __iter__ = __len__ = __bool__ = __getitem__ = __setitem__ = __contains__ = __array__ = __float__ = _refused
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _refused
    __lt__ = __le__ = __gt__ = __ge__ = __eq__ = __ne__ = __neg__ = _refused
    __array_ufunc__ = _refused
    __hash__ = object.__hash__


def follow(subject: Any, path: str, calls: tuple[Call, ...] = ()) -> Any:
    """The next step of a spelling: a finished attribute, an unfinished chain, or a refusal."""
    known = spellings()
    if path in known and len(known[path][0].stages) == len(calls):
        return call(path, subject, *calls)
    if path in known or path in ROUTES or any(key.startswith(path + ".") for key in (*known, *ROUTES)):
        return Chain(subject, path, calls)
    return refuse_unknown(path)


class IndexToken:
    """The index of a stand-in: good only as ``index=``."""

    def _refused(self, *_: Any, **__: Any) -> Any:
        active().refuse("the index of a column is used as a value", "the input ts holds the times of the candles")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        active().refuse(f"index.{name} is read", f"write ts.dt.{name} with the input ts")

    __iter__ = __len__ = __bool__ = __getitem__ = __contains__ = __array__ = _refused
    __array_ufunc__ = __array_function__ = _refused
    __add__ = __radd__ = __sub__ = __rsub__ = __lt__ = __le__ = __gt__ = __ge__ = __eq__ = __ne__ = _refused
    __hash__ = object.__hash__


class Locator:
    """``column.loc``: good only for ``column.loc[mask] = value``."""

    def __init__(self, target: Any) -> None:
        self.target = target

    def __setitem__(self, key: Any, value: Any) -> None:
        assign(self.target, key, value)

    def __getitem__(self, key: Any) -> Any:
        active().refuse(f"column.loc[{describe(key)}] drops candles", "use where(condition)", "trace-subscript")


class Operators:
    """The Python operators and numpy protocols that both kinds of stand-in share."""

    __slots__ = ()

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **keywords: Any) -> Any:
        name = f"np.{ufunc.__name__}"
        if method != "__call__":
            return active().refuse(f"{name}.{method} reads a whole column", "use a rolling or cumulative form")
        if (
            keywords.get("out") is not None
            or keywords.get("where", True) is not True
            or set(keywords) - {"out", "where"}
        ):
            return active().refuse(f"{name} with {', '.join(keywords)}", f"write {name}(x)")
        key = ALIASES.get(name, name)
        if key not in spellings():
            return refuse_function(name)
        return call(key, None, (inputs, {}))

    def __array_function__(self, function: Any, types: Any, given: Any, keywords: Any) -> Any:
        from candlewick.trace.functions import FUNCTIONS

        del types
        name = f"np.{function.__name__}"
        if function in FUNCTIONS:
            return FUNCTIONS[function](*given, **keywords)
        if name in spellings():
            return call(name, None, (given, keywords), array=name in ARRAYS or None)
        return refuse_function(name)

    def __bool__(self) -> bool:  # noqa: PLE0304 - it raises
        active().refuse(
            "a column is used as one truth value (if, and, or, not)",
            "choose per candle: x.where(condition, other), &, |, ~",
            "trace-truth-value",
        )

    def __iter__(self) -> Iterator[Any]:
        active().refuse(
            "a column is iterated over", "write the recursion with ewm, rolling or cumulative operators", "trace-loop"
        )

    def __len__(self) -> int:  # noqa: PLE0303 - it raises
        active().refuse(
            "len() of a column depends on how much history there is", "count candles with rolling", "trace-length"
        )

    def __setitem__(self, key: Any, value: Any) -> None:
        assign(self, key, value)

    def __getitem__(self, key: Any) -> Any:
        active().refuse(
            f"column[{describe(key)}] reads by position or drops candles",
            "use shift(n) or where(condition)",
            "trace-subscript",
        )


def refuse_function(name: str) -> Any:
    """Refuse a numpy function without an operator."""
    from candlewick.errors import nearest

    offer = nearest(name, [key for key in spellings() if key.startswith("np.")])
    return active().refuse(
        f"{name} of a column has no streaming form",
        offer or "`wick operators` lists what is covered",
        "trace-unknown-spelling",
    )


def describe(value: Any) -> str:
    """A short name of any value, without running code of a stand-in."""
    return "..." if is_column(value) else repr(value)[:40]


def assign(target: Any, mask: Any, value: Any) -> None:
    """``target[mask] = value`` on a column the function made itself: a choice per candle."""
    condition = node_of(mask)
    if condition is None or condition.dtype != "bool":
        active().refuse(
            f"column[{describe(mask)}] = ... sets by position", "use where(condition, value)", "trace-subscript"
        )
    owned(target, "[mask] = value")
    result = call(".where", target, ((call("Invert", None, ((mask,), {})), value), {}))
    replace(target, result)


def owned(target: Any, what: str) -> None:
    """Refuse to change a column that other functions see."""
    state = state_of(target)
    if state is None or state.owner is None or state.owner is not entry_frame():
        active().refuse(f"an input is changed in place ({what})", "change a copy: x = x.copy()", "trace-mutation")


def replace(target: Any, result: Any) -> None:
    """Give a column a new expression, as assignment in place does."""
    state = state_of(target)
    if state is None:
        raise TypeError("not a stand-in")
    state.node = node_of(result)
    if state.array is not None:
        state.array.state.node = None


def _binary(key: str, *, swap: bool) -> Any:
    def operator(self: Any, other: Any) -> Any:
        if isinstance(other, StandFrame):
            return NotImplemented
        operands = (other, self) if swap else (self, other)
        return call(key, None, (operands, {}))

    return operator


def _in_place(key: str) -> Any:
    def operator(self: Any, other: Any) -> Any:
        result = call(key, None, ((self, other), {}))
        owned(self, "an augmented assignment")
        replace(self, result)
        return self

    return operator


def _unary(key: str) -> Any:
    def operator(self: Any) -> Any:
        return call(key, None, ((self,), {}))

    return operator


for _name, _key in BINARY.items():
    setattr(Operators, f"__{_name}__", _binary(_key, swap=False))
    setattr(Operators, f"__r{_name}__", _binary(_key, swap=True))
    setattr(Operators, f"__i{_name}__", _in_place(_key))
for _name, _key in COMPARISON.items():
    setattr(Operators, f"__{_name}__", _binary(_key, swap=False))
for _name, _key in UNARY.items():
    setattr(Operators, f"__{_name}__", _unary(_key))
Operators.__hash__ = object.__hash__  # type: ignore[method-assign]


class StandArray(Operators):
    """The values of a column: elementwise operations only."""

    __slots__ = ("state",)

    def __init__(self, state: State) -> None:
        self.state = state

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in {"copy", "astype", "clip", "round"}:
            return (
                getattr(series(node_of(self), None), name)
                if name != "copy"
                else lambda: wrapped(node_of(self), array=True)
            )
        return active().refuse(
            f"values.{name} of a column", "work on the Series: rolling, ewm, shift", "trace-unknown-spelling"
        )

    def __array__(self, *_: Any, **__: Any) -> Any:
        active().refuse("the values of a column are read", "np.where and ufuncs work on columns", "trace-values")


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
        if name.startswith("__") and name.endswith("__"):
            return object.__getattribute__(self, name)
        return follow(self, f".{name}")

    def __setattr__(self, name: str, value: Any) -> None:
        if name != "name":
            active().refuse(f"column.{name} = ... changes a column in place", "make a new column", "trace-mutation")

    def __delattr__(self, name: str) -> None:
        active().refuse(f"del column.{name}", "make a new column", "trace-mutation")

    def __repr__(self) -> str:
        return f"<column {node_of(self)}>"

    __str__ = __repr__


for _name, _method in vars(Operators).items():
    if _name.startswith("__") and _name not in {"__module__", "__doc__", "__slots__", "__dict__", "__weakref__"}:
        setattr(StandSeries, _name, _method)
for _name in dir(pd.Series):
    if _name.startswith("__") and _name.endswith("__") and _name not in SAFE and not hasattr(Operators, _name):
        setattr(StandSeries, _name, refused_dunder(_name))
for _name in ("__array__", "__float__", "__int__", "__index__", "__complex__", "__reduce__", "__reduce_ex__",
              "__divmod__", "__rdivmod__", "__matmul__", "__rmatmul__", "__contains__", "__copy__", "__deepcopy__",
              "__round__", "__format__", "__sizeof__"):  # fmt: skip
    setattr(StandSeries, _name, refused_dunder(_name))


class StandFrame(pd.DataFrame):
    """Columns by name, without data."""


ARRAYS = {"np.where", "np.select", "np.nan_to_num"}
ALIASES = {"np.true_divide": "np.divide", "np.conjugate": "np.positive"}
ROUTES: dict[str, Any] = {}
ATTRIBUTES: dict[str, Any] = {
    "index": lambda _: IndexToken(),
    "loc": Locator,
    "values": lambda self: StandArray(State(node_of(self), None)),
    "array": lambda self: StandArray(State(node_of(self), None)),
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


def is_number(value: Any) -> bool:
    """Whether a value is one number."""
    return isinstance(value, numbers.Real | np.number | np.bool_) and not is_column(value)
