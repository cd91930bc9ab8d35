"""How files of every layout are read: what they say, or the row, the value and the remedy."""

from __future__ import annotations

import datetime as dt

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from candlewick.candles import Interval
from candlewick.errors import CandleError
from candlewick.store.candles import load_candles, symbols

from .conftest import HEADER, day

UTC = dt.UTC
ROW = ",10,12,9,11,5\n"


def refused(folder, code):
    with pytest.raises(CandleError) as caught:
        folder.ingest()
    assert caught.value.code == code, str(caught.value)
    assert caught.value.hint
    assert not folder.store.exists()
    return caught.value


def times(folder, symbol="BTC"):
    return list(load_candles(folder.store, symbol).index)


def at(*parts):
    return pd.Timestamp(dt.datetime(*parts, tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2020-01-02", at(2020, 1, 2)),
        ("2020/01/02", at(2020, 1, 2)),
        ("2020-01-02 09:30", at(2020, 1, 2, 9, 30)),
        ("2020-01-02 09:30:00", at(2020, 1, 2, 9, 30)),
        ("2020-01-02T09:30:00Z", at(2020, 1, 2, 9, 30)),
        ("2020-01-02T09:30:00.000Z", at(2020, 1, 2, 9, 30)),
        ("2020-01-02 09:30:00+00:00", at(2020, 1, 2, 9, 30)),
        ("2020-01-02 09:30:00-05:00", at(2020, 1, 2, 14, 30)),
        ("2020-01-02 09:30:00+0530", at(2020, 1, 2, 4, 0)),
        ("2020-01-02 09:30:00 America/New_York", at(2020, 1, 2, 14, 30)),
        ("20200102", at(2020, 1, 2)),
        ("202001020930", at(2020, 1, 2, 9, 30)),
        ("20200102093000", at(2020, 1, 2, 9, 30)),
        ("1577957400", at(2020, 1, 2, 9, 30)),
        ("1577957400.0", at(2020, 1, 2, 9, 30)),
        ("1577957400.25", at(2020, 1, 2, 9, 30) + pd.Timedelta("250ms")),
        ("1577957400000", at(2020, 1, 2, 9, 30)),
        ("1577957400000000", at(2020, 1, 2, 9, 30)),
        ("1577957400000000000", at(2020, 1, 2, 9, 30)),
        ("0", at(1970, 1, 1)),
        ("-86400", at(1969, 12, 31)),
        ("1960-05-03", at(1960, 5, 3)),
    ],
)
def test_every_way_to_write_a_time(folder, text, expected):
    folder.write("seeds/BTC.csv", HEADER + text + ROW)
    folder.ingest()
    assert times(folder) == [expected]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("01/02/2020", "day and month"),
        ("2.1.2020", "day and month"),
        ("2020-02-30", "ISO 8601"),
        ("yesterday", "ISO 8601"),
        ("20201399", "ISO 8601"),
        ("2020-01-02 25:00", "ISO 8601"),
    ],
)
def test_a_text_that_is_no_time_is_refused_with_its_row(folder, text, hint):
    folder.write("seeds/BTC.csv", HEADER + day(1) + text + ROW)
    error = refused(folder, "candles-time")
    assert f"seeds/BTC.csv, row 2: ts is {text!r}" in error.what
    assert hint in error.hint
    assert error.where[0].line == 3


@pytest.mark.parametrize("text", ["", "1577957400", "1577957400000000001", "99999999999999999999"])
def test_an_epoch_of_another_unit_than_the_first_row_is_no_time(folder, text):
    folder.write("seeds/BTC.csv", HEADER + "1577836800000" + ROW + text + ROW)
    with pytest.raises(CandleError) as caught:
        folder.ingest()
    assert caught.value.code in {"candles-invalid", "candles-file", "candles-time"}
    assert "row 2" in caught.value.what


def test_a_number_too_large_for_any_epoch_is_no_time(folder):
    folder.write("seeds/BTC.csv", HEADER + "9" * 60 + ROW)
    assert "row 1: ts is '999" in refused(folder, "candles-time").what


def test_the_first_time_there_is_says_how_time_is_written(folder):
    folder.set(invalid="drop").write("seeds/BTC.csv", HEADER + ROW + "1577957400" + ROW)
    assert folder.ingest().dropped
    assert times(folder) == [at(2020, 1, 2, 9, 30)]


