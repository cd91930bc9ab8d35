"""polars on one thread: expressions of our own, in stages so that nothing is computed twice.

Eager, which is a little faster here than the same stages collected lazily. Where pandas calls a Python function per
window, the expressions combine shifted columns instead: 20 or 26 passes of compiled code.
"""

from __future__ import annotations

from functools import reduce
from operator import add

import numpy as np
import polars as pl

from benchmarks.contender import Columns
from benchmarks.workload import COLUMNS, FEATURES

Expressions = dict[str, pl.Expr]
c = pl.col
LN2 = np.log(2.0)


def columns(name: str) -> Columns:
    threads = pl.thread_pool_size()
    whole_name = f"{name}, {threads} thread{'s' * (threads > 1)}"
    stages = _stages({**_candles(), **_averages(), **_oscillators(), **_windows(), **_volumes(), **_directions()})

    def compute(symbols: list[pl.DataFrame]) -> list[pl.DataFrame]:
        found = []
        for frame in symbols:
            wider = frame
            for stage in stages:
                wider = wider.with_columns(**stage)
            found.append(wider.select(FEATURES))
        return found

    return Columns(
        whole_name, FEATURES, lambda x: pl.DataFrame(dict(zip(COLUMNS, x, strict=True))), compute,
        lambda frame: {feature: frame[feature].to_numpy() for feature in FEATURES},
    )  # fmt: skip


def _stages(expressions: Expressions) -> list[Expressions]:
    """Expressions in the order in which they need each other, as few steps as possible."""
    known, stages = set(COLUMNS), []
    while expressions:
        ready = {name: e for name, e in expressions.items() if known.issuperset(e.meta.root_names())}
        if not ready:
            raise ValueError(f"expressions that need what is nowhere defined: {sorted(expressions)}")
        stages.append(ready)
        known.update(ready)
        expressions = {name: e for name, e in expressions.items() if name not in ready}
    return stages


def _ema(x: str, n: int) -> pl.Expr:
    return c(x).ewm_mean(span=n, adjust=False, min_samples=n)


def _wilder(x: str, n: int) -> pl.Expr:
    return c(x).ewm_mean(alpha=1.0 / n, adjust=False, min_samples=n)


def _mean(x: str, n: int) -> pl.Expr:
    return c(x).rolling_mean(n)


def _change(x: str, n: int) -> pl.Expr:
    return c(x) / c(x).shift(n) - 1.0


def _candles() -> Expressions:
    span = c("high") - c("low")
    return {
        "prev_close": c("close").shift(1),
        "delta": c("close").diff(),
        "typical": (c("high") + c("low") + c("close")) / 3.0,
        "ret": (c("close") / c("prev_close")).log(),
        "true_range": pl.max_horizontal(span, (c("high") - c("prev_close")).abs(), (c("low") - c("prev_close")).abs()),
        "body": (c("close") - c("open")) / span,
        "wick_up": (c("high") - pl.max_horizontal("open", "close")) / span,
        "wick_dn": (pl.min_horizontal("open", "close") - c("low")) / span,
        **{f"roc_{n}": _change("close", n) for n in (5, 10, 20)},
        "mom_10": c("close") - c("close").shift(10),
    }


def _averages() -> Expressions:
    return {
        **{f"sma_{n}": _mean("close", n) for n in (5, 10, 20, 50, 200)},
        **{f"ema_{n}": _ema("close", n) for n in (12, 20, 26, 50, 200)},
        "macd": c("ema_12") - c("ema_26"),
        "macd_signal": _ema("macd", 9),
        "macd_hist": c("macd") - c("macd_signal"),
        **{f"atr_{n}": _wilder("true_range", n) for n in (7, 10, 14, 28)},
        "natr_14": c("atr_14") / c("close"),
        "kelt_up": c("ema_20") + 2.0 * c("atr_10"),
        "kelt_lo": c("ema_20") - 2.0 * c("atr_10"),
    }


def _oscillators() -> Expressions:
    span = c("hh_14") - c("ll_14")
    deviation = reduce(add, ((c("typical").shift(k) - c("typical_20")).abs() for k in range(20))) / 20
    return {
        "gain": c("delta").clip(lower_bound=0.0),
        "loss": -c("delta").clip(upper_bound=0.0),
        **{f"rsi_{n}": 100.0 - 100.0 / (1.0 + _wilder("gain", n) / _wilder("loss", n)) for n in (7, 14, 21)},
        "hh_14": c("high").rolling_max(14),
        "ll_14": c("low").rolling_min(14),
        "stoch_k": 100.0 * (c("close") - c("ll_14")) / span,
        "stoch_d": _mean("stoch_k", 3),
        "willr_14": -100.0 * (c("hh_14") - c("close")) / span,
        "typical_20": _mean("typical", 20),
        "cci_20": (c("typical") - c("typical_20")) / (0.015 * deviation),
        "hh_26": c("high").rolling_max(26),
        "ll_26": c("low").rolling_min(26),
        "aroon_up": _first_place("high", "hh_26"),
        "aroon_dn": _first_place("low", "ll_26"),
    }


