"""Drift: what the source says today against what the store has kept, without writing anything."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from candlewick.store import merge
from candlewick.store.connection import attached, read
from candlewick.store.ingest import judged
from candlewick.store.source import Source, find_files

if TYPE_CHECKING:
    from pathlib import Path

_NAMED = 20


@dataclass(frozen=True)
class ChangedCandle:
    """One candle of which source and store differ: open time, and the values (open, high, low, close, volume)."""

    symbol: str
    ts: int
    store: tuple[float | None, ...]
    source: tuple[float | None, ...]


@dataclass(frozen=True)
class Drift:
    """How source and store differ.

    ``changed`` candles have other values (the first of them in ``candles``), ``new`` are not in the store yet,
    ``vanished`` are no longer in the source; each by symbol.
    """

    changed: dict[str, int]
    new: dict[str, int]
    vanished: dict[str, int]
    candles: tuple[ChangedCandle, ...]


def check_drift(source: Source, store: Path, *, now: int | None = None) -> Drift:
    """Read every file of the source, judge it as ingest does, and compare it with the store.

    Errors: those of ``ingest``; StoreError ``store-missing``.
    """
    now = time.time_ns() // 1_000_000 if now is None else now
    with read(store):  # fails early, before the source is read
        pass
    files = find_files(source)
    ids = {file.name: number for number, file in enumerate(files)}
    values = "open, high, low, close, volume"
    theirs = ", ".join(f"c.{name}" for name in values.split(", "))
    with judged(source, store, files, ids, now) as (connection, _, _), attached(connection, store, read_only=True):
        merge.compare(connection)
        counts = connection.execute(
            "SELECT symbol, count(*) FILTER (differs), count(*) FILTER (fresh) FROM change"
            " WHERE fresh OR differs GROUP BY symbol ORDER BY symbol"
        ).fetchall()
        vanished = merge.vanished(connection)
        first = connection.execute(
            f"SELECT symbol, change.ts, [{theirs}], [{', '.join('change.' + name for name in values.split(', '))}]"
            " FROM change JOIN store.candles AS c USING (symbol)"
            f" WHERE differs AND c.ts = change.opens ORDER BY symbol, change.ts LIMIT {_NAMED}"
        ).fetchall()
    return Drift(
        changed={symbol: changed for symbol, changed, _ in counts if changed},
        new={symbol: fresh for symbol, _, fresh in counts if fresh},
        vanished=vanished,
        candles=tuple(ChangedCandle(symbol, ts, tuple(old), tuple(new)) for symbol, ts, old, new in first),
    )
