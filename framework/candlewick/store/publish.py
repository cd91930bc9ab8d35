"""Publishing: what a run has built becomes what users can query, all of it or none of it, in one short transaction."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from candlewick.errors import StoreError
from candlewick.project.project import MAIN
from candlewick.store.catalog import write_catalog
from candlewick.store.connection import read, transaction, write
from candlewick.store.former import forget, keep_found, set_aside
from candlewick.store.history import KEPT, prune, succeed
from candlewick.store.ledger import FORMER, insert, write_holdings
from candlewick.store.parts import make_durable
from candlewick.store.shown import catalog_of, columns_of, latest_run, show
from candlewick.store.snapshots import current_snapshots
from candlewick.store.states import write_states

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    import duckdb

    from candlewick.store.catalog import Catalog
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
            known = set(columns_of(connection, arm))
            before = latest_run(connection, arm)
            changed = set_aside(connection, arm, edition.holdings, edition.models, before)
            write_holdings(connection, arm, edition.holdings, run.id)
            _write_models(connection, arm, edition)
            forget(connection, target, arm, before, kept)
            outdated = _outdated(connection, edition) if changed else {}
            _write_shared(connection, edition)
            _insert_run(connection, run)
            catalog = catalog_of(connection, arm, run.id)
            show(connection, target, catalog, arm, known)
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
