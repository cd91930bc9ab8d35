from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import time

import duckdb
import pytest

from candlewick.errors import StoreError
from candlewick.store.connection import attached, cursor, literal, quote, read, scratch, transaction, write


@pytest.fixture
def store(tmp_path):
    path = tmp_path / "target" / "store.duckdb"
    with write(path) as connection:
        connection.execute("INSERT INTO wick.settings VALUES ('name', 'value')")
    return path


def holding(path, *, read_only, seconds=60):
    """Another process that keeps a connection open; it says so before it sleeps."""
    program = textwrap.dedent(f"""
        import duckdb, sys, time
        connection = duckdb.connect({str(path)!r}, read_only={read_only})
        print("held", flush=True)
        time.sleep({seconds})
    """)
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    return process


@pytest.fixture
def hold(store):
    processes = []

    def hold(**options):
        processes.append(holding(store, **options))
        return processes[-1]

    yield hold
    for process in processes:
        process.kill()
        process.wait()


def test_a_new_store_has_the_schema_and_utc(store):
    with read(store) as connection:
        assert connection.execute("SELECT max(version) FROM wick.schema_version").fetchall() == [(4,)]
        assert connection.execute("SELECT current_setting('TimeZone')").fetchall() == [("UTC",)]
        assert connection.execute("SELECT count(*) FROM candles").fetchall() == [(0,)]


def test_making_a_store_leaves_nothing_else(store):
    assert [path.name for path in store.parent.iterdir()] == ["store.duckdb"]


def test_the_storage_format_is_the_oldest_supported(store):
    with duckdb.connect(str(store), read_only=True) as connection:
        (tags,) = connection.execute(
            "SELECT tags FROM duckdb_databases() WHERE database_name = current_database()"
        ).fetchall()[0]
    assert tags["storage_version"].startswith("v1.5")


def test_a_reader_cannot_write(store):
    with read(store) as connection, pytest.raises(duckdb.InvalidInputException):
        connection.execute("DELETE FROM wick.settings")


def test_a_transaction_is_all_or_nothing(store):
    def half():
        with write(store) as connection, transaction(connection):
            connection.execute("DELETE FROM wick.settings")
            raise KeyError

    with pytest.raises(KeyError):
        half()
    with read(store) as connection:
        assert connection.execute("SELECT count(*) FROM wick.settings").fetchall() == [(1,)]


@pytest.mark.parametrize("read_only", [True, False])
def test_a_second_writer_waits_briefly_and_names_the_holder(store, hold, read_only):
    process = hold(read_only=read_only)
    begun = time.monotonic()
    with pytest.raises(StoreError) as caught, write(store, patience=0.3):
        pass
    assert time.monotonic() - begun >= 0.3
    assert caught.value.code == "store-locked"
    assert f"process {process.pid} holds" in caught.value.what
    assert str(process.pid) in caught.value.hint


def test_a_reader_waits_for_a_writer_but_not_for_readers(store, hold):
    hold(read_only=True)
    with read(store, patience=0):
        pass


def test_a_reader_is_told_who_writes(store, hold):
    process = hold(read_only=False)
    with pytest.raises(StoreError, match=f"process {process.pid} holds"), read(store, patience=0.2):
        pass


def test_a_writer_gets_through_when_the_holder_lets_go(store, hold):
    process = hold(read_only=True, seconds=0.5)
    with write(store, patience=20) as connection:
        assert connection.execute("SELECT count(*) FROM wick.settings").fetchall() == [(1,)]
    process.wait()


def test_an_attached_store_follows_the_same_rules(store, hold):
    process = hold(read_only=False)
    with scratch() as connection:
        with (
            pytest.raises(StoreError, match=f"process {process.pid} holds"),
            attached(connection, store, read_only=True, patience=0.2),
        ):
            pass
        process.kill()
        process.wait()
        with attached(connection, store, read_only=True):
            assert connection.execute("SELECT count(*) FROM store.wick.settings").fetchall() == [(1,)]


def test_this_very_process_may_hold_it(store):
    with write(store), pytest.raises(StoreError) as caught, read(store, patience=0.1):
        pass
    assert caught.value.code == "store-locked"


def test_readers_of_one_process_do_not_wait_for_each_other(store):
    with read(store, patience=0) as first, read(store, patience=0) as second:
        for connection in (first, second, first):
            assert connection.execute("SELECT count(*) FROM wick.settings").fetchall() == [(1,)]


def test_a_failure_that_ends_the_database_is_no_end_for_other_stores(store):
    with pytest.raises(StoreError), read(store):
        raise duckdb.FatalException("FATAL Error: database has been invalidated")
    with write(store) as connection, transaction(connection):
        connection.execute("INSERT INTO wick.settings VALUES ('other', 'value')")
    assert duckdb.connect(str(store), read_only=True).execute("SELECT count(*) FROM wick.settings").fetchall() == [(2,)]


