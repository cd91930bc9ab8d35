"""Runs of a tiny project: what is built, skipped, tested, published, remembered and retried."""

from __future__ import annotations

import json
import re

import duckdb
import pytest

from candlewick.commands.build import build
from candlewick.commands.retry import last_failure
from candlewick.errors import TrackError, WickError
from candlewick.project.project import open_project
from candlewick.run.options import Options
from candlewick.store.catalog import read_catalog
from candlewick.store.ledger import read_ledger
from candlewick.store.publish import read_runs

HAMILTON = Options(engine="hamilton", threads=1)
CHAIN = {
    "features/base.py": """
        def ret(close: pd.Series) -> pd.Series:
            return close.pct_change()
        """,
    "features/child.py": """
        def ret_mean(ret: pd.Series) -> pd.Series:
            return ret.rolling(3).mean()
        """,
    "features/grandchild.py": """
        def ret_gap(ret_mean: pd.Series) -> pd.Series:
            return ret_mean.diff()
        """,
    "features/alone.py": """
        def spread(high: pd.Series, low: pd.Series) -> pd.Series:
            return high - low + close_to_zero(high)

        def close_to_zero(high: pd.Series) -> pd.Series:
            return high * 1e-9
        """,
}
YML = "name: tiny\ncandles: {path: seeds/*.csv, interval: 1d, gaps: allow}\ntests:\n"


def statuses(outcome):
    return {result.name: result.status for result in outcome.results}


def test_a_failing_test_blocks_everything_below(tiny):
    project = tiny(CHAIN, YML + "  ret: [{range: {min: 9}}]\n")
    outcome = build(project, "build", HAMILTON)
    assert statuses(outcome) == {
        "alone": "BUILT",
        "tripwires_alone": "PASS",
        "base": "BUILT",
        "tripwires_base": "PASS",
        "range_ret": "FAIL",
        "child": "SKIP",
        "tripwires_child": "SKIP",
        "grandchild": "SKIP",
        "tripwires_grandchild": "SKIP",
    }
    assert outcome.failed
    assert not outcome.published
    with pytest.raises(WickError) as missing:
        read_catalog(project.target)
    assert missing.value.code == "catalog-missing"


def test_a_warning_blocks_nothing(tiny):
    outcome = build(tiny(CHAIN, YML + "  ret: [{range: {min: 9, severity: warn}}]\n"), "build", HAMILTON)
    assert statuses(outcome)["range_ret"] == "WARN"
    assert "SKIP" not in statuses(outcome).values()
    assert outcome.published


def test_the_symbol_that_a_test_names_first_does_not_follow_from_what_was_reused(tiny):
    project = tiny(CHAIN, YML + "  ret: [{range: {min: 9, severity: warn}}]\n")
    build(project, "build", Options(threads=1))
    seeds = project.root / "seeds" / "candles.csv"
    seeds.write_text(seeds.read_text() + "AAA,2020-02-10,140,142,139,141,5\n")  # BBB has nothing to compute
    (said,) = (each.message for each in build(project, "build", Options(threads=1)).results if each.name == "range_ret")
    assert "first AAA" in said


def test_a_failed_model_blocks_its_children_and_no_other(tiny):
    files = CHAIN | {"features/child.py": "def ret_mean(ret: pd.Series) -> pd.Series:\n    raise ValueError('no')\n"}
    outcome = build(tiny(files), "build", HAMILTON)
    models = {name: status for name, status in statuses(outcome).items() if "tripwires" not in name}
    assert models == {"alone": "BUILT", "base": "BUILT", "child": "ERROR", "grandchild": "SKIP"}


def test_the_last_line_counts_the_results(tiny, call):
    project = tiny(CHAIN, YML + "  ret: [{range: {min: 9}}]\n  spread: [{range: {max: 0, severity: warn}}]\n")
    result = call(project.root, "build", "--engine", "hamilton")
    assert result.returncode == 1
    assert result.stdout.splitlines()[-1][10:] == "Done. PASS=4 WARN=1 ERROR=1 SKIP=4 REUSED=0 TOTAL=10"
    assert "Nothing was published" in result.stdout
    numbers = re.findall(r"(\d+) of 10 (?:OK|PASS|WARN|FAIL|SKIP) (?:model|test)", result.stdout)
    assert numbers == [str(number) for number in range(1, 11)]
    assert re.search(r"FAIL test range_ret \.+ \[FAIL 78 rows\]", result.stdout)


def test_a_selection_publishes_its_models_and_keeps_the_others(tiny, call):
    project = tiny(CHAIN)
    assert build(project, "build", HAMILTON).published
    path = project.root / "features" / "alone.py"
    path.write_text(path.read_text().replace("high - low", "low - high"))
    before = {part.path for part in read_catalog(project.target).parts}
    assert call(project.root, "run", "--engine", "hamilton", "--select", "alone").returncode == 0
    catalog = read_catalog(project.target)
    after = {part.path for part in catalog.parts}
    assert set(catalog.columns) == {"alone", "base", "child", "grandchild"}
    assert {path for path in before ^ after if "/alone/" not in path} == set()
    assert len(before - after) == 1  # both symbols lie in one file


