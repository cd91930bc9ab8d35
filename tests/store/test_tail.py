"""A file that only gained later candles: its tail is judged alone, and nobody can tell."""

from __future__ import annotations

import datetime as dt
import io
import tempfile
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from candlewick.candles import COLUMNS, Interval
from candlewick.errors import CandleError
from candlewick.store import staging
from candlewick.store.candles import candle_counts, data_versions, gaps, load_candles, month_versions
from candlewick.store.connection import read, write
from candlewick.store.ledger import insert
from candlewick.store.snapshots import current_snapshots, prefixes
from candlewick.store.source import Source

from ..effort import examples
from .conftest import HEADER, Folder, day


@pytest.fixture
def tails(monkeypatch):
    """The names of the files whose tails were cut."""
    cut_lines, cut_rows, names = staging.cut_lines, staging.cut_rows, []

    def lines(file, *given):
        names.append(file.name)
        return cut_lines(file, *given)

    def rows(connection, files):
        cut_rows(connection, files)
        names.extend(file.name for file in files.values())

    monkeypatch.setattr(staging, "cut_lines", lines)
    monkeypatch.setattr(staging, "cut_rows", rows)
    return names


def put(folder, name, text):
    """Write lines of CSV as the file that ``name`` says."""
    if not name.endswith(".parquet"):
        return folder.write(name, text)
    folder.write(name, "")
    frame = pd.read_csv(io.StringIO(text), parse_dates=["ts"], dtype=dict.fromkeys(COLUMNS, float))
    return frame.to_parquet(folder.source.root / name)


def append(folder, text, name="seeds/BTC.csv"):
    with (folder.source.root / name).open("ab") as file:
        file.write(text.encode())


def same_as_anew(folder):
    """Whether the store holds what an ingest into an empty one gives."""
    anew = Folder(folder.source, folder.store.with_name("anew.duckdb"), now=folder.now)
    anew.store.unlink(missing_ok=True)
    anew.ingest()
    return _held(folder.store) == _held(anew.store)


def _held(store):
    with read(store) as connection:
        holes = connection.execute("SELECT * FROM wick.holes ORDER BY symbol").fetchall()
    return candle_counts(store), data_versions(store), month_versions(store), gaps(store), holes


def test_the_tail_is_read_alone(folder, tails):
    folder.write("seeds/BTC.csv", HEADER + day(1) + day(2))
    folder.ingest()
    append(folder, day(3) + day(9))
    result = folder.ingest()
    assert tails == ["seeds/BTC.csv"]
    assert (result.read, result.added, result.changed) == (("seeds/BTC.csv",), 2, 0)
    assert [one.missing for one in result.gaps] == [5]
    assert same_as_anew(folder)
    append(folder, day(10))
    folder.ingest()
    assert len(tails) == 2
    assert folder.ingest().read == ()
    assert [one.missing for one in gaps(folder.store)] == [5]
    assert same_as_anew(folder)


@pytest.mark.parametrize("name", ["seeds/BTC.parquet", "seeds/BTC.csv.gz"])
def test_of_a_file_that_must_be_unpacked_only_new_rows_are_judged(folder, tails, name):
    put(folder, name, HEADER + day(1) + day(2))
    folder.ingest()
    put(folder, name, HEADER + day(1) + day(2) + day(3))
    assert folder.ingest().added == 1
    put(folder, name, HEADER + day(1) + day(2) + day(3) + day(9))
    assert folder.ingest().added == 1
    assert tails == [name] * 2
    assert same_as_anew(folder)
    put(folder, name, HEADER + day(1) + day(2, "10,12,9,11,-0.0") + day(3) + day(9) + day(10))
    result = folder.ingest()
    assert (result.added, result.changed) == (1, 1)
    put(folder, name, HEADER + day(1) + day(2, "10,12,9,11,0.0") + day(3) + day(9) + day(10) + day(11))
    folder.ingest()
    assert tails == [name] * 2
    put(folder, name, HEADER + day(1) + day(2, "10,12,9,11,0.0"))
    assert folder.ingest().notes


