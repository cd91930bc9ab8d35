"""What is written is what readers of Parquet read: DuckDB, and pyarrow itself."""

from __future__ import annotations

import itertools

import duckdb
import numpy as np
import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from candlewick.store import parquet
from candlewick.store.parquet import TIME, Column, write_parquet

FLOATS = st.floats(allow_nan=False)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=9)
VALUES = {"DOUBLE": FLOATS, "BOOLEAN": st.booleans(), "BIGINT": st.integers(-(2**63), 2**63 - 1), "VARCHAR": TEXTS}
DTYPES = {"DOUBLE": np.float64, "BOOLEAN": bool, "BIGINT": np.int64, "VARCHAR": object, TIME: np.int64}


def write(path, symbols, columns):
    count = sum(rows for _, rows in symbols)
    times = np.concatenate([np.arange(rows, dtype=np.int64) for _, rows in symbols] or [np.empty(0, np.int64)])
    whole = [Column("ts", TIME, times * 60_000_000), *columns]

    def rows(start, stop):
        for one in whole:
            assert len(one.values) == count
            valid = None if one.valid is None else one.valid[start:stop]
            yield Column(one.name, one.kind, one.values[start:stop], valid)

    with path.open("wb") as file:
        write_parquet(file, symbols, [(one.name, one.kind) for one in columns], rows)


@st.composite
def tables(draw):
    names = draw(st.lists(TEXTS, min_size=1, max_size=6, unique=True))
    symbols = [(name, draw(st.integers(0, 20))) for name in names]
    count = sum(rows for _, rows in symbols)
    columns = {}
    for number, kind in enumerate(draw(st.lists(st.sampled_from(list(VALUES)), max_size=5))):
        held = st.none() | VALUES[kind] if draw(st.booleans()) else VALUES[kind]
        warm_up = draw(st.integers(0, count))
        values = draw(st.lists(held, min_size=count, max_size=count))
        columns[f"c{number}"] = kind, [None] * warm_up + values[warm_up:] if draw(st.booleans()) else values
    return symbols, columns


NUMBERS = itertools.count()


def column(name, kind, values):
    valid = np.array([value is not None for value in values], dtype=bool)
    plain = [{"VARCHAR": ""}.get(kind, 0) if value is None else value for value in values]
    return Column(name, kind, np.array(plain, dtype=DTYPES[kind]), None if valid.all() else valid)


@given(tables(), st.sampled_from([8, 24, 122_880]))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_value_survives(tmp_path, monkeypatch, table, group):
    monkeypatch.setattr(parquet, "ROW_GROUP", group)
    symbols, columns = table
    path = tmp_path / f"{next(NUMBERS)}.parquet"  # older DuckDBs remember what a file of this name held
    write(path, symbols, [column(name, kind, values) for name, (kind, values) in columns.items()])
    said = [symbol for symbol, rows in symbols for _ in range(rows)]
    back = duckdb.sql(f"SELECT * REPLACE (epoch_ms(ts) AS ts) FROM read_parquet('{path}')")
    rows = list(zip(*back.fetchall(), strict=True)) or [()] * len(back.columns)
    assert back.columns == ["symbol", "ts", *columns]
    assert list(rows[0]) == said
    assert list(rows[1]) == [number * 60_000 for _, count in symbols for number in range(count)]
    for found, (_, values) in zip(rows[2:], columns.values(), strict=True):
        assert [repr(value) for value in found] == [repr(value) for value in values]
    other = pyarrow.parquet.read_table(path)
    assert other.column("symbol").to_pylist() == said
    for name, (_, values) in columns.items():
        assert [repr(value) for value in other.column(name).to_pylist()] == [repr(value) for value in values]


def test_the_types_are_those_of_tables(tmp_path):
    path = tmp_path / "t.parquet"
    kinds = {"a": "DOUBLE", "b": "BOOLEAN", "c": "BIGINT", "d": TIME, "e": "VARCHAR"}
    write(path, [("X", 1)], [column(name, kind, [None]) for name, kind in kinds.items()])
    described = duckdb.sql(f"DESCRIBE SELECT * FROM read_parquet('{path}')").fetchall()
    assert {name: kind for name, kind, *_ in described} == {"symbol": "VARCHAR", "ts": TIME, **kinds}
    assert str(pyarrow.parquet.read_schema(path).field("d").type) == "timestamp[us, tz=UTC]"


@pytest.mark.parametrize("count", [1, 7, 8, 9, 300])
def test_many_symbols_and_what_readers_skip_by(tmp_path, monkeypatch, count):
    monkeypatch.setattr(parquet, "ROW_GROUP", 64)
    path = tmp_path / "t.parquet"
    symbols = [(f"S{number:04d}", 3) for number in range(count)]
    write(path, symbols, [Column("x", "DOUBLE", np.arange(3.0 * count))])
    last = symbols[-1][0]
    found = duckdb.sql(f"SELECT x FROM read_parquet('{path}') WHERE symbol = '{last}'").fetchall()
    assert found == [(3.0 * count - 3,), (3.0 * count - 2,), (3.0 * count - 1,)]
    held = pyarrow.parquet.ParquetFile(path).metadata
    groups = [held.row_group(number).column(0).statistics for number in range(held.num_row_groups)]
    assert (groups[0].min, groups[-1].max) == ("S0000", last)
    assert held.row_group(0).column(1).statistics.null_count == 0
