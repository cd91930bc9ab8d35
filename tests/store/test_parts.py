from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from candlewick.errors import StoreError
from candlewick.store.bundles import write_part
from candlewick.store.parts import read_part, sweep, writing

from ..effort import examples


def index(rows, start="2020-01-01"):
    return pd.date_range(start, periods=rows, freq="h", tz="UTC", name="ts", unit="ns")


def frame(rows=5, **columns):
    return pd.DataFrame(columns or {"x": np.arange(rows, dtype=float)}, index=index(rows))


def test_what_is_written_is_what_is_read(tmp_path):
    written = frame(
        4,
        ratio=[1.5, np.nan, -0.0, 1e300],
        up=[True, False, True, True],
        count=[1, 2, 3, -(2**60)],
        touch=pd.to_datetime(["2020-01-01", None, "2021-01-01", "2022-01-01"], utc=True).as_unit("ns"),
        name=["a", "", "ü", "x'y"],
    )
    part = write_part(tmp_path, "model", "group", "BTC", written)
    assert dict(part.columns) == {
        "ratio": "DOUBLE",
        "up": "BOOLEAN",
        "count": "BIGINT",
        "touch": "TIMESTAMP WITH TIME ZONE",
        "name": "VARCHAR",
    }
    assert (part.model, part.group, part.symbol, part.rows) == ("model", "group", "BTC", 4)
    assert (part.first_ts, part.last_ts) == (1_577_836_800_000, 1_577_847_600_000)
    pd.testing.assert_frame_equal(read_part(tmp_path, part), written, check_freq=False, check_dtype=False)
    back = read_part(tmp_path, part)
    assert back.dtypes.astype(str).to_dict() | {"name": ""} == {
        "ratio": "float64", "up": "bool", "count": "int64", "touch": "datetime64[ns, UTC]", "name": "",
    }  # fmt: skip
    assert list(read_part(tmp_path, part, ["count"]).columns) == ["count"]


@pytest.mark.parametrize(
    ("column", "kind", "expected"),
    [
        (pd.array([True, None, False], dtype="boolean"), "BOOLEAN", [True, None, False]),
        (np.array([True, None, False], dtype=object), "BOOLEAN", [True, None, False]),
        (pd.array([1, None, 3], dtype="Int64"), "BIGINT", [1, None, 3]),
        (np.array([1, 2.5, None], dtype=object), "DOUBLE", [1.0, 2.5, None]),
        (np.array([None, None, None], dtype=object), "DOUBLE", [None, None, None]),
        (np.array([1, 2, 3], dtype=np.float32), "DOUBLE", [1.0, 2.0, 3.0]),
        (np.array([1, 2, 3], dtype=np.int8), "BIGINT", [1, 2, 3]),
        (np.array(["a", None, "c"], dtype=object), "VARCHAR", ["a", None, "c"]),
        (pd.Categorical(["a", "b", "a"]), "VARCHAR", ["a", "b", "a"]),
        (np.array(["2020-01-01", "NaT", "2021-01-01"], dtype="datetime64[s]"), "TIMESTAMP WITH TIME ZONE", None),
        (np.array([np.inf, -np.inf, np.nan]), "DOUBLE", [np.inf, -np.inf, None]),
    ],
)
def test_every_dtype_has_one_sql_type(tmp_path, column, kind, expected):
    part = write_part(tmp_path, "m", None, "s", frame(3, x=column))
    assert part.columns == (("x", kind),)
    if expected is not None:
        back = read_part(tmp_path, part)["x"]
        assert [None if pd.isna(value) else value for value in back] == expected


@pytest.mark.parametrize("column", [np.array([1j, 2, 3]), np.array([[1], [2], None], dtype=object)[:3], [object()] * 3])
def test_what_no_table_holds_is_refused(tmp_path, column):
    with pytest.raises(StoreError) as caught:
        write_part(tmp_path, "m", None, "s", frame(3, x=column))
    assert caught.value.code == "parts-column"
    assert "'x' of m" in caught.value.what


@pytest.mark.parametrize("names", [("atr", "ATR"), ("ts",), ("symbol",), ("Symbol",)])
def test_names_a_table_cannot_have(tmp_path, names):
    with pytest.raises(StoreError) as caught:
        write_part(tmp_path, "m", None, "s", frame(3, **dict.fromkeys(names, 1.0)))
    assert caught.value.code == "parts-column"


@pytest.mark.parametrize(
    "wrong",
    [
        pd.DataFrame({"x": [1.0]}),
        pd.DataFrame({"x": [1.0]}, index=pd.DatetimeIndex(["2020-01-01"])),
        pd.DataFrame({"x": [1.0, 2.0]}, index=index(2)[::-1]),
    ],
)
def test_only_sorted_utc_times_index_a_part(tmp_path, wrong):
    with pytest.raises(StoreError, match="not indexed by sorted UTC times"):
        write_part(tmp_path, "m", None, "s", wrong)


def test_the_same_columns_are_the_same_bytes(tmp_path):
    part = write_part(tmp_path / "a", "m", "g", "BTC", frame(5000, x=np.sin(np.arange(5000.0))))
    again = write_part(tmp_path / "b", "m", "g", "BTC", frame(5000, x=np.sin(np.arange(5000.0))))
    assert part == again
    assert (tmp_path / "a" / part.path).read_bytes() == (tmp_path / "b" / part.path).read_bytes()
    assert "/BTC-" in part.path


def test_other_values_are_another_part(tmp_path):
    one = write_part(tmp_path, "m", "g", "BTC", frame(3, x=[1.0, 2.0, 3.0]))
    other = write_part(tmp_path, "m", "g", "BTC", frame(3, x=[1.0, 2.0, np.nextafter(3.0, 4)]))
    assert one.digest != other.digest
    assert read_part(tmp_path, one)["x"].to_list() == [1.0, 2.0, 3.0]


