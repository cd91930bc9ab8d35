"""The fit's functions by plain calls: what each learns on rows whose answers are known."""

import numpy as np
import pandas as pd
import pytest
from fit import pipeline_fit as fit


@pytest.fixture
def train() -> pd.DataFrame:
    """Two symbols of four rows; `small` and `large` are one column in two units, `flat` never changes."""
    index = pd.MultiIndex.from_product([["A", "B"], pd.date_range("2020-01-01", periods=4)], names=["symbol", "ts"])
    small = pd.Series([1.0, np.nan, 3.0, 8.0, np.nan, 2.0, 4.0, 6.0], index=index)
    return pd.DataFrame({"small": small, "large": small * 1e6, "flat": 5.0, "calm": 10.0 + small / 100})


def test_each_imputer_fills_with_what_it_says(train):
    assert fit.fill_values__median(train)["small"] == 3.5
    assert fit.fill_values__mean(train)["small"] == 4.0
    assert fit.fill_values__constant(train, -1.0).tolist() == [-1.0] * 4
    by_value = fit.imputed_train__by_value(train, fit.fill_values__median(train))
    assert by_value["small"].tolist() == [1.0, 3.5, 3.0, 8.0, 3.5, 2.0, 4.0, 6.0]


def test_the_last_value_of_one_symbol_never_fills_another(train):
    filled = fit.imputed_train__forward_fill(train, fit.fill_values__median(train))
    assert filled["small"].tolist() == [1.0, 1.0, 3.0, 8.0, 3.5, 2.0, 4.0, 6.0]
    first = train.loc["A"]
    assert fit.imputed__forward_fill(first, fit.fill_values__median(train))["small"].tolist() == [1.0, 1.0, 3.0, 8.0]


def test_the_unit_of_a_column_does_not_decide_its_variance(train):
    found = fit.variances(train.fillna(0.0))
    assert found["small"] == pytest.approx(found["large"])
    assert found["flat"] == 0.0
    assert fit.variances(train[["flat"]] * 0.0)["flat"] == 0.0


def test_selection_keeps_what_varies_most_and_no_constant(train):
    found = fit.variances(train.dropna())
    assert fit.kept__top_k(found, 1) == ["large"]  # equal to small: the first by name
    assert fit.kept__top_k(found, 2) == ["small", "large"]
    assert fit.kept__top_k(found, 99) == ["small", "large", "calm"]
    assert fit.kept__threshold(found, 0.01) == ["small", "large"]
    assert list(fit.selected(train, ["calm"])) == ["calm"]


@pytest.mark.parametrize(
    ("center", "spread", "middle", "width"),
    [
        (fit.center__standard, fit.spread__standard, 3.75, np.std([1, 3, 3, 8, 3, 2, 4, 6])),
        (fit.center__robust, fit.spread__robust, 3.0, 1.75),
        (fit.center__min_max, fit.spread__min_max, 1.0, 7.0),
    ],
)
def test_each_normalizer_learns_its_center_and_spread(train, center, spread, middle, width):
    rows = train.fillna({"small": 3.0, "large": 3e6, "calm": 10.03})
    assert center(rows, ["small"])["small"] == middle
    assert spread(rows, ["small"])["small"] == pytest.approx(width)


def test_a_column_without_spread_keeps_its_unit(train):
    assert fit.spread__robust(train, ["flat"])["flat"] == 1.0
    assert fit.spread__min_max(train, ["flat"])["flat"] == 1.0


def test_scores_and_clipped_scores():
    rows = pd.DataFrame({"x": [0.0, 10.0, 100.0]})
    center, spread = pd.Series({"x": 10.0}), pd.Series({"x": 5.0})
    assert fit.normalized__plain(rows, center, spread)["x"].tolist() == [-2.0, 0.0, 18.0]
    assert fit.normalized__clip(rows, center, spread, 3.0)["x"].tolist() == [-2.0, 0.0, 3.0]


def test_each_function_documents_itself(fitted):
    for word in ("Shape", "Units", "NaN", "Source"):
        assert f"{word}: " in fitted.__doc__, fitted
