from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from candlewick.differences import differences, ulps

numbers = st.floats(allow_nan=False, allow_infinity=False)
pairs = st.lists(st.tuples(st.floats(), st.floats()), min_size=1, max_size=8)


@given(numbers, st.integers(0, 50), st.sampled_from([-math.inf, math.inf]))
def test_ulps_count_the_numbers_between(start, steps, towards):
    value = start
    for _ in range(steps):
        value = math.nextafter(value, towards)
    if math.isfinite(value):
        assert ulps(np.array([start]), np.array([value]))[0] == steps


@given(pairs)
def test_sides_are_alike_and_a_column_equals_itself(rows):
    a, b = (np.array(side) for side in zip(*rows, strict=True))
    assert differences(a, b) == differences(b, a)
    same = differences(a, a)
    assert (same.unequal, same.beyond, same.absolute, same.ulp, same.first) == (0, 0, 0.0, 0, None)


@given(numbers, numbers)
def test_distances_are_those_of_exact_arithmetic(a, b):
    found = differences([a], [b])
    exact = abs(Fraction(a) - Fraction(b))
    if exact < Fraction(1.7e308):
        assert found.absolute == float(exact)
        if exact:
            assert found.relative == pytest.approx(
                float(exact / max(abs(Fraction(a)), abs(Fraction(b)))), rel=1e-12, abs=1e-300
            )
    assert found.unequal == (a != b)
    assert found.beyond == found.unequal


@pytest.mark.parametrize(
    ("a", "b", "beyond"),
    [
        (1.0, 1.05, 0),
        (1.0, 1.2, 1),
        (1e6, 1e6 + 1, 0),
        (math.inf, math.inf, 0),
        (math.inf, 1e308, 1),
        (math.nan, 0.0, 1),
    ],
)
def test_a_row_is_beyond_when_it_exceeds_both_tolerances(a, b, beyond):
    assert differences([a], [b], absolute=0.1, relative=1e-5).beyond == beyond


def test_what_rounding_would_hide_is_counted():
    """A comparison rounded to three decimals calls these equal."""
    a = np.linspace(0.1, 0.2, 1000)
    found = differences(a, a + 1e-7, absolute=1e-9)
    assert (found.unequal, found.beyond, found.first) == (1000, 1000, 0)
    assert differences([0.1], [0.10000000000000009]).ulp == 6


def test_columns_of_other_lengths_are_refused():
    with pytest.raises(ValueError, match="values"):
        differences([1.0], [1.0, 2.0])
