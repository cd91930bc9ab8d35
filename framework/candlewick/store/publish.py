"""Publishing: what a run has built becomes what users can query, all of it or none of it, in one short transaction."""

from __future__ import annotations

import json
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import duckdb

from candlewick.errors import StoreError
from candlewick.project.project import MAIN
from candlewick.store.catalog import Catalog, arms, in_order, read_catalog, write_catalog
from candlewick.store.connection import cursor, quote, read, transaction, write
from candlewick.store.files import sweep_leftovers
from candlewick.store.former import forget, keep_found, set_aside
from candlewick.store.history import KEPT, kept_parts, prune, succeed
from candlewick.store.ledger import FORMER, insert, read_holdings, write_holdings
from candlewick.store.parts import Part, make_durable, sweep
from candlewick.store.snapshots import current_snapshots
from candlewick.store.states import write_states
from candlewick.store.views import model_query

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from candlewick.store.ledger import Holding, Recipe
    from candlewick.store.snapshots import Snapshot
    from candlewick.store.states import States


@dataclass(frozen=True)
class Run:
    """One run as the store remembers it; ``facts`` is anything JSON holds (toggles, versions, timings)."""

    id: str
    command: str
    status: str
    started: datetime
    finished: datetime
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Edition:
    """What one run makes of an arm.

    ``columns`` names the columns of every model it computed, in the order they were defined. ``shown`` are the models
    and groups that the arm's toggles leave on; what else the arm holds is kept and not shown. ``models`` are all
    there are: what the arm holds of others is forgotten, as it is of others than ``symbols``. ``seen`` are the candles
    the run decided by.
    """

    holdings: Sequence[Holding]
    columns: Mapping[str, Sequence[str]]
    shown: Collection[tuple[str, str | None]]
    models: Collection[str]
    symbols: Collection[str]
    seen: Mapping[str, Snapshot]
    recipes: Mapping[str, Recipe] = field(default_factory=dict)
    states: Mapping[tuple[str, str], States] = field(default_factory=dict)
    tested: Mapping[str, Any] = field(default_factory=dict)


def publish(target: Path, store: Path, edition: Edition, run: Run, arm: str = MAIN, kept: int = KEPT) -> Catalog:
    """Publish parts that are written: ledger, states, views and run record together, then the catalog; return it.

    ``kept`` editions of the arm that came before stay comparable.

    A kill before the commit leaves the former state, a kill after it the new one; ``recover`` completes a catalog that
    was not written.

    Errors: StoreError ``store-moved`` when an ingest changed the candles since the run began, ``store-name`` when a
    model has the name of a table, and those of ``write``.
    """
    make_durable(target, (part for holding in edition.holdings for part in holding.parts))
    with write(store) as connection:
        with transaction(connection):
            _refuse_moved(connection, edition.seen)
            known = set(_columns(connection, arm))
            before = _latest(connection, arm)
            changed = set_aside(connection, arm, edition.holdings, edition.models, before)
            write_holdings(connection, arm, edition.holdings, run.id)
            _write_models(connection, arm, edition)
            forget(connection, target, arm, before, kept)
            outdated = _outdated(connection, edition) if changed else {}
            _write_shared(connection, edition)
            _insert_run(connection, run)
            catalog = _catalog(connection, arm, run.id)
            _show(connection, target, catalog, arm, known)
        connection.execute("CHECKPOINT")
        catalog = succeed(target, catalog, arm)
        if outdated and kept:
            keep_found(target, arm, before, outdated)
        write_catalog(target, catalog, arm)  # while the store is ours: an older catalog cannot come after a newer one
        prune(target, arm, kept)
    return catalog


def is_latest(store: Path, run: str, seen: Mapping[str, Snapshot]) -> bool:
    """Whether nothing has happened to a store since a run published: no other run, no other candles."""
    with read(store) as connection:
        latest = connection.execute("SELECT id FROM wick.runs ORDER BY finished DESC, id DESC LIMIT 1").fetchall()
        return latest == [(run,)] and current_snapshots(connection) == dict(seen)


