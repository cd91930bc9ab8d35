"""Every rival computes the features it is timed on: the comparison is of equal work."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks import accuracy, measure, ours, rivals
from benchmarks.contender import Absent
from benchmarks.oracle import exact
from benchmarks.workload import FEATURES, candles

SEEDS = {"TA-Lib", "TA-Lib's streams", "talipp"}  # what starts recursions another way is judged late


def present(contenders):
    return [pytest.param(c, id=c.name, marks=pytest.mark.skipif(isinstance(c, Absent), reason="not installed")) for c in contenders]  # fmt: skip


@pytest.mark.parametrize("rival", present(rivals.columns()))
def test_columns(rival):
    row = accuracy.SETTLED if rival.name in SEEDS else 0
    x = candles(row + 400, 6)
    found, expected = rival.read(rival.compute([rival.prepare(x)])[0]), exact(x)
    assert set(found) == set(rival.features) <= set(FEATURES)
    for name in rival.features:
        if not row:
            assert (np.isnan(found[name]) == np.isnan(expected[name])).all(), name
        scale = np.nanmax(abs(expected[name]))
        np.testing.assert_allclose(found[name][row:], expected[name][row:], rtol=0, atol=1e-9 * scale, err_msg=name)


@pytest.mark.parametrize("rival", present([ours.live(), *rivals.live()]))
def test_candle_by_candle(rival):
    history = measure.HISTORY if rival.name in SEEDS else 1_000
    x = candles(history + 5, 7)
    expected, step = exact(x), rival.start(x[:, :history])
    assert len(set(rival.features)) == len(rival.features)
    reseeded = {"ema_200", "ema_50", "obv", "atr_28", "rsi_21"} if "last 300" in rival.name else set()
    for row in range(history, history + 5):
        vector = step(float(row), *x[:, row].tolist())
        for name, value in zip(rival.features, vector, strict=True):
            if name not in reseeded:
                scale = np.nanmax(abs(expected[name]))
                assert abs(value - expected[name][row]) <= 1e-7 * scale, (name, value, expected[name][row])


def test_candlewick_has_the_columns_of_every_subset():
    x = candles(300, 8)
    whole = ours.columns().compute([x, x])[1]
    part = ours.columns(FEATURES[5:50]).compute([x])[0]
    assert part.tobytes() == np.ascontiguousarray(whole[5:50]).tobytes()


def test_what_is_not_installed_is_listed(monkeypatch):
    def missing(name):
        raise ModuleNotFoundError(f"No module named {name!r}", name="polars")

    monkeypatch.setattr(rivals.importlib, "import_module", missing)
    assert rivals.columns("polars") == [Absent("polars, one thread")]
