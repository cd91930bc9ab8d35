"""What takes part: a way to compute whole columns, and a way to compute candle by candle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np

    Vector = Sequence[float] | np.ndarray
    Step = Callable[[int, float, float, float, float, float], Vector]

MINUTE = 60_000  # milliseconds between candles


@dataclass(frozen=True)
class Columns:
    """Whole columns. Only ``compute`` is timed; each tool gets and keeps the columns in its own form."""

    name: str
    features: tuple[str, ...]
    prepare: Callable[[np.ndarray], Any]
    """An array (columns, candles) of one symbol in the tool's own form."""
    compute: Callable[[list[Any]], list[Any]]
    """Every feature of each symbol."""
    read: Callable[[Any], Mapping[str, np.ndarray]]
    """One symbol's result as arrays by feature."""


@dataclass(frozen=True)
class Live:
    """Candle by candle, one symbol."""

    name: str
    features: tuple[str, ...]
    start: Callable[[np.ndarray], Step]
    """Given the candles so far, what takes ts, open, high, low, close, volume and returns the features in order."""
    share: int = 1
    """One in how many candles is measured: a slow tool is fed fewer."""


@dataclass(frozen=True)
class Absent:
    """A rival that is not installed."""

    name: str
