"""TA-Lib's streaming handles, one per function, and Python arithmetic between them: features and seeds of its batch."""

from __future__ import annotations

from math import log, nan, sqrt
from typing import TYPE_CHECKING

import numpy as np
from talib import stream

from benchmarks.contender import Live
from benchmarks.rivals.in_talib import COVERED, FOUR_LOGS, stretch

if TYPE_CHECKING:
    from benchmarks.contender import Step

NEGATED = 2.0 * log(2.0) - 1.0


def live(name: str) -> Live:
    return Live(name, ORDER, start)


ORDER = (
    *(f"sma_{n}" for n in (5, 10, 20, 50, 200)),
    *(f"ema_{n}" for n in (12, 26, 50, 200)),
    *(f"rsi_{n}" for n in (7, 14, 21)),
    *(f"roc_{n}" for n in (5, 10, 20)),
    *("mom_10", "min_60", "max_60"),
    *("true_range", "atr_7", "atr_14", "atr_28", "willr_14", "cci_20", "pdi_14", "mdi_14", "adx_14"),
    *("retstd_10", "retstd_20", "retstd_60"),
    *("don_hi_20", "don_hi_55", "don_lo_20", "don_lo_55"),
    *("macd", "macd_signal", "macd_hist", "stoch_k", "stoch_d", "aroon_dn", "aroon_up"),
    *("bb_up", "bb_mid", "bb_lo", "bb_width", "bb_pctb", "z_20", "z_60"),
    *("ret", "natr_14", "rank_20", "dist_high_60", "obv", "vol_sma_20", "vol_ratio", "vwap_20", "mfi_14"),
    *("kelt_up", "kelt_lo", "rvol_30", "gk_20", "park_20", "amihud_20", "corr_rv_20", "ac1_20"),
)
if set(ORDER) != set(COVERED):
    raise ValueError(f"the streams and the batch differ in {set(ORDER) ^ set(COVERED)}")


def start(history: np.ndarray) -> Step:
    open_, high, low, close, volume = (np.ascontiguousarray(column) for column in history)
    ret = np.log(close[1:] / close[:-1])
    on_close = [
        *(stream.SMA(close, n) for n in (5, 10, 20, 50, 200)),
        *(stream.EMA(close, n) for n in (12, 26, 50, 200)),
        *(stream.RSI(close, n) for n in (7, 14, 21)),
        *(stream.ROCP(close, n) for n in (5, 10, 20)),
        *(stream.MOM(close, 10), stream.MIN(close, 60), stream.MAX(close, 60)),
    ]
    on_ranges = [
        stream.TRANGE(high, low, close),
        *(stream.ATR(high, low, close, n) for n in (7, 14, 28)),
        *(stream.WILLR(high, low, close, 14), stream.CCI(high, low, close, 20)),
        *(stream.PLUS_DI(high, low, close, 14), stream.MINUS_DI(high, low, close, 14)),
        stream.ADX(high, low, close, 14),
    ]
    closes = [handle.update for handle in on_close]
    ranges = [handle.update for handle in on_ranges]
    spreads = [stream.STDDEV(ret, n, stretch(n)).update for n in (10, 20, 60)]
    tops = [stream.MAX(high, n).update for n in (20, 55)]
    bottoms = [stream.MIN(low, n).update for n in (20, 55)]
    macd = stream.MACD(close, 12, 26, 9).update
    stochastic = stream.STOCHF(high, low, close, 14, 3).update
    aroon = stream.AROON(high, low, 25).update
    bands = stream.BBANDS(close, 20, 2.0 * stretch(20), 2.0 * stretch(20)).update
    spread_20, spread_60 = (stream.STDDEV(close, n, stretch(n)).update for n in (20, 60))
    mean_60, rank = stream.SMA(close, 60).update, stream.PERCENTRANK(close, 19).update
    natr, balance = stream.NATR(high, low, close, 14).update, stream.OBV(close, volume).update
    volumes, weighted = stream.SMA(volume, 20).update, stream.VWMA((high + low + close) / 3.0, volume, 20).update
    money, middle = stream.MFI(high, low, close, volume, 14).update, stream.EMA(close, 20).update
    width, squares = stream.ATR(high, low, close, 10).update, stream.SUM(ret * ret, 30).update
    span, inner = np.log(high / low) ** 2, np.log(close / open_) ** 2
    garman_klass, parkinson = stream.SMA(0.5 * span - NEGATED * inner, 20).update, stream.SMA(span, 20).update
    amihud = stream.SMA(np.abs(ret) / (close * volume)[1:], 20).update
    with_volume = stream.CORREL(ret, volume[1:] / volume[:-1] - 1.0, 20).update
    with_itself = stream.CORREL(ret[1:].copy(), ret[:-1].copy(), 20).update
    close_before, volume_before, ret_before = float(close[-1]), float(volume[-1]), float(ret[-1])
    first_volume = float(volume[0])

    def step(ts: float, open: float, high: float, low: float, close: float, volume: float) -> list[float]:
        nonlocal close_before, volume_before, ret_before
        del ts
        ret = log(close / close_before)
        out = [update(close) for update in closes]
        sma_20, max_60 = out[2], out[17]
        out += [update(high, low, close) for update in ranges]
        out += [update(ret) for update in spreads]
        out += [update(high) for update in tops]
        out += [update(low) for update in bottoms]
        out += macd(close)
        out += stochastic(high, low, close)
        out += aroon(high, low)
        up, mid, down = bands(close)
        height = up - down
        average, centre, half = volumes(volume), middle(close), 2.0 * width(high, low, close)
        square = log(high / low) ** 2
        deviation = max(garman_klass(0.5 * square - NEGATED * log(close / open) ** 2), 0.0)
        out += (
            up, mid, down, height / mid, (close - down) / height if height else nan,
            (close - sma_20) / spread_20(close), (close - mean_60(close)) / spread_60(close),
            ret, natr(high, low, close) / 100.0, (rank(close) * 0.19 + 1.0) / 20.0, close / max_60 - 1.0,
            balance(close, volume) - first_volume, average, volume / average,
            weighted((high + low + close) / 3.0, volume),
            money(high, low, close, volume), centre + half, centre - half, squares(ret * ret), sqrt(deviation),
            sqrt(parkinson(square) / FOUR_LOGS), amihud(abs(ret) / (close * volume)),
            with_volume(ret, volume / volume_before - 1.0), with_itself(ret, ret_before),
        )  # fmt: skip
        close_before, volume_before, ret_before = close, volume, ret
        return out

    return step
