from __future__ import annotations

import hashlib
import math
import struct

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from candlewick.candles import COLUMNS
from candlewick.store.candles import data_versions, month_versions
from candlewick.store.versions import Month, month_hashes

from ..effort import examples
from .conftest import HEADER, day


def by_hand(rows):
    """The definition, one row after another."""
    digest = hashlib.blake2b(digest_size=16)
    for ts, *numbers in rows:
        digest.update(struct.pack("<q5d", ts, *(math.nan if math.isnan(number) else number for number in numbers)))
    return digest.hexdigest()


def each_by_hand(rows):
    """The same for one column after another."""
    hashes = []
    for place, pattern in enumerate(("<q", *["<d"] * 5)):
        digest = hashlib.blake2b(digest_size=16)
        for row in rows:
            value = row[place]
            digest.update(struct.pack(pattern, math.nan if value != value else value))  # noqa: PLR0124
        hashes.append(digest.hexdigest())
    return "".join(hashes)


def columns(rows):
    turned = list(zip(*rows, strict=True))
    return {"ts": np.array(turned[0], dtype=np.int64)} | {
        name: np.array(column, dtype=float) for name, column in zip(COLUMNS, turned[1:], strict=True)
    }


numbers = st.floats(allow_nan=False, allow_infinity=False)


@given(
    st.lists(st.tuples(st.integers(-(10**12), 2 * 10**12), *[numbers] * 4, st.one_of(numbers, st.just(math.nan))),
             min_size=1, max_size=30, unique_by=lambda row: row[0])
)  # fmt: skip
@examples(50)
def test_the_definition(rows):
    rows = sorted(rows)
    months = {}
    for row in rows:
        months.setdefault(int(np.datetime64(row[0], "ms").astype("datetime64[M]").astype(int)), []).append(row)
    assert list(month_hashes(columns(rows))) == [
        Month(month, by_hand(found), each_by_hand(found), len(found), found[0][0], found[-1][0])
        for month, found in sorted(months.items())
    ]


def test_nan_has_one_pattern():
    other = np.array([0xFFF8000000000001], dtype=np.uint64).view(np.float64)
    one, two = (columns([(0, 1, 1, 1, 1, 0.0)]) | {"volume": np.array([nan])} for nan in (np.nan, other[0]))
    assert list(month_hashes(one)) == list(month_hashes(two))


def test_no_candles_no_months():
    assert list(month_hashes({name: np.array([]) for name in ("ts", *COLUMNS)})) == []


def test_the_store_keeps_a_hash_for_every_symbol_and_month(folder):
    folder.set(gaps="allow").write("seeds/A.csv", HEADER + day(1) + "2020-02-01,10,12,9,11,5\n")
    folder.write("seeds/B.csv", HEADER + day(1))
    folder.ingest()
    months = month_versions(folder.store)
    assert list(months) == [("A", 600), ("A", 601), ("B", 600)]
    assert months["A", 600] == by_hand([(1_577_836_800_000, 10.0, 12.0, 9.0, 11.0, 5.0)])
    assert months["A", 600] == months["B", 600]
    versions = data_versions(folder.store)
    assert list(versions) == ["A", "B"]
    assert versions["A"] != versions["B"]


def test_a_new_month_leaves_the_others_alone(folder):
    folder.set(gaps="allow").write("seeds/A.csv", HEADER + day(1))
    folder.ingest()
    before = month_versions(folder.store)
    folder.write("seeds/A.csv", HEADER + day(1) + "2020-02-01,10,12,9,11,5\n")
    folder.ingest()
    after = month_versions(folder.store)
    assert {key: after[key] for key in before} == before
    assert len(after) == 2
