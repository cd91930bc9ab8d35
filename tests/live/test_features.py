"""The features live: the batch rows bit for bit, whenever they are asked for; refused candles change nothing."""

from __future__ import annotations

import numpy as np
import pytest

from candlewick.live import Candle


def candles_of(x):
    return [Candle(int(row[5]), *row[:5]) for row in x.T.tolist()]


@pytest.mark.parametrize("stage", ["output", "features"])
def test_any_emit_equals_the_batch_row(loaded, batch, make_candles, stage):
    x = make_candles(400, 7)
    rows = batch(x, stage)
    features = loaded.open(["NEW"])
    rng = np.random.default_rng(3)
    for t, candle in enumerate(candles_of(x)):
        features.update("NEW", candle)
        if rng.random() < 0.3:
            assert features.emit("NEW", stage=stage).tobytes() == rows[t].tobytes()
            assert features.emit("NEW", stage=stage).tobytes() == rows[t].tobytes()


def test_the_artifacts_state_goes_on_where_the_batch_ended(loaded, batch, make_candles):
    x = make_candles(200, 1)
    rows = batch(x)
    features = loaded.open(["BTC"])
    assert features.candles("BTC") == 150
    assert features.last("BTC") == 149 * 60_000
    assert features.emit("BTC").tobytes() == rows[149].tobytes()
    for t in range(150, 200):
        features.update("BTC", *[int(x[5, t]), *x[:5, t]])
        assert features.emit("BTC").tobytes() == rows[t].tobytes()
