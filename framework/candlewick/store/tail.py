"""Tails: what a file has gained since it was read. To ingest a few candles, nobody judges the many before them again.

The beginning of a file is known when nothing was left out of it but candles that were not finished, in its last rows,
and when it is what it was. Lines of text are compared byte for byte, and are not even read; what must be unpacked is
read, and its first rows are compared by a hash of their values. The tail begins with the first row that is not known.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

from candlewick.store.ledger import insert
from candlewick.store.source import hashes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import duckdb

    from candlewick.store.layout import Layout
    from candlewick.store.source import SourceFile

_LOOK = 1 << 16  # bytes at the end of a file in which lines that were left out are looked for


class ReadMoreError(Exception):
    """What was read does not tell: a tail is no tail, or a changed candle may also stand in a file not read."""


def cut_lines(file: SourceFile, layout: Layout, path: Path) -> SourceFile:
    """The tail of a file of lines, under a header of its own, as the file ``path``."""
    with file.path.open("rb") as whole, path.open("wb") as tail:
        whole.seek(max(file.known - 2, 0))
        end = b"\r\n" if whole.read(min(file.known, 2)) == b"\r\n" else b"\n"
        header = layout.delimiter.join(f"c{number}" for number in range(len(layout.header)))
        tail.write(header.encode() + end)
        shutil.copyfileobj(whole, tail)
    return replace(file, path=path)


def cut_rows(connection: duckdb.DuckDBPyConnection, files: Mapping[int, SourceFile]) -> None:
    """Take the first rows of ``files`` that are not made of lines out of ``staged``.

    Errors: ReadMoreError when one of them does not begin as it did.
    """
    connection.execute("CREATE TABLE begun (file INTEGER, rows BIGINT)")
    insert(connection, "begun", [(key, file.known) for key, file in files.items()])
    firsts = "(SELECT file, min(row) + rows AS rest FROM staged JOIN begun USING (file) GROUP BY file, rows)"
    begun = f"SELECT staged.* FROM staged JOIN {firsts} USING (file) WHERE row < rest"
    if row_hashes(connection, begun) != {key: file.beginning for key, file in files.items()}:
        raise ReadMoreError
    connection.execute(
        "CREATE TABLE rest AS SELECT staged.* FROM staged"
        f" LEFT JOIN {firsts} USING (file) WHERE row >= coalesce(rest, 0)"
    )
    connection.execute("DROP TABLE staged")
    connection.execute("ALTER TABLE rest RENAME TO staged")


def row_hashes(connection: duckdb.DuckDBPyConnection, rows: str) -> dict[int, str]:
    """A hash of the candles of every file in the query ``rows``, in whatever order they come.

    Sum and exclusive or of a hash of every row: one other value changes both, and equal rows do not cancel out. DuckDB
    takes 0.0 and -0.0 for equal, so the sign of a volume counts by itself.
    """
    row = "hash(coalesce(symbol, ''), ts, open, high, low, close, volume, signbit(volume))"
    found = connection.execute(
        f"SELECT file, bit_xor(h)::VARCHAR || ' ' || sum(h)::VARCHAR FROM (SELECT file, {row} AS h FROM ({rows}))"
        " GROUP BY file"
    )
    return dict(found.fetchall())


def joined(beginning: str, tail: str) -> str:
    """The hash of the rows of two hashes of `row_hashes`."""
    (mixed, total), (more, added) = (map(int, each.split()) for each in (beginning, tail))
    return f"{mixed ^ more} {total + added}"


def sound_lines(file: SourceFile, left_out: int) -> tuple[int, str]:
    """How many bytes stand before the last lines of a file, ``left_out`` of them, and the hash of those bytes.

    0, and no hash, where lines cannot be told from bytes, and when the file was written to since it was read.
    """
    size = file.stamp[0]
    with file.path.open("rb") as whole:
        whole.seek(max(size - _LOOK, 0))
        last = whole.read(_LOOK)
    end = len(last)
    for _ in range(left_out):
        end = last.rfind(b"\n", 0, max(end - 1, 0)) + 1
    lines = last[end:].split(b"\n")[:-1]
    if not last.endswith(b"\n") or not end or b'"' in last[end:] or not all(line.strip() for line in lines):
        return 0, ""
    if not left_out:
        return size, file.content
    known = size - (len(last) - end)
    beginning, content = hashes(file.path, known)
    return (known, beginning) if content == file.content else (0, "")


def sound_beginnings(
    connection: duckdb.DuckDBPyConnection, files: Mapping[int, SourceFile], *, tails: bool
) -> dict[int, tuple[int, str]]:
    """How far files that were read, or of which the ``tails`` were, need not be read again, and the hash of that.

    Nothing is said of a file when a row was left out that stands before a candle. Only unfinished candles may be left
    out: the caller has made sure that nothing else was.
    """
    counts = connection.execute(
        "SELECT file, count(o.row), any_value(candles) - count(o.row) FROM files LEFT JOIN ordered AS o USING (file)"
        " GROUP BY file HAVING coalesce(max(o.row), 0) = count(o.row)"
    ).fetchall()
    unlike = [key for key, file in files.items() if not file.lines]
    hashed = row_hashes(connection, _rows(unlike)) if unlike else {}
    found = {}
    for key, rows, left_out in counts:
        file = files[key]
        if file.lines:
            found[key] = sound_lines(file, left_out)
        elif tails:
            found[key] = file.known + rows, joined(file.beginning, hashed[key]) if rows else file.beginning
        elif rows:
            found[key] = rows, hashed[key]
    return found


def _rows(files: Sequence[int]) -> str:
    chosen = ", ".join(map(str, files))
    return f"SELECT ordered.*, symbol FROM ordered JOIN symbols USING (number) WHERE file IN ({chosen})"
