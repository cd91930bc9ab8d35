"""How an ingest is told: one line when nothing happened, one per fact when something did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from candlewick.candles import moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from candlewick.store.drift import Drift
    from candlewick.store.result import IngestResult


def ingest_lines(result: IngestResult) -> Iterator[str]:
    """The lines of a log that say what an ingest did."""
    if result.refreshed:
        yield f"Reading every file afresh: {result.refreshed}"
    total = sum(each.candles for each in result.symbols)
    changes = result.added, result.changed
    yield _counts(len(result.read), len(result.unchanged), changes, total, len(result.symbols))
    for note in result.notes:
        yield f"Note: {note}"
    for warning in result.warnings:
        yield f"Warning: {warning}"


def quiet_lines(files: int, candles: int, symbols: int, warnings: Iterable[str]) -> Iterator[str]:
    """The lines of an ingest that finds every file as it was."""
    yield _counts(0, files, (0, 0), candles, symbols)
    for warning in warnings:
        yield f"Warning: {warning}"


def _counts(read: int, unchanged: int, changes: tuple[int, int], candles: int, symbols: int) -> str:
    files = f"{read} file{'' if read == 1 else 's'} read" + (f", {unchanged} unchanged" if unchanged else "")
    added, changed = changes
    return (
        f"Candles: {files}; {added:,} added, {changed:,} changed; "
        f"{candles:,} of {symbols:,} symbol{'' if symbols == 1 else 's'} in the store"
    )


def drift_lines(drift: Drift) -> Iterator[str]:
    """The lines that say how source and store differ."""
    for what, counts in (("changed", drift.changed), ("vanished", drift.vanished), ("new", drift.new)):
        for symbol, count in counts.items():
            yield f"{symbol}: {count:,} candle{'' if count == 1 else 's'} {what}"
    for candle in drift.candles:
        yield f"  {candle.symbol} {moment(candle.ts)}: store {_values(candle.store)}, source {_values(candle.source)}"
    if not (drift.changed or drift.vanished or drift.new):
        yield "Source and store are equal."


def _values(candle: tuple[float | None, ...]) -> str:
    return " ".join("-" if value is None else repr(value) for value in candle)
