"""What a candle costs in live trading: an exported file is advanced by made-up candles and timed."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

from candlewick.errors import WickError

if TYPE_CHECKING:
    from pathlib import Path

CANDLES = 3_000
PRICE, VOLUME = 100.0, 1_000.0


def live_cost(artifact: Path) -> float | None:
    """The median time of one update and one emit, warmed up; None for a file that cannot be loaded. Units: seconds."""
    from candlewick.candles import Interval
    from candlewick.live import load

    try:
        loaded = load(artifact)
        features = loaded.open(["(timing)"])
        step = Interval.parse(loaded.payload.interval).milliseconds
        spent = []
        for at in range(CANDLES):
            close = PRICE + (at * 7919 % 101) / 50  # up and down, and never the same twice in a row
            start = time.perf_counter()
            features.update("(timing)", at * step, PRICE + 1, close + 2, PRICE - 2, close, VOLUME + at % 13)
            features.emit("(timing)")
            spent.append(time.perf_counter() - start)
    except WickError:
        return None
    return statistics.median(spent[CANDLES // 3 :])
