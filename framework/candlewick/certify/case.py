"""What is certified: an exported file, the candles it is tried on, and, where it is at hand, its project."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from candlewick.program import run
from candlewick.run.streamed import candle_array
from candlewick.store.files import passing_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import pandas as pd

    from candlewick.artifact import Artifact, Payload
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

    ``fitting`` is the project as it is now, ``expected`` what it would export; None where only the file is at hand.
    """

    path: Path
    artifact: Artifact
    candles: Mapping[str, pd.DataFrame]
    pieces: tuple[Piece, ...]
    fitting: Fitting | None = None
    expected: Payload | None = None

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
        return int(self.arrays[symbol][self.program.columns.index("ts"), row])

    def state(self, symbol: str, row: int) -> Floats:
        """The state after the first ``row`` candles, by blocks."""
        return self.batch(symbol, np.empty(0, np.int64), row)[1]

    def batch(self, symbol: str, rows: np.ndarray[Any, np.dtype[np.int64]], stop: int) -> tuple[Floats, Floats]:
        """Every result at some sorted candles, (results, rows), and the state after the first ``stop`` ones."""
        state = np.array(self.program.initial())
        found = [np.empty((len(self.program.results), 0))]
        for start in range(0, stop, CHUNK):
            part = self.arrays[symbol][:, start : min(start + CHUNK, stop)]
            results, states = run(self.program, {symbol: part}, states={symbol: state})
            state = states[symbol]
            found.append(results[symbol][:, rows[(rows >= start) & (rows < start + part.shape[1])] - start])
        return np.concatenate(found, axis=1), state

    def exported(self, symbol: str) -> Floats | None:
        """The results at the candle after which a symbol's state is in the file; None for candles drawn at random."""
        state = self.artifact.payload.symbols[symbol]
        times = self.arrays[symbol][self.program.columns.index("ts")]
        row = int(np.searchsorted(times, state.ts))
        if self.fitting is None or row == len(times) or times[row] != state.ts:
            return None
        return self.batch(symbol, np.array([row]), row + 1)[0][:, 0]

    @contextmanager
    def folder(self) -> Iterator[Path]:
        """A folder for what passes between processes, gone at the end."""
        with passing_folder("wick-certify") as folder:
            yield folder


def seed(artifact: Artifact) -> int:
    """Where candles are picked: nobody knows before the file is written, and everybody the same after."""
    return int(artifact.payload_hash[:12], 16)


def cut_pieces(lengths: Mapping[str, int], budget: int, start_at: int) -> Iterator[Piece]:
    """All candles of every symbol where ``budget`` in total allows that; else the first, the last, some in between.

    >>> for piece in cut_pieces({"a": 100, "b": 6}, 24, 1):
    ...     print(piece)
    Piece(symbol='a', start=0, stop=4)
    Piece(symbol='a', start=47, stop=51)
    Piece(symbol='a', start=96, stop=100)
    Piece(symbol='b', start=0, stop=6)
    """
    generator = np.random.default_rng(start_at)
    share = budget // max(len(lengths), 1)
    for symbol, length in lengths.items():
        if not length:
            continue
        if length <= share:
            yield Piece(symbol, 0, length)
        else:
            size = max(share // 3, 1)
            between = int(generator.integers(size, max(length - 2 * size, size + 1)))
            yield from (Piece(symbol, start, start + size) for start in (0, between, length - size))


def same_bits(left: Floats, right: Floats) -> bool:
    """Whether two arrays are the same numbers to the last bit; NaN is NaN, 0.0 is not -0.0."""
    return bool((_bits(left) == _bits(right)).all()) if left.shape == right.shape else False


def unequal_bits(left: Floats, right: Floats) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Where two arrays of one shape differ in any bit; NaN is NaN."""
    return np.asarray(_bits(left) != _bits(right))


def _bits(values: Floats) -> np.ndarray[tuple[int, ...], np.dtype[np.uint64]]:
    return np.where(np.isnan(values), np.nan, values).astype(np.float64).view(np.uint64)
