"""What leads from a column to another: unfinished spellings, its index, and the way to some of its candles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from candlewick.operators.catalogue import spellings
from candlewick.trace.change import IN_PLACE, assign, changed, chosen
from candlewick.trace.column import ATTRIBUTES, COPY_ON_WRITE, StandArray, State, call, state_of
from candlewick.trace.routes import ROUTES
from candlewick.trace.tracing import active
from candlewick.trace.verdicts import refuse_unknown

if TYPE_CHECKING:
    from candlewick.trace.dispatch import Call


class Chain:
    """An unfinished spelling, such as ``close.rolling(20)``."""

    def __init__(self, subject: Any, path: str, calls: tuple[Call, ...] = ()) -> None:
        self.__dict__.update(_subject=subject, _path=path, _calls=calls)

    def __call__(self, *given: Any, **keywords: Any) -> Any:
        """Take the arguments of one call of the spelling."""
        subject, path = self._subject, self._path
        if path in IN_PLACE and keywords.pop("inplace", False):
            changed(subject, Chain(subject, path)(*given, **keywords), f"{path[1:]}(inplace=True)")
            return None
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

    __iter__ = __len__ = __bool__ = __getitem__ = __setitem__ = __contains__ = __array__ = __float__ = used_as_value
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = used_as_value
    __lt__ = __le__ = __gt__ = __ge__ = __eq__ = __ne__ = __neg__ = used_as_value
    __array_ufunc__ = used_as_value
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
    """The index of a stand-in: good only as ``index=`` and for its length."""

    size = property(lambda _: active().length())
    shape = property(lambda _: (active().length(),))

    def _refused(self, *_: Any, **__: Any) -> Any:
        active().refuse("the index of a column is used as a value", "the input ts holds the times of the candles")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        active().refuse(f"index.{name} is read", f"write ts.dt.{name} with the input ts")

    def __len__(self) -> int:
        return active().length()

    def equals(self, other: Any) -> bool:
        """All columns have one index."""
        return isinstance(other, IndexToken)

    __iter__ = __bool__ = __getitem__ = __contains__ = __array__ = _refused
    __array_ufunc__ = __array_function__ = _refused
    __add__ = __radd__ = __sub__ = __rsub__ = __lt__ = __le__ = __gt__ = __ge__ = __eq__ = __ne__ = _refused
    __hash__ = object.__hash__


class Locator:
    """``column.loc``: good only with a condition, or for every candle."""

    def __init__(self, target: Any) -> None:
        self.target = target

    def __setitem__(self, key: Any, value: Any) -> None:
        assign(self.target, key, value)

    def __getitem__(self, key: Any) -> Any:
        return chosen(self.target, key)


def _values(column: Any) -> StandArray:
    """The array of a Series: pandas 2 shares its memory, pandas 3 gives one that nobody can change."""
    state = state_of(column)
    if state is None:
        raise TypeError("not a stand-in")
    return StandArray(State(state.node, None) if COPY_ON_WRITE else state.sharing(state.owner))


ATTRIBUTES.update(
    {"index": lambda _: IndexToken(), "loc": Locator, "values": _values, "array": _values, "_values": _values}
)
