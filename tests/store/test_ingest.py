from __future__ import annotations

import datetime as dt
import subprocess
import sys
import time

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from candlewick.candles import Interval
from candlewick.errors import CandleError, StoreError
from candlewick.store.candles import (
    candle_counts,
    data_versions,
    gaps,
    load_candles,
    load_many,
    month_versions,
    symbols,
)

from ..effort import examples
from .conftest import HEADER, NOW, day

UTC = dt.UTC


def refused(folder, code):
    before = folder.store.read_bytes() if folder.store.exists() else None
    candles = load_all(folder)
    with pytest.raises(CandleError) as caught:
        folder.ingest()
    assert caught.value.code == code, str(caught.value)
    assert caught.value.hint
    if before is None:
        assert load_all(folder) == candles == {}
    else:
        assert folder.store.read_bytes() == before
    return caught.value


def load_all(folder):
    return data_versions(folder.store) if folder.store.exists() else {}


def test_csv_becomes_candles(folder):
    folder.write("seeds/BTC.csv", HEADER + day(1) + day(2, "11,13,10,12.5,0"))
    result = folder.ingest()
    assert (result.added, result.changed, result.read) == (2, 0, ("seeds/BTC.csv",))
    frame = load_candles(folder.store, "BTC")
    assert frame.index.dtype == "datetime64[ns, UTC]"
    assert frame.index.name == "ts"
    assert list(frame.columns) == ["open", "high", "low", "close", "volume"]
    assert (frame.dtypes == np.float64).all()
    assert frame.loc["2020-01-02"].to_list() == [11.0, 13.0, 10.0, 12.5, 0.0]
    (count,) = candle_counts(folder.store)
    assert (count.symbol, count.candles, count.last_ts - count.first_ts) == ("BTC", 2, 86_400_000)


def test_a_second_ingest_does_nothing(folder):
    folder.write("seeds/BTC.csv", HEADER + day(1) + day(2))
    folder.ingest()
    before = folder.store.read_bytes()
    result = folder.ingest()
    assert (result.read, result.unchanged, result.added) == ((), ("seeds/BTC.csv",), 0)
    assert folder.store.read_bytes() == before


def test_touching_a_file_does_not_read_it_again(folder):
    path = folder.write("seeds/BTC.csv", HEADER + day(1))
    folder.ingest()
    path.touch()
    assert folder.ingest().read == ()


def test_appended_rows_are_added(folder):
    folder.write("seeds/BTC.csv", HEADER + day(1) + day(2))
    folder.write("seeds/ETH.csv", HEADER + day(1))
    folder.ingest()
    versions = data_versions(folder.store)
    folder.write("seeds/BTC.csv", HEADER + day(1) + day(2) + day(3))
    result = folder.ingest()
    assert result.read == ("seeds/BTC.csv",)
    assert result.unchanged == ("seeds/ETH.csv",)
    assert (result.added, result.changed) == (1, 0)
    after = data_versions(folder.store)
    assert after["ETH"] == versions["ETH"]
    assert after["BTC"] != versions["BTC"]


def test_changed_old_candles_are_applied_and_named(folder):
    folder.write("seeds/BTC.csv", HEADER + day(1) + day(2) + day(3))
    folder.ingest()
    folder.write("seeds/BTC.csv", HEADER + day(1) + day(2, "10,12,9,11.5,5") + day(3, "10,12,9,11,6"))
    result = folder.ingest()
    (change,) = result.changes
    assert (change.symbol, change.added, change.changed) == ("BTC", 0, 2)
    assert change.first_changed == 1_577_923_200_000
    assert "BTC: 2 old candles changed, the first at 2020-01-02" in result.warnings
    assert load_candles(folder.store, "BTC")["close"].to_list() == [11.0, 11.5, 11.0]


