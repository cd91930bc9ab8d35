"""A file that somebody changed is found out, whatever is left of it; one that was copied is not doubted twice."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from candlewick.store import intact
from candlewick.store.bundles import Piece, framed, write_pieces
from candlewick.store.intact import intact_files

LONG_AGO = 1_000_000  # microseconds: every file is later
NOW = 1 << 62


@pytest.fixture
def parts(tmp_path):
    """Two symbols in one file, with a column of every type, missing values, and a NaN of other bits."""
    index = pd.date_range("2020-01-01", periods=9, tz="UTC")
    odd = np.array([0x7FF8000000000001], np.int64).view(np.float64)[0]
    frame = pd.DataFrame({
        "x": [odd, *np.arange(8.0)], "up": pd.array([None, True, *[False] * 7], dtype="boolean"), "n": range(9),
        "m": pd.array([None, *range(8)], dtype="Int64"), "at": pd.Series(index, index).shift(1), "seen": [True] * 9,
    }, index=index)  # fmt: skip
    pieces = [framed("moves", symbol, frame.iloc[first:]) for symbol, first in (("A", 0), ("B", 2))]
    parts = write_pieces(tmp_path, "moves", None, pieces)
    assert len({part.path for part in parts}) == 1
    return parts


def test_a_file_that_is_older_than_its_run_is_not_read(tmp_path, parts, monkeypatch):
    monkeypatch.setattr(intact, "_holds", None)
    assert intact_files(tmp_path, parts, {parts[0].path: NOW}) == {parts[0].path}


def test_a_copied_file_is_read_once(tmp_path, parts, monkeypatch):
    """Rows have the hashes they were written with; several arms may hold them."""
    published = {parts[0].path: LONG_AGO}
    assert intact_files(tmp_path, [*parts, *parts], published) == {parts[0].path}
    monkeypatch.setattr(intact, "_holds", None)
    assert intact_files(tmp_path, parts, published) == {parts[0].path}


@pytest.mark.parametrize("how", ["gone", "cut", "empty", "text", "another value", "another name", "another file"])
def test_a_changed_file_is_found_out(tmp_path, parts, how):
    file = tmp_path / parts[0].path
    content = file.read_bytes()
    if how == "gone":
        file.unlink()
    elif how == "another file":
        other = write_pieces(tmp_path, "other", None, [Piece("A", np.arange(9) * 1000, {"y": np.arange(9.0)})])[0]
        file.write_bytes((tmp_path / other.path).read_bytes())
    else:
        value = np.float64(5.0).tobytes()
        ruined = {
            "cut": content[:-9], "empty": b"", "text": b"x" * len(content),
            "another name": content.replace(b"symbol", b"sYmbol"), "another value": content.replace(value, np.float64(5.5).tobytes(), 1),
        }  # fmt: skip
        assert ruined[how] != content
        file.write_bytes(ruined[how])
    assert intact_files(tmp_path, parts, {parts[0].path: LONG_AGO}) == set()
