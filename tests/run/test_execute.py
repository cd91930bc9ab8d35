from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest

from candlewick.run.execute import CAUSALITY_SYMBOLS, run_symbols

STOPPED = []
WORK = SimpleNamespace(dag=SimpleNamespace(stop=lambda: STOPPED.append(True)))


def task(symbol, *, builds=True):
    return SimpleNamespace(symbol=symbol, builds=builds, decisions=("something",))


@pytest.mark.parametrize("threads", [1, 3])
def test_every_symbol_once_in_the_order_given(threads):
    tried, done = {}, []

    def one(work, task, candles, *, causality):
        tried[task.symbol] = causality
        return task.symbol

    tasks = [(task(f"S{number}", builds=number != 1), None) for number in range(10)]
    found = run_symbols(WORK, one, iter(tasks), threads=threads, causality=True, done=done.append)
    assert found == [task.symbol for task, _ in tasks]
    assert sorted(done) == sorted(found)
    assert [symbol for symbol in sorted(tried) if tried[symbol]] == [
        f"S{number}" for number in range(CAUSALITY_SYMBOLS + 1) if number != 1
    ]


def test_no_more_than_twice_the_threads_are_in_memory():
    taken, release = [], threading.Event()

    def candles():
        for number in range(20):
            taken.append(number)
            yield task(f"S{number}"), None

    def one(work, task, candles, *, causality):
        release.wait(5)
        return task.symbol

    def done(_):
        assert len(taken) <= 20

    threading.Timer(0.2, lambda: (most.append(len(taken)), release.set())).start()
    most = []
    run_symbols(WORK, one, candles(), threads=2, causality=False, done=done)
    assert most == [4]
    assert len(taken) == 20


def test_a_failure_stops_the_others_and_is_raised():
    STOPPED.clear()

    def one(work, task, candles, *, causality):
        raise ValueError(task.symbol)

    with pytest.raises(ValueError, match="S"):
        run_symbols(WORK, one, iter([(task("S0"), None), (task("S1"), None)]), threads=1, causality=False, done=print)
    assert STOPPED == [True]
