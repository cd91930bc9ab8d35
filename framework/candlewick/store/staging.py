"""Staging: source files of any layout become one table of candles in memory, each with its file and row.

DuckDB reads CSV columns as text and Parquet columns as they are typed, and converts strictly: what cannot be converted
stops the reading, and ``diagnose`` finds the row to blame. Nothing here judges candles.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from candlewick.candles import COLUMNS
from candlewick.errors import CandleError
from candlewick.store import reading
from candlewick.store.connection import literal, quote
from candlewick.store.diagnose import explain
from candlewick.store.source import Layout, csv_layout, kind_of, map_columns, symbol_of, time_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from candlewick.store.source import Source, SourceFile

_TYPES = "file INTEGER, row BIGINT, symbol VARCHAR, ts BIGINT, zoned BOOLEAN"
_CALENDAR = (
    "DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ_NS",
)  # fmt: skip
_NUMBERS = (
    "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT",
    "FLOAT", "DOUBLE", "DECIMAL",
)  # fmt: skip


def stage(
    connection: duckdb.DuckDBPyConnection, files: Sequence[SourceFile], source: Source, ids: Mapping[str, int]
) -> list[SourceFile]:
    """Make the table ``staged`` of all rows of ``files``, and ``files`` of how many each has; return those with none.

    ``ids`` numbers the files by name. ``row`` counts the rows in the order they were read, ``first`` being the first
    of a file; ``ts`` is the open time in milliseconds since 1970 or NO_TIME; missing numbers are NaN; ``zoned`` says
    whether the time named a zone.

    Errors: CandleError for the first file, row and value that cannot be read.
    """
    prices = ", ".join(f"{name} DOUBLE" for name in COLUMNS)
    connection.execute(f"CREATE TABLE staged ({_TYPES}, {prices})")
    connection.execute("CREATE TABLE named (path VARCHAR, file INTEGER, symbol VARCHAR)")
    for layout, members in _layouts(connection, files, source).items():
        if layout is None:
            continue
        connection.executemany(
            "INSERT INTO named VALUES (?, ?, ?)",
            [[str(file.path), ids[file.name], symbol_of(file.name)] for file in members],
        )
        try:
            connection.execute(_insert(layout, members, source))
        except duckdb.Error as error:
            raise explain(connection, layout, members, error) from None
    connection.execute(
        "CREATE TABLE files AS SELECT file, count(*) AS candles, min(row) AS first,"
        " bool_or(zoned) AS some_zoned, bool_and(zoned) AS all_zoned FROM staged GROUP BY file"
    )
    filled = {file for (file,) in connection.execute("SELECT file FROM files").fetchall()}
    return [file for file in files if ids[file.name] not in filled]


def _insert(layout: Layout, files: Sequence[SourceFile], source: Source) -> str:
    """Rows are numbered over all files of a layout: the number within a file follows from its first."""
    prices = ", ".join(reading.number(layout, name) for name in COLUMNS)
    symbol = reading.symbol(layout)
    return (
        f"INSERT INTO staged SELECT n.file, r.* EXCLUDE (path){'' if symbol else ' REPLACE (n.symbol AS symbol)'}"
        f" FROM (SELECT wick_file AS path, row_number() OVER (), {symbol or 'NULL'} AS symbol,"
        f" {reading.time(layout, source)}, {reading.zoned(layout)}, {prices} FROM {reading.reader(layout, files)}) AS r"
        " JOIN named AS n USING (path)"
    )


def _layouts(
    connection: duckdb.DuckDBPyConnection, files: Sequence[SourceFile], source: Source
) -> dict[Layout | None, list[SourceFile]]:
    """The files grouped by how they are laid out; under None those that hold nothing at all."""
    grouped: dict[Layout | None, list[SourceFile]] = {}
    for file in files:
        found = csv_layout(file, source) if kind_of(file.name) == "csv" else _parquet_layout(connection, file, source)
        grouped.setdefault(found, []).append(file)
    return grouped


def _parquet_layout(connection: duckdb.DuckDBPyConnection, file: SourceFile, source: Source) -> Layout:
    table = f"read_parquet({literal(str(file.path))})"
    try:
        described = connection.execute(f"DESCRIBE SELECT * FROM {table}").fetchall()
    except duckdb.Error as error:
        raise CandleError(
            f"{file.name} is not a Parquet file: {str(error).splitlines()[0]}",
            code="candles-file",
            hint="fetch or write the file again",
        ) from None
    header = tuple(name for name, *_ in described)
    types = tuple(kind.partition("(")[0] for _, kind, *_ in described)
    mapping = map_columns(header, source, file.name)
    for ours, position in mapping:
        if position is not None:
            _check_type(file, ours, header[position], types[position])
    position = dict(mapping)["ts"] or 0
    if types[position] in _CALENDAR:
        return Layout("parquet", header, mapping, types, time="calendar")
    column = quote(header[position])
    first = connection.execute(f"SELECT {column}::VARCHAR FROM {table} WHERE {column} IS NOT NULL LIMIT 1").fetchall()
    return Layout("parquet", header, mapping, types, time=time_of(first[0][0].removesuffix(".0") if first else ""))


def _check_type(file: SourceFile, ours: str, theirs: str, kind: str) -> None:
    allowed = (*_NUMBERS, reading.TEXT, *((*_CALENDAR,) if ours == "ts" else ()))
    wanted = "time" if ours == "ts" else "number"
    if kind not in allowed and ours != "symbol":
        raise CandleError(
            f"the column '{theirs}' of {file.name} has the type {kind}, which is no {wanted}",
            code="candles-type",
            hint=f"map {ours} to another column in wick.yml, or write the file with another type",
        )
