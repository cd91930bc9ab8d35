from __future__ import annotations

import pandas as pd
import pytest

from candlewick.errors import NodeError
from candlewick.store.bundles import write_part
from candlewick.store.query import query_parts

from .conftest import HEADER, day


@pytest.fixture
def ask(folder):
    folder.write("seeds/A.csv", HEADER + day(1) + day(2) + day(3))
    folder.ingest()
    target = folder.store.parent
    times = pd.date_range("2020-01-01", periods=3, freq="D", tz="UTC", name="ts")
    parts = [
        write_part(target, "trend", None, "A", pd.DataFrame({"slope": [1.0, None, -1.0]}, index=times)),
        write_part(target, "trend", "momentum", "A", pd.DataFrame({"speed": [1, 2, 3]}, index=times)),
    ]
    columns = {"trend": ["slope", "speed"]}

    def ask(sql):
        return query_parts(sql, "data_tests/check.sql", target=target, store=folder.store, columns=columns, parts=parts)

    return ask


def test_a_query_sees_models_and_candles(ask):
    found = ask(
        "SELECT symbol, ts, slope, speed, close FROM trend JOIN candles USING (symbol, ts) WHERE slope < 0;\n-- end\n"
    )
    assert found.iloc[0].to_list() == ["A", pd.Timestamp("2020-01-03", tz="UTC"), -1.0, 3, 11.0]
    assert len(ask("WITH bad AS (SELECT * FROM trend WHERE speed > 9) SELECT * FROM bad")) == 0


@pytest.mark.parametrize(
    ("sql", "line", "hint"),
    [
        ("SELECT\n  symbol,\n  slop\nFROM trend", 3, "slope"),
        ("-- why\n\nSELECT slop\nFROM trend -- x", 3, "slope"),
        ("SELECT * FROM trnd", 1, "trend"),
        ("SELECT *\nFORM trend", 2, "candles"),
    ],
)
def test_bad_sql_is_shown_at_the_users_line(ask, sql, line, hint):
    with pytest.raises(NodeError) as caught:
        ask(sql)
    assert caught.value.code == "sql"
    assert "data_tests/check.sql" in caught.value.what
    assert [(place.file, place.line) for place in caught.value.where] == [("data_tests/check.sql", line)]
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    "sql",
    ["", "-- nothing", "DELETE FROM candles", "SELECT 1; SELECT 2", "DROP VIEW trend", "COPY trend TO 'x.csv'",
     "SET threads = 1", "ATTACH 'x.duckdb'", "INSTALL httpfs", "CREATE TABLE t (x INTEGER)"],
)  # fmt: skip
def test_only_one_select_is_run(ask, sql):
    with pytest.raises(NodeError) as caught:
        ask(sql)
    assert caught.value.code == "sql-statement"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('{path}')",
        "SELECT * FROM '{path}'",
        "SELECT * FROM read_text('{path}')",
        "SELECT * FROM glob('/*')",
        "SELECT * FROM read_csv('http://127.0.0.1:9/x.csv')",
        "SELECT getenv('HOME')",
    ],
)
def test_a_query_cannot_reach_outside(ask, tmp_path, sql):
    path = tmp_path / "secret.csv"
    path.write_text("a\n1\n")
    with pytest.raises(NodeError):
        ask(sql.format(path=path))


def test_python_objects_are_out_of_reach(ask):
    secret = pd.DataFrame({"x": [1]})
    with pytest.raises(NodeError):
        ask("SELECT * FROM secret")
    assert len(secret) == 1
