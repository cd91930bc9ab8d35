"""TA-Lib's functions on whole arrays, with numpy arithmetic where a feature is a ratio or difference of them.

It has no moments above the second, no median of an even window and nothing about single candles. Its standard
deviation divides by n, so its multiplier is stretched. Wilder's averages start from a mean, not from the first value;
EMA is told to start as pandas does (its Metastock setting). The first volume, which its OBV counts, is taken off.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

import numpy as np
import talib as ta

from benchmarks.contender import Columns
from benchmarks.workload import FEATURES

if TYPE_CHECKING:
    from collections.abc import Mapping

METASTOCK = 1
ta.set_compatibility(METASTOCK)
FOUR_LOGS = 4.0 * np.log(2.0)

ABSENT = {"skew_60", "kurt_60", "median_20", "body", "wick_up", "wick_dn"}
COVERED = tuple(feature for feature in FEATURES if feature not in ABSENT)


def stretch(n: int) -> float:
    """What makes a deviation that divides by n one that divides by n - 1."""
    return sqrt(n / (n - 1))


def columns(name: str) -> Columns:
    def compute(symbols: list[np.ndarray]) -> list[Mapping[str, np.ndarray]]:
        with np.errstate(all="ignore"):
            return [features(*x) for x in symbols]

    return Columns(name, COVERED, np.ascontiguousarray, compute, lambda found: {key: found[key] for key in COVERED})


def features(
    open: np.ndarray, high: np.ndarray, low: np.ndarray, close: np.ndarray, volume: np.ndarray
) -> dict[str, np.ndarray]:
    ret = ta.LN(ta.ROCR(close, 1))
    typical = ta.TYPPRICE(high, low, close)
    found = {"ret": ret, **_averages(close), **_ranges(high, low, close), **_oscillators(high, low, close, volume)}
    found |= _bands(close, found["sma_20"]) | _returns(open, high, low, close, volume, ret)
    found |= {f"don_hi_{n}": ta.MAX(high, n) for n in (20, 55)} | {f"don_lo_{n}": ta.MIN(low, n) for n in (20, 55)}
    average = ta.SMA(volume, 20)
    keltner, width = ta.EMA(close, 20), 2.0 * ta.ATR(high, low, close, 10)
    return found | {
        "obv": ta.OBV(close, volume) - volume[0],
        "vol_sma_20": average,
        "vol_ratio": volume / average,
        "vwap_20": ta.VWMA(typical, volume, 20),
        "kelt_up": keltner + width,
        "kelt_lo": keltner - width,
    }


def _averages(close: np.ndarray) -> dict[str, np.ndarray]:
    macd, signal, histogram = ta.MACD(close, 12, 26, 9)
    highest = ta.MAX(close, 60)
    return {
        **{f"sma_{n}": ta.SMA(close, n) for n in (5, 10, 20, 50, 200)},
        **{f"ema_{n}": ta.EMA(close, n) for n in (12, 26, 50, 200)},
        "macd": macd,
        "macd_signal": signal,
        "macd_hist": histogram,
        **{f"roc_{n}": ta.ROCP(close, n) for n in (5, 10, 20)},
        "mom_10": ta.MOM(close, 10),
        "rank_20": (ta.PERCENTRANK(close, 19) * 0.19 + 1.0) / 20.0,
        "min_60": ta.MIN(close, 60),
        "max_60": highest,
        "dist_high_60": close / highest - 1.0,
    }


def _ranges(high: np.ndarray, low: np.ndarray, close: np.ndarray) -> dict[str, np.ndarray]:
    return {
        "true_range": ta.TRANGE(high, low, close),
        **{f"atr_{n}": ta.ATR(high, low, close, n) for n in (7, 14, 28)},
        "natr_14": ta.NATR(high, low, close, 14) / 100.0,
        "pdi_14": ta.PLUS_DI(high, low, close, 14),
        "mdi_14": ta.MINUS_DI(high, low, close, 14),
        "adx_14": ta.ADX(high, low, close, 14),
    }


def _oscillators(high: np.ndarray, low: np.ndarray, close: np.ndarray, volume: np.ndarray) -> dict[str, np.ndarray]:
    k, d = ta.STOCHF(high, low, close, 14, 3)
    down, up = ta.AROON(high, low, 25)
    return {
        **{f"rsi_{n}": ta.RSI(close, n) for n in (7, 14, 21)},
        "stoch_k": k,
        "stoch_d": d,
        "willr_14": ta.WILLR(high, low, close, 14),
        "cci_20": ta.CCI(high, low, close, 20),
        "mfi_14": ta.MFI(high, low, close, volume, 14),
        "aroon_up": up,
        "aroon_dn": down,
    }


def _bands(close: np.ndarray, mean: np.ndarray) -> dict[str, np.ndarray]:
    up, middle, low = ta.BBANDS(close, 20, 2.0 * stretch(20), 2.0 * stretch(20))
    return {
        "bb_mid": middle,
        "bb_up": up,
        "bb_lo": low,
        "bb_width": (up - low) / middle,
        "bb_pctb": (close - low) / (up - low),
        "z_20": (close - mean) / ta.STDDEV(close, 20, stretch(20)),
        "z_60": (close - ta.SMA(close, 60)) / ta.STDDEV(close, 60, stretch(60)),
    }


def _returns(
    open: np.ndarray, high: np.ndarray, low: np.ndarray, close: np.ndarray, volume: np.ndarray, ret: np.ndarray
) -> dict[str, np.ndarray]:
    span = ta.LN(high / low) ** 2
    garman_klass = 0.5 * span - (2.0 * np.log(2.0) - 1.0) * ta.LN(close / open) ** 2
    return {
        **{f"retstd_{n}": ta.STDDEV(ret, n, stretch(n)) for n in (10, 20, 60)},
        "rvol_30": ta.SUM(ret * ret, 30),
        "gk_20": np.sqrt(np.maximum(ta.SMA(garman_klass, 20), 0.0)),
        "park_20": np.sqrt(ta.SMA(span, 20) / FOUR_LOGS),
        "amihud_20": ta.SMA(np.abs(ret) / (close * volume), 20),
        "corr_rv_20": ta.CORREL(ret, ta.ROCP(volume, 1), 20),
        "ac1_20": ta.CORREL(ret, np.concatenate([[np.nan], ret[:-1]]), 20),
    }
