"""Triple-barrier labels: which comes first, the profit, the stop, or the end of the holding time.

The trade is entered at the close of the row's candle. The barriers stand at multiples of that candle's ATR above and
below the entry; the vertical barrier is the close of the HORIZON-th candle after it. The path is every candle after the
entry, up to and including the vertical barrier's.

Touch: a high strictly above the upper barrier, or a low strictly below the lower one; the earliest candle wins.
Tie rule: a candle that touches both counts as stopped, since its path inside is not known.
Last-window rule: a row whose window runs past the last candle has a label if a barrier was touched before, else NULL.
A row whose ATR is missing (warm-up) or 0 has no barriers, hence NULL.
A multiple of 0 disables that barrier.

The label is the barrier that was hit: it is never re-derived from the return.
Source: Lopez de Prado 2018, Advances in Financial Machine Learning, ch. 3
"""

import numpy as np
import pandas as pd
from hamilton.function_modifiers import tag

PROFIT = 2.0  # upper barrier: multiples of ATR above the entry
STOP = 2.0  # lower barrier: multiples of ATR below the entry
HORIZON = 10  # vertical barrier: candles after the entry


@tag(horizon=str(HORIZON), lookback="0")
def tb_exits(
    open: pd.Series, high: pd.Series, low: pd.Series, close: pd.Series, ts: pd.Series, atr_14: pd.Series
) -> pd.DataFrame:
    """Exit of a trade entered at every close: the barrier it hit, the candle, and the return.

    Shape: one row per candle; columns label, touch_time, return
    Horizon: HORIZON candles
    NaN: rows without an exit, as the module's rules say
    Source: Lopez de Prado 2018, snippets 3.2 and 3.5
    """
    return _exits(open, high, low, close, ts, atr_14, profit=PROFIT, stop=STOP, horizon=HORIZON)


@tag(horizon=str(HORIZON), touch_time="tb_touch_time")
def tb_label(tb_exits: pd.DataFrame) -> pd.Series:
    """Barrier that was hit first: 1 the profit, -1 the stop, 0 the end of the holding time.

    Shape: one value per candle
    Units: none
    Horizon: HORIZON candles
    NaN: warm-up of atr_14; last rows whose window is not complete and saw no touch
    Source: Lopez de Prado 2018, ch. 3
    """
    return tb_exits["label"]


@tag(horizon=str(HORIZON), lookback="0")
def tb_touch_time(tb_exits: pd.DataFrame) -> pd.Series:
    """Open time (UTC) of the candle in which the trade ended.

    The touch is known when that candle closes. Purge and embargo of training rows read this column.

    Shape: one timestamp per candle
    Units: UTC time
    Horizon: HORIZON candles
    NaN: where tb_label is
    Source: Lopez de Prado 2018, ch. 3 and section 7.4
    """
    return tb_exits["touch_time"]


@tag(horizon=str(HORIZON), touch_time="tb_touch_time")
def tb_return(tb_exits: pd.DataFrame) -> pd.Series:
    """Return from the entry to the exit, before costs.

    A touched barrier is filled at its price, or at the open of the candle when that is already beyond it; the vertical
    barrier at the close.

    Shape: one value per candle; above 0 where tb_label is 1, below 0 where it is -1
    Units: fraction of the entry price
    Horizon: HORIZON candles
    NaN: where tb_label is
    Source: Lopez de Prado 2018, ch. 3
    """
    return tb_exits["return"]


def _exits(
    open: pd.Series,
    high: pd.Series,
    low: pd.Series,
    close: pd.Series,
    ts: pd.Series,
    width: pd.Series,
    *,
    profit: float,
    stop: float,
    horizon: int,
) -> pd.DataFrame:
    """Exits for barriers at ``profit`` and ``stop`` multiples of ``width``; a multiple of 0 disables its barrier."""
    if profit < 0 or stop < 0 or horizon < 1:
        raise ValueError(
            f"profit={profit}, stop={stop}, horizon={horizon}: multiples are 0 or more, the horizon 1 or more"
        )
    entry, atr = close.to_numpy(float), width.to_numpy(float)
    upper = entry + profit * atr if profit else np.full_like(entry, np.inf)
    lower = entry - stop * atr if stop else np.full_like(entry, -np.inf)
    label, after = _first_touch(high.to_numpy(float), low.to_numpy(float), upper, lower, horizon)

    row = np.arange(len(entry))
    known = (atr > 0) & ((label != 0) | (row + horizon < len(entry)))
    end = np.where(known, row + after, row)
    at_open = open.to_numpy(float)[end]
    price = np.select(
        [label > 0, label < 0], [np.maximum(upper, at_open), np.minimum(lower, at_open)], default=entry[end]
    )
    exits = {
        "label": pd.Series(label.astype(float), index=close.index),
        "touch_time": pd.Series(ts.array[end], index=close.index),
        "return": pd.Series(price / entry - 1.0, index=close.index),
    }
    return pd.DataFrame({name: column.where(known) for name, column in exits.items()})


def _first_touch(
    high: np.ndarray, low: np.ndarray, upper: np.ndarray, lower: np.ndarray, horizon: int
) -> tuple[np.ndarray, np.ndarray]:
    """Per row, the barrier touched first within ``horizon`` candles (0 for none) and after how many candles.

    One pass over all rows per candle of the horizon: the cost is horizon * rows, without a loop over rows.
    """
    n = len(high)
    label = np.zeros(n, dtype=np.int64)
    after = np.full(n, horizon, dtype=np.int64)
    for k in range(1, min(horizon, n - 1) + 1):
        waiting = label[:-k] == 0
        stopped = waiting & (low[k:] < lower[:-k])
        profited = waiting & ~stopped & (high[k:] > upper[:-k])
        label[:-k] += profited.astype(np.int64) - stopped
        after[:-k][stopped | profited] = k
    return label, after