def test_incremental_ends_where_a_fresh_start_does(folder):
    folder.write("seeds/BTC.csv", HEADER + day(1) + day(2) + day(3))
    folder.ingest()
    folder.write("seeds/BTC.csv", HEADER + day(1, "10,12,9,10,5") + day(2) + day(3) + day(4))
    folder.write("seeds/ETH.csv", HEADER + day(7) + day(9))
    folder.ingest()
    incremental = (data_versions(folder.store), month_versions(folder.store), gaps(folder.store))
    folder.store.unlink()
    folder.ingest()
    assert (data_versions(folder.store), month_versions(folder.store), gaps(folder.store)) == incremental


def test_the_order_of_rows_does_not_matter_and_is_counted(folder):
    folder.write("seeds/BTC.csv", HEADER + day(3) + day(1, "9,12,9,11,5") + day(2))
    result = folder.ingest()
    assert result.unsorted == 1
    assert any("sorted" in note for note in result.notes)
    unsorted = data_versions(folder.store)
    folder.write("seeds/BTC.csv", HEADER + day(1, "9,12,9,11,5") + day(2) + day(3))
    assert folder.ingest().unsorted == 0
    assert data_versions(folder.store) == unsorted


def test_rows_interleaved_by_symbol_are_in_order(folder):
    rows = "".join(f"{s},{day(d)}" for d in (1, 2, 3) for s in ("B", "A"))
    folder.write("seeds/all.csv", "symbol," + HEADER + rows)
    assert folder.ingest().unsorted == 0
    assert symbols(folder.store) == ["A", "B"]


def test_equal_duplicates_collapse_and_are_counted(folder):
    folder.write("seeds/a.csv", "symbol," + HEADER + "BTC," + day(1) + "BTC," + day(1) + "BTC," + day(2))
    folder.write("seeds/b.csv", "symbol," + HEADER + "BTC," + day(2) + "BTC," + day(3))
    result = folder.ingest()
    assert result.duplicates == 2
    assert result.added == 3
    assert "2 rows were there more than once, with equal values" in result.notes


def test_duplicates_of_missing_volume_are_equal(folder):
    folder.set(volume="optional").write("seeds/a.csv", HEADER + 2 * day(1, "10,12,9,11,"))
    assert folder.ingest().duplicates == 1


def test_differing_duplicates_name_both_rows(folder):
    folder.write("seeds/a.csv", "symbol," + HEADER + "BTC," + day(1) + "BTC," + day(2))
    folder.write("seeds/b.csv", "symbol," + HEADER + "BTC," + day(2, "10,12,9,11.5,5"))
    error = refused(folder, "candles-duplicate")
    assert "seeds/b.csv, row 1, BTC 2020-01-02" in error.what
    assert "seeds/a.csv, row 2" in error.what
    assert "close 11.0" in error.what
    assert "close 11.5" in error.what
    assert [(place.file, place.line) for place in error.where] == [("seeds/a.csv", 3), ("seeds/b.csv", 2)]


def test_differing_duplicates_are_refused_even_where_faults_are_dropped(folder):
    folder.set(invalid="drop").write("seeds/a.csv", HEADER + day(1) + day(1, "10,12,9,11.5,5"))
    refused(folder, "candles-duplicate")


def test_a_change_that_contradicts_a_file_not_read_this_time_is_refused(folder):
    for name in ("a", "b"):
        folder.write(f"seeds/{name}.csv", "symbol," + HEADER + "BTC," + day(1))
    folder.ingest()
    folder.write("seeds/b.csv", "symbol," + HEADER + "BTC," + day(1, "10,12,9,11.5,5"))
    error = refused(folder, "candles-duplicate")
    assert "seeds/a.csv" in error.what
    folder.write("seeds/a.csv", "symbol," + HEADER + "BTC," + day(1, "10,12,9,11.5,5"))
    assert folder.ingest().changed == 1


def test_a_new_file_may_not_contradict_an_old_one(folder):
    folder.write("seeds/a.csv", "symbol," + HEADER + "BTC," + day(1))
    folder.ingest()
    folder.write("seeds/b.csv", "symbol," + HEADER + "BTC," + day(1, "10,12,9,11.5,5"))
    refused(folder, "candles-duplicate")


