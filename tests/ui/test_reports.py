from __future__ import annotations

import json
import os

import pytest

from candlewick_ui.reports import is_stale, read_reports


def test_a_built_project_is_read_whole(built):
    reports = read_reports(built)
    assert reports.name == "alpha"
    assert reports.problem == ""
    assert [entry["name"] for entry in reports.lineage["nodes"]][-2:] == ["atr_14", "true_range"]
    assert (
        reports.last_run
        == "wick build · 2026-01-02 03:04:05 UTC · engine hamilton · 2 models: all fine · 1 test: 1 fail"
    )
    assert [line[:24] for line in reports.troubles] == ["fail  test.alpha.finite "]


def test_a_model_that_failed_has_its_message(built):
    results = json.loads((built / "target" / "run_results.json").read_text())
    results["results"][0] |= {"status": "error", "message": "division by zero"}
    (built / "target" / "run_results.json").write_text(json.dumps(results))
    reports = read_reports(built)
    assert (reports.trouble("volatility"), reports.trouble("trend")) == ("division by zero", "")
    assert reports.last_run.endswith("2 models: 1 error · 1 test: 1 fail")


def test_reports_are_stale_when_a_run_has_written_its_lineage_or_it_is_gone(built):
    reports = read_reports(built)
    assert not is_stale(reports)
    os.utime(built / "target" / "lineage.json", (1, 1))
    assert is_stale(reports)
    assert not is_stale(read_reports(built))
    (built / "target" / "lineage.json").unlink()
    assert is_stale(reports)


def test_a_project_that_was_never_built_has_no_lineage_and_no_problem(project):
    reports = read_reports(project)
    assert (reports.lineage, reports.problem, reports.last_run) == (None, "", "")


def test_a_lineage_without_results_is_shown(built):
    (built / "target" / "run_results.json").unlink()
    assert read_reports(built).lineage is not None


def test_a_folder_without_a_project_says_so(tmp_path):
    assert "wick.yml" in read_reports(tmp_path).problem


@pytest.mark.parametrize("text", ["{", "[1]", '{"schema_version": 99}', "{}", "\x80"])
def test_a_lineage_that_cannot_be_read_is_a_problem_in_words(built, text):
    (built / "target" / "lineage.json").write_bytes(text.encode("latin-1"))
    reports = read_reports(built)
    assert reports.lineage is None
    assert reports.problem


@pytest.mark.parametrize(
    "text", ["{}", '{"results": 3}', '{"results": [{}], "metadata": {}, "args": {}}', '{"results": [3]}']
)
def test_results_that_cannot_be_read_are_a_problem_in_words(built, text):
    (built / "target" / "run_results.json").write_text(text)
    assert "cannot be read" in read_reports(built).problem
