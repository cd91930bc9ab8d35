"""``x.any()`` and ``x.all()``: one answer of all candles, which must not matter; see `candlewick.trace.guards`."""

from __future__ import annotations

from typing import Any

from candlewick.trace.place import here
from candlewick.trace.routes import route
from candlewick.trace.stand import node_of
from candlewick.trace.tracing import Guess, active
from candlewick.trace.verdicts import refuse_whole


class Whole:
    """The answer of a whole column, or of a whole frame: good only as the condition of an ``if``."""

    spoken = "one answer of a whole column"

    def __init__(self, name: str, condition: Any = None) -> None:
        self._name, self._condition = name, condition

    def __bool__(self) -> bool:
        run = active()
        usual = (self._name == "any") != run.unusual
        made = self._condition
        key = f"{self._name} {made.hash if made is not None else here()}"
        run.guesses.setdefault(key, Guess(made, usual, here()))
        return run.answers.get(key, usual)

    def used(self, *_: Any, **__: Any) -> Any:
        """Refused."""
        return refuse_whole(f"{self._name}() of a column")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return (lambda: self) if name in {"any", "all", "item"} else self.used()

    __and__ = __rand__ = __or__ = __ror__ = __invert__ = __add__ = __radd__ = __mul__ = __rmul__ = __float__ = used
    __int__ = __array__ = __eq__ = __ne__ = used
    __hash__ = object.__hash__


def whole(name: str, subject: Any) -> Whole:
    """The answer of a bool column; of numbers, whether any is not zero."""
    made = node_of(subject)
    return Whole(name, made if made is not None and made.dtype == "bool" else None)


def _answer(name: str) -> Any:
    def method(subject: Any, calls: Any) -> Any:
        ((given, keywords),) = calls
        return whole(name, subject) if not given and not keywords else refuse_whole(f"{name}() of a column")

    method.__name__, method.__doc__ = name, "One answer of all candles, in an if that makes no difference."
    return method


for _name in ("any", "all"):
    route(f"x.{_name}()")(_answer(_name))
