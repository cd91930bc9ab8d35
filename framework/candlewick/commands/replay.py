"""`wick replay`: the candles of the store through an artifact's pipeline, one by one, as live trading would."""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from candlewick.candles import COLUMNS, Candle
from candlewick.errors import WickWarning
from candlewick.live import CandleContext, CandlePipeline, CusumGate, FeatureEngineeringStep, FeatureUpdate, load
from candlewick.program import OUTPUT
from candlewick.store.candles import data_versions, load_many, some_candles, unmoved
from candlewick.store.tables import table_format, write_frame

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from candlewick.live import FunnelEntry, Timing
    from candlewick.project.project import Project


@dataclass(frozen=True)
class Replay:
    """What a replay did; ``rows`` are the vectors that came through, by symbol and time.

    ``arrived`` says of each symbol in the artifact whether its state is the one there, bit for bit; None where the
    store's candles are not those the artifact has seen.
    """

    funnel: list[FunnelEntry]
    timings: list[Timing]
    rows: pd.DataFrame
    candles: int
    seconds: float
    arrived: dict[str, bool | None]


def replay(
    project: Project,
    artifact: Path,
    *,
    symbols: Sequence[str] = (),
    cusum: float | None = None,
    stage: str = OUTPUT,
    out: Path | None = None,
) -> Replay:
    """Send the candles of the project's store through the artifact from the first one on, without a past.

    Every candle updates; with ``cusum`` a gate of that threshold stands before emit. ``out`` is a CSV or Parquet file
    of the vectors that came through.

    Errors: ArtifactError; CandleError ``candles-none`` and ``candles-symbol``; UsageError ``usage-out``; StoreError
    ``store-moved``
    """
    if out is not None:
        table_format(out)
    some_candles(project.store)
    loaded = load(artifact)
    features = loaded.open(interval=project.config.candles.interval)
    gate = [] if cusum is None else [CusumGate(h=cusum)]
    pipeline = CandlePipeline([FeatureUpdate(features), *gate, FeatureEngineeringStep(features, stage=stage)])
    versions, seen = data_versions(project.store), loaded.payload.symbols
    times: list[tuple[str, int]] = []
    vectors: list[Any] = []
    arrived: dict[str, bool | None] = {}
    count, start = 0, time.perf_counter()
    with warnings.catch_warnings(), unmoved(project.store):
        warnings.simplefilter("ignore", WickWarning)  # of gaps the ingest has told
        for symbol, frame in load_many(project.store, symbols or None):
            features.reset(symbol)
            for candle in one_by_one(symbol, frame):
                count += 1
                result = pipeline.process(candle)
                if isinstance(result, CandleContext):
                    times.append((symbol, candle.ts))
                    vectors.append(result.features)
            if symbol in seen and seen[symbol].version != versions[symbol]:
                arrived[symbol] = None
            elif symbol in seen:
                ts, vector = features.stream(symbol).state()
                arrived[symbol] = ts == seen[symbol].ts and vector.tobytes() == seen[symbol].vector.tobytes()
    seconds = time.perf_counter() - start
    rows = _rows(times, vectors, features.names(stage))
    if out is not None:
        write_frame(out, rows)
    return Replay(pipeline.funnel(), pipeline.timings(), rows, count, seconds, arrived)


def one_by_one(symbol: str, frame: pd.DataFrame) -> Iterator[Candle]:
    """The candles of a symbol as live trading receives them."""
    times = pd.DatetimeIndex(frame.index).as_unit("ms").asi8.tolist()
    values = frame[list(COLUMNS)].to_numpy(np.float64).tolist()
    for ts, (opened, high, low, close, volume) in zip(times, values, strict=True):
        yield Candle(ts, opened, high, low, close, volume, symbol)


def _rows(times: list[tuple[str, int]], vectors: list[Any], names: Sequence[str]) -> pd.DataFrame:
    values = np.stack(vectors) if vectors else np.empty((0, len(names)))
    rows = pd.DataFrame(values, columns=list(names))
    rows.insert(0, "ts", pd.to_datetime([ts for _, ts in times], unit="ms", utc=True))
    rows.insert(0, "symbol", [symbol for symbol, _ in times])
    return rows
