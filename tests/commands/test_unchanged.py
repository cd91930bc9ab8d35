"""Runs after which nothing changed: told from hashes, and never wrong about it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import types
from datetime import UTC, datetime

import pytest

from candlewick.project import index, libraries
from candlewick.store.failures import read_failures

pytestmark = pytest.mark.slow  # many whole projects

MINIMAL = """
name: tiny
candles: {path: seeds/*.csv, interval: 1d, gaps: allow}
groups: {baseline: []}
"""
FILES = {
    "features/base.py": "def ret(close: pd.Series) -> pd.Series:\n    return close / close.shift(1) - 1\n",
    "features/_shared.py": "FACTOR = 2.0\n",
}


ROW = "AAA,2020-02-10,140,142,139,141,5\n"


@pytest.fixture
def built(tiny, call):
    project = tiny(FILES)
    assert call(project.root, "build").returncode == 0
    return project


def ran(project):
    return json.loads((project.target / "manifest.json").read_text())["metadata"]["run_id"]


def full(project, call, *words):
    """Whether a run took its full way: then it rewrites the manifest."""
    before = ran(project)
    result = call(project.root, *(words if words and words[0] == "build" else ("run", *words)))
    assert result.returncode == 0, result.stderr
    assert "REUSED=1" in result.stdout or ran(project) != before
    return ran(project) != before


def append(project, row=ROW):
    path = project.root / "seeds" / "candles.csv"
    path.write_text(path.read_text() + row)


def test_a_run_after_a_build_decides_from_hashes(built, call):
    assert not full(built, call)
    results = json.loads((built.target / "run_results.json").read_text())
    assert [(each["status"], each["action"]) for each in results["results"]] == [("success", "REUSED")]
    assert results["success"]


def test_any_doubt_takes_the_full_way(built, call, monkeypatch):
    root, target = built.root, built.target

    def commented(name):
        path = root / name
        path.write_text(path.read_text() + "\n# a comment\n")

    def ingested():
        append(built)
        assert call(root, "ingest").returncode == 0

    def cut():
        part = next((target / "parts").rglob("*.parquet"))
        part.write_bytes(part.read_bytes()[:-9])

    doubts = {
        "code": lambda: commented("features/base.py"),
        "shared": lambda: commented("features/_shared.py"),
        "yml": lambda: commented("wick.yml"),
        "candles": ingested,
        "part": lambda: next((target / "parts").rglob("*.parquet")).unlink(),
        "a part that was cut off": cut,
        "catalog": lambda: (target / "catalog.json").write_text("{}"),
        "report": (target / "lineage.html").unlink,
        "weights": lambda: (root / "features" / "weights.bin").write_bytes(b"1"),
        "hidden": lambda: (root / ".env").write_text("WINDOW=3"),
        "seeds": lambda: append(built),
        "receipt": lambda: (target / "receipt.json").write_text("{"),
        "environment": lambda: monkeypatch.setenv("SOMETHING_A_MODULE_MAY_READ", "1"),
    }
    for what, happens in doubts.items():
        happens()
        assert full(built, call), what
        assert call(root, "show", "ret").returncode == 0
        assert not full(built, call), what
    assert full(built, call, "--engine", "hamilton")


def test_what_nobody_reads_is_no_doubt(built, call):
    for name in ("notes.md", "study.ipynb", "features/equity.png", "report.html", "features/base.py~", ".base.py.swp"):
        (built.root / name).write_text("x")
    assert not full(built, call)


def test_what_a_module_makes_of_a_file_elsewhere_is_looked_at(tiny, call, tmp_path_factory):
    size = tmp_path_factory.mktemp("elsewhere") / "size.txt"
    size.write_text("2")
    (tmp_path_factory.getbasetemp() / "linked").mkdir(exist_ok=True)
    linked = tmp_path_factory.getbasetemp() / "linked" / "weight.txt"
    linked.write_text("3")
    read = f"from pathlib import Path\nSIZE = float(Path({str(size)!r}).read_text())\n"
    read += "WEIGHT = float((Path(__file__).parents[1] / 'seeds' / 'far' / 'weight.txt').read_text())\n"
    base = read + "def ret(close: pd.Series) -> pd.Series:\n    return close * SIZE * WEIGHT\n"
    project = tiny({})
    (project.root / "seeds" / "far").symlink_to(linked.parent)
    project = tiny({"features/base.py": base})
    assert call(project.root, "build").returncode == 0
    for path in (size, linked):
        assert not full(project, call, "build")
        path.write_text("2.5")
        assert full(project, call, "build")
    assert "865.625" in call(project.root, "show", "ret", "--limit", "1").stdout


def test_all_of_a_package_elsewhere_is_looked_at(tiny, call, tmp_path_factory, monkeypatch):
    """What it reads or imports later than it is imported is seen by nobody."""
    package = tmp_path_factory.mktemp("path") / "unchanged_lib"
    package.mkdir()
    scaled = "def scaled(x):\n    return x * float(Path(__file__).with_name('size.txt').read_text())\n"
    (package / "__init__.py").write_text(f"from pathlib import Path\n{scaled}")
    (package / "size.txt").write_text("2")
    monkeypatch.syspath_prepend(str(package.parent))
    module = "from candlewick.declare import opaque\nfrom unchanged_lib import scaled\n"
    module += "@opaque(lookback=0)\ndef ret(close: pd.Series) -> pd.Series:\n    return scaled(close)\n"
    project = tiny({"features/base.py": module})
    assert call(project.root, "build").returncode == 0
    assert not full(project, call, "build")
    (package / "size.txt").write_text("3")
    assert full(project, call, "build")
    del sys.modules["unchanged_lib"]


def test_a_log_that_a_module_writes_is_no_doubt(tiny, call, tmp_path_factory):
    log = tmp_path_factory.mktemp("logs") / "loaded.txt"
    module = f"with open({str(log)!r}, 'a') as _log:\n    _log.write('loaded')\n"
    project = tiny({"features/base.py": module + FILES["features/base.py"]})
    assert call(project.root, "build").returncode == 0
    assert log.read_text()
    assert not full(project, call, "build")


def test_a_module_that_asks_a_clock_is_run_every_time(tiny, call):
    module = (
        "THIS_YEAR = pd.Timestamp.now().year\ndef ret(close: pd.Series) -> pd.Series:\n    return close * THIS_YEAR\n"
    )
    project = tiny({"features/base.py": module})
    assert call(project.root, "build").returncode == 0
    assert full(project, call, "build")


def as_in_a_new_process():
    index._installed.cache_clear()
    libraries.installations.cache_clear()


@pytest.fixture
def shelf(tmp_path_factory, monkeypatch):
    """Where libraries are installed, besides where they are."""
    shelf = tmp_path_factory.mktemp("venv") / "site-packages"
    shelf.mkdir()
    with monkeypatch.context() as patch:
        patch.syspath_prepend(str(shelf))
        yield shelf
    as_in_a_new_process()


def test_a_library_that_was_installed_meanwhile_is_a_doubt(built, call, shelf):
    def full_in_a_new_process():
        as_in_a_new_process()
        return full(built, call, "build")

    assert full_in_a_new_process()
    assert not full_in_a_new_process()
    (shelf / "indicators-1.1.dist-info").mkdir()
    assert full_in_a_new_process()


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


def test_a_file_elsewhere_that_is_edited_while_a_run_works_is_read_again(tiny, call, tmp_path_factory, monkeypatch):
    from candlewick.commands import build as building

    size = tmp_path_factory.mktemp("edited") / "size.txt"
    size.write_text("2")
    base = (
        f"SIZE = float(open({str(size)!r}).read())\ndef ret(close: pd.Series) -> pd.Series:\n    return close * SIZE\n"
    )
    project = tiny({"features/base.py": base})
    report = building.write_reports
    monkeypatch.setattr(building, "write_reports", lambda *given: (size.write_text("3"), report(*given))[1])
    assert call(project.root, "build").returncode == 0
    monkeypatch.undo()
    assert full(project, call, "build")
    assert not full(project, call, "build")


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


TESTED = MINIMAL + "tests:\n  ret: [not_null, {range: {max: 0.001, severity: warn}}]\n"


def texts(result):
    """What a run said, without the times of day and how long it took."""
    return [re.sub(r"^\d\d:\d\d:\d\d  |in \d+\.\d\ds", "", line) for line in result.stdout.splitlines()]


def test_a_build_of_nothing_says_what_the_full_build_says(tiny, call, monkeypatch):
    project = tiny(FILES, TESTED)
    assert call(project.root, "build").returncode == 0
    before, quick = ran(project), call(project.root, "build")
    assert ran(project) == before
    told = json.loads((project.target / "run_results.json").read_text())
    monkeypatch.setattr("candlewick.commands.unchanged.unchanged", lambda *_: None)
    slow = call(project.root, "build")
    assert ran(project) != before
    assert texts(quick) == texts(slow)
    assert "WARN=1" in texts(quick)[-1]
    full_told = json.loads((project.target / "run_results.json").read_text())
    for document in (told, full_told):
        for fleeting in ("metadata", "elapsed_time"):
            del document[fleeting]
        for result in document["results"]:
            del result["execution_time"]
    assert told == full_told


def test_a_build_looks_at_source_and_tests(built, call):
    root, seeds = built.root, built.root / "seeds" / "candles.csv"

    def hidden():  # the same size and the same time: only the bytes tell
        times = seeds.stat()
        seeds.write_text(seeds.read_text().replace("1007\n", "1008\n"))
        os.utime(seeds, ns=(times.st_atime_ns, times.st_mtime_ns))
        assert seeds.stat().st_size == times.st_size

    def written(name, text):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text)

    changes = {
        "candles": lambda: append(built),
        "hidden": hidden,
        "file": lambda: written("seeds/more.csv", "ts,open,high,low,close,volume\n2020-01-01,1,2,1,2,3\n"),
        "test": lambda: written("data_tests/sane.py", "def sane(ret):\n    return ret > 9\n"),
        "query": lambda: written("data_tests/calm.sql", "SELECT * FROM base WHERE ret > 9"),
        "yml": lambda: written("wick.yml", MINIMAL + "tests:\n  ret: [{range: {max: 9}}]\n"),
    }
    for what, happens in changes.items():
        assert not full(built, call, "build")
        happens()
        assert full(built, call, "build"), what


def test_a_query_that_may_change_its_mind_is_asked_again(built, call):
    queries = {
        "SELECT * FROM base WHERE ret > 9": False,
        "SELECT max(ts) AS ts FROM base HAVING max(ts) > now()": True,
        "SELECT * FROM base WHERE ts > Current_Date": True,
        "SELECT * FROM base WHERE random() > 1": True,
    }
    (built.root / "data_tests").mkdir()
    for query, varies in queries.items():
        (built.root / "data_tests" / "fresh.sql").write_text(query)
        call(built.root, "build")
        before = ran(built)
        call(built.root, "build")
        assert (ran(built) != before) == varies, query


def test_a_candle_that_is_not_finished_is_awaited(tiny, call):
    project = tiny(FILES)
    append(project, f"AAA,{datetime.now(UTC):%Y-%m-%d},140,142,139,141,5\n")
    assert "left out until" in call(project.root, "build").stdout
    assert full(project, call, "build")


def test_a_build_whose_tests_failed_runs_them_again(built, call):
    yml = (built.root / "wick.yml").read_text()
    (built.root / "wick.yml").write_text(yml + "tests:\n  ret: [{range: {min: 9}}]\n")
    for _ in range(2):
        failed = call(built.root, "build")
        assert failed.returncode == 1
        assert "FAIL test range_ret" in failed.stdout
    (built.root / "wick.yml").write_text(yml)
    assert full(built, call, "build")


def test_runs_and_builds_in_turns_and_in_two_arms_all_find_their_fact(built, call):
    (built.root / "features" / "more.py").write_text(
        "import pandas as pd\nfrom hamilton.function_modifiers import config\n\n"
        '@config.when(enabled="extra")\ndef twice(close: pd.Series) -> pd.Series:\n    return close * 2\n'
    )
    every = (["build"], ["run"], ["run", "--arm", "b", "--enable", "extra"])
    for words in (*every, *every[:1]):
        assert call(built.root, *words).returncode == 0
    for words in every:
        before = ran(built)
        assert call(built.root, *words).returncode == 0
        assert ran(built) == before, words


def test_code_that_is_no_file_leaves_no_receipt(built, call, monkeypatch):
    """A module from a zip file, say: nothing can be said of it, and the run is fine all the same."""
    module = types.ModuleType("zipped")
    module.__file__ = str(built.root.parent / "code.zip" / "zipped.py")
    monkeypatch.setitem(sys.modules, "zipped", module)
    append(built)
    assert call(built.root, "build").returncode == 0
    assert not (built.target / "receipt.json").exists()


def test_a_receipt_of_another_shape_is_none_and_is_written_anew(built, call):
    receipt = built.target / "receipt.json"
    said = json.loads(receipt.read_text())
    receipt.write_text(json.dumps(said | {"facts": list(said["facts"].values())}))
    assert full(built, call)
    assert not full(built, call)
