"""Functions of single values: ``x.apply(f)``. Every branch they may take is followed, and becomes a choice per candle.

The function runs on a stand-in; each time it asks for a truth value it is told one answer, and later runs are told the
other. A function that keeps anything from one value to the next is no function of the value and is refused.
"""

from __future__ import annotations

import builtins
import dis
import types
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from candlewick.trace.stand import StandSeries, call, entry_frame, is_column, is_number, node_of, series
from candlewick.trace.tracing import active

if TYPE_CHECKING:
    from collections.abc import Callable

    from candlewick.trace.graph import Node

MOST = 64
HINT = "write it on whole columns: np.where(x > 0, x, 0.0), np.maximum(x, y), x.clip(lower=0)"


def refuse(what: str) -> Any:
    """Refuse what a function of single values does."""
    return active().refuse(f"a function called on every value {what}", HINT, "trace-python-per-value")


@dataclass
class Decisions:
    """The answers given to the questions of one run, in order; a question asked again gets the same answer."""

    answers: list[bool]
    scalar: bool = False
    """Whether values are Python's own: then bools are integers, as in ``(x > 0) - (x < 0)``."""
    questions: list[Node] = field(default_factory=list)
    known: dict[str, bool] = field(default_factory=dict)

    def answer(self, condition: Node) -> bool:
        """The answer to one question."""
        if condition.hash not in self.known:
            if len(self.questions) == len(self.answers):
                self.answers.append(True)
            self.known[condition.hash] = self.answers[len(self.questions)]
            self.questions.append(condition)
        return self.known[condition.hash]


def per_value(function: Any, *given: Any, **keywords: Any) -> Any:
    """What a function of Python's own floats gives at each candle, as ``x.apply(f)`` hands them over."""
    return per_candle(function, *given, scalar=True, **keywords)


def per_candle(function: Any, *given: Any, scalar: bool = False, **keywords: Any) -> Any:
    """What a function of single values gives at each candle: a column, or one number.

    Errors: TraceError ``trace-python-per-value``
    """
    ours = retold(function)
    runs = 0

    def run(prefix: list[bool]) -> tuple[Any, Decisions]:
        nonlocal runs
        runs += 1
        if runs > MOST:
            refuse(f"takes more than {MOST} branches")
        trace, outer = active(), active().deciding
        trace.deciding = Decisions(list(prefix), scalar=scalar)
        try:
            result = ours(*given, **keywords)  # what it gave must not change when it is run once more
            return series(node_of(result), None) if is_column(result) else result, trace.deciding
        finally:
            trace.deciding = outer

    def follow(prefix: list[bool]) -> Any:
        result, decisions = run(prefix)
        again, others = run(prefix)
        if decisions.questions != others.questions or not same(result, again):
            refuse("keeps something from one value to the next")
        for place in reversed(range(len(prefix), len(decisions.questions))):
            other = follow([*decisions.answers[:place], False])
            result = either(decisions.questions[place], result, other)
        return result

    return follow([])


def same(one: Any, other: Any) -> bool:
    """Whether two runs gave the same."""
    if is_column(one) or is_column(other):
        return is_column(one) and is_column(other) and node_of(one) == node_of(other)
    return type(one) is type(other) and (one is other or bool(one == other) or (one != one and other != other))  # noqa: PLR0124


def either(condition: Node, yes: Any, no: Any) -> Any:
    """The one where the condition holds, else the other."""
    for value in (yes, no):
        if not (is_column(value) or is_number(value)):
            refuse(f"gives a {type(value).__name__}, not a number, on one of its branches")
    if same(yes, no):
        return yes
    from candlewick.trace.functions import as_column

    first, second = as_column(yes), as_column(no)
    if (node_of(first).dtype == "bool") != (node_of(second).dtype == "bool"):  # type: ignore[union-attr]
        refuse("gives a bool on one branch and a number on another")
    return call(".where", first, ((series(condition, None), second), {}), array=False)


def largest(*values: Any, **keywords: Any) -> Any:
    """``max`` as Python has it: the first value, unless a later one is greater."""
    return _extreme(builtins.max, "Gt", values, keywords)