def test_a_duplicate_seen_only_later_is_known_to_both_files(folder):
    folder.write("seeds/a.csv", "symbol," + HEADER + "BTC," + day(1))
    folder.ingest()
    folder.write("seeds/b.csv", "symbol," + HEADER + "BTC," + day(1))
    assert folder.ingest().changed == 0
    folder.write("seeds/a.csv", "symbol," + HEADER + "BTC," + day(1, "10,12,9,11.5,5"))
    refused(folder, "candles-duplicate")


def test_a_file_that_is_gone_keeps_its_candles_and_is_named(folder):
    path = folder.write("seeds/a.csv", HEADER + day(1))
    folder.write("seeds/b.csv", HEADER + day(1))
    folder.ingest()
    path.unlink()
    result = folder.ingest()
    assert result.gone == ("seeds/a.csv",)
    assert any("seeds/a.csv" in warning for warning in result.warnings)
    assert symbols(folder.store) == ["a", "b"]
    result = folder.ingest(full_refresh=True)
    assert "asked for" in result.refreshed
    assert symbols(folder.store) == ["b"]


@pytest.mark.parametrize(
    "change", [{"interval": Interval.parse("12h")}, {"stamp": "close"}, {"columns": {"open": "close", "close": "open"}}]
)
def test_other_settings_replace_every_candle(folder, change):
    folder.write("seeds/BTC.csv", HEADER + day(1) + day(2))
    folder.ingest()
    before = load_candles(folder.store, "BTC")
    result = folder.set(**change).ingest()
    assert next(iter(change)) in result.refreshed
    assert len(load_candles(folder.store, "BTC")) == len(before)
    assert folder.ingest().read == ()


def test_other_rules_judge_every_candle_again_and_forget_none(folder):
    path = folder.write("seeds/A.csv", HEADER + day(1) + day(2))
    folder.set(gaps="allow").write("seeds/B.csv", HEADER + day(1) + day(4) + day(5, "0,12,9,11,5"))
    refused(folder, "candles-invalid")
    folder.set(invalid="drop").ingest()
    path.unlink()
    refused(folder.set(gaps="error"), "candles-gap")
    refused(folder.set(gaps="warn", invalid="error"), "candles-invalid")
    result = folder.set(invalid="drop").ingest()
    assert "candles.gaps was 'allow' and is 'warn'" in result.refreshed
    assert result.read == ("seeds/B.csv",)
    assert (result.added, result.changed) == (0, 0)
    assert any("B: 1 gap, 2 candles missing" in warning for warning in result.warnings)
    assert symbols(folder.store) == ["A", "B"]
    assert folder.ingest().read == ()


@pytest.mark.parametrize("chunk", [1, 2, 3, 5])
def test_judging_in_chunks_is_judging_at_once(folder, monkeypatch, chunk):
    rows = [
        ("A", 1, "10,12,9,11,5"), ("A", 1, "10,12,9,11,5"), ("A", 1, "10,12,9,11,5"), ("A", 2, "nan,12,9,11,5"),
        ("A", 2, "10,12,9,11,5"), ("A", 2, "10,12,9,11,5"), ("A", 3, "10,12,0,11,5"), ("A", 3, "10,12,0,11,5"),
        ("B", 1, "10,12,9,11,5"), ("B", 3, "10,12,9,11,5"), ("B", 2, "10,12,9,11,5"), ("B", 3, "10,12,9,11,5"),
    ]  # fmt: skip
    monkeypatch.setattr("candlewick.store.judge._CHUNK", chunk)
    folder.set(invalid="drop", gaps="allow")
    folder.write("seeds/a.csv", "symbol," + HEADER + "".join(f"{s},{day(d, v)}" for s, d, v in rows))
    folder.write("seeds/b.csv", "symbol," + HEADER + "A," + day(1) + "B," + day(3))
    result = folder.ingest()
    assert (result.added, result.duplicates, result.unsorted) == (5, 6, 1)
    assert sum(result.dropped.values()) == 3
    assert {s: list(f.index.day) for s, f in load_many(folder.store)} == {"A": [1, 2], "B": [1, 2, 3]}
    folder.write("seeds/b.csv", "symbol," + HEADER + "A," + day(1, "10,12,9,11.5,5") + "B," + day(3))
    error = refused(folder, "candles-duplicate")
    assert "seeds/b.csv, row 1, A 2020-01-01" in error.what
    assert "seeds/a.csv, row 1" in error.what or "seeds/a.csv, row 3" in error.what