def test_threads_write_the_bytes_one_thread_writes(tmp_path):
    columns = [frame(2000, x=np.cos(np.arange(2000.0) * k)) for k in range(12)]
    alone = [write_part(tmp_path / "a", "m", None, f"s{k}", each) for k, each in enumerate(columns)]
    with ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(write_part, tmp_path / "b", "m", None, f"s{k}", e) for k, e in enumerate(columns)]
    assert [future.result() for future in futures] == alone


@pytest.mark.parametrize(
    "symbol", ["BRK.B", "BTC/USDT", "..", ".", "../../etc", "日経", "a b", "x'y", 'q"', "", "L" * 300, "\n"]
)
def test_symbols_stay_inside_their_folder(tmp_path, symbol):
    part = write_part(tmp_path, "m", "g", symbol, frame(2))
    path = (tmp_path / part.path).resolve()
    assert path.parent == tmp_path / "parts" / "m" / "g"
    assert read_part(tmp_path, part)["x"].to_list() == [0.0, 1.0]


def test_a_part_without_rows(tmp_path):
    part = write_part(tmp_path, "m", None, "s", frame(0, x=np.array([])))
    assert (part.rows, part.first_ts, part.last_ts) == (0, None, None)
    assert len(read_part(tmp_path, part)) == 0


def test_a_missing_or_damaged_part_is_said_so(tmp_path):
    part = write_part(tmp_path, "m", None, "s", frame(2))
    path = tmp_path / part.path
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(StoreError) as caught:
        read_part(tmp_path, part)
    assert caught.value.code == "parts-damaged"
    path.unlink()
    with pytest.raises(StoreError) as caught:
        read_part(tmp_path, part)
    assert caught.value.code == "parts-missing"


@given(hnp.arrays(np.float64, st.integers(0, 50), elements=st.floats(width=64)))
@examples(25)
def test_numbers_survive_to_the_bit(tmp_path, values):
    part = write_part(tmp_path, "m", None, "s", frame(len(values), x=values))
    back = read_part(tmp_path, part)["x"].to_numpy()
    nan = np.isnan(values)
    assert (np.isnan(back) == nan).all()
    assert (back[~nan].view(np.int64) == values[~nan].view(np.int64)).all()


def test_sweep_removes_what_nobody_owns(tmp_path):
    kept = write_part(tmp_path, "m", "g", "A", frame(2))
    orphan = write_part(tmp_path, "m", "g", "B", frame(3))
    temporary = tmp_path / "parts" / "m" / "g" / ".123-abc.parquet.tmp"
    temporary.write_bytes(b"half")
    foreign = tmp_path / "parts" / "README"
    foreign.write_text("mine")
    removed = sweep(tmp_path, lambda: {kept.path})
    assert set(removed) == {orphan.path, temporary.relative_to(tmp_path).as_posix()}
    assert (tmp_path / kept.path).exists()
    assert foreign.exists()
    assert not (tmp_path / orphan.path).exists()


def test_sweep_of_nothing(tmp_path):
    assert sweep(tmp_path, set) == []


def test_sweep_leaves_everything_while_another_process_writes(tmp_path):
    program = textwrap.dedent(f"""
        import time
        from pathlib import Path
        from candlewick.store.parts import writing
        with writing(Path({str(tmp_path)!r})):
            print("writing", flush=True)
            time.sleep(60)
    """)
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "writing\n"
        part = write_part(tmp_path, "m", "g", "A", frame(2))
        assert sweep(tmp_path, set) == []
        with writing(tmp_path):  # writers do not wait for each other
            pass
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert sweep(tmp_path, set) == [part.path]


@pytest.mark.slow
@pytest.mark.parametrize("delay", [0.0, 0.03, 0.1, 0.3])
def test_a_kill_while_writing_leaves_whole_parts_only(tmp_path, delay):
    program = textwrap.dedent(f"""
        import numpy as np, pandas as pd
        from pathlib import Path
        from candlewick.store.bundles import write_part
        times = pd.date_range("2020-01-01", periods=20000, freq="h", tz="UTC")
        print("ready", flush=True)
        for number in range(10_000):
            columns = {{f"x{{k}}": np.random.default_rng(number + k).normal(size=20000) for k in range(5)}}
            write_part(Path({str(tmp_path)!r}), "m", "g", "A", pd.DataFrame(columns, index=times))
    """)
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    while not any((tmp_path / "parts").rglob("*.parquet")):
        time.sleep(0.01)
    time.sleep(delay)
    process.send_signal(signal.SIGKILL)
    process.wait()
    parts = sorted((tmp_path / "parts").rglob("*.parquet"))
    assert parts
    for path in parts:
        assert duckdb.sql(f"SELECT count(*), count(x4) FROM read_parquet('{path}')").fetchall() == [(20000, 20000)]
    sweep(tmp_path, lambda: [path.relative_to(tmp_path).as_posix() for path in parts])
    assert {path.suffix for path in (tmp_path / "parts").rglob("*") if path.is_file() and path.name != ".lock"} == {
        ".parquet"
    }


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "parts").mkdir(mode=0o500)
    with pytest.raises(StoreError) as caught:
        write_part(tmp_path, "m", None, "s", frame(2))
    assert caught.value.code == "parts-unwritable"


def test_a_file_in_the_place_of_the_folder(tmp_path):
    (tmp_path / "parts").write_text("a file")
    with pytest.raises(StoreError) as caught:
        write_part(tmp_path, "m", None, "s", frame(2))
    assert caught.value.code == "parts-unwritable"
