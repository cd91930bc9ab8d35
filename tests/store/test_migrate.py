"""A store of an older schema is brought up to date by whoever opens it, and loses nothing."""

from __future__ import annotations

from contextlib import contextmanager

import duckdb
import pytest

from candlewick.commands.build import build
from candlewick.errors import StoreError
from candlewick.run.options import Options
from candlewick.store import connection
from candlewick.store.candles import data_versions, month_versions
from candlewick.store.catalog import read_catalog, read_frame
from candlewick.store.connection import read
from candlewick.store.reasons import unwritable
from candlewick.store.recover import recover

from .aged import make_older, one_symbol_each

FEATURES = "def ret(close: pd.Series) -> pd.Series:\n    return close / close.shift(1) - 1\n"


@pytest.fixture
def older(tiny):
    """A built project whose store is what the first schema would hold."""
    project = tiny(FEATURES)
    assert build(project, "build", Options(threads=1)).published
    versions, catalog = month_versions(project.store), one_symbol_each(project.target, read_catalog(project.target))
    make_older(project, 1)
    return project, versions, catalog


def test_an_older_store_is_migrated_and_loses_nothing(older):
    project, versions, catalog = older
    with read(project.store) as store:
        assert store.execute("SELECT max(version) FROM wick.schema_version").fetchall() == [(4,)]
        assert store.execute("SELECT count(*) FROM candles").fetchall() == [(80,)]
    assert month_versions(project.store) == versions
    recover(project.target, project.store)
    assert read_catalog(project.target).parts == catalog.parts
    assert len(read_frame(project.target, "moves")) == 80
    before = data_versions(project.store)
    outcome = build(project, "build", Options(threads=1))
    assert [result.status for result in outcome.results if result.kind == "model"] == ["BUILT"]
    assert data_versions(project.store) == before
    assert [result.status for result in build(project, "run", Options(threads=1)).results] == ["REUSED"]


def test_who_waited_for_another_to_migrate_does_not_do_it_again(older, monkeypatch):
    """Two processes have seen the older schema; the second gets the store when the first is done with it."""
    project, versions, _ = older
    opened = connection._connection

    @contextmanager
    def interrupted(path, *, read_only, patience):
        with opened(path, read_only=read_only, patience=patience) as found:
            yield found
        if read_only:
            monkeypatch.setattr(connection, "_connection", opened)
            connection._bring_up_to_date(path, 0.0)
            connection._current.clear()

    monkeypatch.setattr(connection, "_connection", interrupted)
    connection._current.clear()
    assert month_versions(project.store) == versions


def test_a_store_that_cannot_be_migrated_where_it_is_says_so(older, monkeypatch):
    project, _, _ = older

    def refused(path, *, read_only, patience):
        if not read_only:
            raise unwritable(path, OSError("Read-only file system"))
        return opened(path, read_only=read_only, patience=patience)

    opened = connection._connection
    monkeypatch.setattr(connection, "_connection", refused)
    with pytest.raises(StoreError, match=r"of schema 1, this candlewick reads \d, and it cannot be brought up to date"):
        month_versions(project.store)


def test_a_migration_that_fails_leaves_the_store_as_it_was(older, monkeypatch):
    project, _, _ = older

    def fail(*_):
        raise StoreError("no", code="store-damaged")

    monkeypatch.setattr("candlewick.store.versions.month_hashes", fail)
    with pytest.raises(StoreError), read(project.store):
        pass
    with duckdb.connect(str(project.store), read_only=True) as store:
        assert store.execute("SELECT max(version) FROM wick.schema_version").fetchall() == [(1,)]
        assert store.execute("SELECT count(*) FROM wick.parts").fetchall() != [(0,)]


@pytest.mark.parametrize("version", [2, 3])
def test_a_store_that_knew_recipes_and_states_is_reused(tiny, version):
    """In the second schema, files held one symbol each; in the third, nothing was said of their beginnings."""
    project = tiny(FEATURES)
    assert build(project, "build", Options(threads=1)).published
    make_older(project, version)
    assert [result.status for result in build(project, "run", Options(threads=1)).results] == ["REUSED"]