@pytest.mark.parametrize(
    "beginning",
    [
        "\r\n\r\n" + (HEADER + day(1) + day(2)).replace("\n", "\r\n"),
        "\ufeff" + HEADER + day(1) + day(2),
        (HEADER + day(1) + day(2)).replace(",", ";"),
        "symbol," + HEADER + "".join(f'"{symbol}",{day(n)}' for n in (1, 2) for symbol in ("A,B", "C")),
        "volume,close,low,high,open,date\n5,11,9,12,10,1577836800\n5,11,9,12,10,1577923200\n",
    ],
    ids=["CRLF and empty lines", "BOM", "semicolons", "symbols in quotes", "epochs and another order"],
)
def test_the_tail_is_read_as_the_beginning_was(folder, tails, beginning):
    folder.set(columns={"ts": "date"} if "date" in beginning else {})
    folder.write("seeds/BTC.csv", beginning)
    folder.ingest()
    line = beginning.encode().split(b"\n")[-2] + b"\n"
    for old, new in ((b"2020-01-02", b"2020-01-03"), (b"1577923200", b"1578009600"), (b"11", b"11.5")):
        line = line.replace(old, new)
    append(folder, line.decode())
    assert folder.ingest().added == 1
    assert tails
    assert same_as_anew(folder)


@pytest.mark.parametrize(
    ("beginning", "more"),
    [
        (day(1) + day(2)[:-1], "0\n" + day(3)),
        (day(1) + day(3), day(2)),
        (day(1) + day(2), day(2)),
        (day(1) + day(2) + day(2), day(3)),
    ],
    ids=["a line without an end", "an earlier candle", "an equal candle", "duplicates before"],
)
def test_what_only_looks_like_a_tail_is_read_whole(folder, tails, beginning, more):
    folder.write("seeds/BTC.csv", HEADER + beginning)
    folder.ingest()
    append(folder, more)
    folder.ingest()
    assert same_as_anew(folder)
    assert len(load_candles(folder.store, "BTC")) == len(set((beginning + more).replace("50\n", "5\n").split()))


def test_a_candle_too_close_to_the_last_known_one_is_refused(folder, tails):
    folder.write("seeds/BTC.csv", HEADER + day(1) + day(2))
    folder.ingest()
    append(folder, "2020-01-02 13:00:00,10,12,9,11,5\n")
    with pytest.raises(CandleError, match=r"BTC.csv, row 3, .* 46,800 seconds after the candle before it") as caught:
        folder.ingest()
    assert tails
    assert caught.value.code == "candles-overlap"


def test_an_edited_beginning_is_no_beginning(folder, tails):
    folder.write("seeds/BTC.csv", HEADER + day(1) + day(2))
    folder.ingest()
    folder.write("seeds/BTC.csv", HEADER + day(1, "10,12,9,11.5,5") + day(2) + day(3))
    result = folder.ingest()
    assert tails == []
    assert (result.added, result.changed) == (1, 1)
    assert same_as_anew(folder)


def test_a_fault_in_the_tail_is_told_of_the_file(folder, tails):
    folder.write("seeds/BTC.csv", HEADER + day(1) + day(2))
    folder.ingest()
    before = folder.store.read_bytes()
    append(folder, day(3) + day(4, "10,9,9,11,5"))
    with pytest.raises(CandleError) as caught:
        folder.ingest()
    assert tails
    assert "seeds/BTC.csv, row 4, BTC 2020-01-04" in str(caught.value)
    assert caught.value.where[0].line == 5
    assert folder.store.read_bytes() == before


@pytest.mark.parametrize("name", ["seeds/all.csv", "seeds/all.parquet"])
def test_unfinished_candles_at_the_end_are_the_next_tail(folder, tails, name):
    """What a live source writes: the last candle of every symbol is still open, and will have other values."""
    folder.now = int(dt.datetime(2020, 1, 3, 12, tzinfo=dt.UTC).timestamp() * 1000)
    head = "symbol," + HEADER + "".join(f"{symbol},{day(n)}" for n in (1, 2) for symbol in "AB")
    put(folder, name, head + f"A,{day(3)}B,{day(3)}")
    assert len(folder.ingest().unfinished) == 2
    put(folder, name, head + f"A,{day(3, '10,20,9,15,5')}B,{day(3)}" + f"A,{day(4)}B,{day(4)}")
    folder.now += 86_400_000
    result = folder.ingest()
    assert tails == [name]
    assert (result.added, result.changed, len(result.unfinished)) == (2, 0, 2)
    assert load_candles(folder.store, "A")["close"].to_list() == [11.0, 11.0, 15.0]
    folder.now += 86_400_000
    assert folder.ingest().added == 2
    assert len(tails) == 2
    assert same_as_anew(folder)


