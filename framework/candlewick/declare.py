"""What an author declares about a feature that no analysis can find out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from candlewick.errors import GraphError

if TYPE_CHECKING:
    from collections.abc import Callable

F = TypeVar("F", bound="Callable[..., Any]")
_LOOKBACK = "__candlewick_opaque_lookback__"


def opaque(*, lookback: int) -> Callable[[F], F]:
    """Declare a feature opaque: it runs as pandas, in batch only, and reads ``lookback`` candles before this one.

    For a function that has no streaming form: a loop over rows, a library that computes on arrays. Everything that
    needs it is opaque as well. ``lookback`` counts rows of its direct inputs.

    Errors: GraphError ``graph-opaque-lookback`` when it is not a whole number of candles.

    >>> @opaque(lookback=29)
    ... def hurst_30(close): ...
    >>> opaque_lookback(hurst_30)
    29
    """
    if isinstance(lookback, bool) or not isinstance(lookback, int) or lookback < 0:
        raise GraphError(
            f"an opaque feature declares the lookback {lookback!r}",
            code="graph-opaque-lookback",
            hint="write the candles it reads before the current one: @opaque(lookback=29)",
        )

    def declare(function: F) -> F:
        setattr(function, _LOOKBACK, lookback)
        return function

    return declare


def opaque_lookback(function: Callable[..., Any]) -> int | None:
    """The lookback a function declares; None when it declares nothing."""
    found: int | None = getattr(function, _LOOKBACK, None)
    return found
