# ruff: noqa: E401, E501, E702, E741, I001, SIM905 - written the way users write
# fmt: off
"""The benchmark workload: 71 features (OUT) as typed pandas functions, the way users write them.

Inputs: the candle columns open, high, low, close, volume of one symbol, as pd.Series.
Rolling windows: min_periods = window. ewm: adjust=False, min_periods = n; Wilder n = ewm(alpha=1/n).
The file is a Hamilton module as it stands: a function's parameters name its inputs. A name starting with `_` is a helper.
Used to measure batch and live speed and agreement with pandas; it is not a template for a project's own features.
"""
import numpy as np, pandas as pd

S = pd.Series

def _w(x, n): return x.ewm(alpha=1.0 / n, adjust=False, min_periods=n).mean()
def _e(x, n): return x.ewm(span=n, adjust=False, min_periods=n).mean()

# --- intermediates
def prev_close(close: S) -> S: return close.shift(1)
def delta(close: S) -> S: return close.diff()
def typical(high: S, low: S, close: S) -> S: return (high + low + close) / 3.0
def vol_chg(volume: S) -> S: return volume / volume.shift(1) - 1.0
def gain(delta: S) -> S: return delta.clip(lower=0.0)
def loss(delta: S) -> S: return -delta.clip(upper=0.0)
def bb_std(close: S) -> S: return close.rolling(20).std()
def hh_14(high: S) -> S: return high.rolling(14).max()
def ll_14(low: S) -> S: return low.rolling(14).min()
def ema_20(close: S) -> S: return _e(close, 20)
def atr_10(true_range: S) -> S: return _w(true_range, 10)

# --- outputs
def ret(close: S, prev_close: S) -> S: return np.log(close / prev_close)
def sma_5(close: S) -> S: return close.rolling(5).mean()
def sma_10(close: S) -> S: return close.rolling(10).mean()
def sma_20(close: S) -> S: return close.rolling(20).mean()
def sma_50(close: S) -> S: return close.rolling(50).mean()
def sma_200(close: S) -> S: return close.rolling(200).mean()
def ema_12(close: S) -> S: return _e(close, 12)
def ema_26(close: S) -> S: return _e(close, 26)
def ema_50(close: S) -> S: return _e(close, 50)
def ema_200(close: S) -> S: return _e(close, 200)
def macd(ema_12: S, ema_26: S) -> S: return ema_12 - ema_26
def macd_signal(macd: S) -> S: return _e(macd, 9)
def macd_hist(macd: S, macd_signal: S) -> S: return macd - macd_signal
def _rsi(g, l, n): return 100.0 - 100.0 / (1.0 + _w(g, n) / _w(l, n))
def rsi_7(gain: S, loss: S) -> S: return _rsi(gain, loss, 7)
def rsi_14(gain: S, loss: S) -> S: return _rsi(gain, loss, 14)
def rsi_21(gain: S, loss: S) -> S: return _rsi(gain, loss, 21)
def true_range(high: S, low: S, prev_close: S) -> S:
    return pd.concat([high - low, (high - prev_close).abs(), (low - prev_close).abs()], axis=1).max(axis=1)
def atr_7(true_range: S) -> S: return _w(true_range, 7)
def atr_14(true_range: S) -> S: return _w(true_range, 14)
def atr_28(true_range: S) -> S: return _w(true_range, 28)
def natr_14(atr_14: S, close: S) -> S: return atr_14 / close
def bb_mid(sma_20: S) -> S: return sma_20 * 1.0
def bb_up(sma_20: S, bb_std: S) -> S: return sma_20 + 2.0 * bb_std
def bb_lo(sma_20: S, bb_std: S) -> S: return sma_20 - 2.0 * bb_std
def bb_width(bb_up: S, bb_lo: S, sma_20: S) -> S: return (bb_up - bb_lo) / sma_20
def bb_pctb(close: S, bb_up: S, bb_lo: S) -> S: return (close - bb_lo) / (bb_up - bb_lo)
def retstd_10(ret: S) -> S: return ret.rolling(10).std()
def retstd_20(ret: S) -> S: return ret.rolling(20).std()
def retstd_60(ret: S) -> S: return ret.rolling(60).std()
def skew_60(ret: S) -> S: return ret.rolling(60).skew()
def kurt_60(ret: S) -> S: return ret.rolling(60).kurt()
def z_20(close: S, sma_20: S, bb_std: S) -> S: return (close - sma_20) / bb_std
def z_60(close: S) -> S:
    r = close.rolling(60); return (close - r.mean()) / r.std()
def roc_5(close: S) -> S: return close / close.shift(5) - 1.0
def roc_10(close: S) -> S: return close / close.shift(10) - 1.0
def roc_20(close: S) -> S: return close / close.shift(20) - 1.0
def mom_10(close: S) -> S: return close - close.shift(10)
def stoch_k(close: S, hh_14: S, ll_14: S) -> S: return 100.0 * (close - ll_14) / (hh_14 - ll_14)
def stoch_d(stoch_k: S) -> S: return stoch_k.rolling(3).mean()
def willr_14(close: S, hh_14: S, ll_14: S) -> S: return -100.0 * (hh_14 - close) / (hh_14 - ll_14)
def cci_20(typical: S) -> S:
    m = typical.rolling(20).mean()
    md = typical.rolling(20).apply(lambda x: np.abs(x - x.mean()).mean(), raw=True)
    return (typical - m) / (0.015 * md)
