"""Values worked out by hand on small candles, identities, and bounds on hostile ones."""

import math

import numpy as np
import pandas as pd
import pytest
from features import candle_shape, liquidity, momentum, returns, seasonality, trend, volatility, volume
from hypothesis import given, settings
from hypothesis import strategies as st


def series(*values):
    return pd.Series(values, dtype=float)


def steady(value, n=60):
    return pd.Series(float(value), index=range(n))


def assert_values(column, expected):
    np.testing.assert_allclose(column.to_numpy(float), expected, rtol=1e-12, atol=1e-12)


def test_returns_of_a_rise_by_a_tenth():
    close, open_ = series(100, 110, 99), series(100, 105, 110)
    assert_values(returns.log_return(close), [np.nan, math.log(1.1), math.log(0.9)])
    assert_values(returns.overnight_return(open_, close), [np.nan, math.log(1.05), 0.0])
    assert_values(returns.intraday_return(open_, close), [0.0, math.log(110 / 105), math.log(0.9)])


def test_overnight_and_intraday_make_the_whole_return(candles, compute):
    parts = compute("overnight_return", candles) + compute("intraday_return", candles)
    np.testing.assert_allclose(parts, compute("log_return", candles), atol=1e-14)


def test_true_range_counts_the_gap_from_the_previous_close():
    high, low, close = series(12, 20, 11), series(10, 18, 9), series(11, 19, 10)
    assert_values(volatility.true_range(high, low, close), [2.0, 20.0 - 11.0, 19.0 - 9.0])


def test_atr_moves_a_fourteenth_of_the_way_to_a_new_range():
    ranges = pd.Series([14.0] * 14 + [28.0, 14.0])
    assert_values(volatility.atr_14(ranges), [np.nan] * 13 + [14.0, 15.0, 15.0 - 1.0 / 14.0])


def test_rsi_after_thirteen_gains_and_one_loss_of_the_same_size():
    close = pd.Series(np.cumsum([100.0] + [1.0] * 13 + [-1.0]))
    gain, loss = 13.0 / 14.0, 1.0 / 14.0  # seeded with the first gain of 1, then one Wilder step
    assert_values(momentum.rsi_14(close).iloc[-1:], [100.0 * gain / (gain + loss)])


@pytest.mark.parametrize(("step", "expected"), [(1.0, 100.0), (-1.0, 0.0), (0.0, np.nan)])
def test_rsi_of_a_straight_line(step, expected):
    close = pd.Series(100.0 + step * np.arange(20))
    assert_values(momentum.rsi_14(close).iloc[14:], [expected] * 6)


def test_macd_of_a_jump_is_the_difference_of_its_two_weights():
    close = pd.Series([100.0] * 30 + [110.0])
    macd = momentum.macd(close)
    assert_values(macd.iloc[25:], [0.0] * 5 + [10.0 * (2 / 13 - 2 / 27)])
    assert_values(momentum.macd_histogram(macd, momentum.macd_signal(macd).fillna(0.0)).iloc[-1:], macd.iloc[-1:])


def test_stochastic_places_the_close_in_the_range():
    high, low = steady(20, 16), steady(10, 16)
    close = pd.Series([15.0] * 13 + [10.0, 12.0, 20.0])
    percent_k = momentum.stochastic_k_14(high, low, close)
    assert_values(percent_k.iloc[13:], [0.0, 20.0, 100.0])
    assert_values(momentum.stochastic_d_14(percent_k).iloc[-1:], [40.0])


def test_cci_of_one_candle_that_leaves_the_others():
    price = pd.Series([100.0] * 19 + [120.0])
    mean, deviation = 101.0, (19 * 1.0 + 19.0) / 20
    assert_values(momentum.cci_20(price, price, price).iloc[-1:], [(120 - mean) / (0.015 * deviation)])
    assert momentum.cci_20(steady(0.1), steady(0.1), steady(0.1)).isna().all()


def test_momentum_leaves_out_the_last_month(candles):
    close = candles["close"]
    moved = close.copy()
    moved.iloc[-21:] *= 3.0
    before, after = momentum.momentum_252_21(close), momentum.momentum_252_21(moved)
    assert before.iloc[-1] == after.iloc[-1] == np.log(close.iloc[-22] / close.iloc[-253])


