"""Recovery: what a killed run left, or a moved project, is made to agree with the ledger before the next run."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import duckdb

from candlewick.errors import StoreError
from candlewick.store.catalog import arms, read_catalog, write_catalog
from candlewick.store.connection import cursor, read, transaction, write
from candlewick.store.files import sweep_leftovers
from candlewick.store.history import kept_parts, succeed
from candlewick.store.ledger import FORMER
from candlewick.store.parts import sweep
from candlewick.store.shown import catalog_of, home, show
from candlewick.store.views import model_query

if TYPE_CHECKING:
    from pathlib import Path

    from candlewick.store.catalog import Catalog


def recover(target: Path, store: Path) -> list[str]:
    """Make catalogs, views and parts agree with the ledger; return the files that were swept.

    For the start of a run: a killed run may have left parts nobody owns, or a catalog one run behind the ledger, and a
    project that was moved has views that look in its old place.
    """
    if store.exists():
        with read(store) as connection:
            catalogs = {arm: catalog_of(connection, arm) for arm in _arms(connection)}
            moved = home(connection) not in ("", str(target.absolute()))
        stale = [arm for arm, catalog in catalogs.items() if not _is_current(target, catalog, arm)]
        if moved or stale:
            _repair(target, store)
    sweep_leftovers(target)
    sweep_leftovers(store.parent, f"{store.name}*")
    return sweep(target, lambda: _published(store) | _shown(target) | kept_parts(target))


def _repair(target: Path, store: Path) -> None:
    """Make views and catalogs anew; the ledger is read again, for another run may have published meanwhile."""
    with write(store) as connection:
        catalogs = {arm: catalog_of(connection, arm) for arm in _arms(connection)}
        with transaction(connection):
            for arm, catalog in catalogs.items():
                there = _readable(target, catalog)
                show(connection, target, there, arm, set(there.columns))
        for arm, catalog in catalogs.items():
            write_catalog(target, succeed(target, catalog, arm), arm)


def _readable(target: Path, catalog: Catalog) -> Catalog:
    """A catalog without the models that have a file which is gone or damaged: no view can be made of those."""

    def is_readable(model: str) -> bool:
        try:
            with cursor() as connection:
                connection.execute(f"DESCRIBE {model_query(target, catalog.columns[model], catalog.of(model))}")
        except duckdb.Error:
            return False
        return True

    columns = {model: names for model, names in catalog.columns.items() if is_readable(model)}
    return replace(catalog, columns=columns, parts=tuple(part for part in catalog.parts if part.model in columns))


def _arms(connection: duckdb.DuckDBPyConnection) -> list[str]:
    return [arm for (arm,) in connection.execute("SELECT DISTINCT arm FROM wick.models ORDER BY arm").fetchall()]


def _published(store: Path) -> set[str]:
    if not store.exists():
        return set()
    with read(store) as connection:
        query = f"SELECT path FROM wick.parts WHERE NOT contains(arm, '{FORMER}')"
        return {path for (path,) in connection.execute(query).fetchall()}


def _shown(target: Path) -> set[str]:
    """The parts of every catalog: those of a store that was lost, and is made anew, are shown until a run publishes."""
    found: set[str] = set()
    for arm in arms(target):
        with suppress(StoreError):
            found |= {part.path for part in read_catalog(target, arm).parts}
    return found


def _is_current(target: Path, catalog: Catalog, arm: str) -> bool:
    try:
        return read_catalog(target, arm) == catalog
    except StoreError:
        return False
