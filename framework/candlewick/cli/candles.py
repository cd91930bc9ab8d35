"""How an ingest is told: one line when nothing happened, one per fact when something did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from candlewick.candles import COLUMNS, moment

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
        values = zip(COLUMNS, candle.store, candle.source, strict=True)
        said = ", ".join(f"{name} {_value(old)}, now {_value(new)}" for name, old, new in values if old != new)
        yield f"  {candle.symbol} {moment(candle.ts)}: {said}"
    more = sum(drift.changed.values()) - len(drift.candles)
    if more > 0:
        yield f"  and {more:,} more"
    if not (drift.changed or drift.vanished or drift.new):
        yield "Source and store are equal."


def _value(value: float | None) -> str:
    """A price or a volume to the last bit, a whole number as one.

    >>> _value(3527370000.0), _value(0.1), _value(None)
    ('3,527,370,000', '0.1', 'missing')
    """
    if value is None:
        return "missing"
    return f"{int(value):,}" if value.is_integer() and abs(value) < _EXACT else repr(value)


_EXACT = 2**53
