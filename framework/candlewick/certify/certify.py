"""Certifying an exported file: seven parts, each of them tried on the file itself."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from candlewick.artifact import read
from candlewick.candles import Interval
from candlewick.certify.case import Case, cut_pieces, seed
from candlewick.certify.causality import causality
from candlewick.certify.certificate import Certificate
from candlewick.certify.environment import environment
from candlewick.certify.reference import reference
from candlewick.certify.streaming import streamed
from candlewick.certify.window import fit_window
from candlewick.errors import ArtifactError
from candlewick.store.candles import data_versions, load_many

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from candlewick.artifact import Payload
    from candlewick.run.fitting import Fitting

SYMBOLS = 12
"""Symbols that are tried, spread over all of them."""
STREAMED = 24_000
"""Candles that are fed one by one, over all symbols."""
SEED = 7


def certify(path: Path, fitting: Fitting | None, expected: Payload | None = None) -> Certificate:
    """Try a file on its project's candles, or, without a project, on candles that are drawn at random.

    ``expected`` is what the project would export now.

    Errors: ArtifactError for a file that is not sound, or that a fresh process cannot trade, and
    ``certificate-candles`` when the project has no candle to try it on; those of the project's features. A part that
    does not hold is not raised: it is in the certificate.
    """
    artifact = read(path)
    if fitting is None:
        candles, versions = dict(random_candles(artifact.payload)), dict[str, str]()
    else:
        store = fitting.work.dag.project.store
        chosen = spread([*artifact.payload.symbols], SYMBOLS)
        symbols = artifact.payload.symbols  # candles that came later are another certificate's
        candles = {
            symbol: seen
            for symbol, frame in load_many(store)
            if symbol in chosen and len(seen := frame[: pd.Timestamp(symbols[symbol].ts, unit="ms", tz="UTC")])
        }
        if not candles:
            raise ArtifactError(
                "the store holds none of the candles that the file has seen",
                code="certificate-candles",
                hint="ingest them again, or run `wick certify` in a folder without a project",
            )
        versions = data_versions(store)
    pieces = cut_pieces({symbol: len(frame) for symbol, frame in candles.items()}, STREAMED, seed(artifact))
    case = Case(path, artifact, candles, tuple(pieces), fitting, expected)
    (stream, late, restart), worker = streamed(case)
    compared, features = reference(case)
    project, told = environment(case, versions, worker)
    window = fit_window(case, lambda: load_many(fitting.work.dag.project.store) if fitting else ())
    parts = (causality(case), compared, stream, late, restart, window, project)
    return Certificate(artifact.payload_hash, parts, features, _tried(candles, real=fitting is not None), told)


def spread(names: list[str], most: int) -> list[str]:
    """At most ``most`` of the names, evenly spread.

    >>> spread(["a", "b", "c", "d", "e"], 3)
    ['a', 'c', 'e']
    """
    if len(names) <= most:
        return names
    return [names[index] for index in np.linspace(0, len(names) - 1, most).astype(int)]


def random_candles(payload: Payload, count: int = 3000) -> Iterable[tuple[str, pd.DataFrame]]:
    """Candles of two symbols, drawn with a fixed seed: sound, with ties, still stretches and jumps."""
    interval = Interval.parse(payload.interval).milliseconds
    generator = np.random.default_rng(SEED)
    for symbol in islice([*payload.symbols, "RANDOM-1", "RANDOM-2"], 2):
        steps = generator.normal(0, 0.01, count) * (generator.random(count) < 0.9)  # noqa: PLR2004 - some stand still
        steps += generator.normal(0, 0.2, count) * (generator.random(count) < 0.002)  # noqa: PLR2004 - some jump
        close = np.round(100 * np.exp(np.cumsum(steps)), 2) + 0.01
        opened = np.concatenate([close[:1], close[:-1]])
        spreads = np.abs(generator.normal(0, 0.004, (2, count)))
        high = np.maximum(opened, close) * (1 + spreads[0])
        low = np.minimum(opened, close) * (1 - spreads[1])
        volume = np.round(generator.lognormal(8, 1, count))
        index = pd.to_datetime(
            1_500_000_000_000 // interval * interval + interval * np.arange(count), unit="ms", utc=True
        )
        frame = {"open": opened, "high": high, "low": low, "close": close, "volume": volume}
        yield symbol, pd.DataFrame(frame, index=pd.DatetimeIndex(index, name="ts"))


def _tried(candles: Mapping[str, pd.DataFrame], *, real: bool) -> dict[str, dict[str, Any]]:
    return {
        symbol: {
            "candles": len(frame),
            "first": int(frame.index[0].timestamp() * 1000),
            "last": int(frame.index[-1].timestamp() * 1000),
            "source": "the store" if real else "drawn at random",
        }
        for symbol, frame in candles.items()
    }
