"""Stand-in columns: Series and arrays without data, whose every use builds a node or is refused.

`StandSeries` is a real subclass of `pd.Series`, made without calling its constructor, so `isinstance` and type checks
hold, and nothing of pandas' own machinery ever runs on it: each attribute is answered from the catalogue or refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from candlewick.operators.cast import AsInteger, AsTime
from candlewick.operators.catalogue import spellings
from candlewick.operators.operator import BOOL, INT, TIME
from candlewick.trace.array import array_attribute, running
from candlewick.trace.dispatch import applied
from candlewick.trace.graph import node
from candlewick.trace.missing import start_of
from candlewick.trace.routes import ARRAYS, FUNCTIONS
from candlewick.trace.stand import (
    BINARY,
    COMPARISON,
    UNARY,
    StandArray,
    StandFrame,
    StandSeries,
    call,
    constant_column,
    is_column,
    name_of,
    node_of,
    series,
    stands_aside,
    wrapped,
)
from candlewick.trace.tracing import active
from candlewick.trace.ufuncs import beside_array, called, in_window, written
from candlewick.trace.verdicts import CUMULATIVE, refuse_function, refuse_reduction

if TYPE_CHECKING:
    from collections.abc import Iterator


class Operators:
    """The Python operators and numpy protocols that both kinds of stand-in share."""

    __slots__ = ()

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **keywords: Any) -> Any:
        name = f"np.{ufunc.__name__}"
        if any(stands_aside(item) for item in inputs):  # a window of candles, or some of them: they know how
            return NotImplemented
        if method == "accumulate" and name in CUMULATIVE and len(inputs) == 1 and not keywords:
            return running(inputs[0], CUMULATIVE[name])
        if method != "__call__":
            return refuse_reduction(name, method)
        return written(ufunc, inputs, dict(keywords)) if keywords else called(name, inputs)

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
        return active().length() - begins(self)

    def __setitem__(self, key: Any, value: Any) -> None:
        from candlewick.trace.change import assign

        assign(self, key, value)

    def __getitem__(self, key: Any) -> Any:
        from candlewick.trace.change import chosen

        return chosen(self, key)


def begins(column: Any) -> int:
    """The first candle that a column has in pandas."""
    return start_of(node_of(column)) or 0


def _binary(key: str, *, swap: bool) -> Any:
    def operator(self: Any, other: Any) -> Any:
        if isinstance(other, StandFrame) or stands_aside(other):
            return NotImplemented
        if isinstance(other, np.ndarray) and other.ndim == 1 and in_window():
            return beside_array(key, self, other, swap=swap)
        if isinstance(other, pd.Timestamp):
            other = moment(other)
        if hasattr(type(other), "beside") and isinstance(self, StandSeries):  # the value of one candle
            other = other.beside(self)
        if key in {"FloorDiv", "Mod"} and not swap and divides_whole(self, other):
            return whole_result(call(key, None, ((self.astype(float), other), {})))
        operands = (other, self) if swap else (self, other)
        if key in {"Add", "Sub"} and is_time(self):
            from candlewick.trace.times import of_times

            result = of_times(key, *operands)
            if result is not NotImplemented:
                return result
        if key in {"Add", "Sub", "Mult"} and active().deciding is not None and active().deciding.scalar:
            operands = tuple(map(counted, operands))  # Python's True is 1
        return call(key, None, (operands, {}))

    return operator


def is_time(column: Any) -> bool:
    """Whether a column holds times."""
    made = node_of(column)
    return made is not None and made.dtype == TIME


def counted(value: Any) -> Any:
    """A truth value as the integer that Python has it for."""
    made = node_of(value) if is_column(value) else None
    return value.astype(int) if made is not None and made.dtype == BOOL else value


def moment(time: pd.Timestamp) -> Any:
    """A time beside times: midnight of 1970 plus its milliseconds."""
    if time.tz is None:
        active().refuse(
            "a time without a zone is compared with the times of candles", 'write pd.Timestamp("2024-01-01", tz="UTC")'
        )
    return series(node(AsTime(), constant_column(time.value / 1e6)), None)


def divides_whole(column: Any, other: Any) -> bool:
    """Whether whole numbers are divided by a whole number that is not zero: then integers and floats agree."""
    made = node_of(column)
    whole = isinstance(other, int | np.integer) and not isinstance(other, bool)
    return whole and other != 0 and made is not None and made.dtype == INT


def whole_result(column: Any) -> Any:
    """Floats that are whole and never missing, as integers."""
    made = applied(AsInteger(), [column], node_of)
    return wrapped(made, array=isinstance(column, StandArray), name=name_of(column))


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
            else "the values are read, as numpy does with a list of columns"
            if name == "__getattr__"
            else f"{name} of the values is asked for"
        )
        active().refuse(what, "write it with whole columns: of a list np.max([x, y], axis=0), or np.maximum(x, y)")

    return method


SAFE = {"__class__", "__doc__", "__module__", "__dir__", "__init_subclass__", "__subclasshook__", "__new__", "__init__",
        "__getattribute__", "__setattr__", "__delattr__", "__dict__", "__weakref__", "__annotations__", "__hash__",
        "__array_priority__", "__pandas_priority__", "__slots__", "__firstlineno__", "__static_attributes__",
        "__array_ufunc__", "__repr__", "__str__", "__class_getitem__", "__orig_bases__", "__parameters__"}  # fmt: skip


def getattribute(self: Any, name: str) -> Any:
    """Each attribute of a Series, from the catalogue or refused: nothing of pandas' own machinery runs."""
    if name in {"__class__", "__doc__", "__module__", "__array_ufunc__", "__array_function__", "__array_priority__"}:
        return object.__getattribute__(self, name)
    if name in ATTRIBUTES:
        return ATTRIBUTES[name](self)
    if name in {"__array_interface__", "__array_struct__"}:  # numpy asks for them before __array__
        raise AttributeError(name)
    if name.startswith("__") and name.endswith("__"):
        return object.__getattribute__(self, name)
    from candlewick.trace.chain import follow

    notes = object.__getattribute__(self, "__dict__")["state"].notes
    return notes[name] if name in notes else follow(self, f".{name}")