def test_a_source_that_is_all_dropped_or_unfinished_has_no_candles(folder):
    folder.set(invalid="drop").write("seeds/A.csv", HEADER + day(1, "0,12,9,11,5") + day(2))
    folder.now = int(dt.datetime(2020, 1, 2, 12, tzinfo=UTC).timestamp() * 1000)
    assert "2 rows were left out" in refused(folder, "candles-none").what


@pytest.mark.parametrize(
    ("values", "what"),
    [
        ("nan,12,9,11,5", "a price is missing"),
        (",12,9,11,5", "a price is missing"),
        ("null,12,9,11,5", "a price is missing"),
        ("inf,12,9,11,5", "a price is missing or not finite"),
        ("-10,12,9,11,5", "zero or negative"),
        ("0,12,9,11,5", "zero or negative"),
        ("10,10.5,9,11,5", "the high is below"),
        ("10,12,10.5,11,5", "the low is above"),
        ("10,12,9,11,-1", "the volume is negative"),
        ("10,12,9,11,", "the volume is missing"),
    ],
)
def test_an_unsound_candle_refuses_the_ingest(folder, values, what):
    folder.write("seeds/BTC.csv", HEADER + day(1))
    folder.ingest()
    folder.write("seeds/BTC.csv", HEADER + day(1) + "\n" + day(2, values) + day(3, values))
    error = refused(folder, "candles-invalid")
    assert "seeds/BTC.csv, row 2, BTC 2020-01-02" in error.what
    assert what in error.what
    assert "1 more" in error.what
    assert [(place.file, place.line, place.source) for place in error.where] == [
        ("seeds/BTC.csv", 4, day(2, values).strip())
    ]
    assert "invalid: drop" in error.hint


def test_unsound_candles_can_be_dropped_and_are_counted_by_reason(folder):
    rows = day(1) + day(2, "nan,12,9,11,5") + day(3, "10,12,0,11,5") + day(4, "10,12,0,11,5") + day(5)
    folder.set(invalid="drop").write("seeds/BTC.csv", HEADER + rows)
    result = folder.ingest()
    assert result.dropped == {
        "a price is missing or not finite": 1,
        "a price is zero or negative": 2,
    }
    assert "2 rows were dropped: a price is zero or negative" in result.warnings
    assert list(load_candles(folder.store, "BTC").index.day) == [1, 5]


def test_a_dropped_row_is_no_duplicate(folder):
    folder.set(invalid="drop").write("seeds/BTC.csv", HEADER + day(1) + day(1, "nan,12,9,11,5") + day(2))
    result = folder.ingest()
    assert (result.added, result.duplicates) == (2, 0)


