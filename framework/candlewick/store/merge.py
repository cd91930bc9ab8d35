"""Merging judged candles into the store: inside one transaction, with data versions and the ledger of files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from candlewick.store.candles import batches, by_number
from candlewick.store.ledger import insert
from candlewick.store.tail import sound_beginnings
from candlewick.store.versions import month_hashes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb

    from candlewick.candles import Interval
    from candlewick.store.judge import Verdict
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


def follows(connection: duckdb.DuckDBPyConnection, interval: Interval) -> bool:
    """Whether every judged candle comes after all that the attached store has of its symbol."""
    query = (
        "SELECT 1 FROM (SELECT symbol, min(ts) AS first FROM ordered JOIN symbols USING (number) GROUP BY symbol)"
        " JOIN (SELECT symbol, max(last_ts) AS last FROM store.wick.data_versions GROUP BY symbol) USING (symbol)"
        " WHERE first - last < ? LIMIT 1"
    )
    return not connection.execute(query, [interval.shortest]).fetchall()


def compare(connection: duckdb.DuckDBPyConnection, *, later: bool = False) -> None:
    """Make ``change``: the judged candles that the attached store does not have, has otherwise, or has from elsewhere.

    ``fresh`` and ``differs`` say which; ``origin`` is the file the store has the candle from. Of candles that are all
    ``later`` than those of the store, nothing needs to be looked up.
    """
    ours = (
        "s.symbol, make_timestamp_ms(o.ts)::TIMESTAMPTZ AS opens,"
        " o.* EXCLUDE (number) REPLACE (nullif(o.volume, 'NaN') AS volume)"
    )
    joined = "FROM ordered AS o JOIN symbols AS s USING (number)"
    if later or not connection.execute("SELECT 1 FROM store.candles LIMIT 1").fetchall():
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


def against_kept(connection: duckdb.DuckDBPyConnection) -> tuple[list[SymbolChange], dict[str, int]]:
    """How the judged candles differ from all that the attached store has, by symbol; and how many it alone has."""
    rows = connection.execute(
        f"SELECT * FROM (SELECT s.symbol, count(*) FILTER (c.file IS NULL) AS fresh,"
        f" count(*) FILTER (c.file IS NOT NULL AND ({_DIFFERS})) AS differs,"
        f" min(o.ts) FILTER (c.file IS NOT NULL AND ({_DIFFERS})) FROM ordered AS o JOIN symbols AS s USING (number)"
        " LEFT JOIN store.candles AS c ON c.symbol = s.symbol AND c.ts = make_timestamp_ms(o.ts)::TIMESTAMPTZ"
        " GROUP BY s.symbol) WHERE fresh > 0 OR differs > 0 ORDER BY symbol"
    ).fetchall()
    return [SymbolChange(*row) for row in rows], vanished(connection)


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
        f"CREATE TEMP TABLE affected AS SELECT symbol, {month} AS month, min(ts) AS since FROM change"
        " WHERE fresh OR differs GROUP BY ALL"
    )
    _keep_beginnings(connection)
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


def _keep_beginnings(connection: duckdb.DuckDBPyConnection) -> None:
    """Keep what is known of months that only gain later candles; of others what is known of beginnings may be wrong."""
    connection.execute(
        "DELETE FROM store.wick.beginnings AS b USING affected AS a"
        " WHERE b.symbol = a.symbol AND b.month = a.month AND b.last_ts >= a.since"
    )
    connection.execute(
        "INSERT INTO store.wick.beginnings SELECT v.* FROM store.wick.data_versions AS v"
        " JOIN affected AS a ON v.symbol = a.symbol AND v.month = a.month AND v.last_ts < a.since WHERE EXISTS"
        " (SELECT 1 FROM store.wick.snapshots AS s WHERE s.symbol = v.symbol AND contains(s.months, v.version))"
    )


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


def write_ledger(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    files: Sequence[SourceFile],
    ids: Mapping[str, int],
    verdict: Verdict,
    *,
    tails: bool,
) -> None:
    """Remember the settings, and the files that were read, or of which the ``tails`` were, with their hashes.

    Files whose candles are not all over are remembered without a hash: they are read again, changed or not.
    """
    known = dict(connection.execute("SELECT name, value FROM store.wick.settings").fetchall())
    for name, value in source.settings.items() - known.items():
        connection.execute("DELETE FROM store.wick.settings WHERE name = ?", [name])
        connection.execute("INSERT INTO store.wick.settings VALUES (?, ?)", [name, value])
    numbered = {ids[file.name]: file for file in files}
    sound = sound_beginnings(connection, numbered, tails=tails) if verdict.plain else {}
    rows = [
        (
            key,
            file.name,
            "" if key in verdict.unfinished_files else file.content,
            _stamped(file),
            *sound.get(key, (0, "")),
        )
        for key, file in numbered.items()
    ]
    connection.execute("DELETE FROM store.wick.files WHERE id IN (SELECT unnest(?))", [[key for key, *_ in rows]])
    insert(connection, "store.wick.files", rows)


def write_stamps(connection: duckdb.DuckDBPyConnection, files: Mapping[int, SourceFile]) -> None:
    """Remember of known files as of when they are what they were: what was written a moment ago could not tell."""
    if files:
        connection.execute(
            "UPDATE store.wick.files AS f SET stamp = s.stamp"
            " FROM (SELECT unnest(?) AS id, unnest(?) AS stamp) AS s WHERE f.id = s.id",
            [list(files), [_stamped(file) for file in files.values()]],
        )


def forget_content(connection: duckdb.DuckDBPyConnection, gone: Sequence[int]) -> None:
    """Files that are gone may come back, but meanwhile others may hold the same candles: they are then read whole."""
    connection.execute(
        "UPDATE store.wick.files SET content = '', sound = 0, beginning = '' WHERE id IN (SELECT unnest(?))", [gone]
    )


def _stamped(file: SourceFile) -> str:
    return "" if file.fresh else " ".join(map(str, file.stamp))
