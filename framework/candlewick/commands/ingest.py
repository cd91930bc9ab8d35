"""``wick ingest``: the candle source into the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from candlewick.candles import Interval
from candlewick.store import drift as drifting
from candlewick.store import ingest as ingesting
from candlewick.store.source import Source

if TYPE_CHECKING:
    from candlewick.project.project import Project
    from candlewick.store.drift import Drift
    from candlewick.store.result import IngestResult


def candle_source(project: Project) -> Source:
    """The candle source that wick.yml describes."""
    candles = project.config.candles
    return Source(
        root=project.root,
        paths=(candles.path,) if isinstance(candles.path, str) else tuple(candles.path),
        interval=Interval.parse(candles.interval),
        columns=candles.columns,
        stamp=candles.stamp,
        gaps=candles.gaps,
        invalid=candles.invalid,
        volume=candles.volume,
    )


def ingest(project: Project, *, full_refresh: bool = False, now: int | None = None) -> IngestResult:
    """Bring the store of a project up to its candle source.

    Errors: CandleError and StoreError; the store is then as it was.
    """
    return ingesting.ingest(candle_source(project), project.store, now=now, full_refresh=full_refresh)


def check_drift(project: Project, *, now: int | None = None) -> Drift:
    """Compare the candle source of a project with its store, without writing, and name the candles that differ.

    Errors: CandleError and StoreError.
    """
    return drifting.check_drift(candle_source(project), project.store, now=now)
