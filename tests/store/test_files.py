"""What killed processes leave behind is swept; what living ones work on is not."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from candlewick.store.files import replaced_folder, sweep_leftovers, temporary_of, write_atomically


@pytest.fixture
def dead():
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_only_the_leftovers_of_the_dead_are_swept(tmp_path, dead):
    gone = [
        tmp_path / f".catalog.json.{dead}-0123abcd0.tmp",
        tmp_path / f".catalog.json.{os.getpid()}-0123abcd0.tmp",  # of a process that had our number, in a container
        tmp_path / f".candlewick.duckdb.{dead}-0123abcd1.tmp",
        tmp_path / f".candlewick.duckdb.{dead}-0123abcd1.tmp.wal",
    ]
    kept = [
        temporary_of(tmp_path / "catalog.json"),
        tmp_path / f".catalog.json.{os.getppid()}-0123abcd0.tmp",
        tmp_path / ".mine",
        tmp_path / "catalog.json",
    ]
    for path in (*gone, *kept):
        path.write_text("x")
    spill = tmp_path / f".candlewick.duckdb.{dead}-0123abcd2.spill"
    spill.mkdir()
    (spill / "block").write_text("x")
    assert set(sweep_leftovers(tmp_path)) == {*gone, spill}
    assert not spill.exists()
    assert all(path.exists() for path in kept)
    assert sweep_leftovers(tmp_path / "nowhere") == []


def test_who_writes_removes_what_was_killed_writing_the_same(tmp_path, dead):
    left = [tmp_path / f".{name}.{dead}-0123abcd0.tmp" for name in ("mine[1].wick", "other.wick")]
    for path in left:
        path.write_text("x")
    write_atomically(tmp_path / "mine[1].wick", "whole")
    assert [path.exists() for path in left] == [False, True]
    assert (tmp_path / "mine[1].wick").read_text() == "whole"


def test_a_folder_that_a_kill_left_under_another_name_is_put_back(tmp_path, dead):
    """Killed between the two renames: the old folder had made room, the new one was not there yet."""
    old, new = (tmp_path / f".set.{dead}-0123abcd0.{kind}" for kind in ("old", "tmp"))
    for path in (old, new):
        path.mkdir()
        (path / path.suffix).write_text("x")
    with pytest.raises(RuntimeError), replaced_folder(tmp_path / "set"):
        raise RuntimeError
    assert [path.name for path in tmp_path.rglob("*")] == ["set", ".old"]
    with replaced_folder(tmp_path / "set") as fresh:
        (fresh / "new").write_text("x")
    assert {path.name for path in tmp_path.rglob("*")} == {"set", "new"}
