"""Bringing a store of an older schema up to date, in one transaction: nothing that was published is lost."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

OLDEST = 1
"""The oldest schema that can be brought up to date."""


def migrate(connection: duckdb.DuckDBPyConnection, version: int) -> None:
    """Bring the schema of an open store from ``version`` to the next, and so on to the latest."""
    steps = {1: _to_2, 2: _to_3, 3: _to_4}
    while version in steps:
        steps[version](connection)
        version += 1


def _to_2(connection: duckdb.DuckDBPyConnection) -> None:
    from candlewick.store.versions import month_hashes

    connection.execute(_script("schema_1_to_2.sql"))
    names = connection.execute("SELECT DISTINCT symbol FROM candles ORDER BY symbol").fetchall()
    for (symbol,) in names:
        columns = connection.execute(
            "SELECT epoch_ms(ts) AS ts, open, high, low, close, volume FROM candles WHERE symbol = ? ORDER BY ts",
            [symbol],
        ).fetchnumpy()
        rows = [(symbol, *vars(month).values()) for month in month_hashes(columns)]
        connection.executemany("INSERT INTO wick.data_versions VALUES (?, ?, ?, ?, ?, ?, ?)", rows)


def _to_3(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(_script("schema_2_to_3.sql"))


def _to_4(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(_script("schema_3_to_4.sql"))
    for table in ("settings", "gaps", "recipes", "snapshots", "layouts", "tested"):  # without the keys they had
        connection.execute(f"CREATE TABLE wick.{table}_4 AS FROM wick.{table}")
        connection.execute(f"DROP TABLE wick.{table}")
        connection.execute(f"ALTER TABLE wick.{table}_4 RENAME TO {table}")


def _script(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