def set_attribute(self: Any, name: str, value: Any) -> None:
    """``x.name = "rsi"`` and the like."""
    from candlewick.trace.change import set_attribute

    set_attribute(self, name, value)


def delete_attribute(self: Any, name: str) -> None:
    """Refused."""
    del self
    active().refuse(f"del column.{name}", "make a new column", "trace-mutation")


def shown(self: Any) -> str:
    """The expression."""
    return f"<column {node_of(self)}>"


# Copied, not inherited: a second base would change the memory layout that `pd.Series(...)` needs to turn the object it
# is building into a stand-in.
for _name, _method in vars(Operators).items():
    if _name.startswith("__") and _name not in {"__module__", "__doc__", "__slots__", "__dict__", "__weakref__"}:
        setattr(StandSeries, _name, _method)
        setattr(StandArray, _name, _method)
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
StandSeries.__getattribute__ = getattribute  # type: ignore[method-assign]
StandSeries.__setattr__ = set_attribute  # type: ignore[method-assign]
StandSeries.__delattr__ = delete_attribute  # type: ignore[method-assign]
StandSeries.__repr__ = StandSeries.__str__ = shown  # type: ignore[method-assign]
StandSeries.__array__ = StandArray.__array__ = lambda *_, **__: refuse_values()  # type: ignore[attr-defined, method-assign]
StandArray.__getattr__ = array_attribute  # type: ignore[attr-defined]
setattr(StandSeries, "__round__", lambda self, decimals=0: self.round(decimals))  # noqa: B010 - final for mypy


ATTRIBUTES: dict[str, Any] = {
    "size": len,
    "shape": lambda self: (len(self),),
    "empty": lambda _: active().length() == 0,
    "ndim": lambda _: 1,
    "name": name_of,
}
