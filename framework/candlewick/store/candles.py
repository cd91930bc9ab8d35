"""Reading candles back from the store, and what is known of them: counts, data versions, gaps."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from candlewick.candles import COLUMNS
from candlewick.errors import CandleError, StoreError, nearest
from candlewick.store.connection import read
from candlewick.store.frames import floats

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    import duckdb

_VALUES = "open, high, low, close, volume"
_FIRST = -(10**14)  # long before the first candle


@dataclass(frozen=True)
class SymbolCandles:
    """How many candles a symbol has, and when the first and the last of them open (milliseconds since 1970)."""

    symbol: str
    candles: int
    first_ts: int
    last_ts: int


@dataclass(frozen=True)
class Gaps:
    """The holes in a symbol's candles.

    ``gaps`` of them miss ``missing`` candles together; ``closures`` more recur at the same time of the week (weekends,
    overnight breaks) and are not counted as gaps. Times are those of the last candle before the hole.
    """

    symbol: str
    gaps: int
    missing: int
    closures: int
    first_after: int | None
    first_missing: int
    largest_after: int | None
    largest_missing: int


def symbols(store: Path) -> list[str]:
    """The symbols that have candles, sorted."""
    return [one.symbol for one in candle_counts(store)]


def candle_counts(store: Path) -> list[SymbolCandles]:
    """Count, first and last candle of every symbol, sorted by symbol."""
    with read(store) as connection:
        rows = connection.execute(
            "SELECT symbol, sum(candles)::BIGINT, min(first_ts), max(last_ts)"
            " FROM wick.data_versions GROUP BY symbol ORDER BY symbol"
        ).fetchall()
    return [SymbolCandles(*row) for row in rows]


def some_candles(store: Path) -> list[SymbolCandles]:
    """`candle_counts` of a store that has candles.

    Errors: CandleError ``candles-none``.
    """
    counts = candle_counts(store) if store.exists() else []
    if not counts:
        raise CandleError(
            "the store holds no candles",
            code="candles-none",
            hint="run `wick ingest`, or `wick build`, which ingests first",
        )
    return counts


def data_versions(store: Path) -> dict[str, str]:
    """One content hash per symbol: equal exactly when all its candles are equal, byte for byte."""
    by_symbol: dict[str, hashlib.blake2b] = {}
    for (symbol, month), version in month_versions(store).items():
        digest = by_symbol.setdefault(symbol, hashlib.blake2b(digest_size=16))
        digest.update(f"{month}:{version};".encode())
    return {symbol: digest.hexdigest() for symbol, digest in by_symbol.items()}


@contextmanager
def unmoved(store: Path) -> Iterator[None]:
    """For what reads candles more than once: they are the same at the end as at the beginning.

    Errors: StoreError ``store-moved``, also in the place of what candles of two times have led to.
    """
    before = _versions(store)
    try:
        yield
    except Exception:
        _refuse_moved(before, _versions(store))
        raise
    _refuse_moved(before, _versions(store))


def _versions(store: Path) -> dict[str, str]:
    return data_versions(store) if store.exists() else {}


def _refuse_moved(before: Mapping[str, str], now: Mapping[str, str]) -> None:
    moved = sorted(symbol for symbol in before.keys() | now.keys() if before.get(symbol) != now.get(symbol))
    if moved:
        what = f"an ingest changed the candles while they were read ({', '.join(moved[:5])})"
        raise StoreError(what, code="store-moved", hint="run the command again")


def month_versions(store: Path) -> dict[tuple[str, int], str]:
    """The content hash of each symbol's candles in each UTC month (months counted from January 1970), in order."""
    with read(store) as connection:
        rows = connection.execute(
            "SELECT symbol, month, version FROM wick.data_versions ORDER BY symbol, month"
        ).fetchall()
    return {(symbol, month): version for symbol, month, version in rows}


def gaps(store: Path) -> list[Gaps]:
    """The holes in every symbol's candles, sorted by symbol."""
    with read(store) as connection:
        rows = connection.execute(
            "SELECT symbol, gaps, missing, closures, first_after, first_missing,"
            " largest_after, largest_missing FROM wick.gaps ORDER BY symbol"
        ).fetchall()
    return [Gaps(*row) for row in rows]


def load_candles(store: Path, symbol: str) -> pd.DataFrame:
    """The candles of one symbol as features see them.

    Shape: a UTC DatetimeIndex ``ts`` of open times, unique and sorted; float64 open, high, low, close, volume

    Errors: CandleError ``candles-symbol`` when the store has none of that symbol.
    """
    query = f"SELECT epoch_ms(ts) AS ts, {_VALUES} FROM candles WHERE symbol = ? ORDER BY ts"
    with read(store) as connection:
        columns = connection.execute(query, [symbol]).fetchnumpy()
    if not len(columns["ts"]):
        raise unknown_symbol(symbol, symbols(store))
    return _frame(columns)


