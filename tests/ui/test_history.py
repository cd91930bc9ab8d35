from __future__ import annotations

from dataclasses import replace

from candlewick_ui.history import read_history
from candlewick_ui.readiness import readiness


def test_published_runs_are_listed_the_latest_first(alive):
    (run,) = read_history(alive.store, alive.target).runs
    assert (run.command, run.status, run.arm, run.engine, run.groups) == (
        "build",
        "success",
        "main",
        "program",
        "moves",
    )
    assert run.seconds > 0


def test_a_store_that_is_not_there_is_a_problem_in_words(tmp_path):
    assert "there is no store" in read_history(tmp_path / "none.duckdb", tmp_path).problem


def test_a_store_is_open_for_the_query_only(alive, wick, alive_folder):
    read_history(alive.store, alive.target)
    assert wick(alive_folder, "ingest").returncode == 0


def test_what_an_export_asks_is_answered_from_the_reports(reports):
    published, tested, streamed = readiness(reports)
    assert (published.met, tested.met) == (True, True)
    assert streamed.met
    nodes = [{**each, "facts": {}} for each in reports.lineage["nodes"]]
    unknown = readiness(replace(reports, lineage={**reports.lineage, "nodes": nodes}))[2]
    assert unknown.met is None
    assert "`wick build` traces them" in unknown.reason


def test_what_stands_in_the_way_is_named(reports):
    results = {**reports.results, "published": False}
    results["results"] = [{**each, "status": "fail"} for each in results["results"]]
    published, tested, _ = readiness(replace(reports, results=results))
    assert not published.met
    assert "unique_moves" in tested.reason
    facts = {"class": "X", "lookback": 3, "warm-up": 3}
    nodes = [{**each, "facts": facts} for each in reports.lineage["nodes"]]
    assert "Opaque" in readiness(replace(reports, lineage={**reports.lineage, "nodes": nodes}))[2].reason
    facts["class"] = "B"
    assert readiness(replace(reports, lineage={**reports.lineage, "nodes": nodes}))[2].met