def test_a_zero_byte_is_shown_at_its_line(folder):
    folder.write("seeds/BTC.csv", HEADER + day(1) + day(2, "10,12\0,9,11,5"))
    assert refused(folder, "candles-encoding").where[0].line == 3


def test_finer_than_a_millisecond_is_no_open_time(folder):
    folder.write("seeds/BTC.csv", HEADER + "2020-01-01 00:00:00.000001" + ROW)
    assert "at no time" in refused(folder, "candles-invalid").what


def test_zones_are_normalised_and_mixtures_noted(folder):
    folder.set(interval=Interval.parse("1h"))
    folder.write("seeds/A.csv", HEADER + "2020-01-01 00:00:00+02:00" + ROW + "2020-01-01 00:00:00-05:00" + ROW)
    folder.write("seeds/B.csv", HEADER + "2020-01-01 00:00:00" + ROW)
    folder.write("seeds/C.csv", HEADER + "2020-01-01 00:00:00" + ROW + "2020-01-01 00:00:00-05:00" + ROW)
    folder.write("seeds/D.csv", HEADER + "2020-01-01" + ROW)
    result = folder.ingest()
    assert times(folder, "A") == [at(2019, 12, 31, 22), at(2020, 1, 1, 5)]
    assert "seeds/B.csv: times without a zone were read as UTC" in result.notes
    assert "seeds/C.csv: some times have a zone, the others were read as UTC" in result.notes
    assert not any("seeds/A.csv" in note or "seeds/D.csv" in note for note in result.notes)


def test_the_repeated_hour_of_autumn_with_offsets_is_two_candles(folder):
    folder.set(interval=Interval.parse("1h"))
    rows = ["2020-11-01 01:00:00-04:00", "2020-11-01 01:00:00-05:00", "2020-11-01 02:00:00-05:00"]
    folder.write("seeds/BTC.csv", HEADER + "".join(row + ROW for row in rows))
    folder.ingest()
    assert times(folder) == [at(2020, 11, 1, 5), at(2020, 11, 1, 6), at(2020, 11, 1, 7)]


def test_daily_candles_of_a_local_midnight_survive_the_change_of_clocks(folder):
    days = pd.date_range("2020-03-01", periods=20, freq="D", tz="America/New_York")
    folder.write("seeds/BTC.csv", HEADER + "".join(f"{one.isoformat()}{ROW}" for one in days))
    result = folder.ingest()
    assert result.added == 20
    assert result.gaps[0].gaps == 0


@pytest.mark.parametrize(
    "stamp", ["2020-01-02 00:00:00", "2020-01-01 23:59:59.999", "2020-01-01 23:59:59.999999", "1577923199999"]
)
def test_close_stamps_become_open_times(folder, stamp):
    folder.set(stamp="close").write("seeds/BTC.csv", HEADER + stamp + ROW)
    folder.ingest()
    assert times(folder) == [at(2020, 1, 1)]


def test_close_stamps_before_1970(folder):
    folder.set(stamp="close").write("seeds/BTC.csv", HEADER + "1962-01-02 23:59:59.999" + ROW + "1962-01-04" + ROW)
    folder.ingest()
    assert times(folder) == [at(1962, 1, 2), at(1962, 1, 3)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_delimiters_and_line_ends(folder, delimiter, newline):
    text = (HEADER + day(1) + day(2)).replace(",", delimiter).replace("\n", newline)
    folder.write("seeds/BTC.csv", text)
    assert folder.ingest().added == 2


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + HEADER + day(1),
        "\n\n" + HEADER + "\n" + day(1) + "\n\n",
        (HEADER + day(1)).rstrip("\n"),
        HEADER.upper() + day(1),
        HEADER.replace(",", " , ") + day(1).replace(",", " , "),
        '"ts","open","high","low","close","volume"\n"2020-01-01","10","12","9","11","5"\n',
        "note,volume,close,low,high,open,ts\nx y,5,11,9,12,10,2020-01-01\n",
        HEADER + day(1, "1e1,1.2E+1,9.,11.0,.5e1"),
        HEADER + day(1, "+10,12,9,11,5"),
    ],
)
def test_harmless_differences(folder, text):
    folder.write("seeds/BTC.csv", text)
    folder.ingest()
    frame = load_candles(folder.store, "BTC")
    assert frame.to_numpy().tolist() == [[10.0, 12.0, 9.0, 11.0, 5.0]]


