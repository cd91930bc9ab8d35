"""What an ingest did, as facts and as the sentences a user is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from candlewick.candles import moment
from candlewick.store.judge import FUTURE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from candlewick.store.candles import Gaps, SymbolCandles
    from candlewick.store.gaps import Jump
    from candlewick.store.judge import Verdict
    from candlewick.store.merge import SymbolChange
    from candlewick.store.source import Source, SourceFile

_NAMED = 5
_ENOUGH = 10  # steps from one candle to the next that show which interval there is


@dataclass(frozen=True)
class IngestResult:
    """What an ingest did.

    ``refreshed`` says why every file was read, changed or not, if so; ``changes`` are the symbols with new or
    changed candles; ``symbols`` and ``gaps`` describe the store afterwards; ``dropped`` counts rows by reason.
    ``warnings`` are sentences a user must see, ``notes`` sentences worth a line in the log; ``lasting`` are the
    warnings that the next ingest repeats when nothing has changed. ``files`` are those of the source.
    """

    read: tuple[str, ...]
    unchanged: tuple[str, ...]
    gone: tuple[str, ...]
    refreshed: str
    changes: tuple[SymbolChange, ...]
    symbols: tuple[SymbolCandles, ...]
    gaps: tuple[Gaps, ...]
    jumps: tuple[Jump, ...]
    dropped: Mapping[str, int]
    duplicates: int
    unsorted: int
    unfinished: tuple[tuple[str, int], ...]
    warnings: tuple[str, ...]
    notes: tuple[str, ...]
    lasting: tuple[str, ...]
    files: tuple[SourceFile, ...]

    @property
    def added(self) -> int:
        """Candles the store did not have."""
        return sum(one.added for one in self.changes)

    @property
    def changed(self) -> int:
        """Candles the store had with other values."""
        return sum(one.changed for one in self.changes)

    @property
    def awaits(self) -> bool:
        """Whether files that were read have candles that time alone will add."""
        return bool(self.unfinished) or FUTURE in self.dropped


def warnings_of(
    source: Source,
    verdict: Verdict,
    changes: Sequence[SymbolChange],
    jumps: Sequence[Jump],
    holes: Sequence[Gaps],
    counts: Sequence[SymbolCandles],
    gone: Sequence[str],
) -> list[str]:
    """What a user must see."""
    said = [
        f"{count:,} row{' was' if count == 1 else 's were'} dropped: {reason}"
        for reason, count in sorted(verdict.dropped.items())
    ]
    said += [
        f"{one.symbol}: {one.changed:,} old candle{'' if one.changed == 1 else 's'} changed,"
        f" the first at {moment(one.first_changed)}"
        for one in changes
        if one.first_changed is not None
    ]
    said += [_jump_warning(symbol, [one for one in jumps if one.symbol == symbol]) for symbol in _symbols(jumps)]
    steps = {one.symbol: one.candles - 1 for one in counts}
    said += [
        f"{one.symbol}: none of its candles opens {source.interval} after the one before it; candles.interval should be"
        " the interval the source really has"
        for one in holes
        if one.gaps + one.closures == steps[one.symbol] >= _ENOUGH
    ]
    if source.gaps == "warn":
        said += [_gap_warning(one) for one in holes if one.gaps]
    if gone:
        said.append(f"{listing(gone)}: no longer there; their candles are kept (--full-refresh forgets them)")
    return said


def notes_of(verdict: Verdict) -> list[str]:
    """What is worth a line in the log."""
    notes = []
    if verdict.duplicates:
        notes.append(f"{verdict.duplicates:,} rows were there more than once, with equal values")
    if verdict.unsorted:
        notes.append(f"{verdict.unsorted:,} rows were not in the order of time and have been sorted")
    if verdict.unfinished:
        names = listing([f"{symbol} {moment(ts)}" for symbol, ts in verdict.unfinished])
        notes.append(f"left out until they are finished: {names}")
    return notes


def kept_notes(kept: Mapping[str, int]) -> list[str]:
    """What is said of candles that the files they came from no longer have, by symbol."""
    return [
        f"{symbol}: {count:,} candle{'' if count == 1 else 's'} no longer in the file, or not sound there any more:"
        " kept as they were (--full-refresh forgets them)"
        for symbol, count in kept.items()
    ]


def lost_notes(lost: Mapping[str, int]) -> list[str]:
    """What is said of candles that a full refresh forgets, by symbol."""
    return [
        f"{symbol}: {count:,} candle{'' if count == 1 else 's'} forgotten, which the source has no more"
        for symbol, count in lost.items()
    ]


def _symbols(jumps: Sequence[Jump]) -> list[str]:
    return list(dict.fromkeys(one.symbol for one in jumps))


def _jump_warning(symbol: str, jumps: Sequence[Jump]) -> str:
    first = jumps[0]
    more = f" (and {len(jumps) - 1:,} more)" if len(jumps) > 1 else ""
    return (
        f"{symbol}: {first.close!r} closed and {first.open!r} opened at {moment(first.ts)}, which looks like a"
        f" {first.ratio} split that prices are not adjusted for{more}"
    )


def _gap_warning(one: Gaps) -> str:
    first = moment(one.first_after) if one.first_after is not None else ""
    largest = moment(one.largest_after) if one.largest_after is not None else ""
    gaps = f"{one.gaps:,} gap{'' if one.gaps == 1 else 's'}"
    candles = f"{one.missing:,} candle{'' if one.missing == 1 else 's'}"
    return (
        f"{one.symbol}: {gaps}, {candles} missing; the first after {first}"
        f" ({one.first_missing:,}), the largest after {largest} ({one.largest_missing:,})"
    )


def listing(names: Sequence[str]) -> str:
    """A few names, and how many more."""
    return ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else "")
