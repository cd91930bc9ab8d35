from __future__ import annotations

import pytest

from candlewick.errors import CandleError, StoreError
from candlewick.store.drift import ChangedCandle, check_drift

from .conftest import HEADER, NOW, day


def drift(folder):
    before = folder.store.read_bytes()
    found = check_drift(folder.source, folder.store, now=NOW)
    assert folder.store.read_bytes() == before
    return found


def test_no_drift(folder):
    folder.write("seeds/A.csv", HEADER + day(1) + day(2))
    folder.ingest()
    found = drift(folder)
    assert (found.changed, found.new, found.vanished, found.candles) == ({}, {}, {}, ())


def test_changed_candles_are_named_with_both_values(folder):
    folder.set(volume="optional").write("seeds/A.csv", HEADER + day(1) + day(2) + day(3, "10,12,9,11,"))
    folder.write("seeds/B.csv", HEADER + day(1))
    folder.ingest()
    folder.write("seeds/A.csv", HEADER + day(1) + day(2, "10,12,9,11.5,5") + day(3))
    found = drift(folder)
    assert found.changed == {"A": 2}
    assert found.candles == (
        ChangedCandle("A", 1_577_923_200_000, (10.0, 12.0, 9.0, 11.0, 5.0), (10.0, 12.0, 9.0, 11.5, 5.0)),
        ChangedCandle("A", 1_578_009_600_000, (10.0, 12.0, 9.0, 11.0, None), (10.0, 12.0, 9.0, 11.0, 5.0)),
    )


def test_new_and_vanished_candles_are_counted(folder):
    folder.write("seeds/A.csv", HEADER + day(1) + day(2))
    gone = folder.write("seeds/B.csv", HEADER + day(1))
    folder.ingest()
    gone.unlink()
    folder.write("seeds/A.csv", HEADER + day(2) + day(3) + day(4))
    found = drift(folder)
    assert (found.changed, found.new, found.vanished) == ({}, {"A": 2}, {"A": 1, "B": 1})


def test_the_source_is_judged_as_ever(folder):
    folder.write("seeds/A.csv", HEADER + day(1))
    folder.ingest()
    folder.write("seeds/A.csv", HEADER + day(1, "0,12,9,11,5"))
    with pytest.raises(CandleError):
        drift(folder)


def test_without_a_store_there_is_nothing_to_compare(folder):
    folder.write("seeds/A.csv", HEADER + day(1))
    with pytest.raises(StoreError) as caught:
        check_drift(folder.source, folder.store, now=NOW)
    assert caught.value.code == "store-missing"
    assert not folder.store.exists()
