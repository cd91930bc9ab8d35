"""Places and runs of candles, counted from the first: what ``x[3]``, ``x[:14]`` and ``x[5:]`` name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from candlewick.trace.stand import describe
from candlewick.trace.tracing import active
from candlewick.trace.verdicts import refuse_end, refuse_position, refuse_turned

EVERY_READ = 12  # places that one line may name before it is taken for a loop


@dataclass(frozen=True)
class Span:
    """Candles ``start`` to before ``stop``, or without a stop to the last but ``cut``."""

    start: int
    stop: int | None
    cut: int = 0

    def after(self, first: int) -> Span:
        """The same candles of a column that begins later, counted from the first of all."""
        return Span(self.start + first, None if self.stop is None else self.stop + first, self.cut)


def span_of(key: slice, what: str) -> Span:
    """The candles of a slice, counted from the start."""
    if key.step == -1:
        refuse_turned(f"{what}[::-1]")
    if key.step not in (None, 1):
        refuse_position(f"{what}[::{key.step}]")
    start = place_of(from_start(key.start), what) if key.start is not None else 0
    if key.stop is None or key.stop == active().history:
        return Span(start, None)
    cut = from_end(key.stop)
    if cut:
        return Span(start, None, cut)
    return Span(start, max(int(key.stop), start))


def from_start(number: Any) -> Any:
    """``-len(part)``, which is a place near the start, counted from it."""
    history = active().history
    if isinstance(number, int | np.integer) and number < 0 and (-number > history // 2 or not active().is_long):
        return max(history + int(number), 0)
    return number


def from_end(number: Any) -> int:
    """How many candles before the end a place lies; 0 where it is counted from the start."""
    history = active().history
    if number < 0:
        return -int(number)
    return history - int(number) if active().is_long and number > history // 2 else 0


def place_of(key: Any, what: str) -> int:
    """The place of one candle; refuses places from the end, and lines that name one candle after the other."""
    key = getattr(key, "place", key)
    if isinstance(key, bool) or not isinstance(key, int | np.integer):
        return refuse_position(f"{what}[{describe(key)}]")  # type: ignore[no-any-return]
    if from_end(key):
        refuse_end(f"{what}[{key}]" if key < 0 else f"{what}[len(x) - {from_end(key)}]")
    if active().named_places(int(key)) > EVERY_READ:
        refuse_position(f"{what}[{key}], one candle after the other,")
    return int(key)