def test_compressed_csv(folder):
    folder.write("seeds/BTC.csv.gz", HEADER + day(1) + day(2))
    folder.ingest()
    assert symbols(folder.store) == ["BTC"]


def test_error_rows_of_compressed_csv(folder):
    folder.write("seeds/BTC.csv.gz", HEADER + day(1) + day(2, "10,x,9,11,5"))
    error = refused(folder, "candles-number")
    assert error.where[0].line == 3


def test_columns_are_mapped(folder):
    folder.set(columns={"ts": "Date", "close": "Adj Close", "symbol": "Ticker"})
    folder.write("seeds/all.csv", "Ticker,Date,Open,High,Low,Close,Adj Close,Volume\nBTC,2020-01-01,10,12,9,99,11,5\n")
    folder.ingest()
    assert load_candles(folder.store, "BTC")["close"].to_list() == [11.0]


def test_the_exact_name_wins_over_another_case(folder):
    folder.write("seeds/BTC.csv", "ts,Open,open,high,low,close,volume\n2020-01-01,1,10,12,9,11,5\n")
    folder.ingest()
    assert load_candles(folder.store, "BTC")["open"].to_list() == [10.0]


@pytest.mark.parametrize(
    ("header", "what", "hint"),
    [
        ("date,open,high,low,close,volume", "no column 'ts'", "columns: {ts: date}"),
        ("ts,open,high,low,clsoe,volume", "no column 'close'", "columns: {close: clsoe}"),
        ("ts,open,high,low,last,volume", "no column 'close'", "columns: {close: last}"),
        ("t,o,h,l,c,v", "no columns 'ts', 'open'", "{ts: t, open: o, high: h, low: l, close: c, volume: v}"),
        ("Unix,Open,High,Low,Close,Volume USDT", "no columns 'ts', 'volume'", "{ts: Unix, volume: Volume USDT}"),
        ("Gmt time,mid_open,high,low,close,volume", "no columns 'ts', 'open'", "{ts: Gmt time, open: mid_open}"),
        ("trade_date,1. open,high,low,close,volume", "'ts', 'open'", '{ts: trade_date, open: "1. open"}'),
        ("<DATE>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<TICKVOL>", "no columns", "{ts: <DATE>, open: <OPEN>, high: <HIGH>"),
        ("Date,Time,open,high,low,close,volume", "no column 'ts'", "'Time' must be joined to 'Date'"),
        (",open,high,low,close,volume", "no column 'ts'", "the file has one without a name, open"),
        ("ts,open,high,low,close,Vol", "no column 'volume'", "columns: {volume: Vol}"),
        ("ts,open,high,low,close,turnover", "no column 'volume'", "volume: optional"),
        ("ticker,ts,open,high,low,close,volume", "no column 'symbol'", "columns: {symbol: ticker}"),
        ("ts,open,high,low,close,close,volume", "the column 'close' 2 times", "keep one"),
    ],
)
def test_a_missing_column_names_the_nearest(folder, header, what, hint):
    cells = "X,2020-01-01,10,12,9,11,5" if header.startswith("ticker") else "2020-01-01,10,12,9,11,5"
    folder.write("seeds/BTC.csv", f"{header}\n{cells}{',5' if header.count(',') > cells.count(',') else ''}\n")
    error = refused(folder, "candles-column")
    assert what in error.what
    assert hint in error.hint
    assert error.where[0].line == 1


def test_a_hint_keeps_what_is_mapped_already(folder):
    folder.set(columns={"ts": "day"}).write("seeds/BTC.csv", "day,open,high,low,close,vol\n2020-01-01,10,12,9,11,5\n")
    assert "columns: {ts: day, volume: vol}" in refused(folder, "candles-column").hint


def test_a_mapping_that_is_not_needed_is_said_so(folder):
    folder.set(columns={"ts": "date"}).write("seeds/BTC.csv", HEADER + day(1))
    assert "remove ts from candles: columns:" in refused(folder, "candles-column").hint


