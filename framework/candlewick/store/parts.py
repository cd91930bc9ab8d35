"""Parts: immutable Parquet files that hold the columns of one model and one group for one symbol.

A part is written under a temporary name and renamed to the hash of its bytes; before a ledger names it, it is made
durable. A kill at any moment leaves whole parts and swept temporaries, never half a part.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote as percent

import duckdb
import numpy as np

from candlewick.errors import StoreError
from candlewick.store.connection import cursor, literal, quote
from candlewick.store.files import sync
from candlewick.store.frames import fetch_frame

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from pathlib import Path

    import pandas as pd

T = TypeVar("T")
FOLDER = "parts"
_RESERVED = ("symbol", "ts")
_LONGEST = 80
_FLUSHED = 16  # files flushed at a time


@dataclass(frozen=True)
class Part:
    """One Parquet file of the store.

    ``group`` is None for columns no toggle switches; ``path`` is relative to the target folder; ``columns`` are pairs
    of name and SQL type, without symbol and ts; times are milliseconds since 1970, None when there are no rows. Rows of
    a part that is not ``final`` may change when candles are appended.
    """

    model: str
    group: str | None
    symbol: str
    path: str
    columns: tuple[tuple[str, str], ...]
    rows: int
    first_ts: int | None
    last_ts: int | None
    digest: str
    final: bool = True


def write_part(
    target: Path, model: str, group: str | None, symbol: str, frame: pd.DataFrame, *, final: bool = True
) -> Part:
    """Write the columns of ``frame``, indexed by UTC open times, as one part; an equal part is written only once.

    NaN becomes NULL, booleans BOOLEAN, times TIMESTAMPTZ. The part is there, but not durable before ``make_durable``.

    Errors: StoreError ``parts-column`` (a dtype no table holds, a name taken), ``parts-index``, ``parts-unwritable``.
    """
    rows, types = _rows(model, symbol, frame)
    folder = target / FOLDER / _safe(model) / _safe(group or "always")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path, digest = _write(folder, _safe(symbol), rows, types)
    except (OSError, duckdb.IOException) as error:
        raise StoreError(
            f"the part of {model} for {symbol} cannot be written: {str(error).splitlines()[0]}",
            code="parts-unwritable",
            hint=f"check space and permissions of {target}",
        ) from None
    times = np.asarray(frame.index, dtype="datetime64[ms]").astype(np.int64)
    return Part(
        model,
        group,
        symbol,
        path.relative_to(target).as_posix(),
        tuple(types.items()),
        len(frame),
        int(times[0]) if len(times) else None,
        int(times[-1]) if len(times) else None,
        digest,
        final,
    )


def write_table(folder: Path, symbol: str, frame: pd.DataFrame) -> tuple[Path, str]:
    """Write the columns of one symbol as a Parquet file named after it; its path, and the BLAKE2b-128 of its bytes.

    Errors: as `write_part`.
    """
    rows, types = _rows("the table", symbol, frame)
    path = folder / f"{_safe(symbol)}.parquet"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        written, digest = _write(folder, _safe(symbol), rows, types)
        _flush(written)
        written.rename(path)
        sync(folder)
    except (OSError, duckdb.IOException) as error:
        raise StoreError(
            f"the table of {symbol} cannot be written: {str(error).splitlines()[0]}",
            code="parts-unwritable",
            hint=f"check space and permissions of {folder}",
        ) from None
    return path, digest


def make_durable(target: Path, parts: Iterable[Part]) -> None:
    """Have the system write parts, and the names of their files, to the disk: what a ledger names must survive.

    Files are flushed side by side, for a disk that is asked for one at a time takes its time for each.

    Errors: StoreError ``parts-unwritable``.
    """
    paths = sorted({target / part.path for part in parts})
    try:
        with ThreadPoolExecutor(_FLUSHED) as pool:
            list(pool.map(_flush, paths))
            list(pool.map(sync, sorted({path.parent for path in paths})))
        sync(target / FOLDER)
    except OSError as error:
        raise StoreError(
            f"the parts of this run cannot be written: {error}",
            code="parts-unwritable",
            hint=f"check space and permissions of {target}",
        ) from None


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_part(target: Path, part: Part, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """The columns of a part, indexed by open time as they were written; all of them by default.

    Errors: StoreError ``parts-missing`` when the file is not there, ``parts-damaged`` when it cannot be read.
    """
    return read_parts(target, [part], [name for name, _ in part.columns] if columns is None else columns)


def read_parts(target: Path, parts: Sequence[Part], columns: Sequence[str]) -> pd.DataFrame:
    """Columns of parts that follow one another in time, indexed by open time.

    Errors: as ``read_part``.
    """
    same = len({part.columns for part in parts}) == 1
    source = scan([target / part.path for part in parts], same_columns=same)
    query = f"SELECT {', '.join(map(quote, ['ts', *columns]))} FROM {source} ORDER BY ts"
    with cursor() as connection:
        return fetch_parts(connection, query, fetch_frame).set_index("ts")


def scan(paths: Sequence[Path], *, same_columns: bool = True) -> str:
    """The SQL table function that reads Parquet files."""
    files = ", ".join(literal(str(path)) for path in paths)
    return f"read_parquet([{files}]{'' if same_columns else ', union_by_name = true'})"


def fetch_parts(connection: Any, query: str, fetch: Callable[[Any, str], T]) -> T:
    """What ``fetch`` makes of a query over parts; a file that is gone or damaged is an error that names it."""
    try:
        return fetch(connection, query)
    except duckdb.IOException as error:
        gone = "No files found" in str(error) or "No such file" in str(error)
        raise StoreError(
            f"a part {'is missing' if gone else 'cannot be read'}: {str(error).splitlines()[0]}",
            code="parts-missing" if gone else "parts-damaged",
            hint="run `wick build --full-refresh`",
        ) from None
    except duckdb.InvalidInputException as error:
        raise StoreError(
            f"a part cannot be read: {str(error).splitlines()[0]}",
            code="parts-damaged",
            hint="run `wick build --full-refresh`",
        ) from None


@contextmanager
def writing(target: Path) -> Iterator[None]:
    """Hold while parts are written and not yet published: ``sweep`` leaves everything alone meanwhile."""
    (target / FOLDER).mkdir(parents=True, exist_ok=True)
    with (target / FOLDER / ".lock").open("a") as lock:
        _lock(lock, shared=True)
        yield


def sweep(target: Path, keep: Callable[[], Collection[str]]) -> list[str]:
    """Remove temporaries and parts that are not in ``keep()`` (paths relative to target); say which.

    Nothing is removed while any process is inside ``writing``: its parts belong to nobody yet. ``keep`` is asked when
    none is and none can come in, so that what it answers stays true while parts are removed.
    """
    folder = target / FOLDER
    if not folder.is_dir():
        return []
    with (folder / ".lock").open("a") as lock:
        if not _lock(lock, shared=False):
            return []
        kept = set(keep())
        removed = []
        for path in sorted(folder.rglob("*.parquet*")):
            name = path.relative_to(target).as_posix()
            if name not in kept:
                path.unlink(missing_ok=True)
                removed.append(name)
                with suppress(OSError):  # the folder holds other parts
                    path.parent.rmdir()
        return removed


def _lock(lock: Any, *, shared: bool) -> bool:
    """Take the lock of the parts folder; it goes with the process, however that ends."""
    if sys.platform == "win32":
        return shared  # no shared locks there: write, and never sweep
    import fcntl

    try:
        fcntl.flock(lock, fcntl.LOCK_SH if shared else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _rows(model: str, symbol: str, frame: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, str]]:
    """The frame as DuckDB reads it, with the SQL type of every column."""
    import pandas as pd

    index = frame.index
    if not isinstance(index, pd.DatetimeIndex) or str(index.tz) != "UTC" or not index.is_monotonic_increasing:
        raise StoreError(
            f"the columns of {model} for {symbol} are not indexed by sorted UTC times",
            code="parts-index",
            hint="return Series with the index of their inputs",
        )
    seen: dict[str, str] = dict.fromkeys(_RESERVED, "a column of every table")
    series: dict[str, Any] = {}
    types: dict[str, str] = {}
    for name, column in frame.items():
        if str(name).casefold() in seen:
            raise StoreError(
                f"the column '{name}' of {model} has the name of {seen[str(name).casefold()]}: tables ignore case",
                code="parts-column",
                hint="rename one of them",
            )
        seen[str(name).casefold()] = f"the column '{name}'"
        series[str(name)], types[str(name)] = _storable(model, str(name), column)
    rows = pd.DataFrame({"ts": index, **{name: one.array for name, one in series.items()}}, copy=False)
    rows.insert(0, "symbol", symbol)
    return rows, types


def _storable(model: str, name: str, column: pd.Series) -> tuple[pd.Series, str]:
    """The column in a dtype DuckDB reads without guessing, and its SQL type."""
    import pandas as pd

    dtype = column.dtype
    if isinstance(dtype, pd.DatetimeTZDtype):
        return column.dt.tz_convert("UTC"), "TIMESTAMP WITH TIME ZONE"
    mixed = pd.api.types.is_object_dtype(dtype)
    kind = _OBJECTS.get(pd.api.types.infer_dtype(column, skipna=True), "?") if mixed else dtype.kind
    if kind == "b":
        return column.astype("boolean" if column.isna().any() else "bool"), "BOOLEAN"
    if kind in "iu":
        return column.astype("Int64" if column.isna().any() else "int64"), "BIGINT"
    if kind == "f":
        return column.astype("float64"), "DOUBLE"
    if kind == "M":
        return column.dt.tz_localize("UTC"), "TIMESTAMP WITH TIME ZONE"
    if kind in "OUS" and pd.api.types.is_string_dtype(column.astype("object").dropna()):
        return column.astype("object").where(column.notna(), None), "VARCHAR"
    raise StoreError(
        f"the column '{name}' of {model} has the dtype {dtype}: no table holds that",
        code="parts-column",
        hint="return numbers, booleans, times or text",
    )


_OBJECTS = {"boolean": "b", "integer": "i", "floating": "f", "mixed-integer-float": "f", "empty": "f", "string": "O"}


def _write(folder: Path, symbol: str, rows: pd.DataFrame, types: dict[str, str]) -> tuple[Path, str]:
    temporary = folder / f".{os.getpid()}-{secrets.token_hex(8)}.parquet.tmp"
    casts = "".join(f", {quote(name)}::{kind} AS {quote(name)}" for name, kind in types.items())
    query = f"SELECT symbol::VARCHAR AS symbol, ts{casts} FROM rows"
    try:
        with cursor() as connection:
            connection.register("rows", rows)
            connection.execute(f"COPY ({query}) TO {literal(str(temporary))} (FORMAT parquet)")
        with temporary.open("rb") as file:
            digest = hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
        path = folder / f"{symbol}-{digest}.parquet"
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return path, digest


def _safe(name: str) -> str:
    """A name as a folder: readable where it is plain, percent-encoded where not, cut where too long."""
    safe = re.sub(r"^\.", "%2E", percent(name, safe=""))
    if len(safe) > _LONGEST:
        safe = f"{safe[:_LONGEST]}-{hashlib.blake2b(name.encode(), digest_size=8).hexdigest()}"
    return safe or "%"
