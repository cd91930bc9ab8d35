from __future__ import annotations

import datetime as dt
import functools
import json
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from candlewick.errors import StoreError
from candlewick.store import recover as recovering
from candlewick.store.bundles import write_part
from candlewick.store.catalog import arms, read_catalog, read_frame
from candlewick.store.connection import read, write
from candlewick.store.history import kept_parts, prune
from candlewick.store.publish import Run, read_runs
from candlewick.store.recover import recover

from .publishing import publish_parts as publish

UTC = dt.UTC
ROWS = 10


def run(name="1", status="success"):
    moment = dt.datetime(2024, 1, 1, 12, tzinfo=UTC) + dt.timedelta(minutes=int(name))
    return Run(name, "build", status, moment, moment + dt.timedelta(seconds=1.5), {"toggles": ["momentum"]})


def frame(rows=ROWS, value=1.0, **columns):
    times = pd.date_range("2020-01-01", periods=rows, freq="D", tz="UTC", name="ts")
    return pd.DataFrame(columns or {"x": value * np.arange(rows)}, index=times)


@pytest.fixture
def target(tmp_path):
    return tmp_path / "target"


@pytest.fixture
def store(target):
    return target / "store.duckdb"


def rows(store, query):
    with read(store) as connection:
        return connection.execute(query).fetchall()


def parts_of(target, model="trend", symbols=("A", "B"), group=None, **options):
    return [write_part(target, model, group, symbol, frame(**options)) for symbol in symbols]


def test_published_columns_can_be_queried_and_read(target, store):
    catalog = publish(target, store, parts_of(target), run(), {"trend": ["x"]})
    assert rows(store, "SELECT symbol, count(*), max(x) FROM trend GROUP BY symbol ORDER BY symbol") == [
        ("A", 10, 9.0),
        ("B", 10, 9.0),
    ]
    assert read_catalog(target) == catalog
    found = read_frame(target, "trend")
    assert list(found.columns) == ["symbol", "ts", "x"]
    assert len(found) == 20
    assert found["ts"].dtype == "datetime64[ns, UTC]"


def test_columns_stand_in_the_order_of_definition_whatever_their_group(target, store):
    plain = write_part(target, "trend", None, "A", frame(a=1.0, c=3.0))
    toggled = write_part(target, "trend", "momentum", "A", frame(b=2.0, d=4.0))
    publish(target, store, [plain, toggled], run(), {"trend": ["a", "b", "c", "d"]})
    assert [name for name, *_ in rows(store, "DESCRIBE trend")] == ["symbol", "ts", "a", "b", "c", "d"]
    assert rows(store, "SELECT count(*), sum(a), sum(b), sum(c), sum(d) FROM trend") == [(10, 10.0, 20.0, 30.0, 40.0)]
    found = read_frame(target, "trend", ["d", "a"], limit=1)
    assert found.iloc[0].to_list() == ["A", pd.Timestamp("2020-01-01", tz="UTC"), 4.0, 1.0]


def test_groups_that_end_at_different_times_keep_every_row(target, store):
    long = write_part(target, "trend", None, "A", frame(10, a=1.0))
    short = write_part(target, "trend", "momentum", "A", frame(8, b=2.0))
    publish(target, store, [long, short], run(), {"trend": ["a", "b"]})
    assert rows(store, "SELECT count(*), count(a), count(b) FROM trend") == [(10, 10, 8)]


def test_symbols_with_different_columns_are_missing_values(target, store):
    parts = [write_part(target, "m", None, "A", frame(a=1.0)), write_part(target, "m", None, "B", frame(a=1.0, b=2.0))]
    publish(target, store, parts, run(), {"m": ["a", "b"]})
    assert rows(store, "SELECT symbol, count(b) FROM m GROUP BY symbol ORDER BY symbol") == [("A", 0), ("B", 10)]


def test_a_part_replaces_the_one_before_and_no_other(target, store):
    publish(target, store, [*parts_of(target), *parts_of(target, "other")], run("1"), {"trend": ["x"], "other": ["x"]})
    publish(target, store, parts_of(target, symbols=("A",), value=2.0), run("2"), {"trend": ["x"]})
    assert rows(store, "SELECT symbol, max(x) FROM trend GROUP BY symbol ORDER BY symbol") == [("A", 18.0), ("B", 9.0)]
    assert rows(store, "SELECT max(x) FROM other") == [(9.0,)]


def test_publishing_twice_changes_nothing(target, store):
    publish(target, store, parts_of(target), run("1"), {"trend": ["x"]})
    first = read_catalog(target)
    publish(target, store, parts_of(target), run("2"), {"trend": ["x"]})
    second = read_catalog(target)
    assert (first.columns, first.parts) == (second.columns, second.parts)


