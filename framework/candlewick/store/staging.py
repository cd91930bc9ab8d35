"""Staging: source files of any layout become one table of candles in memory, each with its file and row.

DuckDB reads CSV columns as text and Parquet columns as they are typed, and converts strictly: what cannot be converted
stops the reading, and ``diagnose`` finds the row to blame. Nothing here judges candles.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

import duckdb

from candlewick.candles import COLUMNS
from candlewick.store import reading
from candlewick.store.diagnose import explain
from candlewick.store.layout import layouts
from candlewick.store.ledger import insert
from candlewick.store.source import symbol_of
from candlewick.store.tail import cut_lines, cut_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from candlewick.store.layout import Layout
    from candlewick.store.source import Source, SourceFile

_TYPES = "file INTEGER, row BIGINT, symbol VARCHAR, ts BIGINT, zoned BOOLEAN"


def stage(
    connection: duckdb.DuckDBPyConnection,
    files: Sequence[SourceFile],
    source: Source,
    ids: Mapping[str, int],
    tails: Path | None = None,
) -> list[SourceFile]:
    """Make the table ``staged`` of all rows of ``files``, and ``files`` of how many each has; return those with none.

    ``ids`` numbers the files by name. ``row`` counts the rows in the order they were read, ``first`` being the first
    of a file; ``ts`` is the open time in milliseconds since 1970 or NO_TIME; missing numbers are NaN; ``zoned`` says
    whether the time named a zone. The table ``named`` says which files are ``alone`` with one symbol, and its name.
    With a folder for ``tails``, only what the files have after their known bytes is read.

    Errors: CandleError for the first file, row and value that cannot be read; ReadMoreError where tails are no tails.
    """
    prices = ", ".join(f"{name} DOUBLE" for name in COLUMNS)
    connection.execute(f"CREATE TABLE staged ({_TYPES}, {prices})")
    connection.execute("CREATE TABLE named (path VARCHAR, file INTEGER, symbol VARCHAR, alone BOOLEAN)")
    for layout, members in _grouped(connection, files, source, tails):
        alone = reading.symbol(layout) is None
        insert(connection, "named", [
            (str(file.path), ids[file.name], symbol_of(file.name), alone) for file in members
        ])  # fmt: skip
        try:
            connection.execute(_insert(layout, members, source))
        except duckdb.Error as error:
            raise explain(connection, layout, members, error) from None
    unlike = {ids[file.name]: file for file in files if not file.lines}
    if tails is not None and unlike:
        cut_rows(connection, unlike)
    connection.execute(
        "CREATE TABLE files AS SELECT file, count(*) AS candles, min(row) AS first,"
        " bool_or(zoned) AS some_zoned, bool_and(zoned) AS all_zoned FROM staged GROUP BY file"
    )
    filled = {file for (file,) in connection.execute("SELECT file FROM files").fetchall()}
    return [file for file in files if ids[file.name] not in filled]


def _grouped(
    connection: duckdb.DuckDBPyConnection, files: Sequence[SourceFile], source: Source, tails: Path | None
) -> Iterator[tuple[Layout, list[SourceFile]]]:
    grouped = layouts(connection, files, source).items()
    if tails is None:
        yield from ((layout, members) for layout, members in grouped if layout is not None)
        return
    tails.mkdir(parents=True)
    paths = (tails / f"{number}.csv" for number in count())
    for layout, members in grouped:
        if layout is not None and members[0].lines:
            yield replace(layout, skip=0), [cut_lines(file, layout, next(paths)) for file in members]
        elif layout is not None:
            yield layout, members


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
