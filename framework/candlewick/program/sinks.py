"""Where results are laid down: arrays whose memory is used again.

The system hands out memory page by page and empty, which for large results takes as long as computing them.
"""

from __future__ import annotations

import weakref
from collections import defaultdict, deque
from typing import TYPE_CHECKING

import numpy as np

from candlewick.program.layout import LINE, aligned

if TYPE_CHECKING:
    from candlewick.program.layout import Floats

SMALL = 1 << 17  # values below which memory is had at once anyhow


class Sinks:
    """Lends arrays, and lends their memory again when nobody holds the array or a view of it any more.

    The memory goes with this object, but for what is still lent. Threads may share one.
    """

    def __init__(self) -> None:
        self._free: defaultdict[int, deque[Floats]] = defaultdict(deque)

    def columns(self, count: int, candles: int) -> Floats:
        """An array (columns, candles) whose columns begin with a cache line: whole lines are written past the cache.

        What it holds at first is of no meaning.
        """
        apart = candles + -candles % LINE
        return self._lent(count * apart).reshape(count, apart)[:, :candles]

    def _lent(self, size: int) -> Floats:
        if size < SMALL:
            return aligned(size)
        capacity = 1 << (size - 1).bit_length()  # pages that are not touched are not there
        try:
            memory = self._free[capacity].pop()
        except IndexError:
            memory = aligned(capacity)
        lent = np.frombuffer(memory.data, dtype=np.float64)  # the base of every view of it
        weakref.finalize(lent, self._free[capacity].append, memory).atexit = False
        return lent[:size]
