"""Candles as arrays: what `warm_up` accepts, in one form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from candlewick.candles import COLUMNS
from candlewick.errors import CandleError

if TYPE_CHECKING:
    Floats = np.ndarray[Any, np.dtype[np.float64]]
    Integers = np.ndarray[Any, np.dtype[np.int64]]

RECORD = ("ts", *COLUMNS)
"""The six numbers of a candle, in order."""


def history(candles: Any) -> tuple[Integers, Floats]:
    """Open times in milliseconds since 1970, and the five numbers of each candle.

    ``candles`` is a mapping of six arrays (or a DataFrame with those columns), or an iterable of candles.

    Shape: (candles,) and (candles, 5)

    Errors: CandleError ``candles-not-numbers``
    """
    try:
        if hasattr(candles, "keys"):
            columns = [candles[name] for name in RECORD]
        else:
            columns = list(zip(*(numbers(candle) for candle in candles), strict=True)) or [()] * len(RECORD)
        values = np.stack([_floats(column) for column in columns[1:]], axis=1)
        times = _times(columns[0])
        if len(times) != len(values):
            raise ValueError(f"{len(times)} times for {len(values)} candles")  # noqa: TRY301 - one answer for all
    except (KeyError, TypeError, ValueError, OverflowError) as problem:
        raise CandleError(
            f"these are not candles: {problem!r}",
            code="candles-not-numbers",
            hint=f"give {', '.join(RECORD)} as arrays of one length, or candles of these six numbers",
        ) from None
    return times, values


def numbers(candle: Any) -> tuple[Any, ...]:
    """The six numbers of a candle: an object with these attributes, a mapping with these keys, or the numbers.

    Errors: CandleError ``candles-not-numbers``
    """
    try:
        if hasattr(candle, "keys"):
            found = tuple(candle[name] for name in RECORD)
        elif hasattr(candle, "close"):
            found = tuple(getattr(candle, name) for name in RECORD)
        else:
            found = tuple(candle)
        if len(found) != len(RECORD):
            raise ValueError(f"{len(found)} numbers")  # noqa: TRY301 - one answer for all
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise CandleError(
            f"{candle!r:.200} is not a candle: {problem!r}",
            code="candles-not-numbers",
            hint=f"give a Candle, or the six numbers {', '.join(RECORD)}",
        ) from None
    return found


def milliseconds(ts: Any) -> int:
    """A time as a whole number of milliseconds since 1970.

    Errors: ValueError for what is none
    """
    if isinstance(ts, np.datetime64):
        return int(_times([ts])[0])
    whole = int(ts)
    if whole != ts:
        raise ValueError(f"ts={ts!r} is not a whole number of milliseconds")
    return whole


def _floats(column: Any) -> Floats:
    found = np.asarray(column)
    if len(found) and found.dtype.kind not in "fiu":  # texts would be read as numbers, and None as missing
        raise ValueError(f"a column of {found.dtype}")
    return found.astype(np.float64)


def _times(column: Any) -> Integers:
    times = np.asarray(column)
    if times.dtype == object:  # times with a zone: pandas hands them over as UTC
        times = np.asarray(column, dtype="datetime64[ns]")
    whole = times.astype("datetime64[ms]") if times.dtype.kind == "M" else times.astype(np.int64)
    if not (whole == times).all():
        raise ValueError("times that are missing, or no whole numbers of milliseconds")
    return whole.astype(np.int64)