@pytest.mark.slow
def test_what_every_run_writes_anew_takes_no_more_room_each_time(target, store):
    """An index would keep DuckDB from giving back the space of rows that are gone."""
    parts = parts_of(target)
    used = []
    for number in range(30):
        tested = {f"{number} {row} {'x' * 40}": {"rows": 0} for row in range(3000)}
        publish(target, store, parts, run(str(number)), {"trend": ["x"]}, tested=tested)
        query = "SELECT count(DISTINCT block_id) FROM pragma_storage_info('wick.tested') WHERE persistent"
        used.append(rows(store, query)[0][0])
    assert used[-1] <= used[0] + 2


def test_a_run_of_everything_takes_away_what_it_did_not_build(target, store):
    grouped = write_part(target, "trend", "momentum", "A", frame(m=1.0))
    everything = [*parts_of(target), grouped, *parts_of(target, "old")]
    publish(target, store, everything, run("1"), {"trend": ["x", "m"], "old": ["x"]})
    publish(target, store, parts_of(target, symbols=("A",)), run("2"), {"trend": ["x"]}, drop_others=True)
    assert [name for name, *_ in rows(store, "DESCRIBE trend")] == ["symbol", "ts", "x"]
    assert rows(store, "SELECT DISTINCT symbol FROM trend") == [("A",)]
    with pytest.raises(duckdb.CatalogException):
        rows(store, "SELECT * FROM old")
    assert set(read_catalog(target).columns) == {"trend"}


def test_a_column_no_longer_defined_is_not_shown(target, store):
    grouped = write_part(target, "trend", "momentum", "A", frame(12, m=1.0))
    publish(target, store, [*parts_of(target), grouped], run("1"), {"trend": ["x", "m"]})
    publish(target, store, parts_of(target), run("2"), {"trend": ["x"]})
    assert [name for name, *_ in rows(store, "DESCRIBE trend")] == ["symbol", "ts", "x"]
    assert rows(store, "SELECT count(*) FROM trend") == [(20,)]
    assert list(read_frame(target, "trend").columns) == ["symbol", "ts", "x"]


@pytest.mark.parametrize("name", ["select", 'a"b', "gaps", "parts", "runs", "files", "日経", "x; DROP TABLE candles"])
def test_models_of_any_name(target, store, name):
    parts = [write_part(target, name, None, "A", frame(**{name: 1.0}))]
    publish(target, store, parts, run(), {name: [name]})
    assert len(read_frame(target, name, [name])) == ROWS
    with read(store) as connection:
        quoted = name.replace('"', '""')
        assert connection.execute(f'SELECT sum("{quoted}") FROM "{quoted}"').fetchall() == [(10.0,)]
        connection.execute("SELECT * FROM candles")


def test_a_model_with_the_name_of_the_candles_is_refused_whole(target, store):
    publish(target, store, parts_of(target), run("1"), {"trend": ["x"]})
    before = read_catalog(target)
    with pytest.raises(StoreError) as caught:
        publish(
            target, store,
            [*parts_of(target, value=5.0), *parts_of(target, "candles")], run("2"), {"trend": ["x"], "candles": ["x"]},
        )  # fmt: skip
    assert caught.value.code == "store-name"
    assert read_catalog(target) == before
    assert rows(store, "SELECT max(x) FROM trend") == [(9.0,)]
    assert [each.id for each in read_runs(store)] == ["1"]


def test_runs_are_remembered(target, store):
    publish(target, store, parts_of(target), run("1"), {"trend": ["x"]})
    publish(target, store, parts_of(target, value=2.0), run("2"), {"trend": ["x"]})
    assert read_runs(store) == [run("1"), run("2")]


def test_a_moved_project_is_found_again(tmp_path, target, store):
    publish(target, store, parts_of(target), run(), {"trend": ["x"]})
    moved = tmp_path / "elsewhere"
    target.rename(moved)
    assert len(read_frame(moved, "trend")) == 20
    with pytest.raises(duckdb.IOException):
        duckdb.connect(str(moved / "store.duckdb"), read_only=True).execute("SELECT * FROM trend").fetchall()
    recover(moved, moved / "store.duckdb")
    assert rows(moved / "store.duckdb", "SELECT count(*) FROM trend") == [(20,)]


def test_recover_sweeps_and_rewrites_a_stale_catalog(target, store):
    publish(target, store, parts_of(target), run("1"), {"trend": ["x"]})
    stale = (target / "catalog.json").read_text()
    publish(target, store, parts_of(target, value=3.0), run("2"), {"trend": ["x"]})
    (target / "catalog.json").write_text(stale)
    assert recover(target, store) == []  # what was published before is kept for comparison
    publish(target, store, parts_of(target, value=4.0), run("3"), {"trend": ["x"]})
    fresh = read_catalog(target)
    prune(target, "main", 1)
    assert len(recover(target, store)) == 2
    assert read_catalog(target) == fresh
    (target / "catalog.json").write_text("{")
    recover(target, store)
    assert read_catalog(target) == fresh
    assert recover(target, store) == []