def _first_place(x: str, extreme: str) -> pl.Expr:
    """Where in the last 26 candles the extreme stands first, from 0 (oldest) to 100 (newest)."""
    place = pl.lit(None)
    for ago in range(26):
        place = pl.when(c(x).shift(ago) == c(extreme)).then(pl.lit((25 - ago) * (100.0 / 25))).otherwise(place)
    return place


def _windows() -> Expressions:
    return {
        "bb_std": c("close").rolling_std(20),
        "bb_mid": c("sma_20") * 1.0,
        "bb_up": c("sma_20") + 2.0 * c("bb_std"),
        "bb_lo": c("sma_20") - 2.0 * c("bb_std"),
        "bb_width": (c("bb_up") - c("bb_lo")) / c("sma_20"),
        "bb_pctb": (c("close") - c("bb_lo")) / (c("bb_up") - c("bb_lo")),
        **{f"retstd_{n}": c("ret").rolling_std(n) for n in (10, 20, 60)},
        "skew_60": c("ret").rolling_skew(60, bias=False),
        "kurt_60": c("ret").rolling_kurtosis(60, bias=False),
        "z_20": (c("close") - c("sma_20")) / c("bb_std"),
        "z_60": (c("close") - _mean("close", 60)) / c("close").rolling_std(60),
        **{f"don_hi_{n}": c("high").rolling_max(n) for n in (20, 55)},
        **{f"don_lo_{n}": c("low").rolling_min(n) for n in (20, 55)},
        "median_20": c("close").rolling_median(20),
        "rank_20": c("close").rolling_rank(20) / 20,
        "min_60": c("close").rolling_min(60),
        "max_60": c("close").rolling_max(60),
        "dist_high_60": c("close") / c("max_60") - 1.0,
        "rvol_30": (c("ret") * c("ret")).rolling_sum(30),
        "range_log": (c("high") / c("low")).log(),
        "body_log": (c("close") / c("open")).log(),
        "gk_20": _mean_of(_square("range_log") * 0.5 - (2.0 * LN2 - 1.0) * _square("body_log")).clip(0.0).sqrt(),
        "park_20": (_mean_of(_square("range_log")) / (4.0 * LN2)).sqrt(),
        "corr_rv_20": pl.rolling_corr("ret", "vol_chg", window_size=20, min_samples=20),
        "ac1_20": pl.rolling_corr(c("ret"), c("ret").shift(1), window_size=20, min_samples=20),
    }


def _square(x: str) -> pl.Expr:
    return c(x) * c(x)


def _mean_of(x: pl.Expr) -> pl.Expr:
    return x.rolling_mean(20)


def _volumes() -> Expressions:
    flow, move = c("typical") * c("volume"), c("typical").diff()
    rising = pl.when(move > 0).then(flow).otherwise(0.0).rolling_sum(14)
    falling = pl.when(move < 0).then(flow).otherwise(0.0).rolling_sum(14)
    return {
        "vol_chg": _change("volume", 1),
        "obv": (c("delta").sign().fill_null(0.0) * c("volume")).cum_sum(),
        "vol_sma_20": _mean("volume", 20),
        "vol_ratio": c("volume") / c("vol_sma_20"),
        "vwap_20": flow.rolling_sum(20) / c("volume").rolling_sum(20),
        "mfi_14": 100.0 - 100.0 / (1.0 + rising / falling),
        "amihud_20": _mean_of(c("ret").abs() / (c("close") * c("volume"))),
    }


def _directions() -> Expressions:
    up, down = c("up_move"), c("dn_move")
    return {
        "up_move": c("high").diff(),
        "dn_move": -c("low").diff(),
        "plus_dm": pl.when((up > down) & (up > 0)).then(up).otherwise(0.0),
        "minus_dm": pl.when((down > up) & (down > 0)).then(down).otherwise(0.0),
        "pdi_14": 100.0 * _wilder("plus_dm", 14) / c("atr_14"),
        "mdi_14": 100.0 * _wilder("minus_dm", 14) / c("atr_14"),
        "dx": 100.0 * (c("pdi_14") - c("mdi_14")).abs() / (c("pdi_14") + c("mdi_14")),
        "adx_14": _wilder("dx", 14),
    }