@pytest.mark.parametrize("text", ["<!DOCTYPE html>\n<p>404, not found</p>\n", (HEADER + day(1)).replace(",", " ")])
def test_text_without_columns_is_said_so(folder, text):
    folder.write("seeds/BTC.csv", text)
    assert "has no columns" in refused(folder, "candles-header").what


def test_the_header_again_is_said_so(folder):
    folder.write("seeds/BTC.csv", HEADER + day(1) + HEADER + day(2))
    assert refused(folder, "candles-time").hint == "remove the line: it is the header again"


def test_a_row_of_totals_is_said_so(folder):
    folder.write("seeds/BTC.csv", HEADER + day(1) + "Total,,,,,5\n")
    error = refused(folder, "candles-time")
    assert "row 2" in error.what
    assert "no candle, such as a total" in error.hint


def test_days_as_spreadsheets_count_them_are_said_so(folder):
    folder.write("seeds/BTC.csv", HEADER + f"43832{ROW}43833{ROW}")
    assert "write days as dates" in refused(folder, "candles-overlap").hint


def test_two_files_of_one_name_say_how_symbols_are_named(folder):
    folder.set(paths=("*/*/*.csv",))
    folder.write("seeds/BTC/2020.csv", HEADER + day(1))
    folder.write("seeds/ETH/2020.csv", HEADER + day(1, "10,12,9,11,6"))
    assert "symbol=NAME" in refused(folder, "candles-duplicate").hint


def test_the_months_of_one_symbol(folder):
    folder.write("seeds/BTC-2020-01.csv", HEADER + day(1))
    folder.write("seeds/BTC-2020-02.csv", HEADER + day(2))
    assert any("BTC-2020-01, BTC-2020-02: a symbol each" in note for note in folder.ingest().notes)
    folder.write("seeds/symbol=BTC%2FUSDT/2020-01.csv", HEADER + day(1))
    folder.write("seeds/symbol=BTC%2FUSDT/2020-02.csv", HEADER + day(2))
    result = folder.set(paths=("seeds/symbol=*/*",)).ingest()
    assert not any("a symbol each" in note for note in result.notes)
    assert symbols(folder.store) == ["BTC/USDT"]


def test_a_mapped_column_must_be_there(folder):
    folder.set(columns={"symbol": "name"}).write("seeds/BTC.csv", HEADER + day(1))
    assert "no column 'name'" in refused(folder, "candles-column").what


def test_a_missing_header_is_said_so(folder):
    folder.write("seeds/BTC.csv", day(1) + day(2))
    error = refused(folder, "candles-header")
    assert "has no header" in error.what
    assert "ts,open,high" in error.hint


def test_a_title_above_the_header_is_said_so(folder):
    folder.write("seeds/BTC.csv", "https://www.example.com\n" + HEADER + day(1))
    assert "above the header, row 2" in refused(folder, "candles-header").hint


@pytest.mark.parametrize(
    ("cell", "hint"),
    [
        ("abc", "plain number"),
        ("$11", "plain number"),
        ("11%", "plain number"),
        ("0x1f", "plain number"),
        ("1.5.2", "plain number"),
        ('"1,5"', "decimals with a point"),
        ('"1,234.5"', "thousands separators"),
        ("1.234.567", "thousands separators"),
        ("1 234", "thousands separators"),
    ],
)
@pytest.mark.parametrize("column", ["close", "volume"])
def test_a_text_that_is_no_number_is_refused_with_its_row(folder, cell, hint, column):
    bad = f"10,12,9,{cell},5" if column == "close" else f"10,12,9,11,{cell}"
    folder.set(invalid="drop").write("seeds/BTC.csv", HEADER + day(1) + day(2) + day(3, bad) + day(4))
    error = refused(folder, "candles-number")
    text = cell.strip('"')
    assert f"seeds/BTC.csv, row 3: {column} is {text!r}, which is no number" in error.what
    assert hint in error.hint
    assert (error.where[0].line, error.where[0].source) == (4, day(3, bad).strip())


def test_decimal_commas_with_semicolons(folder):
    text = "ts;open;high;low;close;volume\n2020-01-01;10;12;9;11,5;5\n"
    folder.write("seeds/BTC.csv", text)
    assert "decimals with a point" in refused(folder, "candles-number").hint