def smallest(*values: Any, **keywords: Any) -> Any:
    """``min`` as Python has it: the first value, unless a later one is less."""
    return _extreme(builtins.min, "Lt", values, keywords)


def _extreme(original: Any, key: str, values: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    items = list(values[0]) if len(values) == 1 else list(values)
    if keywords or not any(is_column(item) for item in items):
        return original(items, **keywords)
    result = items[0]
    for item in items[1:]:
        better = node_of(call(key, None, ((item, result), {}), array=False))
        result = either(better, item, result)  # type: ignore[arg-type]
    return result


def as_float(value: Any = 0.0) -> Any:
    """``float(x)``."""
    return value.astype(float) if is_column(value) else float(value)


def as_int(value: Any = 0, *base: Any) -> Any:
    """``int(x)``, which Python refuses where a value is missing."""
    return call("np.trunc", None, ((value.astype(float),), {})) if is_column(value) else int(value, *base)


# numpy takes them for the dtypes they are named after
as_float.dtype, as_int.dtype = np.dtype(float), np.dtype(int)  # type: ignore[attr-defined]


def kind_of(value: Any, *rest: Any) -> Any:
    """``type(x)``: of one value of a column; what ``float`` and ``int`` mean here."""
    if not rest and is_column(value):
        made = node_of(value)
        return {"bool": bool, "int": as_int}.get(made.dtype if made else "", as_float)
    return type(value, *rest)


def is_kind(value: Any, kinds: Any) -> bool:
    """``isinstance(x, float)``: of one value of a column."""
    real = {as_float: float, as_int: int, kind_of: type}
    meant: tuple[Any, ...] = tuple(real.get(kind, kind) for kind in (kinds if isinstance(kinds, tuple) else (kinds,)))
    kind = kind_of(value)
    return issubclass(real.get(kind, kind), meant) if is_column(value) else isinstance(value, meant)


class Pandas:
    """pandas as a window function sees it: a Series of a window is the window."""

    def __getattr__(self, name: str) -> Any:
        return getattr(pd, name)

    @staticmethod
    def Series(data: Any = None, *given: Any, **keywords: Any) -> Any:  # noqa: N802 - it is called that
        """A window as a Series."""
        as_series = getattr(data, "as_series", None)
        return pd.Series(data, *given, **keywords) if as_series is None else as_series()


RETOLD: dict[Any, Any] = {max: largest, min: smallest, float: as_float, int: as_int, type: kind_of, isinstance: is_kind}


def retold(function: Any) -> Callable[..., Any]:
    """The function with builtins that understand stand-ins; refused when it assigns to names outside itself."""
    if isinstance(function, types.MethodType):
        inner = retold(function.__func__)
        return lambda *given, **keywords: inner(function.__self__, *given, **keywords)
    if not isinstance(function, types.FunctionType):
        known = RETOLD.get(function) if getattr(function, "__hash__", None) else None
        return known or function  # type: ignore[no-any-return]
    code = function.__code__
    for step in dis.get_instructions(code):
        if step.opname == "STORE_GLOBAL" or (step.opname == "STORE_DEREF" and step.argval in code.co_freevars):
            refuse(f"sets {step.argval}, outside itself")
    own = function.__globals__
    told = {old.__name__: new for old, new in RETOLD.items() if own.get(old.__name__, old) is old}
    told |= {name: Pandas() for name, value in own.items() if value is pd}
    made = types.FunctionType(code, {**own, **told}, function.__name__, function.__defaults__, function.__closure__)
    made.__kwdefaults__ = function.__kwdefaults__
    return made


def column_of(result: Any) -> Any:
    """What `per_candle` gave, as a column."""
    if isinstance(result, StandSeries):
        return series(node_of(result), entry_frame())
    if not (is_number(result) or is_column(result)):
        refuse(f"gives a {type(result).__name__}, not a number")
    from candlewick.trace.functions import as_column

    return series(node_of(as_column(result)), entry_frame())
