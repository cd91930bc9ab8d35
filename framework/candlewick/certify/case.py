"""What is certified: an exported file, the candles it is tried on, and, where it is at hand, its project."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from candlewick.program import run
from candlewick.run.streamed import candle_array

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import pandas as pd

    from candlewick.artifact import Artifact
    from candlewick.program import Program
    from candlewick.program.layout import Floats
    from candlewick.run.fitting import Fitting

CHUNK = 20_000
"""Candles computed at a time where only the state, or a few rows, are wanted: memory stays bounded."""


@dataclass(frozen=True)
class Piece:
    """A stretch of one symbol's candles that is also fed one by one."""

    symbol: str
    start: int
    stop: int


@dataclass(frozen=True, eq=False)
class Case:
    """An exported file, candles by symbol from the first on, and the pieces of them to feed one by one.

    ``fitting`` is the project as it is now; None where only the file is at hand.
    """

    path: Path
    artifact: Artifact
    candles: Mapping[str, pd.DataFrame]
    pieces: tuple[Piece, ...]
    fitting: Fitting | None = None

    @property
    def program(self) -> Program:
        """The program in the file."""
        return self.artifact.payload.program

    @cached_property
    def arrays(self) -> dict[str, Floats]:
        """The candles as the program reads them: one row per column."""
        return {symbol: candle_array(self.program.columns, frame) for symbol, frame in self.candles.items()}

    def time(self, symbol: str, row: int) -> int:
        """The open time of a candle, in milliseconds since 1970."""
        return int(self.candles[symbol].index[row].timestamp() * 1000)

    def state(self, symbol: str, row: int) -> Floats:
        """The state after the first ``row`` candles, by blocks."""
        state = np.array(self.program.initial())
        for start in range(0, row, CHUNK):
            part = self.arrays[symbol][:, start : min(start + CHUNK, row)]
            state = run(self.program, {symbol: part}, states={symbol: state})[1][symbol]
        return state


def cut_pieces(lengths: Mapping[str, int], budget: int) -> Iterator[Piece]:
    """The beginning and the end of every symbol, all of it where ``budget`` candles in total allow that.

    >>> list(cut_pieces({"a": 100, "b": 6}, 20))
    [Piece(symbol='a', start=0, stop=5), Piece(symbol='a', start=95, stop=100), Piece(symbol='b', start=0, stop=6)]
    """
    share = budget // max(len(lengths), 1)
    for symbol, length in lengths.items():
        if not length:
            continue
        if length <= share:
            yield Piece(symbol, 0, length)
        else:
            yield Piece(symbol, 0, share // 2)
            yield Piece(symbol, length - share // 2, length)


def same_bits(left: Floats, right: Floats) -> bool:
    """Whether two arrays are the same numbers to the last bit; NaN is NaN, 0.0 is not -0.0."""
    return bool((_bits(left) == _bits(right)).all()) if left.shape == right.shape else False


def unequal_bits(left: Floats, right: Floats) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Where two arrays of one shape differ in any bit; NaN is NaN."""
    return np.asarray(_bits(left) != _bits(right))


def _bits(values: Floats) -> np.ndarray[tuple[int, ...], np.dtype[np.uint64]]:
    return np.where(np.isnan(values), np.nan, values).astype(np.float64).view(np.uint64)
