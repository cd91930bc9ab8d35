"""Live values beside batch values: a symbol's candles, fed one by one to the exported file that live trading loads."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from candlewick.candles import COLUMNS
from candlewick.errors import WickError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    Floats = np.ndarray[Any, np.dtype[np.float64]]

STAGE = "features"  # what a fit makes of them is no column of the tables


@dataclass(frozen=True)
class Replayed:
    """What live trading would have emitted after every candle, by feature; or the ``problem`` with replaying.

    Shape: each column has one float64 per candle of the symbol, the first candle of the store first
    """

    columns: Mapping[str, Floats] = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True)
class Parity:
    """Batch against live, one feature: how many candles were compared, at how many the bits differ, by how much."""

    candles: int
    differing: int
    largest: float


def replay(artifact: Path, symbol: str, candles: pd.DataFrame, names: Sequence[str]) -> Replayed:
    """Feed the candles of a symbol to an artifact as live trading does: update, then emit, from the first candle on.

    Features the artifact does not hold are left out of the answer. Nothing of the project is run.
    """
    from candlewick.live import load

    if not artifact.exists():
        return Replayed(problem="There is no exported file yet: `wick export` writes it.")
    try:
        features = load(artifact).open([symbol])
        features.reset(symbol)  # the file resumes after the last candle; here the past itself is replayed
        held = features.names(STAGE)
        places = [held.index(name) for name in names if name in held]
        rows = np.empty((len(candles), len(places)))
        times = pd.DatetimeIndex(candles.index).as_unit("ms").asi8.tolist()
        numbers = zip(times, *(candles[name].tolist() for name in COLUMNS), strict=True)
        for at, candle in enumerate(numbers):
            features.update(symbol, *candle)
            rows[at] = features.emit(symbol, STAGE)[places]
    except WickError as error:
        return Replayed(problem=str(error))
    return Replayed({held[place]: rows[:, at] for at, place in enumerate(places)})


def compare(batch: Floats, live: Floats) -> Parity:
    """Bit against bit, as the certificate compares: two missing values are equal, 0.0 and -0.0 are not."""
    from candlewick.certify.case import unequal_bits

    unequal = unequal_bits(batch, live)
    with np.errstate(invalid="ignore"):
        distance = np.abs(batch - live)[unequal]
    return Parity(len(batch), int(unequal.sum()), float(np.nanmax(distance, initial=0.0)))