def load_many(store: Path, names: Iterable[str] | None = None) -> Iterator[tuple[str, pd.DataFrame]]:
    """Symbol and candles of many symbols, sorted by symbol; all of them by default.

    The store is read a few million candles at a time and is not held in between.

    Errors: CandleError ``candles-symbol`` when one of ``names`` has no candles.
    """
    counts = {one.symbol: one.candles for one in candle_counts(store)}
    for symbol in names or ():
        if symbol not in counts:
            raise unknown_symbol(symbol, counts)
    wanted = sorted(counts if names is None else set(names))
    yield from load_since(store, {symbol: (counts[symbol], None) for symbol in wanted})


def load_since(store: Path, wanted: Mapping[str, tuple[int, int | None]]) -> Iterator[tuple[str, pd.DataFrame]]:
    """Symbol and candles of many symbols, in the order given, each from a time on (milliseconds; None: from the first).

    ``wanted`` gives for each symbol how many candles that is, at most, and the time. The store is read a million
    candles at a time and is not held in between.
    """
    for batch in batches({symbol: most for symbol, (most, _) in wanted.items()}):
        query = (
            f"SELECT number, epoch_ms(c.ts) AS ts, {_VALUES} FROM candles AS c"
            " JOIN (SELECT unnest(?) AS symbol, unnest(?) AS since, unnest(?) AS number) USING (symbol)"
            " WHERE c.ts >= make_timestamp_ms(since)::TIMESTAMPTZ"
        )
        earliest = [wanted[symbol][1] for symbol in batch]
        times = [_FIRST if since is None else since for since in earliest]
        if None not in earliest:  # what the join cannot tell a scan beforehand
            query += f" AND c.ts >= make_timestamp_ms({min(times)})::TIMESTAMPTZ"
        with read(store) as connection:
            found = by_number(connection, query, [batch, times, list(range(len(batch)))], len(batch))
        for symbol, columns in zip(batch, found, strict=True):
            yield symbol, _frame(columns)


def by_number(
    connection: duckdb.DuckDBPyConnection, query: str, parameters: list[Any], count: int
) -> list[dict[str, Any]]:
    """The rows of a query for each ``number`` from 0 to ``count``, sorted by ``ts``.

    The query need not sort: candles mostly lie as they are asked for, and seeing that they do costs nothing.
    """
    columns = connection.execute(query, parameters).fetchnumpy()
    numbers, times = columns.pop("number"), columns["ts"]
    later = (numbers[1:] > numbers[:-1]) | ((numbers[1:] == numbers[:-1]) & (times[1:] > times[:-1]))
    if not later.all():
        order = np.lexsort((times, numbers))
        numbers = numbers[order]
        columns = {name: column[order] for name, column in columns.items()}
    edges = np.searchsorted(numbers, np.arange(count + 1)).tolist()
    return [
        {name: column[start:stop] for name, column in columns.items()} for start, stop in pairwise(edges)
    ]  # fmt: skip


def no_candles() -> pd.DataFrame:
    """What `load_candles` gives, without rows."""
    return _frame({"ts": np.empty(0, np.int64), **{name: np.empty(0) for name in COLUMNS}})


def batches(counts: Mapping[str, int], most: int = 1_000_000) -> list[list[str]]:
    """Names in their order, cut where the counts of a batch would exceed ``most``."""
    found: list[list[str]] = []
    room = 0
    for name, count in counts.items():
        if not found or count > room:
            found.append([])
            room = most
        found[-1].append(name)
        room -= count
    return found


def unknown_symbol(symbol: str, known: Iterable[str]) -> CandleError:
    """The error for a symbol without candles."""
    known = list(known)
    hint = nearest(symbol, known) or (f"the symbols are {', '.join(known[:10])}" if known else "run `wick ingest`")
    return CandleError(f"there are no candles of the symbol {symbol!r}", code="candles-symbol", hint=hint)


def _frame(columns: Mapping[str, Any]) -> pd.DataFrame:
    """Arrays as DuckDB hands them over, as the frame features see; a missing volume is NaN."""
    index = pd.DatetimeIndex(columns["ts"].view("datetime64[ms]").astype("datetime64[ns]"), tz="UTC", name="ts")
    values = {name: floats(columns[name]) for name in COLUMNS}
    return pd.DataFrame(values, index=index, copy=False)
