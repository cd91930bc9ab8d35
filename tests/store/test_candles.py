from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from candlewick.errors import CandleError
from candlewick.store.candles import batches, candle_counts, load_candles, load_many, symbols

from .conftest import HEADER, day


def test_bulk_and_single_loading_agree(folder, monkeypatch):
    for number, symbol in enumerate("abcde", 1):
        folder.write(f"seeds/{symbol}.csv", HEADER + "".join(day(each) for each in range(1, 2 + number)))
    folder.ingest()
    whole = list(load_many(folder.store))
    monkeypatch.setattr("candlewick.store.candles.batches", lambda counts: batches(counts, most=7))
    cut = list(load_many(folder.store))
    assert [symbol for symbol, _ in cut] == list("abcde") == symbols(folder.store)
    for (symbol, one), (_, other) in zip(whole, cut, strict=True):
        pd.testing.assert_frame_equal(one, other)
        pd.testing.assert_frame_equal(one, load_candles(folder.store, symbol))
    assert [symbol for symbol, _ in load_many(folder.store, ["d", "b"])] == ["b", "d"]


def test_features_get_the_frame_they_were_promised(folder):
    folder.write("seeds/BTC.csv", HEADER + day(2) + day(1))
    folder.ingest()
    frame = load_candles(folder.store, "BTC")
    assert frame.index.dtype == "datetime64[ns, UTC]"
    assert frame.index.name == "ts"
    assert frame.index.is_monotonic_increasing
    assert frame.index.is_unique
    assert list(frame.columns) == ["open", "high", "low", "close", "volume"]
    assert (frame.dtypes == np.float64).all()


def test_the_store_is_free_between_symbols(folder):
    folder.write("seeds/A.csv", HEADER + day(1))
    folder.write("seeds/B.csv", HEADER + day(1))
    folder.ingest()
    loading = load_many(folder.store)
    next(loading)
    folder.write("seeds/C.csv", HEADER + day(1))
    assert folder.ingest().added == 1
    assert [symbol for symbol, _ in loading] == ["B"]


def test_an_unknown_symbol_names_the_nearest(folder):
    folder.write("seeds/BTC.csv", HEADER + day(1))
    folder.ingest()
    for load in (lambda: load_candles(folder.store, "BTX"), lambda: list(load_many(folder.store, ["BTC", "BTX"]))):
        with pytest.raises(CandleError, match="no candles of the symbol 'BTX'") as caught:
            load()
        assert "'BTC'" in caught.value.hint


def test_counts(folder):
    folder.set(gaps="allow").write("seeds/A.csv", HEADER + day(1) + day(2) + "2020-03-01,10,12,9,11,5\n")
    folder.ingest()
    (found,) = candle_counts(folder.store)
    assert (found.candles, found.first_ts, found.last_ts) == (3, 1_577_836_800_000, 1_583_020_800_000)


@given(st.dictionaries(st.text(), st.integers(1, 20)), st.integers(1, 30))
def test_batches_keep_order_and_size(counts, most):
    found = batches(counts, most)
    assert [name for batch in found for name in batch] == list(counts)
    assert all(batch and (len(batch) == 1 or sum(counts[name] for name in batch) <= most) for batch in found)
