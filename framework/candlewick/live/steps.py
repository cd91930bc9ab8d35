"""The steps candlewick brings: update on every candle, a gate, and the features for those that pass it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from candlewick.errors import CandleError, UsageError
from candlewick.live.context import SkipReason, memory
from candlewick.program import OUTPUT

if TYPE_CHECKING:
    from candlewick.live.features import Features


class FeatureUpdate:
    """Advances the features by the candle; one that no feature should see stops here, with the error's code.

    The symbol is ``symbol``, or else the candle's own, or else the only one that was opened.
    """

    def __init__(self, features: Features, symbol: str | None = None) -> None:
        self._update = features.update
        self._symbol = _Symbol(features, symbol)

    def process(self, ctx: Any) -> Any:
        """The context; `SkipReason` with the code of the `CandleError`, the state as it was."""
        candle = ctx.candle
        try:
            self._update(self._symbol.given or getattr(candle, "symbol", "") or self._symbol.only(), candle)
        except CandleError as error:
            return SkipReason(error.code, str(error))
        return ctx


class CusumGate:
    """Lets a candle through when the log returns since the last one let through add up to more than ``h``, up or down.

    The symmetric CUSUM filter (Lopez de Prado 2018, snippet 2.4): two sums, of rises and of falls, each held at zero,
    each beginning again once it passes ``h``. The first candle has no return.

    Units: ``h`` in log return, 0.01 is about one per cent
    """

    def __init__(self, h: float, *, name: str = "cusum") -> None:
        if not h > 0 or math.isinf(h):
            raise UsageError(f"h={h!r} is no threshold", code="usage-cusum", hint="pass a log return above 0")
        self._h, self._name = float(h), f"{name} "

    def process(self, ctx: Any) -> Any:
        """The context on an event, else ``SkipReason("cusum")``."""
        close = ctx.candle.close
        if not 0.0 < close < math.inf:
            return _NO_PRICE
        kept = memory(ctx.state)
        key = self._name + getattr(ctx.candle, "symbol", "")
        now = math.log(close)
        before = kept.get(key)
        if before is None:
            kept[key] = (now, 0.0, 0.0)
            return _FIRST
        last, rise, fall = before
        move = now - last
        rise, fall = rise + move, fall + move
        event = rise > self._h or fall < -self._h
        kept[key] = (now, rise if 0.0 < rise <= self._h else 0.0, fall if -self._h <= fall < 0.0 else 0.0)
        return ctx if event else _QUIET


class FeatureEngineeringStep:
    """Puts the features of the last candle into ``ctx.features``, once they are warmed up."""

    def __init__(self, features: Features, symbol: str | None = None, *, stage: str = OUTPUT) -> None:
        self._stream, self._stage = features.stream, stage
        self._needed = features.artifact.payload.warm_up(stage)
        self._symbol = _Symbol(features, symbol)

    def process(self, ctx: Any) -> Any:
        """The context with ``features``; ``SkipReason("warming_up")`` before they are to be trusted."""
        symbol = self._symbol.given or getattr(ctx.candle, "symbol", "") or self._symbol.only()
        stream = self._stream(symbol)
        if stream.candles <= self._needed:
            detail = f"{stream.symbol}: {stream.candles} candles seen, trusted from {self._needed + 1} on"
            return SkipReason("warming_up", detail)
        ctx.features = stream.emit(self._stage)
        return ctx


class _Symbol:
    """The symbol a step was given, or the only one that is open."""

    def __init__(self, features: Features, symbol: str | None) -> None:
        self.given = symbol
        self._features = features

    def only(self) -> str:
        opened = self._features.symbols
        if len(opened) != 1:
            raise CandleError(
                f"the candle names no symbol, and {len(opened)} are open",
                code="candles-symbol",
                hint="set candle.symbol, or give the step a symbol",
            )
        return opened[0]


_NO_PRICE = SkipReason("cusum", "the close is no price")
_FIRST = SkipReason("cusum", "the first candle has no return")
_QUIET = SkipReason("cusum", "the log returns have not added up to h")