def read_runs(store: Path) -> list[Run]:
    """Every run that published, the oldest first."""
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
    """Make catalogs, views and parts agree with the ledger; return the files that were swept.

    For the start of a run: a killed run may have left parts nobody owns, or a catalog one run behind the ledger, and a
    project that was moved has views that look in its old place.
    """
    if store.exists():
        with read(store) as connection:
            catalogs = {arm: _catalog(connection, arm) for arm in _arms(connection)}
            moved = _home(connection) not in ("", str(target.absolute()))
        stale = [arm for arm, catalog in catalogs.items() if not _is_current(target, catalog, arm)]
        if moved or stale:
            _repair(target, store)
    sweep_leftovers(target)
    sweep_leftovers(store.parent, f"{store.name}*")
    return sweep(target, lambda: _published(store) | _shown(target) | kept_parts(target))


def _repair(target: Path, store: Path) -> None:
    """Make views and catalogs anew; the ledger is read again, for another run may have published meanwhile."""
    with write(store) as connection:
        catalogs = {arm: _catalog(connection, arm) for arm in _arms(connection)}
        with transaction(connection):
            for arm, catalog in catalogs.items():
                there = _readable(target, catalog)
                _show(connection, target, there, arm, set(there.columns))
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


def _refuse_moved(connection: duckdb.DuckDBPyConnection, seen: Mapping[str, Snapshot]) -> None:
    now = current_snapshots(connection)
    moved = sorted(symbol for symbol in now.keys() | seen.keys() if now.get(symbol) != seen.get(symbol))
    if moved:
        raise StoreError(
            f"an ingest changed the candles while this run computed ({', '.join(moved[:5])})",
            code="store-moved",
            hint="run again",
        )


def _write_models(connection: duckdb.DuckDBPyConnection, arm: str, edition: Edition) -> None:
    """Set the order of columns, hide what is off, forget what no longer exists: models, and symbols without candles."""
    connection.execute("CREATE OR REPLACE TEMP TABLE on_show (model VARCHAR, grp VARCHAR)")
    insert(connection, "on_show", [(model, group or "") for model, group in edition.shown])
    connection.execute(
        "UPDATE wick.holdings SET shown = ((model, grp) IN (SELECT (model, grp) FROM on_show)) WHERE arm = ?", [arm]
    )
    connection.execute("DROP TABLE on_show")
    gone = "arm = ? AND (model NOT IN (SELECT unnest(?)) OR symbol NOT IN (SELECT unnest(?)))"
    for table in ("holdings", "parts"):
        connection.execute(
            f"DELETE FROM wick.{table} WHERE {gone}", [arm, sorted(edition.models), sorted(edition.symbols)]
        )
    connection.execute(
        "DELETE FROM wick.models WHERE arm = ? AND (model IN (SELECT unnest(?)) OR model NOT IN (SELECT unnest(?)))",
        [arm, sorted(edition.columns), sorted(edition.models)],
    )
    insert(connection, "wick.models", [
        (arm, model, json.dumps(list(names))) for model, names in edition.columns.items()
    ])  # fmt: skip


def _write_shared(connection: duckdb.DuckDBPyConnection, edition: Edition) -> None:
    """Recipes, snapshots, states and test results are shared by all arms; those that nothing holds any more go."""
    known = {key for (key,) in connection.execute("SELECT id FROM wick.recipes").fetchall()}
    fresh = {key: recipe for key, recipe in edition.recipes.items() if key not in known}
    insert(connection, "wick.recipes", [(key, json.dumps(recipe)) for key, recipe in fresh.items()])
    known = {key for (key,) in connection.execute("SELECT id FROM wick.snapshots").fetchall()}
    seen = [(one.id, one.symbol, one.text) for one in edition.seen.values() if one.id not in known]
    insert(connection, "wick.snapshots", seen)
    write_states(connection, edition.states)
    known = {key for (key,) in connection.execute("SELECT id FROM wick.tested").fetchall()}
    found = [(key, json.dumps(result)) for key, result in edition.tested.items() if key not in known]
    insert(connection, "wick.tested", found)
    if edition.tested:
        connection.execute("DELETE FROM wick.tested WHERE id NOT IN (SELECT unnest(?))", [list(edition.tested)])
    connection.execute("DELETE FROM wick.part_files WHERE path NOT IN (SELECT path FROM wick.parts)")
    connection.execute("DELETE FROM wick.recipes WHERE id NOT IN (SELECT recipe FROM wick.holdings)")
    connection.execute("DELETE FROM wick.snapshots WHERE id NOT IN (SELECT snapshot FROM wick.holdings)")
    connection.execute(
        "DELETE FROM wick.beginnings AS b WHERE NOT EXISTS"
        " (SELECT 1 FROM wick.snapshots AS s WHERE s.symbol = b.symbol AND contains(s.months, b.version))"
    )
    connection.execute(
        "DELETE FROM wick.states WHERE (symbol, snapshot) NOT IN (SELECT (symbol, snapshot) FROM wick.holdings)"
    )
    current = [one.id for one in edition.seen.values()]  # a change that every holding has seen is no news
    connection.execute(
        "DELETE FROM wick.restated WHERE symbol NOT IN"
        " (SELECT symbol FROM wick.holdings WHERE snapshot NOT IN (SELECT unnest(?))"
        f" AND NOT contains(arm, '{FORMER}'))",
        [current],
    )
    connection.execute("DELETE FROM wick.layouts WHERE id NOT IN (SELECT layout FROM wick.states)")


