"""What an array of a column answers to: elementwise operations are in `candlewick.trace.column`."""

from __future__ import annotations

from typing import Any

from candlewick.trace.missing import first_true
from candlewick.trace.stand import node_of, series, wrapped
from candlewick.trace.tracing import active
from candlewick.trace.verdicts import refuse_known_name, refuse_whole


def array_attribute(self: Any, name: str) -> Any:
    """What an array answers to besides operators."""
    if name.startswith("__"):
        raise AttributeError(name)
    if name in ARRAY_ATTRIBUTES:
        return ARRAY_ATTRIBUTES[name](self)
    if name in ARRAY_METHODS:
        method = getattr(series(node_of(self), None), name)
        return lambda *given, **keywords: wrapped(node_of(method(*given, **keywords)), array=True)
    refuse_known_name(name)
    if name.startswith("_numba"):
        active().refuse(
            "a compiled function (numba) reads the values one by one: a loop over rows",
            "write the recursion with ewm, rolling or cumulative operators, or declare @opaque(lookback=...)",
            "trace-loop",
        )
    return active().refuse(
        f"values.{name} of a column", "work on the Series: rolling, ewm, shift", "trace-unknown-spelling"
    )


def first_place(array: Any, what: str) -> int:
    """The first candle at which a condition holds; refused where its shape does not tell."""
    place = first_true(node_of(array))
    return refuse_whole(what) if place is None else place


def _whole(name: str, array: Any) -> Any:
    from candlewick.trace.whole import whole

    return whole(name, array)


def running(array: Any, name: str) -> Any:
    """A running statistic as numpy has it."""
    from candlewick.trace import functions

    return functions.running(array, name)


ARRAY_METHODS = {"astype", "clip", "round", "isin"}
ARRAY_ATTRIBUTES: dict[str, Any] = {
    "strides": lambda _: (8,),
    "any": lambda self: lambda: first_true(node_of(self)) is not None or _whole("any", self),
    "argmax": lambda self: lambda: first_place(self, "argmax() of a column"),
    "all": lambda self: lambda: _whole("all", self),
    "cumsum": lambda self: lambda: running(self, "cumsum"),
    "cumprod": lambda self: lambda: running(self, "cumprod"),
    "flatten": lambda self: lambda: wrapped(node_of(self), array=True),
    "ravel": lambda self: lambda: self,
    "copy": lambda self: lambda: wrapped(node_of(self), array=True),
    "size": lambda _: active().length(),
    "shape": lambda _: (active().length(),),
    "ndim": lambda _: 1,
}