def test_an_empty_selection_is_an_error_unless_allowed(tiny, call):
    project = tiny(CHAIN)
    refused = call(project.root, "build", "--select", "base,alone")
    assert refused.returncode == 2
    assert "--allow-empty" in refused.stderr
    allowed = call(project.root, "build", "--engine", "hamilton", "--select", "base,alone", "--allow-empty")
    assert allowed.returncode == 0, allowed.stderr
    assert allowed.stdout.splitlines()[-1].endswith("TOTAL=0")


def test_the_store_remembers_its_runs(tiny):
    project = tiny(CHAIN)
    outcomes = [build(project, verb, HAMILTON) for verb in ("build", "run", "test")]
    runs = read_runs(project.store)
    assert [run.command for run in runs] == ["build", "run"]
    assert [run.id for run in runs] == [outcome.run_id for outcome in outcomes[:2]]
    assert {run.status for run in runs} == {"success"}
    assert runs[0].started <= runs[0].finished <= runs[1].started


def test_retry_runs_the_failed_command_with_its_options(tiny, call):
    project = tiny(CHAIN)
    nothing = call(project.root, "retry")
    assert (nothing.returncode, "retry-nothing" in nothing.stderr) == (2, True)
    path = project.root / "features" / "base.py"
    whole = path.read_text()
    path.write_text(whole.replace("close.pct_change()", "close.pct_chnge()"))
    assert (
        call(project.root, "build", "--engine", "hamilton", "--select", "base+1", "--exclude", "alone").returncode == 1
    )
    verb, options = last_failure(open_project(project.root))
    assert verb == "build"
    assert (options["select"], options["exclude"], options["engine"]) == (("base+1",), ("alone",), "hamilton")
    assert call(project.root, "retry").returncode == 1
    path.write_text(whole)
    again = call(project.root, "retry")
    assert again.returncode == 0, again.stdout + again.stderr
    assert set(read_catalog(project.target).columns) == {"base", "child"}
    fine = call(project.root, "retry")
    assert (fine.returncode, "the last run did not fail" in fine.stderr) == (2, True)


def test_a_failure_leaves_its_reports(tiny):
    project = tiny(CHAIN, YML + "  ret: [{range: {min: 9}}]\n")
    build(project, "build", HAMILTON)
    results = json.loads((project.target / "run_results.json").read_text())
    by_name = {result["unique_id"]: result for result in results["results"]}
    assert results["published"] is False
    assert by_name["test.tiny.range_ret"]["status"] == "fail"
    assert by_name["test.tiny.range_ret"]["failures"] == 78
    assert by_name["model.tiny.child"]["status"] == "skipped"
    assert not (project.target / "manifest.json").exists()
    lineage = (project.target / "lineage.json").read_text()
    assert "ret_gap" in lineage


def test_a_run_without_candles_says_what_to_do(tiny, call):
    result = call(tiny(CHAIN).root, "run", "--engine", "hamilton")
    assert result.returncode == 1
    assert "[candles-none]" in result.stderr
    assert "wick ingest" in result.stderr


@pytest.mark.parametrize(
    "text", ["[]", "[1]", '{"metadata": {"generated_at": "x"}, "args": {}, "success": false}', "{"]
)
def test_results_that_cannot_be_read_are_no_failure_to_retry(tiny, call, text):
    project = tiny("def a(close: pd.Series) -> pd.Series:\n    return close\n")
    project.target.mkdir(exist_ok=True)
    for name in ("run_results.json", "manifest.json"):
        (project.target / name).write_text(text)
    said = call(project.root, "retry")
    assert (said.returncode, "[retry-nothing]" in said.stderr) == (2, True)
    assert call(project.root, "ls", "-s", "state:modified").stdout == "moves.a\n"


def test_a_run_that_is_not_recorded_is_there_all_the_same(tiny, call, monkeypatch):
    project = tiny("def a(close: pd.Series) -> pd.Series:\n    return close.diff()\n")
    yml = project.root / "wick.yml"
    yml.write_text(yml.read_text() + "tracking: {mlflow: file}\n")

    def refuse(*_, **__):
        raise TrackError("MLflow is down", code="track-failed")

    monkeypatch.setattr("candlewick.track.log_run", refuse)
    said = call(project.root, "build")
    assert (said.returncode, "MLflow is down; what `wick build` made is there all the same" in said.stderr) == (1, True)
    assert call(project.root, "show", "a").returncode == 0


def test_a_holding_that_lacks_rows_is_none_to_go_on_from(tiny):
    project = tiny("def total(volume: pd.Series) -> pd.Series:\n    return volume.rolling(4, min_periods=1).sum()\n")
    build(project, "build", Options())
    with duckdb.connect(str(project.store)) as connection:
        connection.execute("DELETE FROM wick.parts WHERE symbol = 'AAA'")
    ledger = read_ledger(project.store, project.target)
    assert [each.symbol for each in ledger.holdings["main"]] == ["BBB"]
    assert ledger.lost == {("moves", None, "AAA")}
