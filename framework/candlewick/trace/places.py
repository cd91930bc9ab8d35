"""Places of the candles at which a condition holds, of which the first is known where its shape tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from candlewick.trace.missing import first_true
from candlewick.trace.routes import route
from candlewick.trace.stand import describe, node_of
from candlewick.trace.tracing import active
from candlewick.trace.verdicts import Limited, refuse_position


@dataclass(frozen=True)
class Places(Limited):
    """``np.flatnonzero(condition)`` of a condition that holds from one candle on."""

    spoken = "places of candles"

    first: int

    def __getitem__(self, key: Any) -> Any:
        return self.first if key == 0 else refuse_position(f"places of candles [{describe(key)}]")

    def min(self) -> int:
        """The first."""
        return self.first

    def __len__(self) -> int:
        return active().length() - self.first

    @property
    def size(self) -> int:
        """How many."""
        return len(self)

    def used(self, *_: Any, **__: Any) -> Any:
        """Refused."""
        return refuse_position("places of candles")

    __iter__ = __array__ = __array_ufunc__ = __add__ = __radd__ = __sub__ = __rsub__ = __float__ = used


def of_condition(condition: Any, what: str) -> Places:
    """Where a condition holds."""
    place = first_true(node_of(condition))
    return refuse_position(f"{what} of a column") if place is None else Places(place)


@route("np.flatnonzero(condition)")
def flatnonzero(a: Any) -> Any:
    """The candles at which it holds, of which the first is known where the shape tells: of ``~np.isnan(x)``."""
    return of_condition(a, "np.flatnonzero")


@route("np.nonzero(condition)")
def nonzero(a: Any) -> Any:
    """The same."""
    return (of_condition(a, "np.nonzero"),)
