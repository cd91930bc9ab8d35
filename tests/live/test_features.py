"""The features live: the batch rows bit for bit, whenever they are asked for; refused candles change nothing."""

from __future__ import annotations

import importlib.metadata
import math
from threading import Thread

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from candlewick.artifact import encode
from candlewick.candles import check
from candlewick.errors import UsageError, WickWarning
from candlewick.live import ArtifactError, Candle, CandleError, load

from ..effort import examples


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


def test_what_is_open_and_in_which_order(loaded):
    features = loaded.open(["ETH", "NEW", "ETH"])
    assert features.symbols == ("ETH", "NEW")
    assert features.names() == ("spread", "trend", "lagged")
    assert features.names("features")[0] == "move"
    assert (features.last("NEW"), features.candles("NEW")) == (None, 0)
    assert np.isnan(features.emit("NEW")).all()
    assert loaded.open().symbols == ("BTC", "ETH")
    with pytest.raises(UsageError, match="'outputs'"):
        features.emit("ETH", stage="outputs")


def test_any_symbol_may_come_when_none_is_named(loaded, make_candles, batch):
    features = loaded.open()
    x = make_candles(30, 4)
    for candle in candles_of(x):
        features.update("SOL", candle)
    assert features.emit("SOL").tobytes() == batch(x)[-1].tobytes()
    assert features.symbols == ("BTC", "ETH", "SOL")


def test_an_unknown_symbol_is_an_error_with_the_nearest_name(loaded):
    features = loaded.open(["BTC", "ETH"])
    for call in (
        lambda: features.update("BTCC", Candle(1, *[1.0] * 5)), lambda: features.emit("BTCC"),
        lambda: features.warm_up("BTCC", []), lambda: features.reset("BTCC"),
    ):  # fmt: skip
        with pytest.raises(CandleError, match="did you mean 'BTC'") as refused:
            call()
        assert refused.value.code == "candles-symbol"


NEXT = 150 * 60_000  # BTC's state ends a minute before
SOUND = (NEXT, 100.0, 101.0, 99.0, 100.5, 5.0)
REFUSED = {
    "candles-duplicate": (NEXT - 60_000, *SOUND[1:]),
    "candles-out-of-order": (NEXT - 120_000, *SOUND[1:]),
    "candles-overlap": (NEXT - 1, *SOUND[1:]),
    "candles-gap": (NEXT + 60_000, *SOUND[1:]),
    "candles-no-history": (NEXT + 60_000 * 60, *SOUND[1:]),
    "candles-price-not-finite": (NEXT, 100.0, math.inf, 99.0, 100.5, 5.0),
    "candles-price-not-positive": (NEXT, 100.0, 101.0, 0.0, 100.5, 5.0),
    "candles-high-too-low": (NEXT, 100.0, 100.1, 99.0, 100.5, 5.0),
    "candles-low-too-high": (NEXT, 100.0, 101.0, 100.2, 100.5, 5.0),
    "candles-volume-not-sound": (NEXT, 100.0, 101.0, 99.0, 100.5, -1.0),
    "candles-time-not-sound": (2**60, *SOUND[1:]),
    "candles-not-numbers": (NEXT, 100.0, None, 99.0, 100.5, 5.0),
}


@pytest.mark.parametrize(("code", "six"), REFUSED.items(), ids=list(REFUSED))
def test_a_refused_candle_changes_nothing(loaded, code, six):
    features = loaded.open(["BTC", "ETH"])
    before, emitted = features.snapshot(), features.emit("BTC")
    for call in (
        lambda: features.update("BTC", *six), lambda: features.update("BTC", Candle(*six)),
        lambda: features.warm_up("BTC", [six]),
    ):  # fmt: skip
        with pytest.raises(CandleError) as refused:
            call()
        assert refused.value.code == code
        assert refused.value.hint
    assert features.snapshot() == before
    assert features.emit("BTC").tobytes() == emitted.tobytes()
    features.update("BTC", *SOUND)


@pytest.mark.parametrize("six", [("x", *SOUND[1:]), (NEXT + 0.5, *SOUND[1:]), SOUND[:5], (), "candle", 7, {"ts": 1}])
def test_what_is_no_candle_is_refused(loaded, six):
    features = loaded.open(["BTC"])
    before = features.snapshot()
    for call in (lambda: features.update("BTC", six), lambda: features.warm_up("BTC", [six])):
        with pytest.raises(CandleError) as refused:
            call()
        assert refused.value.code == "candles-not-numbers"
    assert features.snapshot() == before


