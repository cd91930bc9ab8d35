"""Short connections to the store: one writer at a time, readers that never linger, and plain words when it cannot be.

DuckDB gives the file to one writing process or to many reading ones. So nobody keeps a connection: each query opens,
works and closes, waits a moment when another process holds the file, and then says which one.
"""

from __future__ import annotations

import os
import time
from contextlib import contextmanager, suppress
from functools import cache
from importlib import resources
from itertools import count
from typing import TYPE_CHECKING

import duckdb

from candlewick.errors import StoreError
from candlewick.store.files import temporary_of
from candlewick.store.migrate import OLDEST, migrate
from candlewick.store.reasons import holder, locked, unusable, unwritable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SCHEMA_VERSION = 4

STORAGE = "v1.5.0"
"""The storage format new stores are written in: the oldest DuckDB candlewick supports can read them."""

MEMORY = "1GB"
"""What a connection that can spill holds in memory: an ingest of any size leaves room for the rest of the machine."""

PATIENCE = 10.0
"""Seconds a connection waits for another process to let go of the store."""


def quote(name: str) -> str:
    """A name as an SQL identifier, whatever characters it holds.

    >>> quote('a"b')
    '"a""b"'
    """
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as an SQL string, for the few places where DuckDB takes no parameter.

    >>> literal("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"


def scratch(spill: Path | None = None) -> duckdb.DuckDBPyConnection:
    """An in-memory database of one's own, for work on files; what outgrows memory goes to the folder ``spill``."""
    limit = {"memory_limit": MEMORY} if spill else {}
    connection = duckdb.connect(config={"temp_directory": str(spill) if spill else "", **limit})
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def cursor() -> duckdb.DuckDBPyConnection:
    """A connection to this process's shared in-memory database: cheap to open, for reading and writing one file."""
    connection = _shared(os.getpid()).cursor()
    connection.execute("SET TimeZone = 'UTC'")
    return connection


@cache
def _shared(_process: int) -> duckdb.DuckDBPyConnection:
    """The database behind ``cursor``; by process, because it does not survive a fork."""
    connection = scratch()
    connection.execute("SET threads = 1")  # the callers are the threads; and one order of rows, one sequence of bytes
    return connection


@contextmanager
def read(path: Path, *, patience: float = PATIENCE) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection to an existing store, closed on leaving.

    Errors: StoreError ``store-missing``, ``store-locked``, ``store-damaged``, ``store-foreign``, ``store-newer``.
    """
    if not path.exists():
        raise StoreError(f"there is no store at {path}", code="store-missing", hint="run `wick ingest` or `wick build`")
    _bring_up_to_date(path, patience)
    with _connection(path, read_only=True, patience=patience) as connection:
        _check_schema(connection, path)
        yield connection


@contextmanager
def write(path: Path, *, patience: float = PATIENCE) -> Iterator[duckdb.DuckDBPyConnection]:
    """The one writing connection to a store, made when it is not there; a transaction is the caller's business.

    Errors: as ``read``, and StoreError ``store-unwritable``.
    """
    if not path.exists():
        _create(path)
    _bring_up_to_date(path, patience)
    with _connection(path, read_only=False, patience=patience) as connection:
        _check_schema(connection, path)
        yield connection


@contextmanager
def attached(
    connection: duckdb.DuckDBPyConnection, path: Path, *, read_only: bool, patience: float = PATIENCE
) -> Iterator[None]:
    """The store as the database ``store`` of another connection, under the rules of ``read`` and ``write``.

    Errors: as ``read`` and ``write``.
    """
    if not read_only and not path.exists():
        _create(path)
    _bring_up_to_date(path, patience)
    mode = " (READ_ONLY)" if read_only else ""
    _wait(path, patience, lambda: connection.execute(f"ATTACH {literal(str(path))} AS store{mode}"))
    try:
        with _explained(path):
            _check_schema(connection, path, "store")
            yield
    finally:
        with suppress(duckdb.Error):
            connection.execute("DETACH store")


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All of it or nothing."""
    connection.execute("BEGIN TRANSACTION")
    try:
        yield
    except BaseException:
        with suppress(duckdb.Error):  # a store that has failed has rolled back already
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


@contextmanager
def _connection(path: Path, *, read_only: bool, patience: float) -> Iterator[duckdb.DuckDBPyConnection]:
    """The file as the default database of a connection, under a name of its own, and let go of in the end.

    A database of this process takes it in, in less than a millisecond; to begin a new one for each file takes fifteen.
    """
    instance = _host(os.getpid())
    name, mode = f"store_{next(_numbers)}", " (READ_ONLY)" if read_only else ""
    connection = instance.cursor()
    try:
        _wait(path, patience, lambda: connection.execute(f"ATTACH {literal(str(path))} AS {name}{mode}"))
        with _explained(path):
            connection.execute(f"USE {name}")
            connection.execute("SET TimeZone = 'UTC'")
            yield connection
    finally:
        connection.close()  # what was not committed is rolled back
        with suppress(duckdb.Error):  # where it was not attached there is nothing to let go of
            instance.execute(f"DETACH {name}")


_numbers = count()


@cache
def _host(_process: int) -> duckdb.DuckDBPyConnection:
    """The database that stores are attached to; by process, because it does not survive a fork."""
    return duckdb.connect(config={"temp_directory": "", "storage_compatibility_version": STORAGE})


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """What the file system or a damaged file does to a connection in use, in our words."""
    try:
        yield
    except (duckdb.IOException, duckdb.FatalException, duckdb.TransactionException) as error:
        if isinstance(error, duckdb.FatalException):
            _host.cache_clear()  # it would refuse every store from now on
        raise unusable(path, error) from None


def _wait(path: Path, patience: float, opening: Callable[[], duckdb.DuckDBPyConnection]) -> duckdb.DuckDBPyConnection:
    """Open the store, trying again for ``patience`` seconds while somebody else holds the file."""
    deadline = time.monotonic() + patience
    pause = 0.01
    while True:
        try:
            return opening()
        except duckdb.Error as error:
            who = holder(error)
            if who is None:
                raise unusable(path, error) from None
            if time.monotonic() >= deadline:
                raise locked(path, who, error) from None
        time.sleep(pause)
        pause = min(pause * 1.5, 0.2)


def _create(path: Path) -> None:
    """Make an empty store under another name first: a kill half way leaves nothing that looks like a store."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(path, error) from None
    fresh = temporary_of(path)
    try:
        with _connection(fresh, read_only=False, patience=0) as connection:
            connection.execute(resources.files(__package__).joinpath("schema.sql").read_text(encoding="utf-8"))
            connection.execute("CHECKPOINT")  # closing does it too, and keeps silent when the disk is full
        with suppress(FileExistsError):  # another process was quicker: its store is as good
            os.link(fresh, path)
    except OSError as error:
        raise unwritable(path, error) from None
    finally:
        for left in (fresh, fresh.with_name(f"{fresh.name}.wal")):
            left.unlink(missing_ok=True)


_current: set[tuple[str, int]] = set()
"""Stores that this process has found to be of the latest schema, by path and the file's own number."""


def _bring_up_to_date(path: Path, patience: float) -> None:
    """Migrate a store of an older schema; whoever opens it first pays for it."""
    if not path.is_file() or (str(path), path.stat().st_ino) in _current:
        return
    with _connection(path, read_only=True, patience=patience) as connection:
        version = _schema_version(connection)
    if version is not None and OLDEST <= version < SCHEMA_VERSION:
        _migrate(path, patience, version)
    if version is not None and version >= OLDEST:
        _current.add((str(path), path.stat().st_ino))


def _migrate(path: Path, patience: float, version: int) -> None:
    try:
        with _connection(path, read_only=False, patience=patience) as connection, transaction(connection):
            migrate(connection, _schema_version(connection) or version)  # another process may have been quicker
    except StoreError as error:
        if error.code != "store-unwritable":
            raise
        raise StoreError(
            f"the store {path} is of schema {version}, this candlewick reads {SCHEMA_VERSION}, and it cannot be brought"
            f" up to date: {error.what}",
            code=error.code,
            hint="open it where it can be written, with `wick debug` for instance",
        ) from None


def _schema_version(connection: duckdb.DuckDBPyConnection, database: str = "") -> int | None:
    """The schema of a store, by default of the one in use; None for a file of another program."""
    place = f"{quote(database)}." if database else ""
    try:
        ((version,),) = connection.execute(f"SELECT max(version) FROM {place}wick.schema_version").fetchall()
    except (duckdb.CatalogException, duckdb.BinderException):  # there is no such table, or it is another's
        return None
    return None if version is None else int(version)


def _check_schema(connection: duckdb.DuckDBPyConnection, path: Path, database: str = "") -> None:
    """Refuse what another program or another candlewick wrote."""
    version = _schema_version(connection, database)
    if version is None:
        listing = (
            "SELECT table_name FROM duckdb_tables() WHERE database_name = coalesce(?, current_database())"
            " ORDER BY table_name LIMIT 3"
        )
        found = ", ".join(name for (name,) in connection.execute(listing, [database or None]).fetchall()) or "no tables"
        raise StoreError(
            f"{path} is a DuckDB file of another program: it holds {found}",
            code="store-foreign",
            hint="point store: in wick.yml at a file of its own",
        )
    if version != SCHEMA_VERSION:
        newer = version > SCHEMA_VERSION
        raise StoreError(
            f"the store {path} has schema {version}; this candlewick reads schema {SCHEMA_VERSION}",
            code="store-newer" if newer else "store-older",
            hint="upgrade candlewick" if newer else f"remove {path.name} and run `wick build`: the source rebuilds it",
        )
