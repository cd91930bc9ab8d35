"""How an ingest is told: one line when nothing happened, one per fact when something did."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from candlewick.store.drift import Drift
    from candlewick.store.result import IngestResult


def ingest_lines(result: IngestResult) -> Iterator[str]:
    """The lines of a log that say what an ingest did."""
    if result.refreshed:
        yield f"Reading every file afresh: {result.refreshed}"
    total = sum(each.candles for each in result.symbols)
    files = f"{len(result.read)} file{'' if len(result.read) == 1 else 's'} read"
    if result.unchanged:
        files += f", {len(result.unchanged)} unchanged"
    yield (
        f"Candles: {files}; {result.added:,} added, {result.changed:,} changed; "
        f"{total:,} of {len(result.symbols):,} symbol{'' if len(result.symbols) == 1 else 's'} in the store"
    )
    for note in result.notes:
        yield f"Note: {note}"
    for warning in result.warnings:
        yield f"Warning: {warning}"


def drift_lines(drift: Drift) -> Iterator[str]:
    """The lines that say how source and store differ."""
    for what, counts in (("changed", drift.changed), ("vanished", drift.vanished), ("new", drift.new)):
        for symbol, count in counts.items():
            yield f"{symbol}: {count:,} candle{'' if count == 1 else 's'} {what}"
    for candle in drift.candles:
        yield f"  {candle.symbol} {_moment(candle.ts)}: store {_values(candle.store)}, source {_values(candle.source)}"
    if not (drift.changed or drift.vanished or drift.new):
        yield "Source and store are equal."


def _moment(ts: int) -> str:
    return f"{dt.datetime.fromtimestamp(ts / 1_000, dt.UTC):%Y-%m-%d %H:%M}"


def _values(candle: tuple[float | None, ...]) -> str:
    return " ".join("-" if value is None else repr(value) for value in candle)