@pytest.mark.parametrize("row", ["2020-01-02,10,12,9,11\n", "2020-01-02,10,12,9,11,5,6,7\n", "2020-01-0"])
def test_a_ragged_row_is_named(folder, row):
    folder.write("seeds/BTC.csv", HEADER + day(1) + row)
    error = refused(folder, "candles-ragged")
    assert "seeds/BTC.csv, row 2 has" in error.what
    assert "header has 6 columns" in error.what
    assert error.where[0].line == 3


def test_unquoted_thousands_separators_are_a_ragged_row(folder):
    folder.write("seeds/BTC.csv", HEADER + day(1, "10,12,9,11,1,234"))
    assert "without commas inside" in refused(folder, "candles-ragged").hint


def test_another_encoding_is_named_with_its_line(folder):
    text = "symbol," + HEADER + "A," + day(1) + "Münze," + day(2)
    folder.write("seeds/BTC.csv", text.encode("latin-1"))
    error = refused(folder, "candles-encoding")
    assert error.where[0].line == 3
    assert "UTF-8" in error.hint


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
def test_wide_text_is_recognised(folder, encoding):
    folder.write("seeds/BTC.csv", (HEADER + day(1)).encode(encoding))
    assert "UTF-16" in refused(folder, "candles-encoding").what


def test_binary_garbage_is_no_csv(folder):
    folder.write("seeds/BTC.csv", bytes(range(256)) * 40)
    assert refused(folder, "candles-encoding")


def test_mixed_line_ends_are_named(folder):
    folder.write("seeds/BTC.csv", (HEADER + day(1)).replace("\n", "\r\n") + day(2) + day(3).replace("\n", "\r\n"))
    error = refused(folder, "candles-line-ends")
    assert "row 2 ends its line with '\\n', the header with '\\r\\n'" in error.what
    assert error.where[0].line == 3


def test_a_comma_at_the_end_of_a_line_is_harmless_and_hides_no_other_fault(folder):
    folder.write("seeds/BTC.csv", HEADER + day(1).replace("\n", ",\n") + day(2, "10,12,9,x,5"))
    assert "row 2: close is 'x'" in refused(folder, "candles-number").what
    folder.write("seeds/BTC.csv", HEADER + day(1).replace("\n", ",\n"))
    assert folder.ingest().added == 1


def test_partitioned_folders_name_the_symbol(folder):
    folder.set(paths=("seeds/*/*.parquet",))
    for symbol in ("BTC", "ETH"):
        (folder.source.root / "seeds" / f"symbol={symbol}").mkdir()
        parquet(folder, {"ts": ["2020-01-01"], **PRICES}, f"symbol={symbol}/rows.parquet")
    folder.ingest()
    assert symbols(folder.store) == ["BTC", "ETH"]


def test_an_open_quotation_is_named(folder):
    folder.write("seeds/BTC.csv", "symbol," + HEADER + "A," + day(1) + '"A,' + day(2) + "A," + day(3))
    error = refused(folder, "candles-quote")
    assert "after row 1" in error.what


@pytest.mark.parametrize("keep", [5, 40])
def test_a_cut_off_compressed_file(folder, keep):
    path = folder.write("seeds/BTC.csv.gz", HEADER + "".join(day(n) for n in range(1, 29)))
    path.write_bytes(path.read_bytes()[:keep])
    assert refused(folder, "candles-file")


def test_text_that_calls_itself_compressed(folder):
    (folder.source.root / "seeds" / "BTC.csv.gz").write_text(HEADER + day(1))
    assert "cannot be unpacked" in refused(folder, "candles-file").what


@pytest.mark.parametrize("name", ["BTC.txt", "BTC.json", "BTC.feather", "BTC"])
def test_files_of_another_kind_are_refused(folder, name):
    folder.write(f"seeds/{name}", HEADER + day(1))
    assert "neither csv" in refused(folder, "candles-file").what


def test_no_file_matches(folder):
    folder.write("seeds/BTC.csv", HEADER + day(1))
    error = refused(folder.set(paths=("seeds/BTX.csv",)), "candles-no-files")
    assert "'BTC.csv'" in error.hint
    assert "relative" in refused(folder.set(paths=("none/*.csv",)), "candles-no-files").hint


