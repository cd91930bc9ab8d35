"""History: in any form, all of it or none, before the first live candle, and without a hole to what was seen."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from candlewick.artifact import encode
from candlewick.errors import WickWarning
from candlewick.live import Candle, CandleError, load

NAMES = ("open", "high", "low", "close", "volume")


@pytest.fixture(scope="module")
def history(make_candles):
    """BTC's candles after the artifact's state."""
    return make_candles(200, 1)[:, 150:]


def as_mapping(x):
    return dict(zip(NAMES, x, strict=False)) | {"ts": x[5].astype(np.int64)}


FORMS = {
    "arrays": as_mapping,
    "lists": lambda x: {name: column.tolist() for name, column in as_mapping(x).items()},
    "datetime64": lambda x: as_mapping(x) | {"ts": x[5].astype("datetime64[ms]")},
    "frame": lambda x: pd.DataFrame(as_mapping(x)),
    "frame of UTC times": lambda x: pd.DataFrame(as_mapping(x)).assign(ts=pd.to_datetime(x[5], unit="ms", utc=True)),
    "candles": lambda x: [Candle(int(row[5]), *row[:5]) for row in x.T.tolist()],
    "generator of six": lambda x: ((int(row[5]), *row[:5]) for row in x.T.tolist()),
    "dicts": lambda x: [dict(zip((*NAMES, "ts"), row, strict=True)) for row in x.T.tolist()],
}


@pytest.mark.parametrize("form", FORMS.values(), ids=list(FORMS))
def test_a_history_in_any_form_gives_the_same_state(loaded, batch, make_candles, history, form):
    features = loaded.open(["BTC"])
    features.warm_up("BTC", form(history))
    one_by_one = loaded.open(["BTC"])
    for candle in FORMS["candles"](history):
        one_by_one.update("BTC", candle)
    assert features.snapshot() == one_by_one.snapshot()
    assert features.emit("BTC").tobytes() == batch(make_candles(200, 1))[-1].tobytes()
    assert features.candles("BTC") == 200


def test_no_candles_are_no_history(loaded):
    features = loaded.open(["BTC"])
    before = features.snapshot()
    for nothing in ([], {name: [] for name in (*NAMES, "ts")}):
        features.warm_up("BTC", nothing)
    assert features.snapshot() == before


@pytest.mark.parametrize(
    ("flaw", "code"),
    [
        (lambda x: x[3].__setitem__(40, np.nan), "candles-price-not-finite"),
        (lambda x: x[5].__setitem__(40, x[5, 39]), "candles-duplicate"),
        (lambda x: x[5].__setitem__(slice(40, None), x[5, 40:] + 60_000), "candles-gap"),
        (lambda x: x[5].__isub__(60_000), "candles-duplicate"),
        (lambda x: x[5].__iadd__(60_000), "candles-gap"),
        (lambda x: x[5].__iadd__(3_600_000), "candles-no-history"),
        (lambda x: x[5].__setitem__(40, x[5, 40] + 0.25), "candles-not-numbers"),
    ],
)
def test_one_bad_candle_refuses_the_history_whole(loaded, history, flaw, code):
    features = loaded.open(["BTC"])
    before = features.snapshot()
    bad = history.copy()
    flaw(bad)
    with pytest.raises(CandleError) as refused:
        features.warm_up("BTC", {name: bad[k] for k, name in enumerate((*NAMES, "ts"))})
    assert refused.value.code == code
    assert features.snapshot() == before
    features.warm_up("BTC", FORMS["arrays"](history))


@pytest.mark.parametrize("bad", [None, 7, {"ts": [1]}, {n: [1.0] for n in NAMES} | {"ts": [1, 2]}, ["x"]])
def test_what_is_no_history_is_refused(loaded, bad):
    with pytest.raises(CandleError) as refused:
        loaded.open(["BTC"]).warm_up("BTC", bad)
    assert refused.value.code == "candles-not-numbers"


def test_the_last_candle_of_the_history_again_as_the_first_live_one(loaded, history):
    features = loaded.open(["BTC"])
    *_, last = candles = FORMS["candles"](history)
    features.warm_up("BTC", candles)
    before = features.snapshot()
    with pytest.raises(CandleError, match="the last candle of the history or the artifact opened at") as refused:
        features.update("BTC", last)
    assert refused.value.code == "candles-duplicate"
    assert features.snapshot() == before


def test_history_after_the_first_live_candle(loaded, history):
    features = loaded.open(["NEW"])
    candles = FORMS["candles"](history)
    features.update("NEW", candles[-1])
    before = features.snapshot()
    with pytest.raises(CandleError, match="came after the live candle") as refused:
        features.warm_up("NEW", candles[:-1])
    assert refused.value.code == "candles-late-history"
    assert features.snapshot() == before


def test_history_may_close_the_hole_of_an_outage(loaded, history):
    features = loaded.open(["BTC"])
    candles = FORMS["candles"](history)
    features.update("BTC", candles[0])
    features.warm_up("BTC", candles[1:30])
    features.update("BTC", candles[30])
    assert features.candles("BTC") == 181


@pytest.fixture
def holed(make_payload, make_candles, tmp_path):
    """An artifact of a project with another policy for gaps; one hole of twenty minutes in what it has seen."""

    def holed(gaps: str):
        x = make_candles(100, 1)
        x[5, 60:] += 20 * 60_000
        made = make_payload(lambda c: {"mean": c["close"].rolling(5).mean()}, None, {"BTC": x}, gaps=gaps)
        (tmp_path / "holed.wick").write_bytes(encode(made))
        return load(tmp_path / "holed.wick").open(["BTC"])

    return holed


LAST = 119 * 60_000
FIVE = (100.0, 101.0, 99.0, 100.5, 5.0)


def test_a_gap_may_be_allowed(holed):
    features = holed("allow")
    features.update("BTC", LAST + 21 * 60_000, *FIVE)
    features.update("BTC", LAST + 900 * 60_000, *FIVE)


def test_a_gap_may_be_warned_of(holed):
    features = holed("warn")
    with pytest.warns(WickWarning, match="20 candles are missing between 1970-01-01 01:59:00"):
        features.update("BTC", LAST + 21 * 60_000, *FIVE)
    assert features.candles("BTC") == 101


def test_a_live_candle_long_after_the_state_waits_for_its_history(holed):
    features = holed("allow")
    with pytest.raises(CandleError, match="no history has come since") as refused:
        features.update("BTC", LAST + 22 * 60_000, *FIVE)
    assert refused.value.code == "candles-no-history"
    resumed = holed("allow")
    resumed.restore(features.snapshot())  # the same holds after a restart
    with pytest.raises(CandleError):
        resumed.update("BTC", LAST + 22 * 60_000, *FIVE)
    features.reset("BTC")
    features.update("BTC", LAST + 22 * 60_000, *FIVE)
    assert features.candles("BTC") == 1
