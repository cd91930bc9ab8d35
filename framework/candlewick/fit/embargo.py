"""How long after a test a row may not be learned from: until its features no longer look back into the test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from candlewick.analyse import facts
from candlewick.analyse.facts import first, fold

if TYPE_CHECKING:
    from candlewick.trace import Graph


@dataclass(frozen=True)
class Embargo:
    """The embargo in candles, and the columns it comes from.

    ``bounded`` columns need it by their lookback, ``settling`` ones, whose lookback is unbounded, by their warm-up.
    ``anchored`` ones never settle: they look back to the first candle, and only their first value is counted.
    """

    candles: int
    bounded: tuple[str, ...]
    settling: tuple[str, ...]
    anchored: tuple[str, ...]

    @property
    def derived(self) -> str:
        """The derivation in a sentence."""
        by = [
            f"{what} of {', '.join(names)}"
            for what, names in (("lookback", self.bounded), ("warm-up", self.settling))
            if names
        ]
        never = f"; {', '.join(self.anchored)} never settle, counted from their first value" if self.anchored else ""
        return f"the longest among the columns: {' and '.join(by) or 'none looks back'}{never}"


def derive_embargo(graph: Graph) -> Embargo:
    """The embargo of what a graph computes: its longest lookback, where unbounded the warm-up.

    >>> from candlewick.trace import tracing
    >>> with tracing() as run:
    ...     close = run.input("close")
    ...     graph = run.graph({"mean": close.rolling(5).mean(), "ema": close.ewm(span=3).mean()})
    >>> derive_embargo(graph)
    Embargo(candles=20, bounded=(), settling=('ema',), anchored=())
    """
    defined = fold(graph, first)
    bounded, settling, anchored = {}, {}, {}
    for name, fact in facts(graph).items():
        if fact.lookback is not None:
            bounded[name] = fact.lookback
        elif fact.warmup is not None:
            settling[name] = fact.warmup
        else:
            anchored[name] = int(defined[graph.outputs[name].node.hash])
    candles = max([*bounded.values(), *settling.values(), *anchored.values()], default=0)
    longest = [tuple(name for name, need in part.items() if need == candles > 0) for part in (bounded, settling)]
    return Embargo(candles, longest[0], longest[1], tuple(anchored))