VALUES = st.one_of(
    st.sampled_from([0.0, -1.0, 99.0, 100.0, 101.0, 100.0 * (1 + 1e-12), math.inf, -math.inf, math.nan, 1e308, 5e-324]),
    st.floats(),
)


@examples(300)
@given(st.integers(NEXT - 120_000, NEXT + 120_000), VALUES, VALUES, VALUES, VALUES, VALUES)
def test_live_trading_judges_candles_as_ingest_does(loaded, ts, open, high, low, close, volume):
    """The usual candle is taken by a shorter test than `check`, which may let through only what `check` does."""
    features = loaded.open(["BTC"])
    fault = check(ts, open, high, low, close, volume, NEXT - 60_000, 60_000, True)  # noqa: FBT003
    before = features.snapshot()
    if fault or ts >= NEXT + 30_000:
        with pytest.raises(CandleError):
            features.update("BTC", ts, open, high, low, close, volume)
        assert features.snapshot() == before
    else:
        features.update("BTC", ts, open, high, low, close, volume)
        assert features.last("BTC") == ts


def test_other_forms_of_a_candle(loaded):
    class Bar:
        def __init__(self):
            self.ts, self.open, self.high, self.low, self.close, self.volume = SOUND

    expected = loaded.open(["BTC"])
    expected.update("BTC", Candle(*SOUND))
    record = dict(zip(("ts", "open", "high", "low", "close", "volume"), SOUND, strict=True))
    for candle in (SOUND, list(SOUND), np.array(SOUND), Bar(), record, (np.datetime64(NEXT, "ms"), *SOUND[1:])):
        features = loaded.open(["BTC"])
        features.update("BTC", candle)
        assert features.snapshot() == expected.snapshot()


def test_a_missing_volume_is_refused_where_it_is_required(make_payload, make_candles, tmp_path):
    (tmp_path / "a.wick").write_bytes(encode(make_payload(lambda c: {"x": c["volume"] * 1.0}, volume="required")))
    features = load(tmp_path / "a.wick").open(["BTC"])
    with pytest.raises(CandleError) as refused:
        features.update("BTC", *SOUND[:5], math.nan)
    assert refused.value.code == "candles-volume-missing"


def test_what_the_caller_expects_is_compared(loaded):
    assert loaded.open(["BTC"], interval="1m", toggles=[]).symbols == ("BTC",)
    with pytest.raises(ArtifactError) as refused:
        loaded.open(interval="5m")
    assert refused.value.code == "artifact-interval"
    with pytest.raises(ArtifactError) as refused:
        loaded.open(toggles=["momentum"])
    assert refused.value.code == "artifact-toggles"


def test_one_text_is_no_list_of_symbols(loaded):
    with pytest.raises(UsageError, match="one text") as refused:
        loaded.open("BTC")
    assert refused.value.hint == "open(symbols=['BTC'])"


def test_another_compiler_is_told_of(make_payload, tmp_path):
    columns, here = (lambda c: {"x": c["close"] * 1.0}), importlib.metadata.version("numba")
    for version in (here, "0.1"):
        made = make_payload(columns, versions={"numba": version, "pandas": "0.1"})
        (tmp_path / f"{version}.wick").write_bytes(encode(made))
    load(tmp_path / f"{here}.wick")
    with pytest.warns(WickWarning, match=r"numba 0\.1 \(here"):
        load(tmp_path / "0.1.wick")


def test_two_symbols_in_two_threads_and_one_symbol_in_two(loaded, make_candles, batch):
    features = loaded.open(["A", "B"])
    x = {"A": make_candles(2000, 5), "B": make_candles(2000, 6)}
    wrong = []

    def feed(symbol):
        rows = batch(x[symbol])
        for t, candle in enumerate(candles_of(x[symbol])):
            features.update(symbol, candle)
            if t % 5 == 0 and features.emit(symbol).tobytes() != rows[t].tobytes():
                wrong.append((symbol, t))

    def read():
        for _ in range(2000):  # a vector is always that of one candle, never of parts of two
            features.emit("A", "features")
            features.snapshot()

    threads = [Thread(target=feed, args=("A",)), Thread(target=feed, args=("B",)), Thread(target=read)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert features.candles("A") == features.candles("B") == 2000
