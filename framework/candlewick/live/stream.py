"""One symbol: its state, the time of its last candle, and the judgement of the next one."""

from __future__ import annotations

import math
import warnings
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from candlewick.candles import NO_PREVIOUS, Fault, Interval, check, describe, moment
from candlewick.errors import CandleError, WickWarning
from candlewick.live.history import RECORD, history, milliseconds
from candlewick.program import Live

if TYPE_CHECKING:
    from candlewick.artifact import Payload, SymbolState

    Floats = np.ndarray[Any, np.dtype[np.float64]]
    Integers = np.ndarray[Any, np.dtype[np.int64]]

HOLE = 1.5
"""Two candles this many intervals apart have a hole between them: the rule of ingest."""

FORGOTTEN = 10
"""The first candle after a state from elsewhere may open this many intervals later, or as late as one ever did."""


class Stream:
    """The features of one symbol, advanced candle by candle. A candle that is refused changes nothing."""

    def __init__(self, symbol: str, payload: Payload, state: SymbolState | None) -> None:
        self.symbol = symbol
        self.lock = Lock()
        self.last = NO_PREVIOUS
        """Open time of the last candle, in milliseconds since 1970; NO_PREVIOUS before the first."""
        interval = Interval.parse(payload.interval)
        self._interval, self._shortest, self._gaps = interval.milliseconds, interval.shortest, payload.gaps
        self._optional = payload.volume == "optional"
        self._live = Live(payload.program)
        self._update = self._live.update
        self._farthest: int | None = None
        """How far the next candle may lie from the last; None when that has been settled by one that came."""
        self._lived = False
        """Whether the last candle came alone, and not in a history."""
        self.candles = 0
        """Candles seen, those before the artifact was written included."""
        self._allowance = max(FORGOTTEN * self._interval, state.longest_step if state else 0)
        if state is not None:
            self.resume(state.ts, state.vector)

    def update(self, ts: int, open: float, high: float, low: float, close: float, volume: float) -> None:
        """Advance by one closed candle."""
        with self.lock:
            try:
                if not (  # what `check` finds nothing in, put so that the usual candle costs the least
                    type(ts) is int
                    and ts - self.last == self._interval
                    and 0.0 < low <= open <= high < math.inf
                    and low <= close <= high
                    and 0.0 <= volume < math.inf
                ):
                    ts = self._judge(ts, open, high, low, close, volume)
                self._update(open, high, low, close, volume, ts)
            except (TypeError, ValueError, OverflowError) as problem:
                raise self._not_numbers((ts, open, high, low, close, volume), problem) from None
            self.last, self._farthest, self._lived = ts, None, True
            self.candles += 1

    def warm_up(self, candles: Any) -> None:
        """Advance by the candles between the state and now: all of them, or none."""
        times, values = history(candles)
        if not len(times):
            return
        with self.lock:
            self._judge_history(times, values)
            for ts, row in zip(times.tolist(), values.tolist(), strict=True):
                self._update(*row, ts)
            self.last, self._farthest, self._lived = int(times[-1]), None, False
            self.candles += len(times)

    def emit(self, stage: str) -> Floats:
        """The features of the last candle."""
        with self.lock:
            return self._live.emit(stage)

    def state(self) -> tuple[int, Floats]:
        """The time of the last candle, and the state as one vector."""
        with self.lock:
            return self.last, self._live.snapshot()

    def resume(self, ts: int, vector: Floats) -> None:
        """Go on from what `state` gave."""
        with self.lock:
            self._live.restore(vector)
            self.last, self._farthest, self._lived = ts, self._allowance, False
            self.candles = self._live.candles

    def reset(self) -> None:
        """Begin without a past."""
        with self.lock:
            self._live.restore(np.array(self._live.program.initial()))
            self.last, self._farthest, self._lived, self.candles = NO_PREVIOUS, None, False, 0

    def _judge(self, ts: Any, open: float, high: float, low: float, close: float, volume: float) -> int:
        """The time of a candle that is sound and comes when it should."""
        time = milliseconds(ts)
        fault = check(time, open, high, low, close, volume, self.last, self._shortest, self._optional)
        if fault:
            raise self._refusal(fault, time, (open, high, low, close, volume))
        if self.last != NO_PREVIOUS:
            self._judge_step(self.last, time)
        return time

    def _judge_history(self, times: Integers, values: Floats) -> None:
        before = np.concatenate([[self.last], times[:-1]])
        opened, high, low, close, volume = values.T
        faults = check(times, opened, high, low, close, volume, before, self._shortest, self._optional)
        if self._lived and times[0] <= self.last:
            raise CandleError(
                f"{self.symbol}: a history that begins at {moment(times[0])} came after the live candle of "
                f"{moment(self.last)}",
                code="candles-late-history",
                hint="call warm_up before the first update; restore a snapshot, or reset the symbol, to begin again",
            )
        for at in np.flatnonzero(faults)[:1].tolist():
            raise self._refusal(int(faults[at]), int(times[at]), tuple(values[at].tolist()), int(before[at]))
        for at in np.flatnonzero((times - before >= HOLE * self._interval) & (before != NO_PREVIOUS)).tolist():
            self._judge_step(int(before[at]), int(times[at]))

    def _judge_step(self, before: int, ts: int) -> None:
        """Refuse a step that the project's policy for gaps refuses, or that skips candles nobody has told of."""
        step = ts - before
        if step < HOLE * self._interval:
            return
        missing = f"{round(step / self._interval) - 1:,} candles are missing between {moment(before)} and {moment(ts)}"
        if before == self.last and self._farthest is not None and step > self._farthest:
            raise CandleError(
                f"{self.symbol}: {missing}: the state that was loaded ends at the first, and no history has come since",
                code="candles-no-history",
                hint=f"warm_up({self.symbol!r}, candles since then), or reset({self.symbol!r}) to begin without a past",
            )
        if self._gaps == "error":
            raise CandleError(
                f"{self.symbol}: {missing}, and the project refuses gaps",
                code="candles-gap",
                hint=f"fetch them and give them to warm_up({self.symbol!r}, ...) first",
            )
        if self._gaps == "warn":
            warnings.warn(f"{self.symbol}: {missing}", WickWarning, stacklevel=5)

    def _refusal(self, fault: int, ts: int, values: tuple[float, ...], before: int | None = None) -> CandleError:
        what, hint = describe(fault)
        last = self.last if before is None else before
        names = ", ".join(f"{name} {value!r}" for name, value in zip(RECORD[1:], values, strict=True))
        first = next(each for each in Fault if fault & each)
        if first in Fault.DUPLICATE | Fault.OUT_OF_ORDER and last == self.last:
            told = "live candle" if self._lived else "candle of the history or the artifact"
            what, hint = f"{what}: the last {told} opened at {moment(last)}", "deliver each candle once, in order"
        return CandleError(
            f"{self.symbol} {moment(ts)}: {what} ({names})",
            code=f"candles-{str(first.name).lower().replace('_', '-')}",
            hint=hint,
        )

    def _not_numbers(self, values: tuple[Any, ...], problem: Exception) -> CandleError:
        named = ", ".join(f"{name} {value!r:.40}" for name, value in zip(RECORD, values, strict=True))
        return CandleError(
            f"{self.symbol}: {named} is not a candle: {problem}",
            code="candles-not-numbers",
            hint="give ts in milliseconds since 1970, and five floats; a volume that is not known is nan",
        )
