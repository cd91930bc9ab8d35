from __future__ import annotations

from dataclasses import replace

from candlewick_ui.checks import every_check, node_checks
from candlewick_ui.reports import read_reports


def test_every_test_of_the_last_run_is_there_the_worst_first(reports):
    checks = every_check(reports)
    assert checks[0].status == "warn"
    assert checks[0].title == "range_move"
    assert checks[0].rows > 0
    assert "first AAA at 2020-01" in checks[0].message
    assert {check.status for check in checks[1:]} == {"pass"}


def test_a_column_has_its_own_tests_those_of_its_table_and_the_functions_that_read_it(reports):
    titles = {check.title: check.status for check in node_checks(reports, "move")}
    assert titles == {
        "not_null_move": "pass",
        "range_move": "warn",
        "unique_moves": "pass",
        "moves_are_small": "pass",
        "tripwires_moves": "pass",
    }
    assert "range_move" not in {check.title for check in node_checks(reports, "up")}


def test_a_test_that_has_not_run_says_so(reports):
    assert {check.status for check in node_checks(replace(reports, results={}), "move")} == {"not run"}


def test_tests_that_cannot_be_read_are_an_error_in_words(reports):
    tests = {"mvoe": ("not_null",)}
    config = reports.project.config.model_copy(update={"tests": tests})
    broken = replace(reports, project=replace(reports.project, config=config))
    (check,) = node_checks(broken, "move")
    assert "did you mean" in check.message


def test_nobody_and_candles_have_no_tests(reports):
    assert node_checks(reports, "nobody") == node_checks(reports, "close") == ()


def test_words_for_the_canvas(built):
    (check,) = every_check(read_reports(built))
    assert check.to_json()["status"] == "fail"


def test_a_file_of_tests_that_is_no_python_hides_its_tests_only(reports, tmp_path):
    (tmp_path / "data_tests").mkdir()
    (tmp_path / "data_tests" / "small.py").write_text("def (")
    elsewhere = replace(reports, project=replace(reports.project, root=tmp_path))
    titles = {check.title for check in node_checks(elsewhere, "move")}
    assert "range_move" in titles
    assert "moves_are_small" not in titles