def _outdated(connection: duckdb.DuckDBPyConnection, edition: Edition) -> dict[str, Any]:
    """What tests found that is not of the edition, by id."""
    if not edition.tested:
        return {}
    query = "SELECT id, found FROM wick.tested WHERE id NOT IN (SELECT unnest(?))"
    return {key: json.loads(text) for key, text in connection.execute(query, [list(edition.tested)]).fetchall()}


def _insert_run(connection: duckdb.DuckDBPyConnection, run: Run) -> None:
    connection.execute(
        "INSERT INTO wick.runs VALUES (?, ?, ?, ?::TIMESTAMPTZ, ?::TIMESTAMPTZ, ?)",
        [run.id, run.command, run.status, run.started.isoformat(), run.finished.isoformat(), json.dumps(run.facts)],
    )


def _columns(connection: duckdb.DuckDBPyConnection, arm: str) -> dict[str, tuple[str, ...]]:
    rows = connection.execute("SELECT model, columns FROM wick.models WHERE arm = ? ORDER BY model", [arm]).fetchall()
    return {model: tuple(json.loads(names)) for model, names in rows}


def _catalog(connection: duckdb.DuckDBPyConnection, arm: str, run: str | None = None) -> Catalog:
    """The catalog the ledger describes: what the arm shows."""
    run = _latest(connection, arm) if run is None else run
    holdings = read_holdings(connection).get(arm, ())
    parts = in_order(part for holding in holdings if holding.shown for part in holding.parts)
    held: dict[str, set[str]] = defaultdict(set)
    for part in parts:
        held[part.model].update(name for name, _ in part.columns)
    columns = {
        model: tuple(name for name in names if name in held[model])
        for model, names in _columns(connection, arm).items()
        if model in held
    }
    return Catalog(run, columns, parts)


def _latest(connection: duckdb.DuckDBPyConnection, arm: str) -> str:
    """The run that published what an arm holds; none where it holds nothing."""
    query = "SELECT run FROM wick.holdings JOIN wick.runs ON run = id WHERE arm = ? ORDER BY finished DESC LIMIT 1"
    return next((str(found) for (found,) in connection.execute(query, [arm]).fetchall()), "")


def _home(connection: duckdb.DuckDBPyConnection) -> str:
    found = connection.execute("SELECT value FROM wick.settings WHERE name = 'target'").fetchall()
    return str(found[0][0]) if found else ""


def _show(connection: duckdb.DuckDBPyConnection, target: Path, catalog: Catalog, arm: str, known: set[str]) -> None:
    """Make the views of a catalog, in the schema of its arm; drop those of models that are gone."""
    by_model: dict[str, list[Part]] = defaultdict(list)
    for part in catalog.parts:
        by_model[part.model].append(part)
    if arm != MAIN:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quote(arm)}")
    for model in sorted(known - set(by_model)):
        connection.execute(f"DROP VIEW IF EXISTS {quote(arm)}.{quote(model)}")
    for model, parts in by_model.items():
        query = model_query(target, catalog.columns[model], parts)
        try:
            connection.execute(f"CREATE OR REPLACE VIEW {quote(arm)}.{quote(model)} AS {query}")
        except duckdb.CatalogException:
            raise StoreError(
                f"the model '{model}' has the name of a table in the store",
                code="store-name",
                hint="rename the module",
            ) from None
    connection.execute("INSERT OR REPLACE INTO wick.settings VALUES ('target', ?)", [str(target.absolute())])
