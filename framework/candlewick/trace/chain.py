"""What leads from a column to another: unfinished spellings, and its values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from candlewick.operators.catalogue import spellings
from candlewick.trace.change import IN_PLACE, changed
from candlewick.trace.column import ATTRIBUTES, begins
from candlewick.trace.part import cut_off
from candlewick.trace.routes import ROUTES
from candlewick.trace.stand import COPY_ON_WRITE, StandArray, State, call, is_column, state_of
from candlewick.trace.tracing import active
from candlewick.trace.verdicts import refuse_unknown

if TYPE_CHECKING:
    from candlewick.trace.dispatch import Call


class Chain:
    """An unfinished spelling, such as ``close.rolling(20)``."""

    spoken = "an unfinished call"

    def __init__(self, subject: Any, path: str, calls: tuple[Call, ...] = ()) -> None:
        self.__dict__.update(_subject=subject, _path=path, _calls=calls)

    def __call__(self, *given: Any, **keywords: Any) -> Any:
        """Take the arguments of one call of the spelling."""
        subject, path = self._subject, self._path
        if path in IN_PLACE and keywords.pop("inplace", False):
            changed(subject, Chain(subject, path)(*given, **keywords), f"{path[1:]}(inplace=True)")
            return None
        if path in {".where", ".mask"}:  # a function of the column is called, and its result taken
            given = tuple(item(subject) if is_function(item) else item for item in given)
            keywords = {name: item(subject) if is_function(item) else item for name, item in keywords.items()}
        calls = (*self._calls, (given, keywords))
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

    def used_as_value(self, *_: Any, **__: Any) -> Any:
        """Refused."""
        active().refuse(f"{self._path[1:]} is used as a value", "finish it: rolling(20).mean()")

    def __iter__(self) -> Any:
        return active().refuse(
            f"{self._path[1:]}() is iterated over: a loop over rows",
            "x.rolling(n).apply(f, raw=True) hands f one window after the other",
            "trace-loop",
        )

    __len__ = __bool__ = __getitem__ = __setitem__ = __contains__ = __array__ = __float__ = used_as_value
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = used_as_value
    __lt__ = __le__ = __gt__ = __ge__ = __eq__ = __ne__ = __neg__ = used_as_value
    __array_ufunc__ = used_as_value
    __hash__ = object.__hash__


def is_function(value: Any) -> bool:
    """Whether a value is to be called."""
    return callable(value) and not is_column(value)


def follow(subject: Any, path: str, calls: tuple[Call, ...] = ()) -> Any:
    """The next step of a spelling: a finished attribute, an unfinished chain, or a refusal."""
    known = spellings()
    if path == ".dt.date":
        from candlewick.trace.times import of_day

        return of_day(subject)
    if path == ".dt.time":
        from candlewick.trace.clock import time_of_day

        return time_of_day(subject)
    if path in known and len(known[path][0].stages) == len(calls):
        return call(path, subject, *calls)
    if path in known or path in ROUTES or any(key.startswith(path + ".") for key in (*known, *ROUTES)):
        return Chain(subject, path, calls)
    return refuse_unknown(path)


def _values(column: Any) -> Any:
    """The array of a Series: pandas 2 shares its memory, pandas 3 gives one that nobody can change."""
    state = state_of(column)
    if state is None:
        raise TypeError("not a stand-in")
    if begins(column):
        return cut_off(column, begins(column), 0)
    return StandArray(State(state.node, None) if COPY_ON_WRITE else state.sharing(state.owner))


ATTRIBUTES.update({"values": _values, "array": _values, "_values": _values})
