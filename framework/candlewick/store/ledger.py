"""The ledger: what each arm holds of every model, group and symbol, and what that follows from.

An arm is one resolved set of toggles under a name. Parts are named by content, so arms share every equal part.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from candlewick.store.connection import read
from candlewick.store.intact import intact_files
from candlewick.store.parts import Part
from candlewick.store.snapshots import Snapshot, current_snapshots, prefixes, read_snapshot

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    import duckdb

    from candlewick.store.versions import Month

FORMER = "~"
"""What stands in the names of arms that hold what an arm held before; see `candlewick.store.former`."""
Recipe = dict[str, dict[str, Any]]
"""By column: its fingerprint under ``hash``, what that was made from under ``pieces``, ``text`` for people."""


@dataclass(frozen=True)
class Holding:
    """What an arm holds of one model, group and symbol: parts that follow one another in time.

    ``recipe`` and ``snapshot`` are ids: of the fingerprints of the columns, and of the candles they were computed from.
    """

    model: str
    group: str | None
    symbol: str
    recipe: str
    snapshot: str
    parts: tuple[Part, ...]
    shown: bool = True

    @property
    def key(self) -> tuple[str, str | None, str]:
        """Model, group and symbol."""
        return self.model, self.group, self.symbol

    @property
    def rows(self) -> int:
        """Rows of all parts."""
        return sum(part.rows for part in self.parts)

    @property
    def final(self) -> int:
        """Rows that later candles cannot change: they come first."""
        return sum(part.rows for part in self.parts if part.final)


@dataclass(frozen=True)
class Ledger:
    """What the store holds, as one transaction saw it.

    ``holdings`` are by arm, those whose files are all there as they were written; the keys of others are in ``lost``.
    ``now`` are the candles of every symbol as they are; ``began`` says, by snapshot, what the month in which it ends
    has become up to its last candle.
    """

    holdings: Mapping[str, tuple[Holding, ...]] = field(default_factory=dict)
    recipes: Mapping[str, Recipe] = field(default_factory=dict)
    snapshots: Mapping[str, Snapshot] = field(default_factory=dict)
    now: Mapping[str, Snapshot] = field(default_factory=dict)
    began: Mapping[str, Month] = field(default_factory=dict)
    restated: Mapping[tuple[str, int], int] = field(default_factory=dict)
    lost: frozenset[tuple[str, str | None, str]] = frozenset()

    def of(self, arm: str) -> dict[tuple[str, str | None, str], Holding]:
        """The holdings of one arm by model, group and symbol."""
        return {holding.key: holding for holding in self.holdings.get(arm, ())}


def read_ledger(store: Path, target: Path, recipes: Collection[str] = ()) -> Ledger:
    """The ledger of a store; an empty one where there is no store yet. Of former holdings those of some ``recipes``.

    Errors: those of ``read``.
    """
    if not store.exists():
        return Ledger()
    with read(store) as connection:
        connection.execute("BEGIN TRANSACTION READ ONLY")
        every = read_holdings(connection, recipes)
        used = {holding.snapshot for found in every.values() for holding in found}
        kept = connection.execute("SELECT id, symbol, months FROM wick.snapshots").fetchall()
        snapshots = {key: read_snapshot(symbol, text) for key, symbol, text in kept if key in used}
        parts = (part for found in every.values() for holding in found for part in holding.parts)
        intact = intact_files(target, parts, _published(connection))

        def is_there(holding: Holding) -> bool:
            seen = snapshots.get(holding.snapshot)
            whole = seen is not None and holding.rows == seen.candles  # a row for every candle it has seen
            return whole and all(part.path in intact for part in holding.parts)

        holdings = {arm: tuple(filter(is_there, found)) for arm, found in every.items()}
        lost = {
            holding.key
            for arm, found in every.items()
            for holding in found
            if FORMER not in arm and not is_there(holding)
        }
        known = connection.execute("SELECT id, columns FROM wick.recipes").fetchall()
        named = {holding.recipe for found in every.values() for holding in found}
        now = current_snapshots(connection)
        used = {holding.snapshot for found in holdings.values() for holding in found}
        began = prefixes(connection, (snapshots[key] for key in used), now)
        restated = connection.execute("SELECT symbol, month, min(ts) FROM wick.restated GROUP BY ALL").fetchall()
    return Ledger(
        holdings,
        {key: json.loads(text) for key, text in known if key in named},
        snapshots,
        now,
        began,
        {(symbol, month): ts for symbol, month, ts in restated},
        frozenset(lost),
    )


def _published(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """When the last run that published a file of parts ended, by path: microseconds since 1970."""
    query = (
        "SELECT path, max(epoch_us(finished)) FROM wick.parts JOIN wick.holdings USING (arm, model, grp, symbol)"
        " JOIN wick.runs ON run = id GROUP BY path"
    )
    return dict(connection.execute(query).fetchall())


def read_tested(store: Path) -> dict[str, Any]:
    """What data tests of earlier runs found, by the id of the test and its rows."""
    with read(store) as connection:
        rows = connection.execute("SELECT id, found FROM wick.tested").fetchall()
    return {key: json.loads(found) for key, found in rows}


def read_holdings(
    connection: duckdb.DuckDBPyConnection, recipes: Collection[str] = ()
) -> dict[str, tuple[Holding, ...]]:
    """Every holding by arm, in the order of model, group and symbol; of former ones those of some ``recipes``.

    Former holdings come last, the latest first.
    """
    kept = connection.execute(
        "SELECT arm, model, grp, symbol, recipe, snapshot, shown FROM wick.holdings"
        f" WHERE NOT contains(arm, '{FORMER}') OR recipe IN (SELECT unnest(?))"
        f" ORDER BY contains(arm, '{FORMER}'), split_part(arm, '{FORMER}', 2) DESC, arm, model, grp, symbol",
        [list(recipes)],
    ).fetchall()
    files = {
        path: (tuple((name, kind) for name, kind in json.loads(columns)), rows, final)
        for path, columns, rows, final in connection.execute("SELECT * FROM wick.part_files").fetchall()
    }
    parts: dict[tuple[str, ...], list[Part]] = defaultdict(list)
    for arm, model, group, symbol, path, count, first, last, digest in connection.execute(
        "SELECT arm, model, grp, symbol, path, row_count, first_ts, last_ts, digest FROM wick.parts"
        " WHERE arm IN (SELECT unnest(?)) ORDER BY first_ts NULLS FIRST, path",
        [sorted({arm for arm, *_ in kept})],
    ).fetchall():
        columns, rows, final = files[path]
        parts[arm, model, group, symbol].append(
            Part(model, group or None, symbol, path, columns, count, first, last, digest, rows, final)
        )
    holdings: dict[str, list[Holding]] = defaultdict(list)
    for arm, model, group, symbol, recipe, snapshot, shown in kept:
        found = tuple(parts[arm, model, group, symbol])
        holdings[arm].append(Holding(model, group or None, symbol, recipe, snapshot, found, shown))
    return {arm: tuple(found) for arm, found in holdings.items()}


def insert(connection: duckdb.DuckDBPyConnection, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """Append rows to a table, all columns in order; many at a time."""
    listed = [list(column) for column in zip(*rows, strict=True)]
    if listed:
        names = [f"c{number}" for number in range(len(listed))]
        unnested = ", ".join(f"unnest(?) AS {name}" for name in names)
        connection.execute(f"INSERT INTO {table} SELECT {unnested}", listed)


def write_holdings(connection: duckdb.DuckDBPyConnection, arm: str, holdings: Iterable[Holding], run: str) -> None:
    """Put holdings in the place of those of the same arm, model, group and symbol."""
    holdings = list(holdings)
    connection.execute("CREATE OR REPLACE TEMP TABLE fresh (arm VARCHAR, model VARCHAR, grp VARCHAR, symbol VARCHAR)")
    insert(connection, "fresh", [(arm, one.model, one.group or "", one.symbol) for one in holdings])
    for table in ("parts", "holdings"):
        connection.execute(
            f"DELETE FROM wick.{table} AS old USING fresh WHERE old.arm = fresh.arm AND old.model = fresh.model"
            " AND old.grp = fresh.grp AND old.symbol = fresh.symbol"
        )
    insert(connection, "wick.holdings", [
        (arm, one.model, one.group or "", one.symbol, one.recipe, one.snapshot, one.shown, run) for one in holdings
    ])  # fmt: skip
    parts = [part for one in holdings for part in one.parts]
    insert(connection, "wick.parts", [
        (arm, part.model, part.group or "", part.symbol, part.path, part.rows, part.first_ts, part.last_ts, part.digest)
        for part in parts
    ])  # fmt: skip
    known = dict(connection.execute("SELECT path, final FROM wick.part_files").fetchall())
    files = {part.path: (part.path, json.dumps(part.columns), part.file_rows, part.final) for part in parts}
    other = [file for path, file in files.items() if known.get(path) != file[-1]]
    connection.execute("DELETE FROM wick.part_files WHERE path IN (SELECT unnest(?))", [[path for path, *_ in other]])
    insert(connection, "wick.part_files", other)
    connection.execute("DROP TABLE fresh")
