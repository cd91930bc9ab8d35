"""Merging judged candles into the store: inside one transaction, with data versions, gaps and the ledger of files."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from candlewick.candles import moment
from candlewick.errors import CandleError
from candlewick.store.candles import batches, by_number
from candlewick.store.holes import JUMP, describe_holes, split_ratio
from candlewick.store.ledger import insert
from candlewick.store.versions import month_hashes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    import duckdb

    from candlewick.store.candles import Gaps
    from candlewick.store.source import Source, SourceFile

_MONTH = "date_diff('month', TIMESTAMP '1970-01-01', {}::TIMESTAMP)"
_DIFFERS = " OR ".join(f"o.{name} <> c.{name}" for name in ("open", "high", "low", "close")) + (
    " OR nullif(o.volume, 'NaN') IS DISTINCT FROM c.volume"
)


@dataclass(frozen=True)
class SymbolChange:
    """What an ingest did to the candles of one symbol; ``first_changed`` is the open time of the oldest changed one."""

    symbol: str
    added: int
    changed: int
    first_changed: int | None


@dataclass(frozen=True)
class Jump:
    """A close and the open after it that look like an unadjusted split; ``ts`` is the open time of the second."""

    symbol: str
    ts: int
    ratio: str
    close: float
    open: float


def compare(connection: duckdb.DuckDBPyConnection) -> None:
    """Make ``change``: the judged candles that the attached store does not have, has otherwise, or has from elsewhere.

    ``fresh`` and ``differs`` say which; ``origin`` is the file the store has the candle from.
    """
    ours = (
        "s.symbol, make_timestamp_ms(o.ts)::TIMESTAMPTZ AS opens,"
        " o.* EXCLUDE (number) REPLACE (nullif(o.volume, 'NaN') AS volume)"
    )
    joined = "FROM ordered AS o JOIN symbols AS s USING (number)"
    if not connection.execute("SELECT 1 FROM store.candles LIMIT 1").fetchall():
        connection.execute(
            f"CREATE TEMP VIEW change AS SELECT {ours}, NULL AS origin, true AS fresh, false AS differs {joined}"
        )
        return
    connection.execute(
        f"CREATE TEMP TABLE change AS SELECT {ours}, c.file AS origin, c.file IS NULL AS fresh,"
        f" c.file IS NOT NULL AND ({_DIFFERS}) AS differs"
        f" {joined} LEFT JOIN store.candles AS c ON c.symbol = s.symbol AND c.ts = make_timestamp_ms(o.ts)::TIMESTAMPTZ"
        f" WHERE c.file IS NULL OR {_DIFFERS} OR (c.file <> o.file AND c.file <> -1) OR (o.shared AND c.file <> -1)"
    )


def contested(connection: duckdb.DuckDBPyConnection, unread: Sequence[int]) -> bool:
    """Whether a changed candle may also stand, unchanged, in one of the files that were not read this time."""
    if not unread:
        return False
    query = "SELECT 1 FROM change WHERE differs AND (origin = -1 OR origin IN (SELECT unnest(?))) LIMIT 1"
    return bool(connection.execute(query, [list(unread)]).fetchall())


def vanished(connection: duckdb.DuckDBPyConnection, files: Sequence[int] | None = None) -> dict[str, int]:
    """How many candles of the attached store were not judged, by symbol; with ``files`` those that came from them."""
    where = "" if files is None else " WHERE c.file IN (SELECT unnest(?))"
    query = (
        "SELECT c.symbol, count(*) FROM store.candles AS c"
        " ANTI JOIN (SELECT symbol, ts FROM ordered JOIN symbols USING (number)) AS o"
        f" ON c.symbol = o.symbol AND epoch_ms(c.ts) = o.ts{where} GROUP BY c.symbol ORDER BY c.symbol"
    )
    return dict(connection.execute(query, [] if files is None else [list(files)]).fetchall())


def apply(connection: duckdb.DuckDBPyConnection, present: Sequence[int]) -> list[SymbolChange]:
    """Bring the candles of the store up to ``change``; what was added and changed, by symbol.

    ``present`` are the files that still exist: a candle that one of them and another file hold alike belongs to both.
    """
    connection.execute(
        "DELETE FROM store.candles AS c USING change WHERE differs AND c.symbol = change.symbol AND c.ts = change.opens"
    )
    connection.execute(
        "INSERT INTO store.candles SELECT symbol, opens, open, high, low, close, volume,"
        " CASE WHEN shared THEN -1 ELSE file END FROM change WHERE fresh OR differs ORDER BY symbol, opens"
    )
    connection.execute(
        "UPDATE store.candles AS c SET file = CASE WHEN shared OR origin IN (SELECT unnest(?)) THEN -1"
        " ELSE change.file END FROM change"
        " WHERE NOT fresh AND NOT differs AND c.symbol = change.symbol AND c.ts = change.opens",
        [list(present)],
    )
    rows = connection.execute(
        "SELECT symbol, count(*) FILTER (fresh), count(*) FILTER (differs), min(ts) FILTER (differs)"
        " FROM change WHERE fresh OR differs GROUP BY symbol ORDER BY symbol"
    ).fetchall()
    return [SymbolChange(*row) for row in rows]


def write_versions(connection: duckdb.DuckDBPyConnection) -> None:
    """Hash the candles of every symbol and month that ``change`` touched."""
    month = _MONTH.format("opens")
    connection.execute(
        f"CREATE TEMP TABLE affected AS SELECT DISTINCT symbol, {month} AS month FROM change WHERE fresh OR differs"
    )
    counts = dict(connection.execute(
        "SELECT symbol, sum(candles)::BIGINT FROM (SELECT symbol, candles FROM store.wick.data_versions"
        " SEMI JOIN affected USING (symbol, month) UNION ALL"
        " SELECT symbol, count(*) FROM change WHERE fresh GROUP BY symbol) GROUP BY symbol ORDER BY symbol"
    ).fetchall())  # fmt: skip
    connection.execute(
        "DELETE FROM store.wick.data_versions AS v USING affected AS a WHERE v.symbol = a.symbol AND v.month = a.month"
    )
    query = (
        "SELECT number, epoch_ms(c.ts) AS ts, open, high, low, close, volume FROM store.candles AS c"
        " JOIN (SELECT unnest(?) AS symbol, unnest(?) AS number) AS n ON c.symbol = n.symbol"
        f" SEMI JOIN affected AS a ON c.symbol = a.symbol AND {_MONTH.format('c.ts')} = a.month"
        f" WHERE c.ts >= TIMESTAMPTZ '1970-01-01 00:00:00+00' + to_months({_first_affected(connection)})"
    )
    insert(connection, "store.wick.data_versions", [
        (symbol, *vars(hashed).values())
        for batch in batches(counts)
        for symbol, columns in zip(
            batch, by_number(connection, query, [batch, list(range(len(batch)))], len(batch)), strict=True
        )
        for hashed in month_hashes(columns)
    ])  # fmt: skip


def _first_affected(connection: duckdb.DuckDBPyConnection) -> int:
    """The first affected month: what comes before it need not be looked at."""
    ((month,),) = connection.execute("SELECT coalesce(min(month), 0) FROM affected").fetchall()
    return int(month)


def write_restated(connection: duckdb.DuckDBPyConnection) -> None:
    """Remember which old candles ``change`` touches: changed ones, and new ones that stand before known ones.

    For the time before ``write_versions``, which knows nothing of the candles as they were.
    """
    connection.execute(
        f"INSERT INTO store.wick.restated SELECT symbol, {_MONTH.format('opens')}, min(ts) FROM change"
        " JOIN (SELECT symbol, max(last_ts) AS known FROM store.wick.data_versions GROUP BY symbol) USING (symbol)"
        " WHERE differs OR (fresh AND ts < known) GROUP BY ALL"
    )


def write_gaps(connection: duckdb.DuckDBPyConnection, source: Source, *, every: bool) -> list[Jump]:
    """Find the holes of the symbols that ``change`` touched anew, or of ``every`` symbol.

    Returns the jumps among what is new that look like splits.

    Errors: CandleError ``candles-gap`` for the first hole, of whatever kind, where the source says ``gaps: error``.
    """
    connection.execute(
        "CREATE TEMP TABLE touched AS SELECT symbol, min(first_ts) AS first_ts, max(last_ts) AS last_ts,"
        " any_value(since) AS since FROM store.wick.data_versions LEFT JOIN"
        " (SELECT symbol, min(ts) AS since FROM change WHERE fresh OR differs GROUP BY symbol) USING (symbol)"
        f" WHERE {every} OR since IS NOT NULL GROUP BY symbol"
    )
    holes = _holes(connection, source.interval.milliseconds)
    found: list[Gaps] = []
    jumps: list[Jump] = []
    for symbol, first, last, since in connection.execute("SELECT * FROM touched ORDER BY symbol").fetchall():
        before, after, close, opened = holes.get(symbol, _NO_HOLES)
        hole = after - before >= 1.5 * source.interval.milliseconds
        if source.gaps == "error" and hole.any():
            raise _gap(symbol, before[hole], after[hole], source)
        found.append(describe_holes(symbol, before[hole], after[hole], first, last, source.interval))
        for place in np.flatnonzero(after >= since) if since is not None else ():
            ratio = split_ratio(float(close[place]), float(opened[place]))
            if ratio:
                jumps.append(Jump(symbol, int(after[place]), ratio, float(close[place]), float(opened[place])))
    connection.execute("DELETE FROM store.wick.gaps WHERE symbol IN (SELECT symbol FROM touched)")
    insert(connection, "store.wick.gaps", [tuple(vars(one).values()) for one in found])
    return jumps


def write_ledger(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    files: Sequence[SourceFile],
    ids: Mapping[str, int],
    unfinished: Collection[int],
) -> None:
    """Remember the settings, and the files that were read with their hashes.

    Files with ``unfinished`` candles are remembered without a hash: they are read again, changed or not.
    """
    known = dict(connection.execute("SELECT name, value FROM store.wick.settings").fetchall())
    for name, value in source.settings.items() - known.items():
        connection.execute("INSERT OR REPLACE INTO store.wick.settings VALUES (?, ?)", [name, value])
    counts = dict(connection.execute("SELECT file, candles FROM files").fetchall())
    rows = [
        (key, file.name, "" if key in unfinished else file.content, counts.get(key, 0))
        for key, file in ((ids[file.name], file) for file in files)
    ]
    connection.execute("DELETE FROM store.wick.files WHERE id IN (SELECT unnest(?))", [[key for key, *_ in rows]])
    insert(connection, "store.wick.files", rows)


_NO_HOLES = (np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0), np.empty(0))


def _holes(connection: duckdb.DuckDBPyConnection, interval: int) -> dict[str, tuple[Any, Any, Any, Any]]:
    """Times and prices on both sides of every hole, and of every jump, by symbol.

    Candles lie in runs of one symbol and of rising times, a few for each ingest. Within a run the candle before is the
    row before; runs of a symbol that do not overlap follow one another. To sort all candles would take far longer.
    """
    is_hole = f"after - before >= {1.5 * interval} OR greatest(close_before / open, open / close_before) >= {JUMP}"
    rows = _fetched(
        connection,
        "SELECT symbol, before, after, close_before, open, starts FROM (SELECT symbol, open, epoch_ms(ts) AS after,"
        " lag(epoch_ms(ts)) OVER () AS before, lag(close) OVER () AS close_before,"
        " coalesce(lag(symbol) OVER () <> symbol OR before >= after, true) AS starts FROM store.candles)"
        f" WHERE starts OR {is_hole}",
    )
    between, tangled = _between_runs(connection, rows[rows["starts"]])
    ratio = np.maximum(between["close_before"] / between["open"], between["open"] / between["close_before"])
    between = between[(between["after"] - between["before"] >= 1.5 * interval) | (ratio >= JUMP)]
    found = pd.concat([rows[~rows["starts"]], between])
    if tangled:
        sorted_anew = _fetched(
            connection,
            "SELECT symbol, before, after, close_before, open FROM (SELECT symbol, open, epoch_ms(ts) AS after,"
            " lag(epoch_ms(ts)) OVER w AS before, lag(close) OVER w AS close_before"
            " FROM store.candles WHERE symbol IN (SELECT unnest(?)) WINDOW w AS (PARTITION BY symbol ORDER BY ts))"
            f" WHERE {is_hole}",
            [tangled],
        )
        found = pd.concat([found[~found["symbol"].isin(tangled)], sorted_anew])
    found = found.sort_values(["symbol", "after"])
    columns = [found[name].to_numpy() for name in ("before", "after", "close_before", "open")]
    return {
        symbol: (before, after, close, opened)
        for symbol, (before, after, close, opened) in _split(found["symbol"].to_numpy(), columns)
    }


def _between_runs(connection: duckdb.DuckDBPyConnection, turns: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Times and prices on both sides of where one run of a symbol ends and its next begins; symbols whose runs overlap.

    ``turns`` are the first rows of all runs, in the order they lie in, each with the row before.
    """
    end = connection.execute("SELECT epoch_ms(ts), close FROM store.candles ORDER BY rowid DESC LIMIT 1").fetchall()
    runs = pd.DataFrame({
        "symbol": turns["symbol"].to_numpy(),
        "after": turns["after"].to_numpy(),
        "open": turns["open"].to_numpy(),
        "last": [*turns["before"].iloc[1:], *(last for last, _ in end)],
        "close": [*turns["close_before"].iloc[1:], *(close for _, close in end)],
    }).sort_values(["symbol", "after"], ignore_index=True)  # fmt: skip
    follows = (runs["symbol"].to_numpy()[1:] == runs["symbol"].to_numpy()[:-1]).nonzero()[0] + 1
    between = runs.iloc[follows].assign(
        before=runs["last"].to_numpy()[follows - 1], close_before=runs["close"].to_numpy()[follows - 1]
    )
    tangled = between["symbol"][between["after"] <= between["before"]]
    return between, sorted(set(tangled))


def _fetched(connection: duckdb.DuckDBPyConnection, query: str, given: Sequence[object] = ()) -> pd.DataFrame:
    found = connection.execute(query, given).fetchnumpy()
    return pd.DataFrame({name: np.ma.getdata(column) for name, column in found.items()})


def _split(symbols: Any, columns: Sequence[Any]) -> Iterator[tuple[str, list[Any]]]:
    """Columns sorted by symbol, cut into symbols."""
    edges = [0, *(np.flatnonzero(symbols[1:] != symbols[:-1]) + 1).tolist(), len(symbols)]
    for start, end in pairwise(edges):
        if start < end:
            yield str(symbols[start]), [column[start:end] for column in columns]


def _gap(symbol: str, before: Any, after: Any, source: Source) -> CandleError:
    missing = round((after[0] - before[0]) / source.interval.milliseconds) - 1
    more = f", and {len(before) - 1:,} more gaps" if len(before) > 1 else ""
    return CandleError(
        f"{symbol}: {missing:,} candles are missing between {moment(before[0])} and {moment(after[0])}{more}",
        code="candles-gap",
        hint="fetch the missing candles, or set candles.gaps to warn or allow in wick.yml",
    )
