"""What people do live: append the candle, recompute every feature over a trailing window, keep the last row.

Recursive features are seeded anew at the window's first candle, so their values differ from the batch's; an
accumulated column (obv) has another origin altogether.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from benchmarks import workload
from benchmarks.contender import Live
from benchmarks.rivals.as_written import series_of

if TYPE_CHECKING:
    from benchmarks.contender import Step

WINDOW = 300


def live(name: str) -> Live:
    return Live(name, workload.FEATURES, start, share=200)


def start(history: np.ndarray) -> Step:
    window = np.ascontiguousarray(history[:, -WINDOW:])

    def step(ts: float, *candle: float) -> list[float]:
        del ts
        window[:, :-1] = window[:, 1:]
        window[:, -1] = candle
        with np.errstate(all="ignore"):
            found = workload.compute(series_of(window))
        return [series.iat[-1] for series in found.values()]

    return step