def test_range_estimators_of_candles_that_open_and_close_at_their_middle():
    high, low, middle = steady(110), steady(100), steady(math.sqrt(110 * 100))
    height = math.log(1.1)
    assert_values(volatility.parkinson_volatility_20(high, low).iloc[19:], [height / math.sqrt(4 * math.log(2))] * 41)
    garman_klass = volatility.garman_klass_volatility_20(middle, high, low, middle)
    assert_values(garman_klass.iloc[19:], [height * math.sqrt(0.5)] * 41)
    rogers_satchell = volatility.rogers_satchell_volatility_20(middle, high, low, middle)
    assert_values(rogers_satchell.iloc[19:], [height * math.sqrt(0.5)] * 41)
    weight = 0.34 / (1.34 + 21 / 19)  # neither overnight nor intraday moves: only the range is left
    yang_zhang = volatility.yang_zhang_volatility_20(middle, high, low, middle)
    assert_values(yang_zhang.iloc[20:], [height * math.sqrt(0.5 * (1 - weight))] * 40)


def test_range_estimators_agree_on_a_driftless_walk(compute):
    rng, steps = np.random.default_rng(3), 2000
    path = 100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.01 / math.sqrt(steps), (20, steps)).ravel())).reshape(20, steps)
    days = pd.date_range("2020-01-01", periods=20, tz="UTC")
    ohlc = {"open": path[:, 0], "high": path.max(axis=1), "low": path.min(axis=1), "close": path[:, -1]}
    walk = pd.DataFrame(ohlc, index=days)
    for name in ("parkinson", "garman_klass", "rogers_satchell"):
        assert compute(f"{name}_volatility_20", walk).iloc[-1] == pytest.approx(0.01, rel=0.25)


def test_bollinger_bands_of_an_alternating_close():
    close = pd.Series([99.0, 101.0] * 10)  # mean 100, population deviation 1
    assert_values(volatility.bollinger_width_20(close).iloc[-1:], [4.0 / 100.0])
    assert_values(volatility.bollinger_percent_b_20(close).iloc[-1:], [0.75])


def test_a_straight_line_is_fully_efficient_and_all_trend():
    close = pd.Series(100.0 + np.arange(60))
    high, low = close + 0.5, close - 0.5
    atr = volatility.atr_14(volatility.true_range(high, low, close))
    plus, minus = trend.plus_di_14(high, low, atr), trend.minus_di_14(high, low, atr)
    assert_values(trend.efficiency_ratio_10(close).iloc[10:], [1.0] * 50)
    assert_values(minus.iloc[14:], [0.0] * 46)
    assert_values(trend.adx_14(plus, minus).iloc[27:], [100.0] * 33)


def test_obv_adds_volume_in_the_direction_of_the_close():
    assert_values(volume.obv(series(10, 11, 11, 9), series(5, 7, 3, 4)), [0.0, 7.0, 7.0, 3.0])


def test_mfi_weighs_rising_money_flow_against_falling():
    price = pd.Series([10.0, 20.0] + [20.0] * 12 + [10.0])
    traded = pd.Series([1.0] * 14 + [6.0])  # flow up 20 * 1, flow down 10 * 6, the flat candles count for neither
    assert_values(volume.mfi_14(price, price, price, traded).iloc[-1:], [100.0 * 20 / 80])


def test_vwap_and_relative_volume_weigh_by_volume():
    price = pd.Series([100.0] * 19 + [200.0])
    traded = pd.Series([1.0] * 19 + [19.0])
    assert_values(volume.vwap_distance_20(price, price, price, traded).iloc[-1:], [200.0 / 150.0 - 1.0])
    assert_values(volume.relative_volume_20(pd.Series([2.0] * 20 + [5.0])).iloc[-1:], [2.5])


def test_a_candle_without_volume_is_a_fact_or_missing_never_infinite():
    traded, close = series(4, 0, 2, 4), series(10, 11, 12, 13)
    assert_values(volume.log_volume_change(traded), [np.nan, np.nan, np.nan, math.log(2.0)])
    assert_values(volume.obv(close, traded), [0.0, 0.0, 2.0, 6.0])
    silent = steady(0)
    for feature in (volume.vwap_distance_20, volume.mfi_14, volume.chaikin_money_flow_20):
        assert feature(steady(10), steady(10), steady(10), silent).isna().all()


def test_chaikin_money_flow_reads_the_place_of_the_close():
    high, low = steady(20, 20), steady(10, 20)
    flow = volume.chaikin_money_flow_20(high, low, pd.Series([20.0] * 15 + [10.0] * 5), steady(1, 20))
    assert_values(flow.iloc[-1:], [0.5])
    flat = volume.chaikin_money_flow_20(low, low, low, steady(1, 20))
    assert_values(flat.iloc[-1:], [0.0])


