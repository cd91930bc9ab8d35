"""Parts: what is stored of one model, group and symbol over a range of candles; immutable, in Parquet files.

A file holds the parts of one symbol or of many. It is written under a temporary name and renamed to a hash of its
content (`store/bundles.py`); before a ledger names it, it is made durable. A kill at any moment leaves whole files and
swept temporaries, never half a file.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import duckdb

from candlewick.errors import StoreError
from candlewick.store.connection import cursor, literal, quote
from candlewick.store.files import flush
from candlewick.store.frames import fetch_frame

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from pathlib import Path

    import pandas as pd

T = TypeVar("T")
FOLDER = "parts"


@dataclass(frozen=True)
class Part:
    """The rows of one symbol in one Parquet file of the store.

    ``group`` is None for columns no toggle switches; ``path`` is relative to the target folder; ``columns`` are pairs
    of name and SQL type, without symbol and ts; times are milliseconds since 1970, None when there are no rows. Rows of
    a part that is not ``final`` may change when candles are appended. ``digest`` is equal exactly when columns, times
    and values are; ``file_rows`` are the rows of all symbols in the file.
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
    file_rows: int
    final: bool = True


def make_durable(target: Path, parts: Iterable[Part]) -> None:
    """Have the system write parts, and the names of their files, to the disk: what a ledger names must survive.

    Errors: StoreError ``parts-unwritable``.
    """
    files = {target / part.path for part in parts}
    try:
        flush([*files, *{path.parent for path in files}, target / FOLDER])
    except OSError as error:
        raise StoreError(
            f"the parts of this run cannot be written: {error}",
            code="parts-unwritable",
            hint=f"check space and permissions of {target}",
        ) from None


def read_part(target: Path, part: Part, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """The columns of a part, indexed by open time as they were written; all of them by default.

    Errors: StoreError ``parts-missing`` when the file is not there, ``parts-damaged`` when it cannot be read.
    """
    return read_parts(target, [part], [name for name, _ in part.columns] if columns is None else columns)


def read_parts(target: Path, parts: Sequence[Part], columns: Sequence[str]) -> pd.DataFrame:
    """Columns of parts that follow one another in time, all of one symbol, indexed by open time.

    Errors: as ``read_part``.
    """
    query = f"SELECT {', '.join(map(quote, ['ts', *columns]))} FROM {scan(target, parts)} ORDER BY ts"
    with cursor() as connection:
        return fetch_parts(connection, query, fetch_frame).set_index("ts")


def scan(target: Path, parts: Sequence[Part]) -> str:
    """The SQL that reads the rows of parts, as a table: of files that hold other rows as well, these only."""
    files: dict[str, list[Part]] = {}
    for part in parts:
        files.setdefault(part.path, []).append(part)
    whole: list[str] = []
    shared: dict[tuple[str, ...], list[str]] = {}
    for path, members in files.items():
        if sum(part.rows for part in members) == members[0].file_rows:
            whole.append(path)
        else:
            shared.setdefault(tuple(sorted(part.symbol for part in members)), []).append(path)
    same = len({part.columns for part in parts}) == 1
    tables = [_files(target, whole, same_columns=same)] if whole else []
    for symbols, paths in shared.items():
        names = ", ".join(map(literal, symbols))
        tables.append(f"(SELECT * FROM {_files(target, paths, same_columns=same)} WHERE symbol IN ({names}))")
    if len(tables) == 1:
        return tables[0]
    return "(" + " UNION ALL BY NAME ".join(f"SELECT * FROM {table}" for table in tables) + ")"


def _files(target: Path, paths: Sequence[str], *, same_columns: bool) -> str:
    root = target.absolute()
    files = ", ".join(literal(str(root / path)) for path in paths)
    return f"read_parquet([{files}]{'' if same_columns else ', union_by_name = true'})"


def fetch_parts(connection: Any, query: str, fetch: Callable[[Any, str], T]) -> T:
    """What ``fetch`` makes of a query over parts; a file that is gone or damaged is an error that names it."""
    try:
        return fetch(connection, query)
    except duckdb.Error as error:  # the query is ours: whatever is wrong is wrong with a file
        gone = "No files found" in str(error) or "No such file" in str(error)
        raise StoreError(
            f"a part {'is missing' if gone else 'cannot be read'}: {str(error).splitlines()[0]}",
            code="parts-missing" if gone else "parts-damaged",
            hint="run `wick build`, which builds it again",
        ) from None


@contextmanager
def writing(target: Path) -> Iterator[None]:
    """Hold while parts are written and not yet published: ``sweep`` leaves everything alone meanwhile."""
    (target / FOLDER).mkdir(parents=True, exist_ok=True)
    with (target / FOLDER / ".lock").open("a") as lock:
        _lock(lock, shared=True)
        yield


def in_use(target: Path) -> bool:
    """Whether a process is inside ``writing``."""
    path = target / FOLDER / ".lock"
    if not path.exists():
        return False
    with path.open("a") as lock:
        return not _lock(lock, shared=False) and sys.platform != "win32"


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