def test_what_was_not_committed_is_rolled_back_and_the_file_let_go_of(store):
    def interrupted():
        with write(store) as connection:
            connection.execute("BEGIN TRANSACTION")
            connection.execute("DELETE FROM wick.settings")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    with write(store, patience=0) as connection:
        assert connection.execute("SELECT count(*) FROM wick.settings").fetchall() == [(1,)]


def test_there_is_no_store(tmp_path):
    with pytest.raises(StoreError) as caught, read(tmp_path / "none.duckdb"):
        pass
    assert caught.value.code == "store-missing"
    assert not (tmp_path / "none.duckdb").exists()


@pytest.mark.parametrize("keep", [0, 5, 4096, 20_000])
def test_a_truncated_store_is_refused_with_a_remedy(store, keep):
    store.write_bytes(store.read_bytes()[:keep])
    for opened in (read, write):
        with pytest.raises(StoreError) as caught, opened(store):
            pass
        assert caught.value.code == "store-damaged"
        assert "wick build" in caught.value.hint
    assert len(store.read_bytes()) == keep


@pytest.mark.parametrize("place", [0, 10, 4100, 12_300])
def test_a_flipped_byte_in_the_headers_is_refused(store, place):
    content = bytearray(store.read_bytes())
    content[place] ^= 0xFF
    store.write_bytes(content)
    with pytest.raises(StoreError) as caught, read(store):
        pass
    assert caught.value.code in {"store-damaged", "store-newer"}


def test_text_is_no_store(store):
    store.write_text("hello" * 10_000)
    with pytest.raises(StoreError, match="cannot be read"), write(store):
        pass


def test_a_file_of_another_program_is_left_alone(tmp_path):
    path = tmp_path / "sales.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE customers (name VARCHAR)")
    before = path.read_bytes()
    for opened in (read, write):
        with pytest.raises(StoreError) as caught, opened(path):
            pass
        assert caught.value.code == "store-foreign"
        assert "customers" in caught.value.what
    assert path.read_bytes() == before


@pytest.mark.parametrize(("version", "code", "hint"), [(5, "store-newer", "upgrade"), (0, "store-older", "wick build")])
def test_another_schema_is_refused(store, version, code, hint):
    with duckdb.connect(str(store)) as connection:
        connection.execute("UPDATE wick.schema_version SET version = ?", [version])
    for opened in (read, write):
        with pytest.raises(StoreError) as caught, opened(store):
            pass
        assert caught.value.code == code
        assert hint in caught.value.hint


def test_a_folder_is_no_store(tmp_path):
    with pytest.raises(StoreError) as caught, read(tmp_path):
        pass
    assert caught.value.code == "store-unwritable"


def test_a_store_in_the_place_of_a_file_cannot_be_made(tmp_path):
    (tmp_path / "target").write_text("a file")
    with pytest.raises(StoreError) as caught, write(tmp_path / "target" / "store.duckdb"):
        pass
    assert caught.value.code == "store-unwritable"


def test_two_processes_may_make_the_store_at_once(tmp_path):
    path = tmp_path / "target" / "store.duckdb"
    program = f"""
from pathlib import Path
from candlewick.store.connection import write
with write(Path({str(path)!r}), patience=60) as connection:
    connection.execute("INSERT INTO wick.settings SELECT gen_random_uuid()::VARCHAR, ''")
"""
    processes = [subprocess.Popen([sys.executable, "-c", program]) for _ in range(4)]
    assert [process.wait(120) for process in processes] == [0, 0, 0, 0]
    with read(path) as connection:
        assert connection.execute("SELECT count(*) FROM wick.settings").fetchall() == [(4,)]


@pytest.mark.slow
@pytest.mark.parametrize("delay", [0.0, 0.01, 0.02, 0.05, 0.1])
def test_a_writer_killed_at_any_moment_leaves_the_last_commit(store, delay):
    program = textwrap.dedent(f"""
        from pathlib import Path
        from candlewick.store.connection import transaction, write
        with write(Path({str(store)!r})) as connection:
            number = 0
            while True:
                with transaction(connection):
                    connection.execute("DELETE FROM wick.settings")
                    connection.execute(f"INSERT INTO wick.settings SELECT range::VARCHAR, '{{number}}' FROM range(1000)")
                number += 1
                print(number, flush=True)
    """)
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    time.sleep(delay)
    process.send_signal(signal.SIGKILL)
    acknowledged = len(process.stdout.read().splitlines())
    process.wait()
    with read(store) as connection:
        ((rows, batches, latest),) = connection.execute(
            "SELECT count(*), count(DISTINCT value), max(value::INTEGER) FROM wick.settings"
        ).fetchall()
    assert (rows, batches) == (1000, 1)
    assert latest >= acknowledged


@pytest.mark.parametrize("name", ["plain", 'a"b', "a'b", "x; DROP TABLE candles; --", "日経", ""])
def test_names_and_texts_are_quoted(name):
    with cursor() as connection:
        if name:
            result = connection.execute(f"SELECT 1 AS {quote(name)}")
            assert result.description[0][0] == name
        assert connection.execute(f"SELECT {literal(name)}").fetchall() == [(name,)]
