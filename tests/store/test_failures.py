from __future__ import annotations

import datetime as dt

import pytest

from candlewick.errors import StoreError
from candlewick.store.failures import FILENAME, read_failures, record_failure
from candlewick.store.publish import Run


def run(name):
    moment = dt.datetime(2024, 1, 1, 12, 0, 0, 123456, tzinfo=dt.UTC)
    return Run(name, "build", "error", moment, moment + dt.timedelta(seconds=1.5), {"toggles": ["momentum"]})


def test_failures_are_remembered_in_order(tmp_path):
    assert read_failures(tmp_path) == []
    record_failure(tmp_path, run("1"))
    record_failure(tmp_path, run("2"))
    assert read_failures(tmp_path) == [run("1"), run("2")]


@pytest.mark.parametrize("left", ['{"id": "3", "comm', "[]", "{}", '{"id": "3", "odd": 1}'])
def test_a_line_that_is_no_run_is_passed_over(tmp_path, left):
    record_failure(tmp_path, run("1"))
    with (tmp_path / FILENAME).open("a") as file:
        file.write(left)
    assert read_failures(tmp_path) == [run("1")]


def test_where_nothing_can_be_written_it_says_so(tmp_path):
    (tmp_path / "logs").write_text("mine")
    with pytest.raises(StoreError) as refused:
        record_failure(tmp_path, run("1"))
    assert refused.value.code == "file-unwritable"
