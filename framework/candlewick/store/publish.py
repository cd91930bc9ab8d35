"""Publishing: what a run has built becomes what users can query, all of it or none of it, in one short transaction."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import duckdb

from candlewick.errors import StoreError
from candlewick.store.catalog import FILENAME, Catalog, read_catalog, write_catalog
from candlewick.store.connection import quote, read, transaction, write
from candlewick.store.parts import Part, sweep
from candlewick.store.views import model_query

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_PART = "model, nullif(grp, ''), symbol, path, columns, row_count, first_ts, last_ts, digest"


@dataclass(frozen=True)
class Run:
    """One run as the store remembers it; ``facts`` is anything JSON holds (toggles, versions, timings)."""

    id: str
    command: str
    status: str
    started: datetime
    finished: datetime
    facts: Mapping[str, object] = field(default_factory=dict)


def publish(
    target: Path,
    store: Path,
    parts: Sequence[Part],
    run: Run,
    columns: Mapping[str, Sequence[str]],
    *,
    drop_others: bool = False,
) -> Catalog:
    """Publish parts that are written: ledger, views and run record together, then the catalog; return the catalog.

    ``columns`` gives, for every model in ``parts``, the names of its columns in the order they were defined. The parts
    replace those of the same model, group and symbol. ``drop_others`` (a run of everything) also takes away every
    model, group and symbol that is not in ``parts``. A kill before the commit leaves the former state, a kill after
    it the new one; ``recover`` completes a catalog that was not written.

    Errors: StoreError ``store-name`` when a model has the name of a table, and those of ``write``.
    """
    for part in parts:
        if part.model not in columns:
            raise ValueError(f"columns lacks the model {part.model}")
    with write(store) as connection:
        with transaction(connection):
            known = set(_columns(connection))
            _replace_ledger(connection, parts, run, columns, drop_others=drop_others)
            _insert_run(connection, run)
            catalog = _catalog(connection, run.id)
            _show(connection, target, catalog, known)
        connection.execute("CHECKPOINT")
        write_catalog(target, catalog)  # while the store is ours: an older catalog cannot come after a newer one
    return catalog


def record_run(store: Path, run: Run) -> None:
    """Remember a run that publishes nothing, such as one that failed."""
    with write(store) as connection:
        _insert_run(connection, run)


def read_runs(store: Path) -> list[Run]:
    """Every run the store remembers, the oldest first."""
    query = (
        "SELECT id, command, status, epoch_us(started), epoch_us(finished), facts FROM wick.runs ORDER BY started, id"
    )
    with read(store) as connection:
        rows = connection.execute(query).fetchall()

    def moment(microseconds: int) -> datetime:
        return datetime.fromtimestamp(microseconds / 1e6, UTC)

    return [
        Run(key, command, status, moment(start), moment(end), json.loads(facts))
        for key, command, status, start, end, facts in rows
    ]


def recover(target: Path, store: Path) -> list[str]:
    """Make catalog, views and parts agree with the ledger; return the files that were swept.

    For the start of a run: a killed run may have left parts nobody owns, or a catalog one run behind the ledger, and a
    project that was moved has views that look in its old place.
    """
    if store.exists():
        with read(store) as connection:
            catalog = _catalog(connection)
            moved = _home(connection) not in ("", str(target.absolute()))
        stale = (catalog.parts or (target / FILENAME).exists()) and not _is_current(target, catalog)
        if moved or stale:
            _repair(target, store)
    return sweep(target, lambda: _published(store))


def _repair(target: Path, store: Path) -> None:
    """Make views and catalog anew; the ledger is read again, for another run may have published meanwhile."""
    with write(store) as connection:
        catalog = _catalog(connection)
        with transaction(connection):
            _show(connection, target, catalog, set(catalog.columns))
        write_catalog(target, catalog)


def _published(store: Path) -> set[str]:
    if not store.exists():
        return set()
    with read(store) as connection:
        return {path for (path,) in connection.execute("SELECT path FROM wick.parts").fetchall()}


def _is_current(target: Path, catalog: Catalog) -> bool:
    try:
        return read_catalog(target) == catalog
    except StoreError:
        return False


def _replace_ledger(
    connection: duckdb.DuckDBPyConnection,
    parts: Sequence[Part],
    run: Run,
    columns: Mapping[str, Sequence[str]],
    *,
    drop_others: bool,
) -> None:
    rows = [
        (
            part.model, part.group or "", part.symbol, part.path, json.dumps(part.columns), part.rows,
            part.first_ts, part.last_ts, part.digest, run.id,
        )
        for part in parts
    ]  # fmt: skip
    if drop_others:
        connection.execute("DELETE FROM wick.parts")
        connection.execute("DELETE FROM wick.models")
    if rows:
        names = ("model", "grp", "symbol", "path", "columns", "row_count", "first_ts", "last_ts", "digest", "run")
        listed = [list(column) for column in zip(*rows, strict=True)]
        unnested = ", ".join(f"unnest(?) AS {name}" for name in names)
        connection.execute(f"CREATE TEMP TABLE fresh AS SELECT {unnested}", listed)
        connection.execute(
            "DELETE FROM wick.parts AS old USING fresh"
            " WHERE old.model = fresh.model AND old.grp = fresh.grp AND old.symbol = fresh.symbol"
        )
        connection.execute("INSERT INTO wick.parts SELECT * FROM fresh")
        connection.execute("DROP TABLE fresh")
    for model in sorted({part.model for part in parts}):
        connection.execute(
            "INSERT OR REPLACE INTO wick.models VALUES (?, ?)", [model, json.dumps(list(columns[model]))]
        )


def _insert_run(connection: duckdb.DuckDBPyConnection, run: Run) -> None:
    connection.execute(
        "INSERT INTO wick.runs VALUES (?, ?, ?, ?::TIMESTAMPTZ, ?::TIMESTAMPTZ, ?)",
        [run.id, run.command, run.status, run.started.isoformat(), run.finished.isoformat(), json.dumps(run.facts)],
    )


def _columns(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, ...]]:
    rows = connection.execute("SELECT model, columns FROM wick.models ORDER BY model").fetchall()
    return {model: tuple(json.loads(names)) for model, names in rows}


def _catalog(connection: duckdb.DuckDBPyConnection, run: str | None = None) -> Catalog:
    """The catalog the ledger describes."""
    if run is None:
        latest = "SELECT run FROM wick.parts JOIN wick.runs ON run = id ORDER BY finished DESC LIMIT 1"
        run = next((found for (found,) in connection.execute(latest).fetchall()), "")
    rows = connection.execute(f"SELECT {_PART} FROM wick.parts ORDER BY model, grp, symbol, path").fetchall()
    parts = (
        Part(model, group, symbol, path, tuple((name, kind) for name, kind in json.loads(columns)), *rest)
        for model, group, symbol, path, columns, *rest in rows
    )
    return Catalog(run, _columns(connection), tuple(parts))


def _home(connection: duckdb.DuckDBPyConnection) -> str:
    found = connection.execute("SELECT value FROM wick.settings WHERE name = 'target'").fetchall()
    return str(found[0][0]) if found else ""


def _show(connection: duckdb.DuckDBPyConnection, target: Path, catalog: Catalog, known: set[str]) -> None:
    """Make the views of a catalog; drop those of models that are gone (``known`` had views before)."""
    by_model: dict[str, list[Part]] = defaultdict(list)
    for part in catalog.parts:
        by_model[part.model].append(part)
    for model in sorted(known - set(by_model)):
        connection.execute(f"DROP VIEW IF EXISTS {quote(model)}")
    for model, parts in by_model.items():
        query = model_query(target, catalog.columns[model], parts)
        try:
            connection.execute(f"CREATE OR REPLACE VIEW {quote(model)} AS {query}")
        except duckdb.CatalogException:
            raise StoreError(
                f"the model '{model}' has the name of a table in the store",
                code="store-name",
                hint="rename the module",
            ) from None
    connection.execute("INSERT OR REPLACE INTO wick.settings VALUES ('target', ?)", [str(target.absolute())])
