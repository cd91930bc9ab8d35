"""How far from the exact values a contender is: on sound candles, and after one wrong tick has left every window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.oracle import exact
from benchmarks.workload import candles

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.contender import Columns

SETTLED = 4_000  # candles after which a recursion's seed, which tools choose differently, weighs below 1e-17
LEFT = 300  # candles after a tick, when the longest window (200) holds nothing of it
WRONG = 1_000.0  # what a price is multiplied by in the one bad candle: a decimal point astray


@dataclass(frozen=True)
class Errors:
    """The largest error over features, each relative to its column's scale, and where it is."""

    clean: float
    clean_at: str
    tick: float
    tick_at: str
    misplaced: int
    """Features whose NaN are in other places than pandas'."""


@dataclass(frozen=True)
class Truth:
    """Two series of candles and the exact values of every feature."""

    clean: np.ndarray
    tick: np.ndarray
    clean_values: dict[str, np.ndarray]
    tick_values: dict[str, np.ndarray]
    tick_row: int


def truth(n: int) -> Truth:
    """``n`` candles that are sound, and the same with one bad candle after `SETTLED`."""
    clean = candles(n, 1)
    tick, row = clean.copy(), SETTLED + (n - SETTLED) // 4
    tick[:4, row] *= WRONG
    return Truth(clean, tick, exact(clean), exact(tick), row)


def errors(contender: Columns, truth: Truth) -> Errors:
    """A contender's errors against the truth."""
    clean, tick = (contender.read(contender.compute([contender.prepare(x)])[0]) for x in (truth.clean, truth.tick))
    return Errors(
        *relative_error(*_from(SETTLED, clean, truth.clean_values)),
        *relative_error(*_from(truth.tick_row + LEFT, tick, truth.tick_values)),
        sum((np.isnan(clean[key]) != np.isnan(truth.clean_values[key])).any() for key in contender.features),
    )


def relative_error(found: Mapping[str, np.ndarray], expected: Mapping[str, np.ndarray]) -> tuple[float, str]:
    """The largest difference relative to the largest exact value of its column, and the feature it is in."""
    worst = (0.0, "")
    for key, column in found.items():
        scale = float(np.nanmax(np.abs(expected[key])))
        gap = float(np.nanmax(np.abs(column - expected[key])))
        worst = max(worst, (gap / scale, key))
    return worst


def _from(
    row: int, found: Mapping[str, np.ndarray], expected: Mapping[str, np.ndarray]
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    return {key: column[row:] for key, column in found.items()}, {key: expected[key][row:] for key in found}
