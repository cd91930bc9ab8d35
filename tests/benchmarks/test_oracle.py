"""The exact values of the benchmark, against sums of fractions."""

from __future__ import annotations

from fractions import Fraction
from math import isclose, sqrt

import numpy as np
import pandas as pd
import pytest
from benchmarks.oracle import Column, exact
from benchmarks.workload import COLUMNS, FEATURES, candles, compute

HUGE = candles(80, 3)[3] + 1e6  # a sum of squares would lose half of the digits


def windows(x, n):
    return [[Fraction(float(value)) for value in x[k - n + 1 : k + 1]] for k in range(n - 1, len(x))]


def moment(window, power):
    mean = sum(window) / len(window)
    return sum((value - mean) ** power for value in window)


@pytest.mark.parametrize(
    ("name", "formula"),
    [
        ("mean", lambda w: float(sum(w) / len(w))),
        ("std", lambda w: sqrt(moment(w, 2) / (len(w) - 1))),
        ("skew", lambda w: sqrt(20 * 19) / 18 * float(moment(w, 3) / 20) / float(moment(w, 2) / 20) ** 1.5),
        ("kurt", lambda w: float(19 * (21 * 20 * moment(w, 4) / moment(w, 2) ** 2 - 57) / (18 * 17))),
    ],
)
def test_windows(name, formula):
    found = np.asarray(getattr(Column(HUGE).rolling(20), name)())
    assert np.isnan(found[:19]).all()
    assert all(
        isclose(a, formula(w), rel_tol=1e-10, abs_tol=1e-11) for a, w in zip(found[19:], windows(HUGE, 20), strict=True)
    )


def test_a_recursion():
    x, mean, expected = candles(50, 4)[3], None, []
    for value in x:
        mean = Fraction(value) if mean is None else mean + (Fraction(value) - mean) * 2 / 13
        expected.append(float(mean))
    found = np.asarray(Column(x).ewm(span=12, adjust=False, min_periods=12).mean()).astype(float)
    assert np.isnan(found[:11]).all()
    assert found[11:] == pytest.approx(expected[11:], rel=1e-15)


def test_every_feature_is_what_pandas_means():
    x = candles(700, 5)
    reference = compute({name: pd.Series(x[k]) for k, name in enumerate(COLUMNS)})
    for name, column in exact(x).items():
        np.testing.assert_allclose(column, reference[name], rtol=1e-7, atol=1e-7 * np.nanmax(abs(column)))
    assert tuple(exact(x)) == FEATURES
