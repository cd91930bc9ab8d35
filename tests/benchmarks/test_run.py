"""The comparison runs, small, and its tables say what was found."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks import accuracy, report, run
from benchmarks.measure import Latency

SMALL = run.Size(candles=300, symbols=2, rounds=2, accuracy=5_000, live=40)
ERRORS = accuracy.Errors(1e-12, "z_20", 2e-7, "z_60", 3)


def cells(line):
    return [cell.strip() for cell in line.strip("|").split("|")]


def tables(text):
    """Every table of a document, as rows of cells; all rows of a table are as wide as its heading."""
    found, table = [], []
    for line in [*text.splitlines(), ""]:
        if line.startswith("|"):
            table.append(cells(line))
        elif table:
            assert {len(row) for row in table} == {len(table[0])}
            found.append(table)
            table = []
    return found


@pytest.mark.slow
def test_a_small_comparison():
    results = run.compare(SMALL, "hamilton")
    ours, hamilton = results.columns
    assert (ours.name, hamilton.name, hamilton.features) == ("candlewick", "Hamilton", 71)
    assert hamilton.ours_many == ours.many > 0
    assert hamilton.errors.misplaced == ours.errors.misplaced == 0
    assert ours.errors.clean < 1e-10 > ours.errors.tick
    assert [row.name for row in results.live] == ["candlewick"]
    assert results.live[0].found.candles == 40
    assert 0 < results.live[0].found.p50 <= results.live[0].found.p99 <= results.live[0].found.p999
    assert [len(table) for table in tables(report.whole(results))] == [4, 4, 3]


def test_tables_hold_the_figures():
    latency = Latency(500, 10.0, 20.0, 30.0, 1e-9, "obv")
    results = report.Results(
        1_000, 50,
        [report.ColumnRow("quick", 71, 2.0, 1.0, 2.0, 1.0, ERRORS), report.ColumnRow("slow", 60, 9.0, 6.0, 1.5, 1.2, ERRORS), report.ColumnRow("gone")],
        [report.LiveRow("slow", 50, latency, Latency(500, 4.0, 6.0, 7.0, 0.0, "")), report.LiveRow("gone")],
        "a machine", {"slow": "does it twice"},
    )  # fmt: skip
    times, errors, live = tables(report.whole(results))
    assert times[3] == ["slow", "60", "9.00", "1.50", "6.0", "6.00", "1.20", "5.0"]
    assert times[4][:2] == ["gone", "not installed"]
    assert errors[3] == ["slow", "60", "1e-12", "z_20", "2e-07", "z_60", "3"]
    assert live[2] == ["slow", "50", "10.0", "20.0", "30.0", "500", "4.0", "2.5", "1e-09", "obv"]
    assert "* **slow**: does it twice" in report.whole(results)
    assert tables(report.short(results))[0][3] == ["slow", "60", "9.0", "6.0", "5.0", "2e-07"]


def test_the_readme_is_written_between_its_markers():
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    once = report.between_markers(readme, "first")
    assert report.between_markers(once, "second") == once.replace("\nfirst\n", "\nsecond\n")
    with pytest.raises(ValueError, match="README"):
        report.between_markers("no markers", "table")
