"""Snapshots: any stop resumes bit for bit; what is damaged or of another program is refused whole."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from candlewick.artifact import encode
from candlewick.live import ArtifactError, Candle, CandleError, load

from ..effort import examples


@pytest.fixture(scope="module")
def week(make_candles, batch):
    """Candles of a symbol, and the rows of both stages."""
    x = make_candles(1500, 9)
    return [Candle(int(row[5]), *row[:5]) for row in x.T.tolist()], batch(x), batch(x, "features")


def restarted(loaded, week, stops):
    candles, output, features = week
    live = loaded.open(["X", "BTC"])
    for t, candle in enumerate(candles[: max(stops) + 2]):
        live.update("X", candle)
        if t in stops:
            stored = live.snapshot()
            live = loaded.open(["X", "BTC"])
            live.restore(stored)
            assert live.snapshot() == stored
            assert live.emit("X").tobytes() == output[t].tobytes()
            assert live.emit("X", "features").tobytes() == features[t].tobytes()
        if t % 50 == 0:
            assert live.emit("X").tobytes() == output[t].tobytes()
    assert live.emit("X").tobytes() == output[max(stops) + 1].tobytes()


def test_fifty_restarts(loaded, week):
    restarted(loaded, week, {int(t) for t in np.random.default_rng(1).choice(300, 50, replace=False)})


@pytest.mark.slow
def test_a_thousand_restarts(loaded, week):
    restarted(loaded, week, {int(t) for t in np.random.default_rng(2).choice(1400, 1000, replace=False)})


def test_one_snapshot_holds_every_symbol_and_leaves_others_alone(loaded, week):
    candles, *_ = week
    features = loaded.open(["X", "BTC"])
    features.update("X", candles[0])
    stored = features.snapshot()
    other = loaded.open(["X", "BTC", "Y"])
    other.update("Y", candles[5])
    other.restore(stored)
    assert [other.last(symbol) for symbol in ("X", "BTC", "Y")] == [0, 149 * 60_000, 5 * 60_000]


def test_a_snapshot_of_unopened_symbols_is_refused_whole(loaded, week):
    features = loaded.open(["BTC", "X"])
    features.update("X", week[0][0])
    other = loaded.open(["BTC"])
    before = other.snapshot()
    with pytest.raises(CandleError):
        other.restore(features.snapshot())
    assert other.snapshot() == before


def test_a_snapshot_of_another_program_is_refused(loaded, make_payload, tmp_path):
    (tmp_path / "other.wick").write_bytes(encode(make_payload(lambda c: {"x": c["close"].ewm(span=3).mean()})))
    other = load(tmp_path / "other.wick").open(["BTC"])
    with pytest.raises(ArtifactError) as refused:
        loaded.open(["BTC"]).restore(other.snapshot())
    assert refused.value.code == "snapshot-program"


@examples(200)
@given(st.data())
def test_a_damaged_snapshot_changes_nothing(loaded, data):
    features = loaded.open(["BTC"])
    stored = features.snapshot()
    at = data.draw(st.integers(0, len(stored) - 1))
    damaged = data.draw(
        st.sampled_from(
            [stored[:at], stored[at:], stored + b"x", stored[:at] + bytes([stored[at] ^ 1]) + stored[at + 1 :]]
        )
    )
    if damaged == stored:
        return
    with pytest.raises(ArtifactError) as refused:
        features.restore(damaged)
    assert refused.value.code in {"snapshot-damaged", "snapshot-newer"}
    assert features.snapshot() == stored


def rehashed(content):
    return content + hashlib.blake2b(content, digest_size=32).digest()


def test_a_snapshot_of_a_later_version_is_refused(loaded):
    stored = loaded.open(["BTC"]).snapshot()
    newer = rehashed(stored[:8] + (2).to_bytes(4, "little") + stored[12:-32])
    with pytest.raises(ArtifactError) as refused:
        loaded.open(["BTC"]).restore(newer)
    assert refused.value.code == "snapshot-newer"


@examples(30)
@given(st.data())
def test_whatever_numbers_a_state_holds_nothing_is_read_elsewhere(crafted, data):
    """Hashes keep accidents out, not somebody who computes them: the worst is a wrong number, never a crash."""
    features = crafted.open(["X"])
    size = crafted.payload.program.state_size
    odd = st.sampled_from([0.0, -1.0, 1e9, 1e300, -1e300, np.inf, np.nan, 2.0**53, 5e-324])
    vector = np.array(data.draw(st.lists(odd, min_size=size - 1, max_size=size - 1)))
    features.stream("X").resume(0, np.concatenate([[data.draw(st.sampled_from([1.0, 7.0, 2.0**52]))], vector]))
    for t in range(1, 6):
        features.update("X", 60_000 * t, 100.0, 110.0, 99.0, 100.0 + t, 5.0)
        assert features.emit("X").shape == (6,)


@pytest.fixture(scope="module")
def crafted(make_payload, tmp_path_factory):
    def columns(c):
        window = c["close"].rolling(7)
        found = {"median": window.median(), "low": window.quantile(0.1), "rank": window.rank(), "max": window.max()}
        return found | {"skew": window.skew(), "corr": window.corr(c["volume"])}

    path = tmp_path_factory.mktemp("crafted") / "a.wick"
    path.write_bytes(encode(make_payload(columns)))
    return load(path)


@pytest.mark.parametrize("count", [np.nan, np.inf, -1.0, 0.5, 0.0, 2.0**53, 1e300])
def test_a_state_that_counts_no_candles_changes_nothing(loaded, count):
    features = loaded.open(["BTC"])
    stored = features.snapshot()
    start = 16 + int.from_bytes(stored[12:16], "little")
    edited = rehashed(stored[:start] + np.array([count]).tobytes() + stored[start + 8 : -32])
    with pytest.raises(ArtifactError) as refused:
        features.restore(edited)
    assert refused.value.code == "snapshot-damaged"
    assert features.snapshot() == stored


@pytest.mark.parametrize(
    "change",
    [{"times": [2**70]}, {"times": [-(2**62)]}, {"times": [1.5]}, {"symbols": ["BTC", "BTC"]}, {"symbols": [7]}],
    ids=str,
)
def test_a_header_of_other_facts_changes_nothing(loaded, change):
    features = loaded.open(["BTC"])
    stored = features.snapshot()
    start = 16 + int.from_bytes(stored[12:16], "little")
    head = json.loads(stored[16:start]) | change
    if len(head["symbols"]) > 1:
        head["times"] *= 2
    text = json.dumps(head).encode()
    numbers = stored[start:-32] * len(head["symbols"])
    with pytest.raises(ArtifactError) as refused:
        features.restore(rehashed(stored[:12] + len(text).to_bytes(4, "little") + text + numbers))
    assert refused.value.code == "snapshot-damaged"
    assert features.snapshot() == stored


@pytest.mark.parametrize("odd", [None, 5, "text", [1, 2], b""], ids=repr)
def test_what_is_no_snapshot_is_refused(loaded, odd):
    with pytest.raises(ArtifactError) as refused:
        loaded.open(["BTC"]).restore(odd)
    assert refused.value.code == "snapshot-damaged"
