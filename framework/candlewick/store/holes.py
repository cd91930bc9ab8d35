"""Holes and jumps between candles: gaps told from regular closures, and prices that look like unadjusted splits."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from candlewick.candles import HOUR
from candlewick.store.candles import Gaps

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from candlewick.candles import Interval

    Times = NDArray[np.int64]

_DAY = 24 * HOUR
_WEEK = 7 * _DAY

_RECURS = 0.2
"""A hole at one time of the week is a closure when this share of the weeks has it; summer time halves the share."""

JUMP = 1.4
"""The least factor between a close and the next open that is looked at as a possible split."""

_NEAR = 0.03


def describe_holes(symbol: str, before: Times, after: Times, first: int, last: int, interval: Interval) -> Gaps:
    """The holes of one symbol between candles opening at ``before`` and ``after`` (milliseconds since 1970, sorted).

    A hole is a regular closure, and no gap, when a hole as long begins at the same time of the week in at least a
    fifth of all weeks (an hour's difference is summer time). Daily candles that are usually not there at weekends miss
    only the working days.
    """
    weeks = max(1.0, (last - first) / _WEEK)
    missing = np.rint((after - before) / interval.milliseconds).astype(np.int64) - 1
    regular = _regular(before, missing, weeks, interval)
    if interval.milliseconds == _DAY:
        working = _working_days(before, after)
        if np.count_nonzero(working == 0) >= weeks / 2:
            missing, regular = working, working == 0
    starts, lost = before[~regular], missing[~regular]
    if not len(starts):
        return Gaps(symbol, 0, 0, int(regular.sum()), None, 0, None, 0)
    worst = int(np.argmax(lost))
    return Gaps(
        symbol,
        len(starts),
        int(lost.sum()),
        int(regular.sum()),
        int(starts[0]),
        int(lost[0]),
        int(starts[worst]),
        int(lost[worst]),
    )


def _regular(before: Times, missing: Times, weeks: float, interval: Interval) -> NDArray[np.bool_]:
    slots = list(zip((before % _WEEK).tolist(), missing.tolist(), strict=True))
    counted = Counter(slots)
    known = {slot for slot, count in counted.items() if count >= max(2, _RECURS * weeks)}
    shifts = (0, HOUR, -HOUR) if interval.milliseconds <= HOUR else (0,)

    def recurs(start: int, lost: int) -> bool:
        return any(
            ((start + late) % _WEEK, lost + longer // interval.milliseconds) in known
            for late in shifts
            for longer in shifts
        )

    return np.array([recurs(*slot) for slot in slots], dtype=bool)


def _working_days(before: Times, after: Times) -> Times:
    """How many days from Monday to Friday lie between; noon decides the day, wherever midnight is."""
    days = [((times + _DAY // 2) // _DAY).astype("datetime64[D]") for times in (before, after)]
    return np.busday_count(days[0] + 1, days[1]).astype(np.int64)


def split_ratio(close: float, open: float) -> str:
    """The split that a close followed by such an open looks like, e.g. ``4:1``; empty when it looks like none.

    >>> split_ratio(100.0, 25.2), split_ratio(10.0, 200.0), split_ratio(100.0, 71.0)
    ('4:1', '1:20', '')
    """
    factor = max(close / open, open / close)
    if factor < JUMP:
        return ""
    ratio = 1.5 if abs(factor / 1.5 - 1) <= _NEAR else float(round(factor))
    if abs(factor / ratio - 1) > _NEAR or ratio == 1.0:
        return ""
    shares = ("3", "2") if ratio == 1.5 else (f"{ratio:.0f}", "1")  # noqa: PLR2004 - three for two
    return ":".join(shares if close > open else reversed(shares))
