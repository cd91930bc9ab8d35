"""Average uniqueness: how much of a label is its own, and not shared with labels that run at the same time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

NEVER = np.iinfo(np.int64).min  # a row without a label; it is what NaT is as an integer


def concurrency(times: NDArray[np.int64], touch: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many labels run at each candle of one symbol: those with t0 <= t <= t1.

    Shape: ``times`` are the sorted open times of all candles, ``touch`` each row's touch time or NEVER

    Source: Lopez de Prado 2018, section 4.3

    >>> concurrency(np.array([0, 1, 2, 3]), np.array([2, 1, NEVER, 3])).tolist()
    [1, 2, 1, 1]
    """
    first, after = _spans(times, touch)
    size = len(times) + 1
    steps = np.bincount(first, minlength=size) - np.bincount(after, minlength=size)
    return np.cumsum(steps[:-1])


def uniqueness(times: NDArray[np.int64], touch: NDArray[np.int64]) -> NDArray[np.float64]:
    """Mean of one over the concurrency, along each label of one symbol.

    Shape: one value per row, above 0 and at most 1; NaN for rows without a label

    Labels of different symbols share no candles: each symbol is asked for on its own. The cost is linear in the rows.

    Source: Lopez de Prado 2018, section 4.4

    >>> uniqueness(np.array([0, 1, 2, 3]), np.array([1, 2, NEVER, 3])).tolist()
    [0.75, 0.75, nan, 1.0]
    """
    first, after = _spans(times, touch)
    count = concurrency(times, touch)
    share = np.divide(1.0, count, out=np.zeros(len(times)), where=count > 0)
    total = np.concatenate([[0.0], np.cumsum(share)])
    result = np.full(len(times), np.nan)
    result[first] = (total[after] - total[first]) / (after - first)
    return result


def _spans(times: NDArray[np.int64], touch: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The rows that have a label, and for each the candle after its last one."""
    if len(times) != len(touch):
        raise ValueError(f"{len(times)} candles and {len(touch)} touch times")
    first = np.flatnonzero(touch != NEVER)
    after = np.searchsorted(times, touch[first], side="right")
    if (after <= first).any():
        raise ValueError("a label ends before it starts")
    return first, after
