from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from candlewick.candles import (
    HOUR,
    LATEST,
    NO_PREVIOUS,
    OF_ORDER,
    TOLERANCE,
    Candle,
    Fault,
    Interval,
    check,
    describe,
)
from candlewick.errors import ConfigError

from .effort import examples

MINUTE = 60_000
SOUND = {"ts": 0, "open": 10.0, "high": 12.0, "low": 9.0, "close": 11.0, "volume": 5.0}
AFTER = {"previous": NO_PREVIOUS, "shortest": MINUTE, "optional": False}


def judge(**changes):
    return Fault(check(**{**SOUND, **AFTER, **changes}))


def test_a_sound_candle_has_no_fault():
    assert judge() == 0


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"open": math.nan}, Fault.PRICE_NOT_FINITE),
        ({"close": math.nan}, Fault.PRICE_NOT_FINITE),
        ({"high": math.inf}, Fault.PRICE_NOT_FINITE),
        ({"low": math.nan}, Fault.PRICE_NOT_FINITE),
        ({"low": 0.0}, Fault.PRICE_NOT_POSITIVE),
        ({"low": -1.0}, Fault.PRICE_NOT_POSITIVE),
        ({"low": -math.inf}, Fault.PRICE_NOT_FINITE | Fault.PRICE_NOT_POSITIVE),
        ({"high": 10.5}, Fault.HIGH_TOO_LOW),
        ({"low": 10.5}, Fault.LOW_TOO_HIGH),
        ({"high": 9.0, "low": 12.0}, Fault.HIGH_TOO_LOW | Fault.LOW_TOO_HIGH),
        ({"volume": -0.1}, Fault.VOLUME_NOT_SOUND),
        ({"volume": math.inf}, Fault.VOLUME_NOT_SOUND),
        ({"volume": -math.inf}, Fault.VOLUME_NOT_SOUND),
        ({"volume": math.nan}, Fault.VOLUME_MISSING),
        ({"ts": math.nan}, Fault.TIME_NOT_SOUND),
        ({"ts": LATEST + 1}, Fault.TIME_NOT_SOUND),
        ({"ts": -LATEST - 1}, Fault.TIME_NOT_SOUND),
        ({"previous": 0}, Fault.DUPLICATE),
        ({"previous": 1}, Fault.OUT_OF_ORDER),
        ({"previous": -MINUTE + 1}, Fault.OVERLAP),
    ],
)
def test_each_fault(changes, fault):
    assert judge(**changes) == fault


@pytest.mark.parametrize(
    "changes",
    [
        {"previous": -MINUTE},
        {"previous": -10 * MINUTE},
        {"volume": 0.0},
        {"volume": math.nan, "optional": True},
        {"open": 1e-12, "high": 1e-12, "low": 1e-12, "close": 1e-12},
        {"open": 1e12, "high": 1e12, "low": 1e12, "close": 1e12},
        {"ts": LATEST},
        {"ts": -LATEST},
    ],
)
def test_unusual_and_sound(changes):
    assert judge(**changes) == 0


@pytest.mark.parametrize("price", [1e-12, 0.7, 65_000.0, 1e12])
def test_rounding_of_adjusted_prices_is_tolerated_and_a_tick_is_not(price):
    less = price * (1 - TOLERANCE / 10)
    assert judge(open=price, close=price, low=price, high=less) == 0
    assert judge(open=price, close=price, low=price * (1 + TOLERANCE / 10), high=price * 2) == 0
    a_tick_less = price * (1 - 1e-7)
    assert judge(open=price, close=price, low=a_tick_less / 2, high=a_tick_less) == Fault.HIGH_TOO_LOW


EDGES = [math.nan, math.inf, -math.inf, 0.0, -0.0, -1.0, 1e-12, 1.0, 1.0 + 5e-10, 1.0 + 5e-9, 2.0, 1e12, 1.7e308]
prices = st.one_of(st.sampled_from(EDGES), st.floats(min_value=0.5, max_value=2.0))
times = st.one_of(st.integers(-3 * MINUTE, 3 * MINUTE), st.sampled_from([LATEST, LATEST + 1, -LATEST - 1]))
rows = st.tuples(times, prices, prices, prices, prices, prices, st.one_of(times, st.just(NO_PREVIOUS)), st.booleans())


