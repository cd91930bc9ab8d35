"""The features of many symbols, live: what `load(...).open(...)` gives."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any

from candlewick.candles import NO_PREVIOUS, Candle
from candlewick.errors import CandleError, UsageError, nearest
from candlewick.live import snapshots
from candlewick.live.history import numbers
from candlewick.live.stream import Stream
from candlewick.program import OUTPUT, STAGES

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np

    from candlewick.artifact import Artifact, Column

    Floats = np.ndarray[Any, np.dtype[np.float64]]

_ABSENT: Any = object()  # what is not given


class Features:
    """Every symbol's features: `update` on every candle, `emit` when they are wanted.

    A symbol in the artifact resumes from its state there, any other begins without a past. Two threads may work on two
    symbols at a time; on one symbol they take turns.

    Errors: CandleError, with the state as it was, for a candle that no feature should see and for an unknown symbol
    """

    def __init__(self, artifact: Artifact, symbols: Iterable[str] | None) -> None:
        self.artifact = artifact
        self._lock = Lock()
        self._any = symbols is None
        self._streams: dict[str, Stream] = {}
        for symbol in dict.fromkeys(symbols or ()):
            self._add(symbol)

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols that can be updated; with ``open(symbols=None)`` those of the artifact and those that came."""
        known = [*self.artifact.payload.symbols] if self._any else []
        return tuple(dict.fromkeys([*known, *self._streams]))

    def columns(self, stage: str = OUTPUT) -> tuple[Column, ...]:
        """What is known of each column of a stage, in the order of `emit`."""
        return self.artifact.payload.columns(_stage(stage))

    def names(self, stage: str = OUTPUT) -> tuple[str, ...]:
        """The names of a stage's columns, in the order of `emit`."""
        return tuple(column.name for column in self.columns(stage))

    def update(
        self,
        symbol: str,
        candle: Any,
        open: float = _ABSENT,
        high: float = _ABSENT,
        low: float = _ABSENT,
        close: float = _ABSENT,
        volume: float = _ABSENT,
    ) -> None:
        """Advance a symbol by one closed candle: a `Candle`, anything with its six numbers, or the numbers themselves.

        Units: ts is the open time in milliseconds since 1970
        """
        stream = self._streams.get(symbol) or self._unopened(symbol)  # as `stream` does, without a call
        if type(candle) is Candle:
            stream.update(candle.ts, candle.open, candle.high, candle.low, candle.close, candle.volume)
        elif volume is not _ABSENT:
            stream.update(candle, open, high, low, close, volume)
        else:
            rest = [number for number in (open, high, low, close) if number is not _ABSENT]
            stream.update(*numbers((candle, *rest) if rest else candle))

    def warm_up(self, symbol: str, candles: Any) -> None:
        """Advance a symbol by the candles after its state and before the first live one; all of them, or none.

        ``candles`` is a mapping of six arrays (ts, open, high, low, close, volume), or an iterable of candles.
        """
        self.stream(symbol).warm_up(candles)

    def emit(self, symbol: str, stage: str = OUTPUT) -> Floats:
        """The values of the last candle, as the batch has them: NaN where pandas has NaN, warmed up or not.

        Shape: one float64 per column of the stage, a new vector each time
        """
        stream = self._streams.get(symbol) or self._unopened(symbol)
        return stream.emit(stage if stage in STAGES else _stage(stage))

    def warmed_up(self, symbol: str, stage: str = OUTPUT) -> bool:
        """Whether the last candle is past the warm-up of every column of the stage."""
        return self.candles(symbol) > self.artifact.payload.warm_up(_stage(stage))

    def candles(self, symbol: str) -> int:
        """Candles a symbol has seen, those before the artifact was written included."""
        return self.stream(symbol).candles

    def last(self, symbol: str) -> int | None:
        """Open time of a symbol's last candle, in milliseconds since 1970; None before the first."""
        ts = self.stream(symbol).last
        return None if ts == NO_PREVIOUS else ts

    def reset(self, symbol: str) -> None:
        """Forget what a symbol has seen, the artifact's state included: it begins without a past."""
        self.stream(symbol).reset()

    def snapshot(self) -> bytes:
        """The state of every symbol that was opened; `restore` resumes from it bit for bit."""
        with self._lock:
            streams = dict(self._streams)
        return snapshots.encode(self.artifact.payload, {name: stream.state() for name, stream in streams.items()})

    def restore(self, snapshot: bytes) -> None:
        """Resume the symbols of a snapshot, all of them or none; symbols that are not in it stay as they are.

        Errors: ArtifactError ``snapshot-damaged``, ``snapshot-newer``, ``snapshot-program`` (of another artifact)
        """
        states = snapshots.decode(self.artifact.payload, snapshot)
        streams = {name: self.stream(name) for name in states}
        for name, (ts, vector) in states.items():
            streams[name].resume(ts, vector)

    def stream(self, symbol: str) -> Stream:
        """One symbol's features, for steps that look a symbol up once.

        Errors: CandleError ``candles-symbol``
        """
        return self._streams.get(symbol) or self._unopened(symbol)

    def _unopened(self, symbol: str) -> Stream:
        if not self._any:
            hint = nearest(str(symbol), self._streams) or "name it in open(symbols=[...]); None takes every symbol"
            raise CandleError(f"the symbol {symbol!r} was not opened", code="candles-symbol", hint=hint)
        with self._lock:
            return self._streams.get(symbol) or self._add(symbol)

    def _add(self, symbol: str) -> Stream:
        state = self.artifact.payload.symbols.get(symbol)
        stream = self._streams[symbol] = Stream(symbol, self.artifact.payload, state)
        return stream


def _stage(stage: str) -> str:
    if stage not in STAGES:
        raise UsageError(
            f"there is no stage {stage!r}", code="usage-stage", hint=nearest(str(stage), STAGES) or " or ".join(STAGES)
        )
    return stage