def test_a_folder_with_brackets_and_a_file_named_outside_of_it(tmp_path, folder):
    from dataclasses import replace

    root = tmp_path / "my [project]"
    (root / "seeds").mkdir(parents=True)
    (root / "seeds" / "BTC.csv").write_text(HEADER + day(1))
    outside = folder.write("elsewhere/ETH.csv", HEADER + day(1))
    folder.source = replace(folder.source, root=root, paths=("seeds/*.csv", str(outside)))
    folder.ingest()
    assert symbols(folder.store) == ["BTC", "ETH"]


def test_a_missing_symbol_in_a_row_is_named(folder):
    folder.write("seeds/all.csv", "symbol," + HEADER + "A," + day(1) + "," + day(2) + "   ," + day(3))
    error = refused(folder, "candles-symbol")
    assert "row 2" in error.what


# Parquet


def parquet(folder, columns, name="BTC.parquet"):
    pq.write_table(pa.table(columns), folder.source.root / "seeds" / name)


PRICES = {"open": [10.0], "high": [12.0], "low": [9.0], "close": [11.0], "volume": [5.0]}
MOMENT = dt.datetime(2020, 1, 2, 9, 30)  # noqa: DTZ001 - a time without a zone is what is tested


@pytest.mark.parametrize(
    "ts",
    [
        pa.array([MOMENT], pa.timestamp("s")),
        pa.array([MOMENT], pa.timestamp("ms")),
        pa.array([MOMENT], pa.timestamp("us")),
        pa.array([MOMENT], pa.timestamp("ns")),
        pa.array([MOMENT], pa.timestamp("ns", tz="UTC")),
        pa.array([MOMENT], pa.timestamp("us", tz="America/New_York")),
        pa.array([1577957400], pa.int64()),
        pa.array([1577957400], pa.int32()),
        pa.array([1577957400000], pa.int64()),
        pa.array([1577957400000], pa.uint64()),
        pa.array([1577957400000000000], pa.int64()),
        pa.array([1577957400.0], pa.float64()),
        pa.array([1577957400000.0], pa.float64()),
        pa.array(["2020-01-02T09:30:00Z"], pa.string()),
        pa.array(["2020-01-02 04:30:00-05:00"], pa.string()),
    ],
    ids=lambda column: str(column.type),
)
def test_every_type_of_time_in_parquet(folder, ts):
    parquet(folder, {"ts": ts, **PRICES})
    folder.ingest()
    assert times(folder) == [at(2020, 1, 2, 9, 30)]


@pytest.mark.parametrize(
    "ts", [pa.array([dt.date(2020, 1, 2)], pa.date32()), pa.array([20200102], pa.int64())], ids=str
)
def test_days_in_parquet(folder, ts):
    parquet(folder, {"ts": ts, **PRICES})
    folder.ingest()
    assert times(folder) == [at(2020, 1, 2)]


@pytest.mark.parametrize("kind", [pa.float32(), pa.float64(), pa.int64(), pa.decimal128(18, 4), pa.string()], ids=str)
def test_every_type_of_number_in_parquet(folder, kind):
    from decimal import Decimal

    value = {"string": "10", "decimal128(18, 4)": Decimal(10)}.get(str(kind), 10)
    prices = {name: pa.array([value], kind) for name in PRICES}
    parquet(folder, {"ts": ["2020-01-01"], **prices})
    folder.ingest()
    assert load_candles(folder.store, "BTC")["close"].to_list() == [10.0]


def test_a_column_of_another_type_in_parquet_is_named(folder):
    parquet(folder, {"ts": ["2020-01-01"], **PRICES, "close": pa.array([True])})
    error = refused(folder, "candles-type")
    assert "'close' of seeds/BTC.parquet has the type BOOLEAN" in error.what


def test_a_bad_row_in_parquet_is_named(folder):
    prices = {name: column * 3 for name, column in PRICES.items()}
    parquet(folder, {"ts": ["2020-01-01", "2020-01-02", "2020-01-03"], **prices, "low": [9.0, None, 9.0]})
    error = refused(folder, "candles-invalid")
    assert "seeds/BTC.parquet, row 2, BTC 2020-01-02: a price is missing" in error.what
    parquet(folder, {"ts": ["2020-01-01", "soon", "2020-01-03"], **prices})
    assert "row 2: ts is 'soon'" in refused(folder, "candles-time").what


