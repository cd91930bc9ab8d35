"""talipp's incremental indicators, Python arithmetic between them. Its averages start from a mean, its standard
deviation divides by n (stretched here), its lists grow with every candle, and its Aroon names the latest extreme. The
first volume, which its OBV counts, is taken off."""

from __future__ import annotations

from math import log, nan, sqrt
from typing import TYPE_CHECKING

import talipp.indicators as ti
from talipp.ohlcv import OHLCV

from benchmarks.contender import Live

if TYPE_CHECKING:
    import numpy as np

    from benchmarks.contender import Step

ORDER = (
    *(f"sma_{n}" for n in (5, 10, 20, 50, 200)),
    *(f"ema_{n}" for n in (12, 26, 50, 200)),
    *(f"rsi_{n}" for n in (7, 14, 21)),
    *("atr_7", "atr_14", "atr_28", "willr_14", "cci_20", "obv"),
    *("roc_5", "roc_10", "roc_20", "natr_14"),
    *("retstd_10", "retstd_20", "retstd_60", "vol_sma_20", "vol_ratio", "vwap_20"),
    *("macd", "macd_signal", "macd_hist", "stoch_k", "stoch_d", "pdi_14", "mdi_14", "adx_14"),
    *("aroon_up", "aroon_dn", "don_hi_20", "don_lo_20", "don_hi_55", "don_lo_55", "min_60", "max_60", "dist_high_60"),
    *("bb_up", "bb_mid", "bb_lo", "bb_width", "bb_pctb", "z_20", "z_60", "kelt_up", "kelt_lo", "ret"),
)


def live(name: str) -> Live:
    return Live(name, ORDER, start, share=10)


def _stretch(n: int) -> float:
    return sqrt(n / (n - 1))


def start(history: np.ndarray) -> Step:
    on_close = [
        *(ti.SMA(n) for n in (5, 10, 20, 50, 200)),
        *(ti.EMA(n) for n in (12, 26, 50, 200)),
        *(ti.RSI(n) for n in (7, 14, 21)),
    ]
    on_candle = [*(ti.ATR(n) for n in (7, 14, 28)), ti.Williams(14), ti.CCI(20)]
    percent, natr = [ti.ROC(n) for n in (5, 10, 20)], ti.NATR(14)
    spreads = [(ti.StdDev(n), _stretch(n)) for n in (10, 20, 60)]
    volumes, weighted = ti.SMA(20), ti.VWMA(20)
    macd, stochastic, direction, aroon = ti.MACD(12, 26, 9), ti.Stoch(14, 3), ti.ADX(14, 14), ti.Aroon(25)
    channels, closes = [ti.DonchianChannels(20), ti.DonchianChannels(55)], ti.DonchianChannels(60)
    bands, keltner = ti.BB(20, 2.0 * _stretch(20)), ti.KeltnerChannels(20, 10, 2.0, 2.0)
    spread_60, mean_60 = ti.StdDev(60), ti.SMA(60)
    balance, first_volume = ti.OBV(), float(history[4, 0])
    close_before = nan

    def step(ts: float, open: float, high: float, low: float, close: float, volume: float) -> list[float]:
        nonlocal close_before
        del ts
        candle = OHLCV(open, high, low, close, volume)
        ret, close_before = log(close / close_before), close
        out = [_add(indicator, close) for indicator in on_close]
        out += [_add(indicator, candle) for indicator in on_candle]
        out.append(_add(balance, candle) - first_volume)
        out += [_add(indicator, close) / 100.0 for indicator in percent]
        out.append(_add(natr, candle) / 100.0)
        out += [_add(indicator, ret) * factor if ret == ret else nan for indicator, factor in spreads]  # noqa: PLR0124
        average, typical = _add(volumes, volume), (high + low + close) / 3.0
        out += average, volume / average, _add(weighted, OHLCV(typical, typical, typical, typical, volume))
        out += _fields(macd, close, ("macd", "signal", "histogram")) + _fields(stochastic, candle, ("k", "d"))
        out += _fields(direction, candle, ("plus_di", "minus_di", "adx")) + _fields(aroon, candle, ("up", "down"))
        for channel in channels:
            out += _fields(channel, candle, ("ub", "lb"))
        lowest, highest = _fields(closes, OHLCV(close, close, close, close, volume), ("lb", "ub"))
        out += lowest, highest, close / highest - 1.0
        up, mid, down = _fields(bands, close, ("ub", "cb", "lb"))
        centre, scale = _add(mean_60, close), _add(spread_60, close) * _stretch(60)
        out += up, mid, down, (up - down) / mid, (close - down) / (up - down)
        out += (close - mid) / ((up - down) / 4.0), (close - centre) / scale
        return [*out, *_fields(keltner, candle, ("ub", "lb")), ret]

    for candle in history.T.tolist():
        step(nan, *candle)
    return step


def _add(indicator: ti.Indicator.Indicator, value: float | OHLCV) -> float:
    indicator.add(value)
    newest = indicator[-1]
    return nan if newest is None else newest


def _fields(indicator: ti.Indicator.Indicator, value: float | OHLCV, names: tuple[str, ...]) -> list[float]:
    indicator.add(value)
    newest = indicator[-1]
    found = [getattr(newest, name, None) for name in names]
    return [nan if field is None else field for field in found]
