"""Many symbols in one file, and files that grow: what is read is what was written, and there are never many."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from candlewick.errors import StoreError
from candlewick.store import growing
from candlewick.store.bundles import Piece, write_pieces
from candlewick.store.connection import cursor
from candlewick.store.growing import FAN, Growth, write_growths
from candlewick.store.parts import read_parts, scan

HOUR = 3_600_000


def piece(symbol, start, rows, dtype=np.float64):
    times = np.arange(start, start + rows, dtype=np.int64) * HOUR
    values = np.arange(start, start + rows).astype(dtype)
    if dtype is np.float64:
        values[values % 7 == 3] = np.nan
    flags = values == np.floor(values / 2) * 2
    return Piece(symbol, times, {"x": values, "even": flags})


def check(target, parts, symbol, rows):
    frame = read_parts(target, parts, ["x", "even"])
    wanted = piece(symbol, 0, rows)
    assert (pd.DatetimeIndex(frame.index).as_unit("ms").asi8 == wanted.times).all()
    np.testing.assert_array_equal(frame["x"].to_numpy(np.float64), wanted.columns["x"])
    assert (frame["even"].to_numpy(bool) == wanted.columns["even"]).all()


def rows_of(target, parts):
    with cursor() as connection:
        found = connection.execute(f"SELECT symbol, count(*) FROM {scan(target, parts)} GROUP BY 1 ORDER BY 1")
        return dict(found.fetchall())


def test_symbols_lie_in_one_file_and_are_read_apart(tmp_path):
    parts = write_pieces(
        tmp_path, "m", None, [piece(symbol, 0, rows) for symbol, rows in [("A", 5), ("B", 0), ("C", 9)]]
    )
    assert len({part.path for part in parts}) == 1
    assert [(part.symbol, part.rows, part.file_rows) for part in parts] == [("A", 5, 14), ("B", 0, 14), ("C", 9, 14)]
    for part in (parts[0], parts[2]):
        check(tmp_path, [part], part.symbol, part.rows)
    assert rows_of(tmp_path, parts) == {"A": 5, "C": 9}
    assert rows_of(tmp_path, [parts[2], parts[1]]) == {"C": 9}


def test_equal_rows_have_one_digest_in_whichever_file_they_lie(tmp_path):
    alone = write_pieces(tmp_path, "m", None, [piece("A", 0, 5)])[0]
    beside = write_pieces(tmp_path, "m", None, [piece("B", 0, 5), piece("A", 0, 5)])
    assert {part.digest for part in beside} == {alone.digest}
    assert alone.path != beside[0].path
    changed = piece("A", 0, 5)
    changed.columns["x"][2] = np.nextafter(2.0, 3)
    assert write_pieces(tmp_path, "m", None, [changed])[0].digest != alone.digest


def test_symbols_of_other_types_lie_apart(tmp_path):
    parts = write_pieces(tmp_path, "m", None, [piece("A", 0, 4), piece("B", 0, 4, np.int64), piece("C", 0, 4)])
    assert parts[0].path == parts[2].path != parts[1].path
    assert dict(parts[1].columns)["x"] == "BIGINT"
    assert rows_of(tmp_path, parts) == {"A": 4, "B": 4, "C": 4}


def test_many_small_appends_leave_few_parts(tmp_path):
    parts, most = (), 0
    for number in range(200):
        ((*parts,),) = write_growths(tmp_path, "m", None, [Growth(piece("A", number * 3, 3), tuple(parts), 3)])
        most = max(most, len(parts))
    assert most <= (FAN - 1) * 5
    assert sum(part.rows for part in parts) == 600
    check(tmp_path, parts, "A", 600)


def test_a_part_of_a_whole_row_group_is_not_written_again(tmp_path, monkeypatch):
    monkeypatch.setattr(growing, "ROW_GROUP", 24)
    parts = ()
    for number in range(100):
        ((*parts,),) = write_growths(tmp_path, "m", None, [Growth(piece("A", number * 3, 3), tuple(parts), 3)])
        assert max(part.rows for part in parts) < 24 * FAN
    check(tmp_path, parts, "A", 300)


@st.composite
def histories(draw):
    """Appends to some symbols: new rows of each that takes part, and how many of them are not final."""
    sizes = st.tuples(st.integers(0, 12), st.integers(0, 3))
    return draw(st.lists(st.dictionaries(st.sampled_from("ABC"), sizes, min_size=1), min_size=1, max_size=12))


@given(histories(), st.sampled_from([1, 40, 16_000_000]))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_appended_is_there_once_and_in_order(tmp_path, monkeypatch, history, together):
    monkeypatch.setattr(growing, "TOGETHER", together)
    held = dict.fromkeys("ABC", ())
    for appended in history:
        growths = []
        for symbol, (fresh, later) in appended.items():
            before = tuple(part for part in held[symbol] if part.final)
            start = sum(part.rows for part in before)
            growths.append(Growth(piece(symbol, start, fresh + later), before, fresh))
        for growth, parts in zip(growths, write_growths(tmp_path, "m", "g", growths), strict=True):
            held[growth.piece.symbol] = parts
            assert [part.final for part in parts] == sorted((part.final for part in parts), reverse=True)
    for symbol, parts in held.items():
        if parts:
            check(tmp_path, parts, symbol, sum(part.rows for part in parts))
    every = [part for parts in held.values() for part in parts]
    assert rows_of(tmp_path, every) == {
        symbol: sum(part.rows for part in parts) for symbol, parts in held.items() if any(part.rows for part in parts)
    }


def test_a_column_that_becomes_fractions_is_so_from_the_first_row(tmp_path):
    (whole,) = write_growths(tmp_path, "m", None, [Growth(piece("A", 0, 4, np.int64), (), 4)])
    (parts,) = write_growths(tmp_path, "m", None, [Growth(piece("A", 4, 2), whole, 2)])
    assert [dict(part.columns)["x"] for part in parts] == ["DOUBLE"]
    assert read_parts(tmp_path, parts, ["x"])["x"].dropna().to_list() == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]


def test_a_file_that_is_gone_is_named(tmp_path):
    (parts,) = write_growths(tmp_path, "m", None, [Growth(piece("A", 0, 4), (), 4)])
    (tmp_path / parts[0].path).unlink()
    with pytest.raises(StoreError) as caught:
        write_growths(tmp_path, "m", None, [Growth(piece("A", 4, 2, np.int64), parts, 2)])
    assert caught.value.code == "parts-missing"


def test_rows_that_may_change_do_not_lie_in_the_file_of_equal_rows_that_may_not(tmp_path):
    """The ledger says of a file whether its rows are final: of one file it could not say both."""
    final = write_pieces(tmp_path, "m", None, [piece("A", 0, 5)])[0]
    later = write_pieces(tmp_path, "m", None, [piece("A", 0, 5)], final=False)[0]
    assert final.path != later.path
    assert final.digest == later.digest
