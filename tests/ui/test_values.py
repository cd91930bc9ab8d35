from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from candlewick_ui.values import column_values, spoken, summarize


def test_a_published_column_is_counted_binned_and_listed(alive):
    values = column_values(alive.target, "moves", "move")
    assert values.symbol == "AAA"
    assert sum(values.bins) == 27
    assert values.summary["values"] == "27 of 28"
    assert values.last[0] == ("2020-01-28 00:00", spoken(129 / 127 - 1))
    assert column_values(alive.target, "moves", "move", "BBB").last != values.last


def test_a_column_of_truths_has_two_ends(alive):
    values = column_values(alive.target, "moves", "up")
    assert (values.low, values.high) == ("0", "1")
    assert {word for _, word in values.last} <= {"true", "false"}


@pytest.mark.parametrize(("model", "name"), [("moves", "smooth"), ("moves", "nobody"), ("nothing", "move")])
def test_a_column_that_is_not_published_says_why(alive, model, name):
    assert "Not published yet" in column_values(alive.target, model, name).problem


def test_before_the_first_build_there_is_nothing(tmp_path):
    assert "Not published yet" in column_values(tmp_path, "moves", "move").problem


def test_a_damaged_catalog_is_named(tmp_path):
    (tmp_path / "catalog.json").write_text("{")
    assert "is not a catalog" in column_values(tmp_path, "moves", "move").problem


@pytest.mark.parametrize(
    ("values", "bins"),
    [([np.nan, np.nan], 0), ([1.0, np.inf, -np.inf], 1), ([2.0, 2.0], 1), ([0.0, 1.0], 30), ([], 0)],
)
def test_values_without_a_range_are_no_histogram_and_infinities_are_left_out(values, bins):
    index = pd.date_range("2020-01-01", periods=len(values), tz="UTC")
    found = summarize(pd.Series(values, index=index, dtype="float64"), "A")
    assert len(found.bins) == bins
    assert len(found.last) == len(values)


def test_times_have_no_histogram():
    index = pd.date_range("2020-01-01", periods=3, tz="UTC")
    found = summarize(pd.Series(["a", None, "c"], index=index, dtype="object"), "A")
    assert (found.bins, found.last[1][1]) == ((), "-")