def test_amihud_is_the_return_per_money_traded():
    close = pd.Series(100.0 * 1.01 ** np.arange(21))
    traded = 1e6 / close  # a million in every candle
    illiquidity = liquidity.amihud_illiquidity_20(close, traded, returns.log_return(close))
    assert_values(illiquidity.iloc[-1:], [math.log(math.log(1.01) / 1e6)])


def test_corwin_schultz_sees_only_spread_where_two_candles_range_no_wider_than_one():
    spread = liquidity.corwin_schultz_spread_20(steady(101), steady(99))
    assert_values(spread.iloc[20:], [2 * (101 - 99) / (101 + 99)] * 40)


def test_roll_sees_the_bounce_between_bid_and_ask():
    close = pd.Series(np.exp([0.0, 0.01] * 15))
    spread = liquidity.roll_spread_20(returns.log_return(close))
    assert_values(spread.iloc[-1:], [2 * 0.01 * math.sqrt(20 / 19)])
    assert_values(liquidity.roll_spread_20(series(*range(30))).iloc[-1:], [0.0])


def test_the_parts_of_a_candle():
    candle = {"open": series(12), "high": series(20), "low": series(10), "close": series(15)}
    assert_values(candle_shape.body_ratio(**candle), [0.3])
    assert_values(candle_shape.upper_wick_ratio(**candle), [0.5])
    assert_values(candle_shape.lower_wick_ratio(**candle), [0.2])


def test_candle_patterns():
    high, low = series(20, 18, 18, 30), series(10, 12, 12, 5)
    assert candle_shape.inside_bar(high, low).tolist() == [False, True, False, False]
    narrow = candle_shape.narrow_range_7(series(9, 9, 9, 9, 9, 9, 5, 6), series(0, 0, 0, 0, 0, 0, 0, 0))
    assert narrow.tolist() == [False] * 6 + [True, False]
    open_, close = series(12, 9, 13, 12), series(10, 13, 9, 12)
    assert_values(candle_shape.engulfing(open_, close), [0.0, 1.0, -1.0, 0.0])


def test_the_calendar():
    ts = pd.Series(pd.to_datetime(["2018-06-14", "2018-06-15", "2018-06-30", "2018-07-05", "2018-12-31"], utc=True))
    assert_values(seasonality.day_of_week(ts), [3, 4, 5, 3, 0])
    assert seasonality.monthly_expiry(ts).tolist() == [False, True, False, False, False]
    assert seasonality.turn_of_month(ts).tolist() == [False, False, True, False, True]
    circle = seasonality.day_of_year_sin(ts) ** 2 + seasonality.day_of_year_cos(ts) ** 2
    assert_values(circle, [1.0] * 5)


BOUNDS = {
    "return_autocorrelation_20": (-1, 1),
    "efficiency_ratio_10": (0, 1),
    "donchian_position_20": (0, 1),
    "distance_to_high_252": (-1, 0),
    "adx_14": (0, 100),
    "signed_volume_ratio_20": (-1, 1),
    "mfi_14": (0, 100),
    "price_volume_correlation_20": (-1, 1),
    "chaikin_money_flow_20": (-1, 1),
    "body_ratio": (-1, 1),
    "upper_wick_ratio": (0, 1),
    "lower_wick_ratio": (0, 1),
    "engulfing": (-1, 1),
    "rsi_14": (0, 100),
    "stochastic_k_14": (0, 100),
    "stochastic_d_14": (0, 100),
}

quotes = st.lists(
    st.tuples(st.lists(st.integers(1, 6), min_size=4, max_size=4), st.integers(0, 3)), min_size=1, max_size=70
)


@settings(max_examples=25, deadline=None)
@given(quotes=quotes, stretch=st.integers(1, 25))
def test_ties_flat_stretches_and_missing_volume_give_values_in_bounds_or_none(functions, compute, quotes, stretch):
    rows = [(prices[0], max(prices), min(prices), prices[1], traded) for prices, traded in quotes]
    middle = len(rows) // 2
    rows[middle:middle] = [rows[middle]] * stretch
    index = pd.date_range("2020-01-01", periods=len(rows), tz="UTC", name="ts")
    hostile = pd.DataFrame(rows, columns=["open", "high", "low", "close", "volume"], index=index, dtype=float)
    for name in functions:
        if name.startswith("tb_"):
            continue
        column = compute(name, hostile).to_numpy(float)
        assert not np.isinf(column).any(), name
        low, high = BOUNDS.get(name, (-np.inf, np.inf))
        assert np.nanmin(column, initial=0) >= low - 1e-9, name
        assert np.nanmax(column, initial=0) <= high + 1e-9, name