@pytest.mark.parametrize("end", ["\n\n", "\n  \n", ""])
def test_unfinished_candles_that_are_not_the_last_line_are_not_forgotten(folder, tails, end):
    folder.now = int(dt.datetime(2020, 1, 3, 12, tzinfo=dt.UTC).timestamp() * 1000)
    folder.write("seeds/BTC.csv", HEADER + day(1) + day(2) + day(3).strip() + end)
    try:
        folder.ingest()
    except CandleError:
        return  # a line of blanks is no candle
    folder.now += 10 * 86_400_000
    append(folder, day(4) if end else "\n" + day(4))
    folder.ingest()
    assert len(load_candles(folder.store, "BTC")) == 4
    assert same_as_anew(folder)


def test_a_file_that_is_new_has_the_grown_ones_read_whole(folder, tails):
    """Its candles may contradict what stands in their beginnings."""
    folder.write("seeds/a.csv", "symbol," + HEADER + "BTC," + day(1) + "BTC," + day(2))
    folder.ingest()
    append(folder, "BTC," + day(3), "seeds/a.csv")
    folder.write("seeds/b.csv", "symbol," + HEADER + "BTC," + day(2, "1,1,1,1,1"))
    with pytest.raises(CandleError) as caught:
        folder.ingest()
    assert caught.value.code == "candles-duplicate"
    assert tails == []


def test_a_file_that_was_gone_is_read_whole_when_it_is_back(folder, tails):
    """Another file may hold its candles by then: what both say is both's, and neither may change it alone."""
    folder.write("seeds/a.csv", "symbol," + HEADER + "BTC," + day(1) + "BTC," + day(2))
    folder.ingest()
    kept = (folder.source.root / "seeds/a.csv").rename(folder.source.root / "a.csv")
    folder.write("seeds/b.csv", "symbol," + HEADER + "BTC," + day(1) + "BTC," + day(2))
    folder.ingest()
    kept.rename(folder.source.root / "seeds/a.csv")
    append(folder, "BTC," + day(3), "seeds/a.csv")
    assert folder.ingest().added == 1
    assert tails == []
    folder.write("seeds/b.csv", "symbol," + HEADER + "BTC," + day(1) + "BTC," + day(2, "10,12,9,11.5,5"))
    with pytest.raises(CandleError) as caught:
        folder.ingest()
    assert caught.value.code == "candles-duplicate"


def test_a_file_that_was_gone_and_is_back_as_it_was_has_its_say(folder):
    lines = "symbol," + HEADER + "BTC," + day(1) + "BTC," + day(2)
    folder.write("seeds/a.csv", lines)
    folder.ingest()
    kept = (folder.source.root / "seeds/a.csv").rename(folder.source.root / "a.csv")
    folder.write("seeds/b.csv", lines)
    folder.ingest()
    kept.rename(folder.source.root / "seeds/a.csv")
    folder.ingest()
    folder.write("seeds/b.csv", lines.replace("11", "11.5"))
    with pytest.raises(CandleError) as caught:
        folder.ingest()
    assert caught.value.code == "candles-duplicate"


def test_candles_dropped_as_not_begun_are_there_once_they_are_over(folder):
    folder.set(invalid="drop")
    folder.write("seeds/BTC.csv", HEADER + day(1) + day(2) + day(5))
    folder.now = int(dt.datetime(2020, 1, 3, 12, tzinfo=dt.UTC).timestamp() * 1000)
    first = folder.ingest()
    assert (first.added, first.awaits) == (2, True)
    folder.now += 10 * 86_400_000
    then = folder.ingest()
    assert (then.added, then.awaits) == (1, False)
    assert same_as_anew(folder)
    assert folder.ingest().read == ()


