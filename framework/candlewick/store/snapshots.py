"""Snapshots: which candles of a symbol a column was computed from, and what has become of them since."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

from candlewick.candles import COLUMNS
from candlewick.store.candles import batches, by_number
from candlewick.store.versions import Month, month_hashes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    import duckdb


@dataclass(frozen=True)
class Snapshot:
    """The data versions of one symbol's candles, month by month."""

    symbol: str
    months: tuple[Month, ...]

    @cached_property
    def id(self) -> str:
        """Equal exactly when symbol and candles are equal, byte for byte."""
        return hashlib.blake2b(f"{self.symbol}\0{self.text}".encode(), digest_size=16).hexdigest()

    @cached_property
    def text(self) -> str:
        """The months as the ledger keeps them."""
        return json.dumps([list(vars(month).values()) for month in self.months], separators=(",", ":"))

    @cached_property
    def candles(self) -> int:
        """How many there are."""
        return sum(month.candles for month in self.months)

    @property
    def last_ts(self) -> int:
        """When the last one opens (milliseconds since 1970); -1 when there are none."""
        return self.months[-1].last_ts if self.months else -1


@dataclass(frozen=True)
class Since:
    """What became of candles: ``same``, ``more`` (new ones after all of them), or ``changed`` in ``month``."""

    kind: Literal["same", "more", "changed"]
    month: int = 0


def since(old: Snapshot, new: Snapshot, columns: Collection[str], prefix: Month | None) -> Since:
    """What became of some columns of the candles of ``old``.

    ``prefix`` is what the last month of ``old`` is now, up to the last candle that ``old`` knew.
    """
    now = {month.month: month for month in new.months}
    for month in old.months:
        there = now.get(month.month)
        if there is not None and month is old.months[-1] and there.last_ts > month.last_ts:
            there = prefix
        if there is None or there.candles != month.candles or there.of(columns) != month.of(columns):
            return Since("changed", month.month)
    known = {month.month for month in old.months}
    early = [month.month for month in new.months if month.month not in known and month.first_ts < old.last_ts]
    if early:
        return Since("changed", early[0])
    return Since("more" if new.candles > old.candles else "same")


def read_snapshot(symbol: str, text: str) -> Snapshot:
    """The snapshot that ``text`` was made of."""
    return Snapshot(symbol, tuple(Month(*month) for month in json.loads(text)))


def current_snapshots(connection: duckdb.DuckDBPyConnection) -> dict[str, Snapshot]:
    """The candles of every symbol as the store has them, sorted by symbol."""
    rows = connection.execute(
        "SELECT symbol, month, version, columns, candles, first_ts, last_ts"
        " FROM wick.data_versions ORDER BY symbol, month"
    ).fetchall()
    months: dict[str, list[Month]] = {}
    for symbol, *values in rows:
        months.setdefault(symbol, []).append(Month(*values))
    return {symbol: Snapshot(symbol, tuple(found)) for symbol, found in months.items()}


def prefixes(
    connection: duckdb.DuckDBPyConnection, old: Iterable[Snapshot], new: Mapping[str, Snapshot]
) -> dict[str, Month]:
    """What the last month of each snapshot is now, up to its last candle: by the snapshot's id.

    Only of those whose last month has candles after it. Where the store has not kept it, a month of candles is read.
    """
    wanted: dict[str, tuple[Snapshot, Month]] = {}
    for one in old:
        last = one.months[-1] if one.months else None
        there = new[one.symbol].months if one.symbol in new else ()
        if last is not None and any(month.month == last.month and month.last_ts > last.last_ts for month in there):
            wanted[one.id] = one, last
    kept = _beginnings(connection) if wanted else {}
    found = {
        key: kept[one.symbol, last.month, last.last_ts]
        for key, (one, last) in wanted.items()
        if (one.symbol, last.month, last.last_ts) in kept
    }
    wanted = {key: each for key, each in wanted.items() if key not in found}
    for batch in batches({key: last.candles for key, (_, last) in wanted.items()}):
        limits = [(wanted[key][0].symbol, wanted[key][1]) for key in batch]
        months = by_number(
            connection,
            f"SELECT number, epoch_ms(c.ts) AS ts, {', '.join(COLUMNS)} FROM candles AS c JOIN"
            " (SELECT unnest(?) AS number, unnest(?) AS symbol, unnest(?) AS first, unnest(?) AS last) USING (symbol)"
            " WHERE c.ts BETWEEN make_timestamp_ms(first)::TIMESTAMPTZ AND make_timestamp_ms(last)::TIMESTAMPTZ"
            f" AND c.ts >= make_timestamp_ms({_begins(min(month.month for _, month in limits))})::TIMESTAMPTZ",
            [
                list(range(len(batch))),
                [symbol for symbol, _ in limits],
                [_begins(month.month) for _, month in limits],
                [month.last_ts for _, month in limits],
            ],
            len(batch),
        )
        found |= {key: next(month_hashes(rows)) for key, rows in zip(batch, months, strict=True) if len(rows["ts"])}
    return found


def _beginnings(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, int, int], Month]:
    rows = connection.execute(
        "SELECT symbol, month, version, columns, candles, first_ts, last_ts FROM wick.beginnings"
    ).fetchall()
    found = ((symbol, Month(*values)) for symbol, *values in rows)
    return {(symbol, month.month, month.last_ts): month for symbol, month in found}


def _begins(month: int) -> int:
    """When a month, counted from January 1970, begins: milliseconds since 1970."""
    return int(np.datetime64(month, "M").astype("datetime64[ms]").astype(np.int64))
