"""A store of an older schema is brought up to date by whoever opens it, and loses nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from candlewick.commands.build import build
from candlewick.errors import StoreError
from candlewick.run.options import Options
from candlewick.store.bundles import write_part
from candlewick.store.candles import data_versions, month_versions
from candlewick.store.catalog import read_catalog, read_frame
from candlewick.store.connection import read
from candlewick.store.parts import read_part
from candlewick.store.publish import recover

FEATURES = "def ret(close: pd.Series) -> pd.Series:\n    return close / close.shift(1) - 1\n"
OLD = Path(__file__).with_name("schema_1.sql").read_text()


@pytest.fixture
def older(tiny):
    """A built project whose store is what the first schema would hold."""
    project = tiny(FEATURES)
    assert build(project, "build", Options(threads=1)).published
    versions, catalog = month_versions(project.store), _one_symbol_each(project.target)
    old = project.store.with_name("old.duckdb")
    with duckdb.connect(str(old)) as connection:
        connection.execute(OLD)
        connection.execute(f"ATTACH '{project.store}' AS new (READ_ONLY)")
        for table in ("candles", "wick.settings", "wick.files", "wick.gaps", "wick.runs"):
            connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM new.{table}")
        connection.execute(
            "INSERT INTO wick.data_versions SELECT symbol, month, version, candles, first_ts, last_ts FROM new.wick.data_versions"
        )
        for part in catalog.parts:
            values = [
                part.path,
                json.dumps(part.columns),
                part.rows,
                part.first_ts,
                part.last_ts,
                part.digest,
                catalog.run,
            ]
            connection.execute(
                "INSERT INTO wick.parts BY NAME SELECT ? AS model, '' AS grp, ? AS symbol, ? AS path, ? AS columns,"
                " ? AS row_count, ? AS first_ts, ? AS last_ts, ? AS digest, ? AS run",
                [part.model, part.symbol, *values],
            )
        connection.execute("INSERT INTO wick.models BY NAME SELECT * EXCLUDE (arm) FROM new.wick.models")
        connection.execute("DETACH new")
    old.replace(project.store)
    return project, versions, catalog


def _one_symbol_each(target):
    """The catalog as it was when every file held one symbol, with files that do."""
    catalog = read_catalog(target)
    parts = [write_part(target, one.model, one.group, one.symbol, read_part(target, one)) for one in catalog.parts]
    return replace(catalog, parts=tuple(parts))


def test_an_older_store_is_migrated_and_loses_nothing(older):
    project, versions, catalog = older
    with read(project.store) as connection:
        assert connection.execute("SELECT max(version) FROM wick.schema_version").fetchall() == [(3,)]
        assert connection.execute("SELECT count(*) FROM candles").fetchall() == [(80,)]
    assert month_versions(project.store) == versions
    recover(project.target, project.store)
    assert read_catalog(project.target).parts == catalog.parts
    assert len(read_frame(project.target, "moves")) == 80
    before = data_versions(project.store)
    outcome = build(project, "build", Options(threads=1))
    assert [result.status for result in outcome.results if result.kind == "model"] == ["BUILT"]
    assert data_versions(project.store) == before
    assert [result.status for result in build(project, "run", Options(threads=1)).results] == ["REUSED"]


def test_a_migration_that_fails_leaves_the_store_as_it_was(older, monkeypatch):
    project, _, _ = older

    def fail(*_):
        raise StoreError("no", code="store-damaged")

    monkeypatch.setattr("candlewick.store.versions.month_hashes", fail)
    with pytest.raises(StoreError), read(project.store):
        pass
    with duckdb.connect(str(project.store), read_only=True) as connection:
        assert connection.execute("SELECT max(version) FROM wick.schema_version").fetchall() == [(1,)]
        assert connection.execute("SELECT count(*) FROM wick.parts").fetchall() != [(0,)]
