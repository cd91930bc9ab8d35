from __future__ import annotations

import pytest

from candlewick.cli.candles import drift_lines
from candlewick.commands.ingest import candle_source, check_drift, ingest
from candlewick.errors import CandleError
from candlewick.store.candles import load_candles, symbols

YML = """
name: alpha
candles:
  path: [seeds/*.csv, more/*.csv]
  interval: 1d
  columns: {ts: Date}
  stamp: close
  gaps: error
  invalid: drop
  volume: optional
store: target/alpha.duckdb
"""
CSV = "Date,open,high,low,close\n2020-01-02,10,12,9,11\n2020-01-03,10,12,9,11\n2020-01-04,10,12,0,11\n"


@pytest.fixture
def project(make_project):
    return make_project({"seeds/A.csv": CSV, "more/B.csv": CSV}, YML)


def test_the_source_is_what_the_project_file_says(project):
    source = candle_source(project)
    assert source.root == project.root
    assert source.paths == ("seeds/*.csv", "more/*.csv")
    assert (source.interval.name, source.columns) == ("1d", {"ts": "Date"})
    assert (source.stamp, source.gaps, source.invalid, source.volume) == ("close", "error", "drop", "optional")


def test_ingest_fills_the_store_of_the_project(project):
    result = ingest(project)
    assert result.dropped == {"a price is zero or negative": 2}
    assert symbols(project.store) == ["A", "B"]
    assert list(load_candles(project.store, "A").index.day) == [1, 2]
    assert ingest(project).read == ()
    assert ingest(project, full_refresh=True).read == ("more/B.csv", "seeds/A.csv")


def test_drift_is_found_and_nothing_written(project):
    ingest(project)
    before = project.store.read_bytes()
    path = project.root / "seeds" / "A.csv"
    path.write_text(CSV.replace("2020-01-02,10,12,9,11", "2020-01-02,10,12,9,10"))
    drift = check_drift(project)
    assert drift.changed == {"A": 1}
    assert list(drift_lines(drift)) == ["A: 1 candle changed", "  A 2020-01-01: close 11, now 10"]
    assert project.store.read_bytes() == before


def test_an_error_leaves_the_store_as_it_was(project):
    ingest(project)
    before = project.store.read_bytes()
    (project.root / "seeds" / "A.csv").write_text(CSV.replace("2020-01-03", "2020-01-09"))
    with pytest.raises(CandleError):
        ingest(project)
    assert project.store.read_bytes() == before
