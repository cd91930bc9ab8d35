"""Data versions: a content hash of the candles of every symbol and UTC month."""

from __future__ import annotations

import hashlib
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from candlewick.candles import COLUMNS
from candlewick.store.frames import floats

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_RECORD = np.dtype([("ts", "<i8"), *((name, "<f8") for name in COLUMNS)])


def month_hashes(columns: Mapping[str, Any]) -> Iterator[tuple[int, str, int, int, int]]:
    """Month (counted from January 1970), hash, number of candles, first and last time, for one symbol's candles.

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
            digest = hashlib.blake2b(records[start:end].tobytes(), digest_size=16).hexdigest()
            first, last = records["ts"][start], records["ts"][end - 1]
            yield int(months[start]), digest, end - start, int(first), int(last)
