"""river's statistics over windows and exponential weights, joined by Python arithmetic. Its exponential means start as
pandas' do; its windows count values, so that what is not yet full already has a value."""

from __future__ import annotations

from math import log, nan, sqrt
from typing import TYPE_CHECKING

from river import stats, utils

from benchmarks.contender import Live

if TYPE_CHECKING:
    import numpy as np

    from benchmarks.contender import Step

ORDER = (
    *(f"sma_{n}" for n in (5, 10, 20, 50, 200)),
    *(f"ema_{n}" for n in (12, 26, 50, 200)),
    *("min_60", "max_60", "macd", "macd_signal", "macd_hist"),
    *("rsi_7", "rsi_14", "rsi_21", "true_range", "atr_7", "atr_14", "atr_28", "natr_14"),
    *("pdi_14", "mdi_14", "adx_14", "kelt_up", "kelt_lo", "dist_high_60"),
    *("bb_mid", "bb_up", "bb_lo", "bb_width", "bb_pctb", "z_20", "z_60"),
    *("retstd_10", "retstd_20", "retstd_60", "rvol_30", "park_20", "gk_20", "amihud_20", "corr_rv_20", "ac1_20"),
    *("stoch_k", "stoch_d", "willr_14", "don_hi_20", "don_hi_55", "don_lo_20", "don_lo_55"),
    *("ret", "vol_sma_20", "vol_ratio", "vwap_20"),
)


def live(name: str) -> Live:
    return Live(name, ORDER, start, share=5)


def start(history: np.ndarray) -> Step:  # noqa: PLR0915 - fifty statistics, made one by one
    averages = [_mean(n) for n in (5, 10, 20, 50, 200)] + [_ema(n) for n in (12, 26, 50, 200)]
    extremes = [stats.RollingMin(60), stats.RollingMax(60)]
    signal = _ema(9)
    gains, losses = ([_wilder(n) for n in (7, 14, 21)] for _ in range(2))
    ranges = [_wilder(n) for n in (7, 14, 28, 10)]
    rising, falling, directional, centre = _wilder(14), _wilder(14), _wilder(14), _ema(20)
    spread_20, spread_60, mean_60 = _variance(20), _variance(60), _mean(60)
    spreads, squares = [_variance(n) for n in (10, 20, 60)], utils.Rolling(stats.Sum, 30)
    parkinson, garman_klass, amihud = _mean(20), _mean(20), _mean(20)
    with_volume, with_itself = utils.Rolling(stats.PearsonCorr, 20), utils.Rolling(stats.PearsonCorr, 20)
    highest, lowest, smooth = stats.RollingMax(14), stats.RollingMin(14), _mean(3)
    tops, bottoms = [stats.RollingMax(n) for n in (20, 55)], [stats.RollingMin(n) for n in (20, 55)]
    volumes, flows, traded = _mean(20), utils.Rolling(stats.Sum, 20), utils.Rolling(stats.Sum, 20)
    before = (nan,) * 5

    def step(ts: float, open: float, high: float, low: float, close: float, volume: float) -> list[float]:
        nonlocal before
        del ts
        high_before, low_before, close_before, volume_before, ret_before = before
        ret, move = log(close / close_before), close - close_before
        before = (high, low, close, volume, ret)
        out = [_add(each, close) for each in averages] + [_add(each, close) for each in extremes]
        sma_20, max_60 = out[2], out[10]
        macd = out[5] - out[6]
        line = _add(signal, macd)
        out += macd, line, macd - line
        if ret != ret:  # noqa: PLR0124 - the first candle has no change: nothing to feed
            true_range, up, down = high - low, 0.0, 0.0
        else:
            true_range = max(high - low, abs(high - close_before), abs(low - close_before))
            up, down = high - high_before, low_before - low
            for gain, loss in zip(gains, losses, strict=True):
                out.append(100.0 - 100.0 / (1.0 + _add(gain, max(move, 0.0)) / (_add(loss, max(-move, 0.0)) or nan)))
            deviations = [sqrt(_add(each, ret)) for each in spreads]
            rvol = _add(squares, ret * ret)
            illiquid = _add(amihud, abs(ret) / (close * volume))
            with_volume.update(ret, volume / volume_before - 1.0)
            if ret_before == ret_before:  # noqa: PLR0124
                with_itself.update(ret, ret_before)
        atr_7, atr_14, atr_28, atr_10 = (_add(each, true_range) for each in ranges)
        plus = 100.0 * _add(rising, up if up > down and up > 0 else 0.0) / atr_14
        minus = 100.0 * _add(falling, down if down > up and down > 0 else 0.0) / atr_14
        index = _add(directional, 100.0 * abs(plus - minus) / (plus + minus)) if plus + minus else nan
        middle, std_20, std_60 = _add(centre, close), sqrt(_add(spread_20, close)), sqrt(_add(spread_60, close))
        square = log(high / low) ** 2
        park = sqrt(_add(parkinson, square) / (4.0 * log(2.0)))
        gk = _add(garman_klass, 0.5 * square - (2.0 * log(2.0) - 1.0) * log(close / open) ** 2)
        upper, lower = sma_20 + 2.0 * std_20, sma_20 - 2.0 * std_20
        ceiling, floor = _add(highest, high), _add(lowest, low)
        stochastic = 100.0 * (close - floor) / (ceiling - floor)
        average = _add(volumes, volume)
        flow, all_traded = _add(flows, (high + low + close) / 3.0 * volume), _add(traded, volume)
        mean = _add(mean_60, close)
        if ret != ret:  # noqa: PLR0124
            return out
        out += true_range, atr_7, atr_14, atr_28, atr_14 / close
        out += plus, minus, index, middle + 2.0 * atr_10, middle - 2.0 * atr_10, close / max_60 - 1.0
        out += sma_20, upper, lower, (upper - lower) / sma_20
        out += (
            (close - lower) / ((upper - lower) or nan),
            (close - sma_20) / (std_20 or nan),
            (close - mean) / (std_60 or nan),
        )
        out += (*deviations, rvol, park, sqrt(max(gk, 0.0)), illiquid, with_volume.get(), with_itself.get())
        out += stochastic, _add(smooth, stochastic), -100.0 * (ceiling - close) / (ceiling - floor)
        out += [_add(each, high) for each in tops] + [_add(each, low) for each in bottoms]
        return [*out, ret, average, volume / average, flow / all_traded]

    for candle in history.T.tolist():
        step(nan, *candle)
    return step


def _add(statistic: stats.base.Univariate, value: float) -> float:
    statistic.update(value)
    return statistic.get()


def _mean(n: int) -> utils.Rolling:
    return utils.Rolling(stats.Mean, n)


def _variance(n: int) -> utils.Rolling:
    return utils.Rolling(stats.Var, n, ddof=1)


def _ema(span: int) -> stats.EWMean:
    return stats.EWMean(2.0 / (span + 1.0))


def _wilder(n: int) -> stats.EWMean:
    return stats.EWMean(1.0 / n)
