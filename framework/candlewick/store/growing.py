"""Parts that grow: new rows become a new part, and small parts are taken up by it, so that there are never many."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from candlewick.store.bundles import KINDS, Piece, write_pieces
from candlewick.store.connection import cursor, quote
from candlewick.store.frames import fetch_frame
from candlewick.store.parquet import ROW_GROUP, TIME
from candlewick.store.parts import Part, fetch_parts, scan

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

FAN = 4
"""How many parts of about one size become one: a row is written once for each time its symbol grows so many times."""
TOGETHER = 16_000_000
"""Values that are written, and so are in memory, together."""


@dataclass(frozen=True)
class Growth:
    """New rows of one symbol, which follow those of the final parts ``before``; the first ``settled`` are final."""

    piece: Piece
    before: tuple[Part, ...] = ()
    settled: int = 0

    @property
    def rows(self) -> int:
        """New rows."""
        return len(self.piece.times)

    @property
    def taken(self) -> int:
        """How many of the last parts before are written anew with the new rows.

        As a counter carries: once there are FAN of about one size. Parts of a whole row group are left alone: readers
        gain nothing from larger ones. All are, when the types of columns have changed.
        """
        if self.before and _types_differ(self.before[-1], self.piece):
            return len(self.before)
        if not self.settled or not self.before:
            return 0
        count, size = 0, self.settled
        while True:
            alike = 0
            for part in reversed(self.before[: len(self.before) - count]):
                if part.rows >= min(FAN * size, ROW_GROUP):
                    break
                alike += 1
            if alike < FAN - 1:
                return count
            size += sum(part.rows for part in self.before[len(self.before) - count - alike : len(self.before) - count])
            count += alike


def write_growths(target: Path, model: str, group: str | None, growths: Sequence[Growth]) -> list[tuple[Part, ...]]:
    """Write the new rows of many symbols; the parts of each, with those before. What is not final is a part of its own.

    Errors: those of ``write_pieces`` and ``read_parts``.
    """
    found: list[tuple[Part, ...]] = []
    for together in _bounded(growths):
        grown = [each for each in together if each.settled or each.taken or not (each.before or each.rows)]
        final = [_cut(each, 0, each.settled) for each in grown]
        final = _with_taken(target, final)
        open_ended = [_cut(each, each.settled, each.rows) for each in together if each.settled < each.rows]
        written = _written(target, model, group, final, final=True)
        later = _written(target, model, group, open_ended, final=False)
        for each in together:
            kept = each.before[: len(each.before) - each.taken]
            symbol = each.piece.symbol
            found.append((*kept, *written.get(symbol, ()), *later.get(symbol, ())))
    return found


def _bounded(growths: Sequence[Growth]) -> Iterator[list[Growth]]:
    """Growths in their order, cut where those of a batch would hold more than TOGETHER values."""
    batch: list[Growth] = []
    room = TOGETHER
    for each in growths:
        taken = each.before[len(each.before) - each.taken :]
        values = (each.rows + sum(part.rows for part in taken)) * (len(each.piece.columns) + 1)
        if batch and values > room:
            yield batch
            batch, room = [], TOGETHER
        batch.append(each)
        room -= values
    if batch:
        yield batch


def _written(
    target: Path, model: str, group: str | None, growths: Sequence[Growth], *, final: bool
) -> dict[str, tuple[Part]]:
    if not growths:
        return {}
    parts = write_pieces(target, model, group, [each.piece for each in growths], final=final)
    return {part.symbol: (part,) for part in parts}


def _cut(growth: Growth, start: int, stop: int) -> Growth:
    """A growth with some of its new rows only."""
    piece = growth.piece
    if (start, stop) == (0, growth.rows):
        return growth
    columns = {name: _rows(column, start, stop) for name, column in piece.columns.items()}
    return replace(growth, piece=Piece(piece.symbol, piece.times[start:stop], columns))


def _rows(column: Any, start: int, stop: int) -> Any:
    return column[start:stop] if isinstance(column, np.ndarray) else column.iloc[start:stop]


def _with_taken(target: Path, growths: list[Growth]) -> list[Growth]:
    """Growths whose pieces begin with the rows of the parts they take up, which are read all at once."""
    parts = [part for each in growths for part in each.before[len(each.before) - each.taken :]]
    if not parts:
        return growths
    names = [name for name, _ in parts[0].columns]
    query = f"SELECT {', '.join(map(quote, ['symbol', 'ts', *names]))} FROM {scan(target, parts)} ORDER BY symbol, ts"
    with cursor() as connection:
        frame = fetch_parts(connection, query, fetch_frame)
    symbols = frame.pop("symbol").to_numpy()
    edges = [0, *(np.flatnonzero(symbols[1:] != symbols[:-1]) + 1).tolist(), len(symbols)]
    rows = {symbols[start]: frame.iloc[start:stop] for start, stop in pairwise(edges) if start < stop}
    return [_joined(rows[each.piece.symbol], each) if each.taken else each for each in growths]


def _joined(rows: pd.DataFrame, growth: Growth) -> Growth:
    piece = growth.piece
    times = pd.DatetimeIndex(rows["ts"]).as_unit("ms").asi8
    columns = {name: _after(rows[name], column) for name, column in piece.columns.items()}
    return replace(growth, piece=Piece(piece.symbol, np.concatenate([times, piece.times]), columns))


def _after(before: pd.Series, column: Any) -> Any:
    if isinstance(column, np.ndarray) and before.dtype == column.dtype:
        return np.concatenate([before.to_numpy(), column])
    return pd.concat([before, pd.Series(column)], ignore_index=True)


def _types_differ(before: Part, piece: Piece) -> bool:
    """Whether a column is now of another kind than it was: whole numbers that have become fractions, say."""
    kinds = {**KINDS, "M": TIME}
    held = dict(before.columns)
    return any(held[name] != kinds.get(column.dtype.kind) for name, column in piece.columns.items())