def test_a_file_that_was_not_written_to_is_not_hashed(folder, monkeypatch):
    for name in ("A", "B"):
        folder.write(f"seeds/{name}.csv", HEADER + day(1))
    folder.ingest()
    append(folder, day(2), "seeds/B.csv")
    monkeypatch.setattr("candlewick.store.source._TICK", -(10**19))  # no write is recent
    folder.ingest()
    append(folder, day(3), "seeds/B.csv")
    hashed = []
    monkeypatch.setattr(
        "candlewick.store.source.hashes", lambda path, beginning: (hashed.append(path.name), ("", "other"))[1]
    )
    with duckdb.connect(str(folder.store), read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM wick.files WHERE stamp <> ''").fetchall() == [(2,)]
    folder.ingest()
    assert hashed == ["B.csv"]


def test_a_full_refresh_keeps_no_beginning_of_what_it_forgets(folder):
    folder.write("seeds/BTC.csv", HEADER + day(1) + day(2))
    folder.ingest()
    with write(folder.store) as connection:
        seen = current_snapshots(connection)
        insert(connection, "wick.snapshots", [(one.id, one.symbol, one.text) for one in seen.values()])
    append(folder, day(3))
    folder.ingest()
    folder.write("seeds/BTC.csv", HEADER + day(10) + day(11))
    folder.ingest(full_refresh=True)
    with read(folder.store) as connection:
        assert prefixes(connection, seen.values(), current_snapshots(connection)) == {}


SOUND = "10,12,9,11,5"
CANDLES = st.lists(st.tuples(st.integers(1, 3), st.sampled_from([SOUND, "40,42,39,41,5", "11,12,9,11,"])), max_size=4)
WRITES = st.lists(
    st.tuples(
        st.sampled_from(["A.csv", "A.csv", "A.csv", "B.csv", "C.csv.gz", "D.parquet"]),
        CANDLES,
        st.sampled_from(["", "\n"]),
        st.booleans(),
    ),
    min_size=1,
    max_size=6,
)
START = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


@pytest.mark.slow
@examples(30)
@given(WRITES)
def test_whatever_is_appended_the_store_is_as_if_read_anew(writes):
    """Days follow one another or leave some out, are written again, end with an empty line; the last is not over."""
    with tempfile.TemporaryDirectory() as place:
        folder = folder_in(Path(place))
        for _ in ingests(folder, writes):
            assert same_as_anew(folder)


@pytest.mark.slow
@examples(60)
@given(WRITES)
@example([("A.csv", [(2, SOUND), (1, SOUND)], "", False), ("A.csv", [(1, SOUND)] * 4, "", True)])
@example([("A.csv", [(2, SOUND), (1, SOUND)], "", False), ("A.csv", [(1, "11,12,9,11,5")] * 4, "", True)])
def test_what_is_kept_of_the_beginning_of_a_month_is_what_its_candles_say(writes):
    with tempfile.TemporaryDirectory() as place:
        folder = folder_in(Path(place))
        seen = {}
        for _ in ingests(folder, writes):
            with write(folder.store) as connection:
                now = current_snapshots(connection)
                kept = prefixes(connection, seen.values(), now)
                connection.execute("BEGIN")
                connection.execute("DELETE FROM wick.beginnings")
                assert prefixes(connection, seen.values(), now) == kept
                connection.execute("ROLLBACK")
                seen |= {one.id: one for one in now.values()}
                connection.execute("DELETE FROM wick.snapshots")
                insert(connection, "wick.snapshots", [(one.id, one.symbol, one.text) for one in seen.values()])


def folder_in(root):
    source = Source(root, ("seeds/*",), Interval.parse("1d"), volume="optional")
    return Folder(source, root / "store" / "candlewick.duckdb")


def ingests(folder, writes):
    """Write and ingest, one after the other; what is refused is taken back."""
    files = {}
    for name, candles, end, again in [("A.csv", [(1, SOUND), (1, SOUND)], "", False), *writes]:
        before = files.get(name, {})
        number = 0 if again else max(before, default=0)
        days = dict(before)
        for step, values in candles:
            number += step
            days[number] = values
        folder.now = at(max(days, default=0)) + 3_600_000
        put(folder, f"seeds/{name}", text_of(days) + end)
        try:
            folder.ingest()
        except CandleError:
            if before:
                put(folder, f"seeds/{name}", text_of(before))
            else:
                (folder.source.root / "seeds" / name).unlink()
        else:
            files[name] = days
            yield name


def text_of(days):
    return HEADER + "".join(
        f"{dt.datetime.fromtimestamp(at(n) / 1000, dt.UTC).isoformat()},{days[n]}\n" for n in sorted(days)
    )


def at(number):
    return int((START + dt.timedelta(days=number)).timestamp() * 1000)