def don_hi_20(high: S) -> S: return high.rolling(20).max()
def don_lo_20(low: S) -> S: return low.rolling(20).min()
def don_hi_55(high: S) -> S: return high.rolling(55).max()
def don_lo_55(low: S) -> S: return low.rolling(55).min()
def obv(delta: S, volume: S) -> S: return (np.sign(delta).fillna(0.0) * volume).cumsum()
def vol_sma_20(volume: S) -> S: return volume.rolling(20).mean()
def vol_ratio(volume: S, vol_sma_20: S) -> S: return volume / vol_sma_20
def vwap_20(typical: S, volume: S) -> S: return (typical * volume).rolling(20).sum() / volume.rolling(20).sum()
def mfi_14(typical: S, volume: S) -> S:
    mf = typical * volume; d = typical.diff()
    p = mf.where(d > 0, 0.0).rolling(14).sum(); n = mf.where(d < 0, 0.0).rolling(14).sum()
    return 100.0 - 100.0 / (1.0 + p / n)
def up_move(high: S) -> S: return high.diff()
def dn_move(low: S) -> S: return -low.diff()
def pdi_14(up_move: S, dn_move: S, atr_14: S) -> S:
    return 100.0 * _w(up_move.where((up_move > dn_move) & (up_move > 0), 0.0), 14) / atr_14
def mdi_14(up_move: S, dn_move: S, atr_14: S) -> S:
    return 100.0 * _w(dn_move.where((dn_move > up_move) & (dn_move > 0), 0.0), 14) / atr_14
def adx_14(pdi_14: S, mdi_14: S) -> S: return _w(100.0 * (pdi_14 - mdi_14).abs() / (pdi_14 + mdi_14), 14)
def corr_rv_20(ret: S, vol_chg: S) -> S: return ret.rolling(20).corr(vol_chg)
def median_20(close: S) -> S: return close.rolling(20).median()
def rank_20(close: S) -> S: return close.rolling(20).rank(pct=True)
def min_60(close: S) -> S: return close.rolling(60).min()
def max_60(close: S) -> S: return close.rolling(60).max()
def dist_high_60(close: S, max_60: S) -> S: return close / max_60 - 1.0
def rvol_30(ret: S) -> S: return (ret * ret).rolling(30).sum()
def gk_20(open: S, high: S, low: S, close: S) -> S:
    x = 0.5 * np.log(high / low) ** 2 - (2.0 * np.log(2.0) - 1.0) * np.log(close / open) ** 2
    return np.sqrt(x.rolling(20).mean().clip(lower=0.0))
def park_20(high: S, low: S) -> S:
    return np.sqrt((np.log(high / low) ** 2).rolling(20).mean() / (4.0 * np.log(2.0)))
def amihud_20(ret: S, close: S, volume: S) -> S: return (ret.abs() / (close * volume)).rolling(20).mean()
def ac1_20(ret: S) -> S: return ret.rolling(20).corr(ret.shift(1))
def body(open: S, high: S, low: S, close: S) -> S: return (close - open) / (high - low)
def wick_up(open: S, high: S, low: S, close: S) -> S: return (high - np.maximum(open, close)) / (high - low)
def wick_dn(open: S, high: S, low: S, close: S) -> S: return (np.minimum(open, close) - low) / (high - low)
def kelt_up(ema_20: S, atr_10: S) -> S: return ema_20 + 2.0 * atr_10
def kelt_lo(ema_20: S, atr_10: S) -> S: return ema_20 - 2.0 * atr_10
def aroon_up(high: S) -> S: return high.rolling(26).apply(np.argmax, raw=True) * (100.0 / 25)
def aroon_dn(low: S) -> S: return low.rolling(26).apply(np.argmin, raw=True) * (100.0 / 25)

OUT = ("ret sma_5 sma_10 sma_20 sma_50 sma_200 ema_12 ema_26 ema_50 ema_200 macd macd_signal macd_hist rsi_7 rsi_14 rsi_21 "
       "true_range atr_7 atr_14 atr_28 natr_14 bb_mid bb_up bb_lo bb_width bb_pctb retstd_10 retstd_20 retstd_60 skew_60 kurt_60 "
       "z_20 z_60 roc_5 roc_10 roc_20 mom_10 stoch_k stoch_d willr_14 cci_20 don_hi_20 don_lo_20 don_hi_55 don_lo_55 obv vol_sma_20 "
       "vol_ratio vwap_20 mfi_14 pdi_14 mdi_14 adx_14 corr_rv_20 median_20 rank_20 min_60 max_60 dist_high_60 rvol_30 gk_20 park_20 "
       "amihud_20 ac1_20 body wick_up wick_dn kelt_up kelt_lo aroon_up aroon_dn").split()