def test_a_missing_time_in_parquet_is_named(folder):
    prices = {name: column * 2 for name, column in PRICES.items()}
    parquet(folder, {"ts": pa.array([MOMENT, None], pa.timestamp("us")), **prices})
    assert "row 2" in refused(folder, "candles-invalid").what


def test_a_symbol_of_numbers_in_parquet(folder):
    parquet(folder, {"symbol": pa.array([700]), "ts": ["2020-01-01"], **PRICES})
    folder.ingest()
    assert symbols(folder.store) == ["700"]


def test_a_column_of_nothing_in_parquet_is_missing(folder):
    parquet(folder, {"ts": ["2020-01-01"], **PRICES, "volume": pa.nulls(1)})
    assert "the volume is missing" in refused(folder, "candles-invalid").what
    folder.set(volume="optional").ingest()
    assert load_candles(folder.store, "BTC")["volume"].isna().all()


def test_garbage_is_no_parquet(folder):
    folder.write("seeds/BTC.parquet", b"PAR1" + b"\0" * 100)
    assert "is not a Parquet file" in refused(folder, "candles-file").what


def test_an_empty_parquet_file_has_no_candles(folder):
    parquet(folder, {"ts": pa.array([], pa.timestamp("us")), **{name: pa.array([], pa.float64()) for name in PRICES}})
    assert refused(folder, "candles-none")


def test_columns_with_names_of_sql(folder):
    odd = {"wick_file": [1], "number": [1], "row": [1], "path": [1], "select": [1], 'a"b': [1], "file": [1]}
    parquet(folder, {"ts": ["2020-01-01"], **PRICES, **{k: v for k, v in odd.items() if k != "wick_file"}})
    folder.ingest()
    assert symbols(folder.store) == ["BTC"]


def test_files_of_different_layouts_together(folder):
    folder.write("seeds/A.csv", HEADER + day(1))
    folder.write("seeds/B.csv", HEADER.replace(",", ";") + day(1).replace(",", ";"))
    folder.write("seeds/C.csv", HEADER + "1577836800000" + ROW)
    folder.write("seeds/D.csv.gz", HEADER + day(1))
    parquet(folder, {"ts": pa.array(["2020-01-01"]), **PRICES}, "E.parquet")
    assert folder.ingest().added == 5
    assert {tuple(times(folder, symbol)) for symbol in "ABCDE"} == {(at(2020, 1, 1),)}


def test_the_row_is_counted_within_its_file(folder):
    for name in "AB":
        folder.write(f"seeds/{name}.csv", HEADER + day(1) + day(2))
    folder.write("seeds/C.csv", HEADER + day(1) + day(2, "0,12,9,11,5"))
    folder.write("seeds/D.csv", HEADER + day(1))
    assert "seeds/C.csv, row 2" in refused(folder, "candles-invalid").what


def test_staging_agrees_with_pandas(folder):
    frame = pd.DataFrame(
        {
            "ts": pd.date_range("2019-12-30", periods=1000, freq="h", tz="UTC"),
            "open": range(1, 1001), "high": range(3, 1003), "low": range(1, 1001), "close": range(2, 1002), "volume": 1,
        }
    )  # fmt: skip
    frame.to_csv(folder.source.root / "seeds" / "BTC.csv", index=False)
    folder.set(interval=Interval.parse("1h")).ingest()
    expected = frame.set_index("ts").astype(float)
    pd.testing.assert_frame_equal(load_candles(folder.store, "BTC"), expected, check_index_type=False, check_freq=False)


def test_duckdb_reads_what_was_stored_as_utc(folder):
    folder.write("seeds/BTC.csv", HEADER + "2020-01-02 09:30:00-05:00" + ROW)
    folder.ingest()
    with duckdb.connect(str(folder.store), read_only=True) as connection:
        connection.execute("SET TimeZone = 'Asia/Tokyo'")
        assert connection.execute("SELECT epoch(ts) FROM candles").fetchall() == [(1577975400.0,)]