@pytest.fixture(scope="module")
def compiled():
    import numba

    return numba.njit(check)


@given(st.lists(rows, min_size=1, max_size=20))
@examples(60)
def test_arrays_numbers_and_compiled_code_agree(compiled, drawn):
    columns = [np.array(column) for column in zip(*drawn, strict=True)]
    with np.errstate(over="raise", invalid="raise"):
        together = check(*columns[:7], MINUTE, columns[7])
    for place, (*numbers, optional) in enumerate(drawn):
        alone = check(*numbers, MINUTE, optional)
        assert alone == together[place]
        assert compiled(*numbers, MINUTE, optional) == alone
        assert isinstance(alone, int)


@given(rows)
@examples(100)
def test_against_the_plain_definition(row):
    ts, open_, high, low, close, volume, previous, optional = row
    four = (open_, high, low, close)
    fault = Fault(check(*row[:7], MINUTE, optional))
    assert bool(fault & Fault.PRICE_NOT_FINITE) == (not all(map(math.isfinite, four)))
    assert bool(fault & Fault.PRICE_NOT_POSITIVE) == any(price <= 0 for price in four)
    if all(math.isfinite(price) and price > 0 for price in four):
        lowered = [price for price in four if high < price and price - high > 1.1 * TOLERANCE * price]
        if lowered:
            assert fault & Fault.HIGH_TOO_LOW
        if high >= max(four):
            assert not fault & Fault.HIGH_TOO_LOW
        if low <= min(four):
            assert not fault & Fault.LOW_TOO_HIGH
    assert bool(fault & OF_ORDER) == (ts - previous < MINUTE)
    assert bool(fault & Fault.VOLUME_MISSING) == (math.isnan(volume) and not optional)


def test_every_fault_is_described_with_a_remedy():
    for fault in Fault:
        what, hint = describe(fault)
        assert what
        assert hint
    both, _ = describe(Fault.HIGH_TOO_LOW | Fault.VOLUME_MISSING)
    assert both == "the high is below another price of the candle; the volume is missing"


def test_the_hint_of_two_faults_with_one_remedy_is_said_once():
    _, hint = describe(Fault.HIGH_TOO_LOW | Fault.LOW_TOO_HIGH)
    assert hint.count("check that high") == 1


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [("30s", 30_000), ("1m", MINUTE), ("5m", 5 * MINUTE), ("4h", 4 * HOUR), ("1d", 24 * HOUR), ("1w", 168 * HOUR)],
)
def test_intervals(text, milliseconds):
    assert Interval.parse(text) == Interval(text, milliseconds)
    assert str(Interval.parse(text)) == text


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("5min", "'5m'"),
        ("5 minutes", "'5m'"),
        ("1D", "'1d'"),
        ("daily", "'1d'"),
        ("m5", "'5m'"),
        ("1hour", "'1h'"),
        ("hour", "'1h'"),
        ("05m", "'5m'"),
        ("2weks", "'2w'"),
        ("", "whole number"),
        ("60", "whole number"),
        ("0m", "whole number"),
        ("-1m", "whole number"),
        ("1.5h", "whole number"),
        ("1M", "whole number"),
        ("1mo", "whole number"),
    ],
)
def test_an_unreadable_interval_names_the_nearest(text, hint):
    with pytest.raises(ConfigError) as caught:
        Interval.parse(text)
    assert caught.value.code == "candles-interval"
    assert hint in caught.value.hint


def test_a_local_clock_may_jump_under_long_candles_only():
    assert Interval.parse("1h").shortest == HOUR
    assert Interval.parse("4h").shortest == 3 * HOUR
    assert Interval.parse("1d").shortest == 23 * HOUR


def test_a_candle_is_six_numbers_and_its_symbol_and_nothing_else():
    candle = Candle(1, 2.0, 3.0, 4.0, 5.0, 6.0, "BTC")
    assert list(candle) == [1, 2.0, 3.0, 4.0, 5.0, 6.0]
    assert (candle.symbol, Candle(*candle).symbol) == ("BTC", "")
    with pytest.raises(AttributeError):
        candle.spread = 0.1


def test_flags_are_distinct_bits():
    for one, other in itertools.combinations(Fault, 2):
        assert one & other == 0
