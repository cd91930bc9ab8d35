from __future__ import annotations

import sys
import time
from dataclasses import replace

import pytest

from candlewick_ui import jobs
from candlewick_ui.artifacts import read_artifact
from candlewick_ui.certificates import card, last_certificate
from candlewick_ui.grid import test_grid as grid_of
from candlewick_ui.planned import ask_plan


def part(status: str, **changes: object) -> dict[str, object]:
    return {
        "name": "stream",
        "claim": "every bit",
        "status": status,
        "numbers": {},
        "findings": [],
        "reason": "",
    } | changes


def certificate(*parts: dict[str, object]) -> dict[str, object]:
    return {"payload_hash": "ab", "parts": list(parts), "features": [], "candles": {"AAA": {"candles": 1234}}}


def test_a_certificate_holds_when_every_part_was_run_and_passed():
    assert card(certificate(part("pass"), part("pass"))).holds
    assert not card(certificate(part("pass"), part("fail"))).holds
    assert not card(certificate(part("pass"), part("not run", reason="no project"))).holds
    assert not card(certificate()).holds


def test_what_a_part_found_is_told_in_words():
    numbers = {"train_end": 1_420_070_399_999, "symbols": ["AAA", "BBB"], "values": 10_000}
    finding = {"what": "3 values differ", "feature": "move", "symbol": "AAA", "ts": None}
    told = card(certificate(part("fail", numbers=numbers, findings=[finding], reason="odd"))).parts[0]
    assert told.numbers == "train end: 2014-12-31 23:59:59.999 · symbols: AAA BBB · values: 10,000"
    assert told.findings == ("move AAA: 3 values differ", "odd")
    assert card(certificate()).candles == "AAA 1,234"


@pytest.mark.parametrize("text", ["[", "{}", "[]", '{"parts": 3, "payload_hash": 1}'])
def test_what_is_no_certificate_is_none(text, tmp_path):
    (tmp_path / "certificate.json").write_text(text)
    assert last_certificate(tmp_path) is None


def test_an_exported_file_is_told_in_lines(exported):
    project, path = exported
    held = read_artifact(path)
    assert held.problem == ""
    assert held.certificate.holds
    assert held.contents["groups"] == "moves"
    assert "open(symbols=['AAA', 'BBB'])" in held.snippet
    assert read_artifact(project.target / "none.wick") is None


def test_a_file_that_is_no_artifact_is_a_problem_in_words(tmp_path):
    (tmp_path / "bad.wick").write_bytes(b"PK" * 100)
    assert read_artifact(tmp_path / "bad.wick").problem


def test_tests_stand_by_model_and_kind_and_those_of_ones_own_apart(reports):
    grid = grid_of(reports)
    assert grid["moves"]["not null"] == grid["moves"]["unique"] == "1 pass"
    assert grid["moves"]["range"] == "1 warn"
    assert grid["(project)"]["own"] == "1 pass"
    results = {"results": [{"unique_id": "test.alive.unique_moves", "status": "fail", "failures": 3, "message": "x"}]}
    assert grid_of(replace(reports, results=results)) == {"moves": {"unique": "1 fail"}}


def test_a_job_is_known_by_its_log_and_can_be_cancelled(tmp_path):
    log = tmp_path / "logs" / "job.log"
    jobs.start(log, [sys.executable, "-c", "print('3 of 9 OK', flush=True); import time; time.sleep(60)"])
    while jobs.progress(log).done == 0:
        time.sleep(0.02)
    assert jobs.is_running(log)
    jobs.cancel([log])
    assert jobs.progress(log).exit_code != 0
    assert jobs.last_words(log) == "3 of 9 OK"
    assert jobs.progress(tmp_path / "other.log") is None


def test_a_job_that_does_not_end_when_asked_is_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(jobs, "PATIENCE", 0.2)
    log = tmp_path / "stubborn.log"
    text = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('1 of 2 OK', flush=True); time.sleep(60)"
    jobs.start(log, [sys.executable, "-c", text])
    while not jobs.progress(log).done:
        time.sleep(0.05)
    jobs.cancel([log])
    assert not jobs.is_running(log)
    assert jobs.progress(log).exit_code < 0


def test_the_plan_is_asked_of_the_command_line_and_its_refusal_is_told(exported, tmp_path):
    assert {step["action"] for step in ask_plan(exported[0].root)["steps"]} == {"REUSED"}
    (tmp_path / "wick.yml").write_text("name: [")
    assert "wick.yml" in ask_plan(tmp_path)["problem"]


def test_jobs_in_turn_wait_for_each_other_and_can_be_cancelled_together(tmp_path):
    logs = [tmp_path / f"{name}.log" for name in "abc"]
    code = "import sys, pathlib, time; pathlib.Path(sys.argv[1]).touch(); time.sleep(float(sys.argv[2]))"
    seconds = {"a": 0, "b": 60, "c": 0}
    steps = [(log, [sys.executable, "-c", code, str(tmp_path / log.stem), str(seconds[log.stem])]) for log in logs]
    jobs.start_in_turn(steps)
    assert all(map(jobs.is_running, logs))
    while not (tmp_path / "b").exists():
        time.sleep(0.02)
    assert [jobs.is_running(log) for log in logs] == [False, True, True]
    assert jobs.progress(logs[2]).waiting
    jobs.cancel(logs)
    assert not any(map(jobs.is_running, logs))
    assert jobs.progress(logs[0]).exit_code == 0
    assert jobs.progress(logs[2]) is None
    assert not (tmp_path / "c").exists()