@pytest.mark.parametrize("how", ["gone", "damaged"])
def test_recover_where_a_part_is_lost_makes_all_other_views(tmp_path, target, store, how):
    """The run that recovers builds what is lost: a file that no view can read must not keep it from running."""
    parts = [*parts_of(target), *parts_of(target, model="other")]
    publish(target, store, parts, run(), {"trend": ["x"], "other": ["x"]})
    moved = tmp_path / "elsewhere"
    target.rename(moved)
    for part in parts[:2]:
        (moved / part.path).write_bytes(b"no Parquet") if how == "damaged" else (moved / part.path).unlink()
    recover(moved, moved / "store.duckdb")
    assert rows(moved / "store.duckdb", "SELECT count(*) FROM other") == [(20,)]


def test_recover_keeps_what_the_catalog_shows_of_a_store_that_is_lost(target, store):
    publish(target, store, parts_of(target), run(), {"trend": ["x"]})
    store.unlink()
    assert recover(target, store) == []
    with write(store):  # as an ingest does
        pass
    assert recover(target, store) == []
    assert len(read_frame(target, "trend")) == 20


@pytest.mark.parametrize("stale", [False, True])
def test_a_run_that_publishes_while_another_recovers_loses_nothing(target, store, monkeypatch, stale):
    publish(target, store, parts_of(target), run("1"), {"trend": ["x"]})
    if stale:
        (target / "catalog.json").write_text("{")
    look = recovering._is_current

    def another_run_publishes(*arguments):
        current = look(*arguments)
        publish(target, store, parts_of(target, value=2.0), run("2"), {"trend": ["x"]})
        return current

    monkeypatch.setattr(recovering, "_is_current", another_run_publishes)
    recover(target, store)
    assert read_catalog(target).run == "2"
    assert read_frame(target, "trend")["x"].max() == 18.0


def test_recover_before_anything(target, store):
    assert recover(target, store) == []
    with write(store):
        pass
    assert recover(target, store) == []
    with pytest.raises(StoreError) as caught:
        read_catalog(target)
    assert caught.value.code == "catalog-missing"


def test_readers_of_parts_never_block_a_publication(target, store):
    publish(target, store, parts_of(target), run("1"), {"trend": ["x"]})
    program = textwrap.dedent(f"""
        from pathlib import Path
        from candlewick.store.catalog import read_frame
        seen = set()
        while len(seen) < 2:
            found = read_frame(Path({str(target)!r}), "trend")
            assert len(found) == 20
            seen.add(found["x"].max())
            if len(seen) == 1:
                print("read", flush=True)
        print(sorted(map(float, seen)), flush=True)
    """)
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "read\n"  # once before the publication, and all the while
    publish(target, store, parts_of(target, value=2.0), run("2"), {"trend": ["x"]})
    recover(target, store)  # sweeps the parts the reader may be about to open
    rest, _ = process.communicate(timeout=60)
    assert rest.splitlines()[-1] == "[9.0, 18.0]"
    assert process.returncode == 0


def test_a_held_store_publishes_nothing(target, store, monkeypatch):
    publish(target, store, parts_of(target), run("1"), {"trend": ["x"]})
    before = read_catalog(target)
    program = f"import duckdb, time; c = duckdb.connect({str(store)!r}, read_only=True); print('held', flush=True); time.sleep(60)"
    holder = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    try:
        holder.stdout.readline()
        monkeypatch.setattr("candlewick.store.publish.write", functools.partial(write, patience=0.2))
        with pytest.raises(StoreError) as caught:
            publish(target, store, parts_of(target, value=2.0), run("2"), {"trend": ["x"]})
        assert caught.value.code == "store-locked"
    finally:
        holder.kill()
        holder.wait()
    assert read_catalog(target) == before
    assert rows(store, "SELECT max(x) FROM trend") == [(9.0,)]


