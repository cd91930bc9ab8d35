"""Stores of earlier schemas, made of one of today: in those a Parquet file held the rows of one symbol."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import duckdb

from candlewick.store.bundles import write_part
from candlewick.store.connection import read
from candlewick.store.ledger import FORMER, read_holdings
from candlewick.store.parts import read_part

SCHEMAS = {version: Path(__file__).with_name(f"schema_{version}.sql").read_text() for version in (1, 2, 3)}
SAME = {
    1: ("candles", "wick.settings", "wick.gaps", "wick.runs"),
    2: ("candles", "wick.settings", "wick.data_versions", "wick.restated", "wick.gaps", "wick.holdings",
        "wick.recipes", "wick.snapshots", "wick.states", "wick.layouts", "wick.tested", "wick.models", "wick.runs"),
}  # fmt: skip
SAME[3] = (*SAME[2], "wick.parts", "wick.part_files")
"""The tables that are today what they were then."""
MONTHS = "SELECT symbol, month, version, candles, first_ts, last_ts FROM new.wick.data_versions"


def make_older(project, version):
    """Put a store of an earlier schema in the place of a project's: the first knew one arm and no recipes."""
    with read(project.store) as connection:
        held = read_holdings(connection)
        runs = dict(connection.execute("SELECT (arm, model, grp, symbol), run FROM wick.holdings").fetchall())
    old = project.store.with_name("old.duckdb")
    with duckdb.connect(str(old)) as connection:
        connection.execute(SCHEMAS[version])
        connection.execute(f"ATTACH '{project.store}' AS new (READ_ONLY)")
        for table in SAME[version]:
            connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM new.{table}")
        connection.execute("INSERT INTO wick.files SELECT id, path, content, 0 FROM new.wick.files")
        if version == 2:  # nothing was held again then
            connection.execute(f"DELETE FROM wick.holdings WHERE contains(arm, '{FORMER}')")
        if version == 1:
            connection.execute(f"INSERT INTO wick.data_versions {MONTHS}")
            connection.execute(
                "INSERT INTO wick.models BY NAME SELECT * EXCLUDE (arm) FROM new.wick.models WHERE arm = 'main'"
            )
        for arm, holdings in held.items() if version < 3 else ():
            for part in (part for one in holdings for part in one.parts if version == 2 or arm == "main"):
                _insert(connection, version, arm, _alone(project.target, part), runs)
        connection.execute("DETACH new")
    old.replace(project.store)


def one_symbol_each(target, catalog):
    """A catalog as it was when every file held one symbol, with files that do."""
    return replace(catalog, parts=tuple(_alone(target, part) for part in catalog.parts))


def _alone(target, part):
    return write_part(target, part.model, part.group, part.symbol, read_part(target, part), final=part.final)


def _insert(connection, version, arm, part, runs):
    row = {
        "model": part.model, "grp": part.group or "", "symbol": part.symbol, "path": part.path,
        "columns": json.dumps(part.columns), "row_count": part.rows, "first_ts": part.first_ts,
        "last_ts": part.last_ts, "digest": part.digest,
    }  # fmt: skip
    run = runs[arm, part.model, part.group or "", part.symbol]
    row |= {"run": run} if version == 1 else {"arm": arm, "final": part.final}
    named = ", ".join(f"? AS {name}" for name in row)
    connection.execute(f"INSERT INTO wick.parts BY NAME SELECT {named}", list(row.values()))
