"""Every rival computes the features it is timed on: the comparison is of equal work."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks import accuracy, measure, ours, rivals
from benchmarks.contender import MINUTE, Absent
from benchmarks.oracle import exact
from benchmarks.workload import FEATURES, candles

SEEDS = {"TA-Lib", "TA-Lib's streams", "talipp"}  # what starts recursions another way is judged late


def present(contenders):
    """The first of the contenders found; the test is skipped where it is not installed."""
    if isinstance(contenders[0], Absent):
        pytest.skip("not installed")
    return contenders[0]


@pytest.mark.parametrize("name", rivals.COLUMNS)
def test_columns(name):
    rival = present(rivals.columns(name))
    row = accuracy.SETTLED if rival.name in SEEDS else 0
    x = candles(row + 400, 6)
    found, expected = rival.read(rival.compute([rival.prepare(x)])[0]), exact(x)
    assert set(found) == set(rival.features) <= set(FEATURES)
    for key in rival.features:
        if not row:
            assert (np.isnan(found[key]) == np.isnan(expected[key])).all(), key
        scale = np.nanmax(abs(expected[key]))
        np.testing.assert_allclose(found[key][row:], expected[key][row:], rtol=0, atol=1e-9 * scale, err_msg=key)


@pytest.mark.parametrize("name", ["candlewick", *rivals.LIVE])
def test_candle_by_candle(name):
    rival = present([ours.live()] if name == "candlewick" else rivals.live(name))
    history = measure.HISTORY if rival.name in SEEDS else 1_000
    x = candles(history + 5, 7)
    expected, step = exact(x), rival.start(x[:, :history])
    assert len(set(rival.features)) == len(rival.features)
    reseeded = {"ema_200", "ema_50", "obv", "atr_28", "rsi_21"} if "last 300" in rival.name else set()
    for row in range(history, history + 5):
        vector = step(MINUTE * row, *x[:, row].tolist())
        for key, value in zip(rival.features, vector, strict=True):
            if key not in reseeded:
                scale = np.nanmax(abs(expected[key]))
                assert abs(value - expected[key][row]) <= 1e-7 * scale, (key, value, expected[key][row])


def test_candlewick_has_the_columns_of_every_subset():
    x = candles(300, 8)
    whole = ours.columns().compute([x, x])[1]
    part = ours.columns(FEATURES[5:50]).compute([x])[0]
    assert part.tobytes() == np.ascontiguousarray(whole[5:50]).tobytes()


def test_what_is_not_installed_is_listed(monkeypatch):
    def missing(name):
        raise ModuleNotFoundError(f"No module named {name!r}", name="polars")

    monkeypatch.setattr(rivals.importlib, "import_module", missing)
    assert rivals.columns("polars") == [Absent("polars")]
