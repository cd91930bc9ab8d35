"""Docstrings say what a column is, and they cannot lie about what it reads and where it is missing."""

import re

import numpy as np
import pandas as pd


def section(function, name):
    found = re.search(rf"^ *{name}: (.+)$", function.__doc__ or "", re.MULTILINE)
    return found.group(1) if found else None


def differs(a, b):
    return not np.allclose(a, b, rtol=1e-6, atol=1e-9, equal_nan=True)


def test_a_feature_documents_itself(functions, feature):
    function = functions[feature]
    assert re.match(r"[A-Z].*\.$", function.__doc__.splitlines()[0])
    for name in ("Shape", "Units", "Lookback", "NaN", "Source"):
        assert section(function, name), f"{feature} has no {name}:"


def test_a_label_documents_itself(functions, label):
    for name in ("Shape", "Horizon", "NaN", "Source"):
        assert section(functions[label], name), f"{label} has no {name}:"


def test_the_documented_lookback_suffices_and_its_oldest_candle_matters(functions, compute, candles, bounded):
    lookback = int(re.fullmatch(r"(\d+) candles?", section(functions[bounded], "Lookback")).group(1))
    whole = compute(bounded, candles)
    without_oldest = []
    for row in range(lookback + 40, len(candles), 7):
        window = candles.iloc[row - lookback : row + 1]
        assert not differs(compute(bounded, window).iloc[-1], whole.iloc[row])
        without_oldest += [compute(bounded, window.iloc[1:]).iloc[-1]] if lookback else []
    if lookback:
        assert differs(without_oldest, whole.iloc[lookback + 40 :: 7])


def test_a_recursive_feature_never_forgets_its_first_candle(compute, candles, recursive):
    whole = compute(recursive, candles)
    later = compute(recursive, candles.iloc[1:])
    assert (whole.iloc[60:] != later.iloc[59:]).any()


def test_missing_values_are_where_the_docstring_says(functions, compute, candles, feature):
    text = section(functions[feature], "NaN")
    first = re.match(r"never|first (\d+) candles?", text)
    expected = np.arange(len(candles)) < int(first.group(1) or 0)
    np.testing.assert_array_equal(compute(feature, candles).isna(), expected)


def test_the_future_does_not_change_the_past(compute, candles, feature):
    whole = compute(feature, candles)
    for cut in (30, 199, 300):
        other = pd.concat([candles.iloc[:cut], candles.iloc[cut:] * 5.0])
        pd.testing.assert_series_equal(compute(feature, other).iloc[:cut], whole.iloc[:cut], check_exact=True)
        pd.testing.assert_series_equal(compute(feature, candles.iloc[:cut]), whole.iloc[:cut], check_exact=True)


def test_no_value_is_infinite_on_real_candles(compute, seeds, feature):
    column = compute(feature, seeds)
    assert len(column) == len(seeds)
    assert not np.isinf(column.to_numpy(float)).any()
