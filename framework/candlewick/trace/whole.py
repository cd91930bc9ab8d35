"""``x.any()`` and ``x.all()``: one answer of all candles, which must not matter."""

from __future__ import annotations

from typing import Any

from candlewick.errors import Location
from candlewick.trace.place import here
from candlewick.trace.routes import route
from candlewick.trace.tracing import active
from candlewick.trace.verdicts import refuse_whole


class Whole:
    """The answer of a whole column: good only as the condition of an ``if`` that makes no difference."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __bool__(self) -> bool:
        run = active()
        run.guessed = run.guessed or here() or Location("", 0)
        return run.guess

    def used(self, *_: Any, **__: Any) -> Any:
        """Refused."""
        return refuse_whole(self._what)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return (lambda: self) if name in {"any", "all", "item"} else self.used()

    __and__ = __rand__ = __or__ = __ror__ = __invert__ = __add__ = __radd__ = __mul__ = __rmul__ = __float__ = used
    __int__ = __array__ = __eq__ = __ne__ = used
    __hash__ = object.__hash__


def _whole(name: str) -> Any:
    def method(subject: Any, calls: Any) -> Any:
        del subject
        ((given, keywords),) = calls
        return Whole(f"{name}() of a column") if not given and not keywords else refuse_whole(f"{name}() of a column")

    method.__name__, method.__doc__ = name, "One answer of all candles, in an if that guards against division by zero."
    return method


for _name in ("any", "all"):
    route(f"x.{_name}()")(_whole(_name))
