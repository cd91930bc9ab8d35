"""Runs after which nothing changed: told from hashes, and never wrong about it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from candlewick.store.failures import read_failures

FILES = {
    "features/base.py": "def ret(close: pd.Series) -> pd.Series:\n    return close / close.shift(1) - 1\n",
    "features/_shared.py": "FACTOR = 2.0\n",
}


@pytest.fixture
def built(tiny, call):
    project = tiny(FILES)
    assert call(project.root, "build").returncode == 0
    assert call(project.root, "run").returncode == 0
    return project


def full(project, call, *words):
    """Whether a run took its full way: then it rewrites the manifest."""
    manifest = project.target / "manifest.json"
    manifest.unlink(missing_ok=True)
    result = call(project.root, "run", *words)
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[-1].endswith("TOTAL=1")
    return manifest.exists()


def test_the_second_run_decides_from_hashes(built, call):
    assert not full(built, call)
    results = json.loads((built.target / "run_results.json").read_text())
    assert [(each["status"], each["action"]) for each in results["results"]] == [("success", "REUSED")]
    assert results["success"]


@pytest.mark.parametrize("what", ["code", "shared", "yml", "candles", "part", "catalog", "option", "environment"])
def test_any_doubt_takes_the_full_way(built, call, monkeypatch, what):
    words = ()
    if what in {"code", "shared"}:
        path = built.root / "features" / ("base.py" if what == "code" else "_shared.py")
        path.write_text(path.read_text() + "\n# a comment\n")
    elif what == "yml":
        path = built.root / "wick.yml"
        path.write_text(path.read_text() + "\n# a comment\n")
    elif what == "candles":
        path = built.root / "seeds" / "candles.csv"
        path.write_text(path.read_text() + "AAA,2020-02-10,140,142,139,141,5\n")
        assert call(built.root, "ingest").returncode == 0
    elif what == "part":
        next((built.target / "parts").rglob("*.parquet")).unlink()
    elif what == "catalog":
        (built.target / "catalog.json").write_text("{}")
    elif what == "option":
        words = ("--engine", "hamilton")
    else:
        monkeypatch.setenv("SOMETHING_A_MODULE_MAY_READ", "1")
    assert full(built, call, *words)
    assert call(built.root, "show", "ret").returncode == 0


def test_nothing_heavy_is_imported(built):
    watch = (
        "import sys, runpy\nsys.argv = ['wick', 'run']\n"
        "try: runpy.run_module('candlewick', run_name='__main__')\n"
        "except SystemExit: pass\n"
        "print(sorted({'pandas', 'numpy', 'hamilton', 'duckdb', 'numba', 'rich'} & set(sys.modules)))"
    )
    for _ in range(2):  # the first one has an environment of its own
        done = subprocess.run([sys.executable, "-c", watch], cwd=built.root, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_refused_run_says_so_in_its_results_and_is_tried_again(built, call):
    path = built.root / "features" / "base.py"
    text = path.read_text()
    path.write_text(text.replace("close:", "clse:"))
    assert call(built.root, "run").returncode == 2
    results = json.loads((built.target / "run_results.json").read_text())
    assert (results["success"], results["error"]["code"]) == (False, "graph-unknown-input")
    path.write_text(text)
    assert call(built.root, "retry").returncode == 0


def test_a_failed_run_is_in_the_history(built, call):
    path = built.root / "wick.yml"
    path.write_text(path.read_text() + "tests:\n  ret: [{range: {min: 9}}]\n")
    assert call(built.root, "build").returncode == 1
    assert [run.status for run in read_failures(built.target)] == ["error"]


def test_candles_that_no_run_has_seen_are_told(built, call):
    assert "columns: computed from the candles as they are, for 2 symbols" in call(built.root, "debug").stdout
    path = built.root / "seeds" / "candles.csv"
    path.write_text(path.read_text() + "AAA,2020-02-10,140,142,139,141,5\n")
    assert call(built.root, "ingest").returncode == 0
    assert "1 of 2 symbols have candles that no run has seen (AAA)" in call(built.root, "debug").stdout


def test_an_edit_while_a_run_works_is_not_taken_for_what_it_computed(built, call, monkeypatch):
    """The text is read once more at the end: a receipt must not speak for a text that nobody ran."""
    from candlewick.commands import build as building

    path = built.root / "features" / "base.py"
    path.write_text(path.read_text() + "# first\n")
    publish = building.publish

    def edited(*arguments):
        path.write_text(path.read_text().replace("- 1", "- 2"))
        return publish(*arguments)

    monkeypatch.setattr(building, "publish", edited)
    assert call(built.root, "run").returncode == 0
    monkeypatch.undo()
    assert full(built, call)


def test_an_ingest_while_a_run_reports_is_seen_by_the_next(built, call, monkeypatch):
    from candlewick.commands import build as building
    from candlewick.commands.ingest import ingest

    seeds = built.root / "seeds" / "candles.csv"
    report = building.write_reports

    def ingested(*arguments):
        seeds.write_text(seeds.read_text() + "AAA,2020-02-10,140,142,139,141,5\n")
        ingest(built)
        return report(*arguments)

    (built.root / "wick.yml").write_text((built.root / "wick.yml").read_text() + "\n# again\n")
    monkeypatch.setattr(building, "write_reports", ingested)
    assert call(built.root, "run").returncode == 0
    monkeypatch.undo()
    assert full(built, call)
