"""An artifact with two stages and two symbols, and the rows the batch has for it."""

from __future__ import annotations

import numpy as np
import pytest

from candlewick.artifact import encode
from candlewick.live import load
from candlewick.program import run


def columns(c):
    close, volume = c["close"], c["volume"]
    move = np.log(close / close.shift(1))
    return {
        "move": move,
        "trend": close.ewm(span=12).mean() / close - 1,
        "spread": move.rolling(20).std(),
        "rank": volume.rolling(10, min_periods=3).rank(pct=True),
        "lagged": move.shift(3),
        "up": close > close.rolling(5).mean(),
        "total": move.cumsum(),
    }


def output(f):
    return {"spread": (f["spread"] - 0.01) / 0.002, "trend": f["trend"].ffill().clip(-0.1, 0.1), "lagged": f["lagged"]}


@pytest.fixture(scope="session")
def payload(make_payload, make_candles):
    symbols = {"BTC": make_candles(150, 1), "ETH": make_candles(90, 2)}
    return make_payload(columns, output, symbols, gaps="error")


@pytest.fixture(scope="session")
def loaded(payload, tmp_path_factory):
    path = tmp_path_factory.mktemp("artifact") / "tiny.wick"
    path.write_bytes(encode(payload))
    return load(path)


@pytest.fixture(scope="session")
def batch(payload):
    """The batch rows of candles by stage: (candles, columns)."""

    def batch(x: np.ndarray, stage: str = "output") -> np.ndarray:
        return np.ascontiguousarray(run(payload.program, {"": x}, rows=64)[0][""][payload.program.rows(stage)].T)

    return batch
