from __future__ import annotations

import threading
from functools import partial
from types import SimpleNamespace

import pytest

from candlewick.run.execute import CAUSALITY_SYMBOLS, run_symbols

STOPPED = []
WORK = SimpleNamespace(dag=SimpleNamespace(stop=lambda: STOPPED.append(True)))


def task(symbol, *, builds=True):
    return SimpleNamespace(symbol=symbol, builds=builds, decisions=("something",))


run = partial(run_symbols, WORK)


@pytest.mark.parametrize("threads", [1, 3])
def test_every_symbol_once_in_the_order_given(threads):
    tried, done = {}, []

    def some(work, tasks):
        tried.update({task.symbol: causality for task, _, causality in tasks})
        return [task.symbol for task, *_ in tasks]

    tasks = [(task(f"S{number}", builds=number != 1), range(10)) for number in range(10)]
    found = run(some, iter(tasks), threads=threads, together=25, causality=True, done=done.append)
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
            yield task(f"S{number}"), range(10)

    def some(work, tasks):
        release.wait(5)
        return [task.symbol for task, *_ in tasks]

    def done(_):
        assert len(taken) <= 20

    threading.Timer(0.2, lambda: (most.append(len(taken)), release.set())).start()
    most = []
    run(some, candles(), threads=2, together=10, causality=False, done=done)
    assert most == [4]
    assert len(taken) == 20


@pytest.mark.parametrize("threads", [1, 4])
def test_small_symbols_are_run_together_however_many_threads_there_are(threads):
    shares = []

    def some(work, tasks):
        shares.append([len(candles) for _, candles, _ in tasks])
        return [task.symbol for task, *_ in tasks]

    sizes = [3, 4, 9, 0, 0, 2, 20, 1, 1, 8, 1]
    tasks = [(task(f"S{number}"), range(size)) for number, size in enumerate(sizes)]
    found = run(some, tasks, threads=threads, together=10, causality=False, done=lambda _: None)
    assert found == [task.symbol for task, _ in tasks]
    assert sorted(shares) == sorted([[3, 4], [9, 0, 0], [2], [20], [1, 1, 8], [1]])


def test_as_many_symbols_as_fill_the_lanes_of_a_program_are_run_together():
    shares = []

    def some(work, tasks):
        shares.append(len(tasks))
        return [task.symbol for task, *_ in tasks]

    tasks = [(task(f"S{number}"), range(10)) for number in range(30)]
    found = run(some, tasks, threads=1, together=115, causality=False, done=lambda _: None)
    assert found == [task.symbol for task, _ in tasks]
    assert shares == [8, 8, 8, 6]


def test_a_failure_stops_the_others_and_is_raised():
    STOPPED.clear()

    def some(work, tasks):
        raise ValueError(tasks[0][0].symbol)

    with pytest.raises(ValueError, match="S"):
        run(some, [(task("S0"), []), (task("S1"), [])], threads=1, together=1, causality=False, done=print)
    assert STOPPED == [True]
