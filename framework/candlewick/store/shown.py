"""What an arm shows: its catalog, as the ledger describes it, and its views."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING

import duckdb

from candlewick.errors import StoreError
from candlewick.project.project import MAIN
from candlewick.store.catalog import Catalog, in_order
from candlewick.store.connection import quote
from candlewick.store.ledger import read_holdings
from candlewick.store.views import model_query

if TYPE_CHECKING:
    from pathlib import Path

    from candlewick.store.parts import Part


def catalog_of(connection: duckdb.DuckDBPyConnection, arm: str, run: str | None = None) -> Catalog:
    """The catalog the ledger describes: what the arm shows."""
    run = latest_run(connection, arm) if run is None else run
    holdings = read_holdings(connection).get(arm, ())
    parts = in_order(part for holding in holdings if holding.shown for part in holding.parts)
    held: dict[str, set[str]] = defaultdict(set)
    for part in parts:
        held[part.model].update(name for name, _ in part.columns)
    columns = {
        model: tuple(name for name in names if name in held[model])
        for model, names in columns_of(connection, arm).items()
        if model in held
    }
    return Catalog(run, columns, parts)


def show(connection: duckdb.DuckDBPyConnection, target: Path, catalog: Catalog, arm: str, known: set[str]) -> None:
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
    if home(connection) != str(target.absolute()):
        connection.execute("DELETE FROM wick.settings WHERE name = 'target'")
        connection.execute("INSERT INTO wick.settings VALUES ('target', ?)", [str(target.absolute())])


def home(connection: duckdb.DuckDBPyConnection) -> str:
    """The folder that the views look in; empty before there are any."""
    found = connection.execute("SELECT value FROM wick.settings WHERE name = 'target'").fetchall()
    return str(found[0][0]) if found else ""


def columns_of(connection: duckdb.DuckDBPyConnection, arm: str) -> dict[str, tuple[str, ...]]:
    """The columns of every model of an arm, in the order they were defined."""
    rows = connection.execute("SELECT model, columns FROM wick.models WHERE arm = ? ORDER BY model", [arm]).fetchall()
    return {model: tuple(json.loads(names)) for model, names in rows}


def latest_run(connection: duckdb.DuckDBPyConnection, arm: str) -> str:
    """The run that published what an arm holds; none where it holds nothing."""
    query = "SELECT run FROM wick.holdings JOIN wick.runs ON run = id WHERE arm = ? ORDER BY finished DESC LIMIT 1"
    return next((str(found) for (found,) in connection.execute(query, [arm]).fetchall()), "")
