"""Running every symbol, some at a time."""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from candlewick.program.batch import LANES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from concurrent.futures import Future

    import pandas as pd

    from candlewick.run.task import Task
    from candlewick.run.work import SymbolRun, Work

T = TypeVar("T")
CAUSALITY_SYMBOLS = 3  # a look-ahead is in the code: a few symbols' candles show it as well as all


def run_symbols(
    work: Work,
    some: Callable[[Work, Sequence[tuple[Task, pd.DataFrame, bool]]], list[SymbolRun]],
    tasks: Iterable[tuple[Task, pd.DataFrame]],
    *,
    threads: int,
    together: int,
    causality: bool,
    done: Callable[[SymbolRun], None],
) -> list[SymbolRun]:
    """Run ``some`` (`run_together` or `verify_together`) on every symbol, in ``threads`` threads, in the order given.

    A thread takes a symbol, and those after it as long as they have no more than ``together`` candles in all; so the
    shares do not follow from the number of threads. At most twice as many shares as threads are in memory. ``some``
    is told of each symbol whether to try its causality. ``done`` is called, in this thread, as each one finishes.
    """
    waiting = _shares(_on_trial(tasks, causality=causality), together)
    finished: dict[int, list[SymbolRun]] = {}
    running: dict[Future[list[SymbolRun]], int] = {}
    with ThreadPoolExecutor(threads) as pool:
        try:
            while True:
                for share in islice(waiting, 2 * threads - len(running)):
                    running[pool.submit(some, work, share)] = len(finished) + len(running)
                if not running:
                    break
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    finished[running.pop(future)] = future.result()
                    for run in future.result():
                        done(run)
        except BaseException:
            work.dag.stop()
            pool.shutdown(cancel_futures=True)
            raise
    return [run for place in sorted(finished) for run in finished[place]]


def _on_trial(
    tasks: Iterable[tuple[Task, pd.DataFrame]], *, causality: bool
) -> Iterator[tuple[Task, pd.DataFrame, bool]]:
    left = CAUSALITY_SYMBOLS if causality else 0
    for task, candles in tasks:
        tried = left > 0 and (task.builds or not task.decisions)
        left -= tried
        yield task, candles, tried


def _shares(
    tasks: Iterable[tuple[Task, pd.DataFrame, bool]], together: int
) -> Iterator[list[tuple[Task, pd.DataFrame, bool]]]:
    share: list[tuple[Task, pd.DataFrame, bool]] = []
    room = together
    for task, candles, tried in tasks:
        if share and len(candles) > room:
            whole = len(share) // LANES * LANES or len(share)  # no lane of the program stays empty
            yield share[:whole]
            share = share[whole:]
            room = together - sum(len(left) for _, left, _ in share)
        share.append((task, candles, tried))
        room -= len(candles)
        if room <= 0:  # before the next one is loaded
            yield share
            share, room = [], together
    if share:
        yield share


def in_order(
    one: Callable[[str, pd.DataFrame], T], candles: Iterable[tuple[str, pd.DataFrame]], threads: int
) -> Iterator[T]:
    """What ``one`` makes of every symbol's candles, in their order; ``threads`` symbols are in memory at a time."""
    waiting = iter(candles)
    with ThreadPoolExecutor(threads) as pool:
        while batch := list(islice(waiting, threads)):
            yield from pool.map(one, *zip(*batch, strict=True))
