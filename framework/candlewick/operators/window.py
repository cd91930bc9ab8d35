"""What rolling windows share: their spelling, their parameters and how they stay exact.

A window is the suffix of the last *chunk* plus the prefix of the current one. A chunk is ``window`` candles long and
starts at a phase of the symbol's candle number; when one starts, the sums over every suffix of the window so far are
laid down, and from then on candles only add to the prefix. Nothing is ever subtracted, so nothing drifts, and a bad
tick is gone the moment it leaves the window. Moments are taken about a *pivot* that is a member of every window it
serves (the first value of the chunk), which bounds cancellation whatever the level of the series, and makes a constant
window exactly constant.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from candlewick.operators.operator import Operator, Unsupported, integer, part_of_kernel

ROLLING = "x.rolling(window, min_periods=None, center=False, win_type=None, on=None, closed=None, step=None)"
APPLY = "x.rolling(window, min_periods=None).apply"
WINDOW_SAMPLES: tuple[dict[str, Any], ...] = (
    {"window": 1, "min_periods": 1},
    {"window": 4},
    {"window": 7, "min_periods": 2},
    {"window": 20, "min_periods": 20},
)


@dataclass(frozen=True)
class Window(Operator):
    """A statistic of the last ``window`` candles; missing and infinite values are left out, as in pandas."""

    klass: ClassVar[str] = "B"
    samples: ClassVar[tuple[dict[str, Any], ...]] = WINDOW_SAMPLES
    window: int = 1
    min_periods: int | None = None

    def __post_init__(self) -> None:
        """Resolve ``min_periods=None`` to the window."""
        if isinstance(self.window, str):
            raise Unsupported(
                f"rolling({self.window!r}) is a window of time",
                "count candles instead: rolling(20)",
                "trace-time-window",
            )
        if hasattr(self.window, "get_window_bounds"):
            ahead = "Forward" in type(self.window).__name__
            why = "reads later candles: it looks ahead" if ahead else "is no number of candles"
            code = "trace-looks-ahead" if ahead else "trace-unsupported-argument"
            raise Unsupported(f"rolling({type(self.window).__name__}) {why}", "count past candles: rolling(20)", code)
        object.__setattr__(self, "window", integer("window", self.window, least=1))
        least = self.window if self.min_periods is None else integer("min_periods", self.min_periods, least=0)
        if least > self.window:
            raise Unsupported(f"min_periods={least} exceeds window={self.window}", "pandas refuses it too")
        object.__setattr__(self, "min_periods", least)

    @property
    def lookback(self) -> int:
        """The window without the current candle."""
        return self.window - 1

    @property
    def reach(self) -> int:
        """One more: the candle that leaves."""
        return self.window

    @property
    def first(self) -> int:
        """Candles before there are ``min_periods``."""
        return max((self.min_periods or 0) - 1, 0)

    @property
    def needed(self) -> int:
        """Valid candles of a window below which it has no value."""
        return self.first + 1 if self.min_periods or self.first else 0

    @staticmethod
    def valid_rows(*rows: Any) -> Any:
        """Which candles of a window count, given its operands."""
        return np.logical_and.reduce([np.isfinite(values) for values in rows])

    @staticmethod
    def is_wanted(values: Any) -> bool:
        """Whether a window, missing candles included, has a value at all."""
        del values
        return True

    def exact_value(self, *pasts: Any) -> float | None:
        """The definition on the last window."""
        rows = [np.asarray(past[-self.window :], dtype=np.float64) for past in pasts]
        valid = self.valid_rows(*rows)
        if valid.sum() < self.needed or not self.is_wanted(rows[0]):
            return np.nan
        try:
            return self.definition(*(row[valid].tolist() for row in rows))
        except (OverflowError, ZeroDivisionError):
            return np.nan

    @staticmethod
    def definition(*values: Any) -> float:
        """The exact value for the valid candles of one window: what the laws hold the kernel to."""
        raise NotImplementedError


def are_there(x: Any, total: int) -> bool:
    """Whether none of the next ``total`` values is missing or infinite."""
    missing = 0
    for i in range(total):
        missing = missing if x[i] - x[i] == 0.0 else 1
    return missing == 0


def is_full(x: Any, s: Any, counts: int, window: float, n: int, lanes: int) -> bool:
    """Whether nothing is missing in a block and the windows before it, by their counts: then counts stay as they are.

    The usual block, for which kernels have a loop of its own: the same arithmetic, without a question for every value.
    """
    fewer = 0
    for lane in range(lanes):
        fewer = fewer if s[counts + lane] == window else 1
    return fewer == 0 and are_there(x, n * lanes)


@part_of_kernel
def begin_chunk(x: Any, at: int, s: Any, w: Any, window: int, lanes: int, order: int) -> float:
    """Begin a chunk in every lane: a pivot, empty prefixes, sums of powers over every suffix of the window before.

    ``s`` holds for every lane the pivot, whether it waits for a valid candle, the count and the prefixes; in ``w`` lie
    the sums of every power that the row of age 0 adds to its prefixes, then those of the row of age 1, and so on. Gives
    the number of lanes that wait.
    """
    waiting = 0.0
    for lane in range(lanes):
        value = x[at + lane]
        valid = value - value == 0.0
        begin_lane(s, lane, value if valid else latest_valid(x, at + lane, window - 1, lanes), lanes, order)
        s[lanes + lane] = 0.0 if valid else 1.0
        waiting += 0.0 if valid else 1.0
    if lanes == 1:  # the same sums in the same order as below; they wait for themselves, in the processor's registers
        lay_suffixes(x, at, w, 0, s[0], window, 0, 1, order)
        return waiting
    step = order * lanes
    last = (window - 1) * step
    for i in range(last, last + step):
        w[i] = 0.0
    for back in range(1, window):
        to = last - back * step
        for lane in range(lanes):
            value = x[at + lane - back * lanes]
            y = value - s[lane]
            y = y if value - value == 0.0 else 0.0
            w[to + lane] = w[to + step + lane] + y
            if order > 1:
                w[to + lanes + lane] = w[to + step + lanes + lane] + y * y
            if order > 2:
                w[to + 2 * lanes + lane] = w[to + step + 2 * lanes + lane] + y * y * y
            if order > 3:
                w[to + 3 * lanes + lane] = w[to + step + 3 * lanes + lane] + y * y * (y * y)
    return waiting


def begin_late(x: Any, at: int, s: Any, w: Any, lane: int, window: int, age: int, lanes: int, order: int) -> None:
    """Begin the chunk of one lane at its first valid candle, whose age is ``age``."""
    begin_lane(s, lane, x[at + lane], lanes, order)
    lay_suffixes(x, at + lane, w, lane, s[lane], window, age, lanes, order)


def begin_lane(s: Any, lane: int, pivot: float, lanes: int, order: int) -> None:
    """A pivot and empty prefixes for one lane, which waits no more."""
    s[lane] = pivot
    s[lanes + lane] = 0.0
    for power in range(order):
        s[(3 + power) * lanes + lane] = 0.0


def lay_suffixes(
    x: Any, at: int, w: Any, lane: int, pivot: float, window: int, age: int, lanes: int, order: int
) -> None:
    """Lay down the sums of powers over every suffix for one lane, except past ages, which nobody reads.

    ``x[at]`` is the row whose age in the chunk is ``age``.
    """
    to = (window - 1) * order * lanes + lane
    a = b = c = d = 0.0
    row = at - age * lanes
    for back in range(window - age):
        if back > 0:
            value = x[row - back * lanes]
            y = value - pivot if value - value == 0.0 else 0.0
            a += y
            b += y * y
            c += y * y * y
            d += y * y * (y * y)
        w[to] = a
        if order > 1:
            w[to + lanes] = b
        if order > 2:
            w[to + 2 * lanes] = c
        if order > 3:
            w[to + 3 * lanes] = d
        to -= order * lanes


def latest_valid(x: Any, at: int, rows: int, lanes: int) -> float:
    """The most recent valid value among the ``rows`` rows before ``x[at]``; 0 when there is none."""
    for back in range(1, rows + 1):
        value = x[at - back * lanes]
        if value - value == 0.0:
            return float(value)
    return 0.0


FULL = (are_there, is_full)
"""The helpers of a kernel that has a loop for blocks in which nothing is missing."""

CHUNK = (*FULL, latest_valid, begin_lane, lay_suffixes, begin_chunk, begin_late)
"""Those of one that begins chunks about a pivot as well."""
