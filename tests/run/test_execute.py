from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest

from candlewick.run.execute import CAUSALITY_SYMBOLS, run_symbols

STOPPED = []
WORK = SimpleNamespace(dag=SimpleNamespace(stop=lambda: STOPPED.append(True)))


@pytest.mark.parametrize("threads", [1, 3])
def test_every_symbol_once_in_the_order_given(threads):
    tried, done = {}, []

    def one(work, symbol, frame, *, causality):
        tried[symbol] = causality
        return symbol

    symbols = [(f"S{number}", None) for number in range(10)]
    found = run_symbols(WORK, one, iter(symbols), threads=threads, causality=True, done=done.append)
    assert found == [symbol for symbol, _ in symbols]
    assert sorted(done) == sorted(found)
    assert [symbol for symbol in sorted(tried) if tried[symbol]] == [
        f"S{number}" for number in range(CAUSALITY_SYMBOLS)
    ]


def test_no_more_than_twice_the_threads_are_in_memory():
    taken, release = [], threading.Event()

    def candles():
        for number in range(20):
            taken.append(number)
            yield f"S{number}", None

    def one(work, symbol, frame, *, causality):
        release.wait(5)
        return symbol

    def done(_):
        assert len(taken) <= 20

    threading.Timer(0.2, lambda: (most.append(len(taken)), release.set())).start()
    most = []
    run_symbols(WORK, one, candles(), threads=2, causality=False, done=done)
    assert most == [4]
    assert len(taken) == 20


def test_a_failure_stops_the_others_and_is_raised():
    STOPPED.clear()

    def one(work, symbol, frame, *, causality):
        raise ValueError(symbol)

    with pytest.raises(ValueError, match="S"):
        run_symbols(WORK, one, iter([("S0", None), ("S1", None)]), threads=1, causality=False, done=print)
    assert STOPPED == [True]
