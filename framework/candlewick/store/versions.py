"""Data versions: content hashes of the candles of every symbol and UTC month, whole and by column."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from candlewick.candles import COLUMNS
from candlewick.store.frames import floats

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

_RECORD = np.dtype([("ts", "<i8"), *((name, "<f8") for name in COLUMNS)])


_HASH = 32  # characters of one hash


@dataclass(frozen=True)
class Month:
    """The candles of one symbol in one UTC month (counted from January 1970); times in milliseconds since 1970.

    ``version`` hashes the rows, ``columns`` each column: six hashes one after the other, of ts and the values.
    """

    month: int
    version: str
    columns: str
    candles: int
    first_ts: int
    last_ts: int

    def of(self, names: Collection[str]) -> str:
        """The hashes of some columns; that of the times is always among them, for every value stands at one."""
        places = [place for place, name in enumerate(("ts", *COLUMNS)) if name == "ts" or name in names]
        return "".join(self.columns[place * _HASH : (place + 1) * _HASH] for place in places)


def month_hashes(columns: Mapping[str, Any]) -> Iterator[Month]:
    """The months of one symbol's candles.

    ``columns`` are ts (milliseconds, sorted), open, high, low, close, volume. The hash is BLAKE2b-128 over the rows as
    little-endian bytes, int64 and five float64, with one pattern of bits for NaN.
    """
    records = np.empty(len(columns["ts"]), dtype=_RECORD)
    records["ts"] = columns["ts"]
    for name in COLUMNS:
        values = floats(columns[name])
        records[name] = np.where(np.isnan(values), np.nan, values)
    months = records["ts"].astype("datetime64[ms]").astype("datetime64[M]").astype(np.int64)
    edges = [0, *(np.flatnonzero(np.diff(months)) + 1).tolist(), len(months)]
    for start, end in pairwise(edges):
        if start < end:
            rows = records[start:end]
            by_column = "".join(_hash(rows[name]) for name in ("ts", *COLUMNS))
            first, last = int(rows["ts"][0]), int(rows["ts"][-1])
            yield Month(int(months[start]), _hash(rows), by_column, end - start, first, last)


def _hash(rows: Any) -> str:
    return hashlib.blake2b(rows.tobytes(), digest_size=_HASH // 2).hexdigest()
