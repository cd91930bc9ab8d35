"""How values are put in order without asking for one of them: which are compared, whatever they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def exchanges(count: int) -> Iterator[tuple[int, int]]:
    """The places that are compared, in order, to sort so many values."""
    step = 1
    while step < count:
        gap = step
        while gap >= 1:
            for start in range(gap % step, count - gap, 2 * gap):
                for place in range(start, min(start + gap, count - gap)):
                    if place // (2 * step) == (place + gap) // (2 * step):
                        yield place, place + gap
            gap //= 2
        step *= 2
