"""What killed processes leave behind is swept; what living ones work on is not."""

from __future__ import annotations

import os
import subprocess
import sys

from candlewick.store.files import sweep_leftovers


def test_only_the_leftovers_of_the_dead_are_swept(tmp_path):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    gone = [
        tmp_path / f".catalog.json.{dead.pid}-0123abcd.tmp",
        tmp_path / f".candlewick.duckdb.{dead.pid}.0123abcd.tmp",
        tmp_path / f".candlewick.duckdb.{dead.pid}.0123abcd.tmp.wal",
    ]
    kept = [tmp_path / f".catalog.json.{os.getpid()}-0123abcd.tmp", tmp_path / ".mine", tmp_path / "catalog.json"]
    for path in (*gone, *kept):
        path.write_text("x")
    spill = tmp_path / f".candlewick.duckdb.spill-{dead.pid}"
    spill.mkdir()
    (spill / "block").write_text("x")
    assert set(sweep_leftovers(tmp_path)) == {*gone, spill}
    assert not spill.exists()
    assert all(path.exists() for path in kept)
    assert sweep_leftovers(tmp_path / "nowhere") == []
