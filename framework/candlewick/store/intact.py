"""Whether the files of parts are as they were written: their times say so, and where these leave a doubt, the rows.

A part is written before the run that publishes it ends, and never again. A file with a later time was changed by
somebody, or cut off, or copied; its rows are read and hashed once, and when they are right it is given its time back.
"""

from __future__ import annotations

import os
from collections import defaultdict
from contextlib import suppress
from typing import TYPE_CHECKING

import duckdb

from candlewick.errors import StoreError
from candlewick.store.bundles import framed, piece_digest
from candlewick.store.connection import cursor, quote
from candlewick.store.frames import fetch_frame
from candlewick.store.parts import scan

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from candlewick.store.bundles import Piece
    from candlewick.store.parts import Part


def intact_files(target: Path, parts: Iterable[Part], published: Mapping[str, int]) -> set[str]:
    """The paths of those files of parts that are there and hold what was written.

    ``published`` gives by path when the last run that published it ended, in microseconds since 1970.
    """
    files: dict[str, list[Part]] = defaultdict(list)
    for part in parts:
        files[part.path].append(part)
    return {path for path, members in files.items() if _is_intact(target, path, members, published.get(path, 0))}


def _is_intact(target: Path, path: str, parts: Sequence[Part], published: int) -> bool:
    file = target / path
    try:
        found = file.stat()
    except OSError:
        return False
    if found.st_mtime_ns // 1000 <= published:
        return True
    if not _holds(target, parts):
        return False
    with suppress(OSError):  # not ours to touch: it is read again next time
        os.utime(file, ns=(found.st_atime_ns, min(found.st_mtime_ns, published * 1000)))
    return True


def _holds(target: Path, parts: Sequence[Part]) -> bool:
    """Whether a file can be read, and its rows have the hashes that the ledger gives."""
    digests = {part.symbol: part.digest for part in parts}
    once = list({part.symbol: part for part in parts}.values())  # several arms may hold the same rows
    names = [name for name, _ in once[0].columns]
    query = f"SELECT {', '.join(map(quote, ['symbol', 'ts', *names]))} FROM {scan(target, once)} ORDER BY symbol, ts"
    try:
        with cursor() as connection:
            rows = fetch_frame(connection, query)
        if list(rows.columns) != ["symbol", "ts", *names]:  # SQL would take a name in other letters
            return False
        return all(piece_digest(_piece(rows, symbol)) == digest for symbol, digest in digests.items())
    except (duckdb.Error, StoreError, ValueError):  # whatever a file that is no Parquet any more makes of a reader
        return False


def _piece(rows: pd.DataFrame, symbol: str) -> Piece:
    mine = rows[rows["symbol"] == symbol]
    return framed("the part", symbol, mine.drop(columns="symbol").set_index("ts"))