@pytest.mark.slow
@pytest.mark.parametrize("delay", [0.0, 0.02, 0.05, 0.1, 0.2, 0.4])
def test_a_kill_while_publishing_leaves_one_whole_state(target, store, delay):
    program = textwrap.dedent(f"""
        import datetime as dt, numpy as np, pandas as pd, sys
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        from pathlib import Path
        from candlewick.store.bundles import write_part
        from candlewick.store.parts import writing
        from candlewick.store.publish import Run
        from candlewick.store.recover import recover
        from publishing import publish_parts as publish
        target = Path({str(target)!r})
        times = pd.date_range("2020-01-01", periods=10, freq="D", tz="UTC")
        now = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
        for number in range(1, 1000):
            recover(target, target / "store.duckdb")
            with writing(target):
                parts = [
                    write_part(target, model, None, symbol, pd.DataFrame({{"x": float(number)}}, index=times))
                    for model in ("one", "two") for symbol in "ABC"
                ]
                run = Run(str(number), "build", "success", now, now + dt.timedelta(seconds=number))
                publish(target, target / "store.duckdb", parts, run, {{"one": ["x"], "two": ["x"]}})
            print(number, flush=True)
    """)
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    time.sleep(delay)
    process.send_signal(signal.SIGKILL)
    acknowledged = len(process.stdout.read().splitlines()) + 1
    process.wait()
    first = {model: set(read_frame(target, model)["x"]) for model in ("one", "two")}
    recover(target, store)
    after = {model: set(read_frame(target, model)["x"]) for model in ("one", "two")}
    for found in (first, after):
        assert found["one"] == found["two"]
        assert len(found["one"]) == 1
    assert min(after["one"]) >= min(first["one"]) >= acknowledged
    views = rows(
        store,
        "SELECT DISTINCT one.x, two.x, (SELECT max(id::INTEGER) FROM wick.runs) FROM one JOIN two USING (symbol, ts)",
    )
    assert views == [(*after["one"], *after["one"], *after["one"])]
    known = {part.path for arm in arms(target) for part in read_catalog(target, arm).parts} | kept_parts(target)
    there = {path.relative_to(target).as_posix() for path in (target / "parts").rglob("*.parquet*")}
    assert there == known


def test_the_catalog_is_plain_json(target, store):
    publish(target, store, parts_of(target, symbols=("A",)), run(), {"trend": ["x"]})
    document = json.loads((target / "catalog.json").read_text())
    assert document["schema_version"] == 2
    assert document["models"] == {"trend": ["x"]}
    assert document["parts"][0]["columns"] == [["x", "DOUBLE"]]
    assert not document["parts"][0]["path"].startswith("/")


def test_a_catalog_of_the_first_schema_is_read(target, store):
    catalog = publish(target, store, parts_of(target), run(), {"trend": ["x"]})
    parts = [{key: value for key, value in vars(part).items() if key != "file_rows"} for part in catalog.parts]
    document = {"schema_version": 1, "run": catalog.run, "models": catalog.columns, "parts": parts}
    (target / "catalog.json").write_text(json.dumps(document))
    assert read_catalog(target) == catalog


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "catalog-damaged"), ("[]", "catalog-damaged"), ('{"schema_version": 1}', "catalog-damaged"),
     ('{"schema_version": 9}', "catalog-newer")],
)  # fmt: skip
def test_a_damaged_catalog_is_refused_with_a_remedy(target, store, text, code):
    publish(target, store, parts_of(target), run(), {"trend": ["x"]})
    (target / "catalog.json").write_text(text)
    with pytest.raises(StoreError) as caught:
        read_catalog(target)
    assert caught.value.code == code
    assert caught.value.hint


def test_first_and_latest_rows(target, store):
    parts = [write_part(target, "m", None, s, frame(n, x=np.arange(float(n)))) for s, n in (("A", 3), ("B", 10))]
    publish(target, store, parts, run(), {"m": ["x"]})
    first = read_frame(target, "m", limit=5)
    assert list(zip(first["symbol"], first["x"], strict=True)) == [("A", 0), ("A", 1), ("A", 2), ("B", 0), ("B", 1)]
    latest = read_frame(target, "m", limit=2, last=True)
    assert list(zip(latest["symbol"], latest["x"], strict=True)) == [("B", 8), ("B", 9)]
    assert read_frame(target, "m", symbol="A", limit=1, last=True)["x"].to_list() == [2.0]
    assert len(read_frame(target, "m", limit=0)) == 0


@pytest.mark.parametrize(
    ("arguments", "code", "hint"),
    [
        (("trnd",), "catalog-model", "'trend'"),
        (("trend", ["y"]), "catalog-column", "x"),
        (("trend", None, "AA"), "catalog-symbol", "'A'"),
    ],
)
def test_what_is_not_published_names_the_nearest(target, store, arguments, code, hint):
    publish(target, store, parts_of(target), run(), {"trend": ["x"]})
    with pytest.raises(StoreError) as caught:
        read_frame(target, *arguments)
    assert caught.value.code == code
    assert hint in caught.value.hint


def test_a_part_that_was_removed_by_hand_is_named(target, store):
    publish(target, store, parts_of(target), run(), {"trend": ["x"]})
    shutil.rmtree(target / "parts" / "trend")
    with pytest.raises(StoreError) as caught:
        read_frame(target, "trend")
    assert caught.value.code == "parts-missing"
    assert caught.value.hint == "run `wick build`, which builds it again"