def test_optional_volume_is_missing_not_zero(folder):
    folder.set(volume="optional").write("seeds/EURUSD.csv", HEADER + day(1, "10,12,9,11,") + day(2))
    folder.write("seeds/GBPUSD.csv", "ts,open,high,low,close\n2020-01-01,10,12,9,11\n")
    folder.ingest()
    assert load_candles(folder.store, "EURUSD")["volume"].isna().to_list() == [True, False]
    assert load_candles(folder.store, "GBPUSD")["volume"].isna().all()
    with duckdb.connect(str(folder.store), read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM candles WHERE volume IS NULL").fetchall() == [(2,)]


def test_candles_closer_than_the_interval_are_refused(folder):
    folder.write("seeds/BTC.csv", HEADER + "2020-01-01 00:00,10,12,9,11,5\n2020-01-01 01:00,10,12,9,11,5\n")
    error = refused(folder, "candles-overlap")
    assert "3,600 seconds after" in error.what
    assert "interval" in error.hint


def test_an_unfinished_last_candle_is_left_out_and_said_so(folder):
    folder.write("seeds/BTC.csv", HEADER + day(1) + day(2))
    folder.now = int(dt.datetime(2020, 1, 2, 23, 59, 59, tzinfo=UTC).timestamp() * 1000)
    result = folder.ingest()
    assert result.unfinished == (("BTC", 1_577_923_200_000),)
    assert any("left out until they are finished: BTC 2020-01-02" in note for note in result.notes)
    assert len(load_candles(folder.store, "BTC")) == 1


def test_a_candle_is_finished_the_moment_it_closes(folder):
    folder.write("seeds/BTC.csv", HEADER + day(1) + day(2))
    folder.now = int(dt.datetime(2020, 1, 3, tzinfo=UTC).timestamp() * 1000)
    assert folder.ingest().unfinished == ()


def test_a_candle_that_was_unfinished_is_taken_once_it_is_finished(folder):
    folder.write("seeds/BTC.csv", HEADER + day(1) + day(2))
    folder.now = int(dt.datetime(2020, 1, 2, 12, tzinfo=UTC).timestamp() * 1000)
    folder.ingest()
    folder.now = NOW
    result = folder.ingest()
    assert (result.added, result.unfinished) == (1, ())


def test_a_candle_of_the_future_is_refused(folder):
    folder.write("seeds/BTC.csv", HEADER + day(1) + day(9))
    folder.now = int(dt.datetime(2020, 1, 5, tzinfo=UTC).timestamp() * 1000)
    assert "BTC 2020-01-09" in refused(folder, "candles-future").what
    result = folder.set(invalid="drop").ingest()
    assert result.dropped == {"the candle opens after the present": 1}


def test_symbols_of_any_spelling(folder):
    odd = [
        "BRK.B",
        "BTC/USDT",
        "ES=F",
        "^GSPC",
        "日経",
        "a b",
        "x'y",
        'q"q',
        "DROP TABLE candles; --",
        "NA",
        "null",
        "-",
    ]
    rows = "".join('"{}",{}'.format(s.replace('"', '""'), day(1)) for s in odd)
    folder.write("seeds/all.csv", "symbol," + HEADER + rows)
    folder.ingest()
    assert symbols(folder.store) == sorted(odd, key=lambda s: s.encode())
    for symbol in odd:
        assert len(load_candles(folder.store, symbol)) == 1


@pytest.mark.parametrize("price", ["1e-12", "1e12"])
def test_tiny_and_huge_prices_are_kept_to_the_bit(folder, price):
    folder.write("seeds/X.csv", HEADER + day(1, f"{price},{price},{price},{price},1e15"))
    folder.ingest()
    assert load_candles(folder.store, "X")["close"].to_list() == [float(price)]


@pytest.mark.slow
def test_ten_thousand_symbols(folder):
    names = [f"S{number:05d}" for number in range(10_000)]
    folder.write("seeds/all.csv", "symbol," + HEADER + "".join(f"{name},{day(1)}{name},{day(2)}" for name in names))
    result = folder.ingest()
    assert result.added == 20_000
    assert symbols(folder.store) == names
    assert sum(len(frame) for _, frame in load_many(folder.store)) == 20_000


def test_one_candle(folder):
    folder.write("seeds/BTC.csv", HEADER + day(1))
    folder.ingest()
    assert len(load_candles(folder.store, "BTC")) == 1
    assert gaps(folder.store)[0].gaps == 0


@pytest.mark.parametrize("content", ["", "\n\n", HEADER, HEADER.strip()])
def test_a_source_without_any_candle_is_refused(folder, content):
    folder.write("seeds/BTC.csv", content)
    assert "seeds/BTC.csv" in refused(folder, "candles-none").what


def test_one_empty_file_among_others_is_noted(folder):
    folder.write("seeds/BTC.csv", HEADER + day(1))
    folder.write("seeds/ETH.csv", HEADER)
    folder.write("seeds/SOL.csv", "")
    result = folder.ingest()
    assert "seeds/ETH.csv, seeds/SOL.csv: no candles" in result.notes
    assert symbols(folder.store) == ["BTC"]
    assert folder.ingest().read == ()


def test_gaps_are_reported_by_symbol(folder):
    folder.set(interval=Interval.parse("1h"))
    hours = [0, 1, 2, 5, 6, 10]
    folder.write("seeds/BTC.csv", HEADER + "".join(f"2020-01-01 {h:02d}:00,10,12,9,11,5\n" for h in hours))
    result = folder.ingest()
    (found,) = result.gaps
    assert (found.gaps, found.missing, found.first_missing, found.largest_missing) == (2, 5, 2, 3)
    assert any("BTC: 2 gaps, 5 candles missing" in warning for warning in result.warnings)
    assert folder.ingest().gaps == (found,)
    assert not folder.set(gaps="allow").ingest().warnings


def test_gaps_can_be_an_error(folder):
    folder.set(gaps="error").write("seeds/BTC.csv", HEADER + day(1) + day(2) + day(5))
    error = refused(folder, "candles-gap")
    assert "BTC: 2 candles are missing between 2020-01-02 and 2020-01-05" in error.what


def test_a_gap_between_what_was_there_and_what_came_is_seen(folder):
    folder.set(gaps="error").write("seeds/BTC.csv", HEADER + day(1) + day(2))
    folder.ingest()
    folder.write("seeds/BTC.csv", HEADER + day(1) + day(2) + day(6))
    refused(folder, "candles-gap")


def test_a_jump_that_looks_like_a_split_is_named(folder):
    rows = day(1, "400,410,390,404,5") + day(2, "101,105,99,100,5") + day(3, "100,105,99,100,5")
    folder.write("seeds/AAPL.csv", HEADER + rows)
    result = folder.ingest()
    (jump,) = result.jumps
    assert (jump.symbol, jump.ratio) == ("AAPL", "4:1")
    assert any("AAPL: 404.0 closed and 101.0 opened at 2020-01-02" in warning for warning in result.warnings)
    folder.write("seeds/AAPL.csv", HEADER + rows + day(4, "100,105,99,100,5"))
    assert folder.ingest().jumps == ()


def test_a_file_that_changes_while_it_is_read_is_refused(folder, monkeypatch):
    from candlewick.store import ingest as module

    path = folder.write("seeds/BTC.csv", HEADER + day(1))
    stage = module.stage

    def staged_while_written(*args):
        result = stage(*args)
        path.write_text(HEADER + day(1) + day(2))
        return result

    monkeypatch.setattr(module, "stage", staged_while_written)
    assert "changed while it was read" in refused(folder, "candles-file").what


def test_nothing_is_left_beside_the_store(folder):
    folder.write("seeds/BTC.csv", HEADER + day(1))
    folder.ingest()
    assert [path.name for path in folder.store.parent.iterdir()] == ["candlewick.duckdb"]


def test_a_store_that_is_held_refuses_without_reading_half(folder):
    folder.write("seeds/BTC.csv", HEADER + day(1))
    folder.ingest()
    folder.store.write_bytes(b"not a store" * 1000)
    folder.write("seeds/BTC.csv", HEADER + day(2))
    with pytest.raises(StoreError) as caught:
        folder.ingest()
    assert caught.value.code == "store-damaged"


numbers = st.floats(min_value=1e-6, max_value=1e9, allow_nan=False)


@given(
    st.dictionaries(st.tuples(st.sampled_from("AB"), st.integers(1, 28)), numbers, min_size=1, max_size=12),
    st.randoms(use_true_random=False),
    st.integers(1, 2),
)
@examples(6)
def test_whatever_the_files_the_store_holds_the_same(tmp_path_factory, candles, random, parts):
    from candlewick.store.source import Source

    from .conftest import Folder

    rows = [f"{s},2020-02-{d:02d},{p!r},{p!r},{p!r},{p!r},1\n" for (s, d), p in candles.items()]
    found = []
    for shuffled in (sorted(rows), random.sample(rows, len(rows))):
        root = tmp_path_factory.mktemp("project")
        folder = Folder(Source(root, ("*.csv",), Interval.parse("1d")), root / "target" / "store.duckdb")
        for number in range(parts):
            folder.write(f"{number}.csv", "symbol," + HEADER + "".join(shuffled[number::parts]))
            if any(shuffled[: number + 1]):
                folder.ingest()
        found.append(data_versions(folder.store))
        loaded = {(s, ts.day): row.close for s, frame in load_many(folder.store) for ts, row in frame.iterrows()}
        assert loaded == candles
    assert found[0] == found[1]


@pytest.mark.slow
@pytest.mark.parametrize("delay", [0.3, 0.5, 0.7, 0.9, 1.1])
def test_a_kill_at_any_moment_leaves_all_or_nothing(folder, delay):
    folder.set(interval=Interval.parse("1m"), gaps="allow")
    minutes = pd.date_range("2020-01-01", periods=200_000, freq="min").strftime("%Y-%m-%d %H:%M")
    folder.write("seeds/BTC.csv", HEADER + "".join(f"{each},10,12,9,11,5\n" for each in minutes[:1000]))
    folder.ingest()
    before = data_versions(folder.store)
    folder.write("seeds/BTC.csv", HEADER + "".join(f"{each},10,12,9,11,6\n" for each in minutes))
    program = f"""
from pathlib import Path
from candlewick.candles import Interval
from candlewick.store.ingest import ingest
from candlewick.store.source import Source
print("ready", flush=True)
source = Source(Path({str(folder.source.root)!r}), ("seeds/*",), Interval.parse("1m"), gaps="allow")
ingest(source, Path({str(folder.store)!r}), now={NOW})
"""
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    time.sleep(delay)
    process.kill()
    process.wait()
    killed = data_versions(folder.store)
    result = folder.ingest()
    after = data_versions(folder.store)
    assert killed in (before, after)
    assert result.changed == (1000 if killed == before else 0)
    assert len(load_candles(folder.store, "BTC")) == 200_000
    beside = {path.name for path in folder.store.parent.iterdir()} - {"candlewick.duckdb"}
    # killed after its commit, DuckDB's log is taken in by the next command that writes
    assert beside <= ({"candlewick.duckdb.wal"} if killed == after else set())


def test_candles_that_a_file_no_longer_has_are_kept_and_said_so(folder):
    folder.write("seeds/BTC.csv", HEADER + day(1) + day(2) + day(3))
    folder.ingest()
    folder.write("seeds/BTC.csv", HEADER + day(1) + day(3))
    result = folder.ingest()
    assert (result.added, result.changed, result.symbols[0].candles) == (0, 0, 3)
    assert [note for note in result.notes if note.startswith("BTC: 1 candle no longer in the file")]
    assert folder.ingest(full_refresh=True).symbols[0].candles == 2


def test_a_full_refresh_tells_what_it_changes_and_forgets(folder):
    """Candles that were downloaded again: that every one is read anew is no news, that one has another value is."""
    folder.write("seeds/BTC.csv", HEADER + day(1) + day(2) + day(3))
    folder.ingest()
    result = folder.ingest(full_refresh=True)
    assert (result.added, result.changed, result.warnings) == (0, 0, ())
    folder.write("seeds/BTC.csv", HEADER + day(1, "10,12,9,11,6") + day(3) + day(4))
    result = folder.ingest(full_refresh=True)
    assert (result.added, result.changed, result.symbols[0].candles) == (1, 1, 3)
    assert "BTC: 1 old candle changed, the first at 2020-01-01" in result.warnings
    assert "BTC: 1 candle forgotten, which the source has no more" in result.notes
    result = folder.set(stamp="close").ingest()
    assert (result.added, result.changed) == (3, 0)  # they mean something else now


def test_an_interval_that_no_candle_keeps_is_said_so(folder):
    rows = "".join(f"2020-01-{1 + hour // 24:02d} {hour % 24:02d}:00,10,12,9,11,5\n" for hour in range(24 * 28))
    folder.set(interval=Interval.parse("1h")).write("seeds/BTC.csv", HEADER + rows)
    assert folder.ingest().warnings == ()
    result = folder.set(interval=Interval.parse("15m")).ingest()
    assert result.gaps[0].gaps == 0  # every hole recurs each week, so none of them is a gap
    assert [warning for warning in result.warnings if "candles.interval" in warning]
