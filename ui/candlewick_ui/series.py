"""What the preview shows: a stretch of a symbol's candles with features beside them, in batch and live."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from candlewick.errors import NodeError
from candlewick.project.project import MAIN
from candlewick.store.candles import load_candles
from candlewick.store.catalog import read_frame
from candlewick_ui.replayed import Parity, Replayed, compare, replay

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from pathlib import Path

    import numpy as np

MOST = 100_000


@dataclass(frozen=True)
class Stretch:
    """The last ``candles`` candles that open no later than the day ``until``; the first ones with ``first``."""

    candles: int
    until: dt.date | None = None
    first: bool = False

    def of(self, times: pd.DatetimeIndex) -> slice:
        """Where it lies among all candles of a symbol."""
        count = min(self.candles, MOST)
        if self.first:
            return slice(0, min(count, len(times)))
        stop = len(times)
        if self.until is not None:
            stop = int(times.searchsorted(pd.Timestamp(self.until, tz="UTC") + pd.Timedelta(days=1)))
        return slice(max(stop - count, 0), stop)


@dataclass(frozen=True)
class Series:
    """A stretch of candles and features.

    ``frame`` has one row per candle: ``ts`` as text (UTC), open, high, low, close, then "batch NAME" for every feature
    and "live NAME" for every one that was replayed. ``before`` candles come earlier. ``parity`` compares all candles of
    the symbol, not only those shown; ``problem`` says why nothing was replayed.
    """

    frame: pd.DataFrame
    before: int
    parity: Mapping[str, Parity] = field(default_factory=dict)
    problem: str = ""


def load_series(
    store: Path,
    target: Path,
    symbol: str,
    features: Mapping[str, str],
    stretch: Stretch,
    artifact: Path | None,
    arm: str = MAIN,
) -> Series:
    """Read candles and features of a symbol, and replay the features with ``artifact`` when there is one.

    ``features`` maps a column of an arm to its model. A candle without a value of a feature has none here either.

    Errors: StoreError and CandleError; NodeError ``preview-type`` for a column that holds no numbers.
    """
    every = load_candles(store, symbol)
    times = pd.DatetimeIndex(every.index)
    batch = {name: _numbers(target, model, name, symbol, arm).reindex(times) for name, model in features.items()}
    replayed = replay(artifact, symbol, every, list(features)) if artifact and features else Replayed()
    shown = stretch.of(times)
    columns: dict[str, Any] = {"ts": _spoken(times[shown])}
    columns |= {name: every[name].to_numpy()[shown] for name in ("open", "high", "low", "close")}
    columns |= {f"batch {name}": values.to_numpy()[shown] for name, values in batch.items()}
    columns |= {f"live {name}": values[shown] for name, values in replayed.columns.items()}
    parity = {name: compare(batch[name].to_numpy(), values) for name, values in replayed.columns.items()}
    return Series(pd.DataFrame(columns), shown.start, parity, replayed.problem)


def _numbers(target: Path, model: str, name: str, symbol: str, arm: str) -> pd.Series:
    values = read_frame(target, model, [name], symbol, arm=arm).set_index("ts")[name]
    try:
        return values.astype("float64")
    except (TypeError, ValueError):
        raise NodeError(
            f"'{name}' holds {values.dtype}, which is no number", code="preview-type", hint="choose another column"
        ) from None


def _spoken(times: pd.DatetimeIndex) -> np.ndarray[Any, Any]:
    """Times as people write them: daily candles have no hour."""
    form = "%Y-%m-%d" if (times == times.normalize()).all() else "%Y-%m-%d %H:%M"
    if (times.second != 0).any() or (times.microsecond != 0).any():  # a time stands for one candle
        form += ":%S" if (times.microsecond == 0).all() else ":%S.%f"
    return times.strftime(form).to_numpy()
