"""Running every symbol, some at a time."""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future

    import pandas as pd

    from candlewick.run.symbol import SymbolRun, Work
    from candlewick.run.task import Task

T = TypeVar("T")
CAUSALITY_SYMBOLS = 3  # a look-ahead is in the code: a few symbols' candles show it as well as all


def run_symbols(
    work: Work,
    one: Callable[..., SymbolRun],
    tasks: Iterable[tuple[Task, pd.DataFrame]],
    *,
    threads: int,
    causality: bool,
    done: Callable[[SymbolRun], None],
) -> list[SymbolRun]:
    """Run ``one`` (`run_symbol` or `verify_symbol`) on every symbol, in ``threads`` threads, in the order given.

    At most twice as many symbols as threads are in memory. ``done`` is called, in this thread, as each one finishes.
    """
    waiting = iter(tasks)
    checked = 0
    finished: dict[int, SymbolRun] = {}
    running: dict[Future[SymbolRun], int] = {}
    with ThreadPoolExecutor(threads) as pool:
        try:
            while True:
                for task, candles in islice(waiting, 2 * threads - len(running)):
                    check = causality and checked < CAUSALITY_SYMBOLS and (task.builds or not task.decisions)
                    checked += check
                    running[pool.submit(one, work, task, candles, causality=check)] = len(finished) + len(running)
                if not running:
                    break
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    finished[running.pop(future)] = future.result()
                    done(future.result())
        except BaseException:
            work.dag.stop()
            pool.shutdown(cancel_futures=True)
            raise
    return [finished[place] for place in sorted(finished)]


def in_order(
    one: Callable[[str, pd.DataFrame], T], candles: Iterable[tuple[str, pd.DataFrame]], threads: int
) -> Iterator[T]:
    """What ``one`` makes of every symbol's candles, in their order; ``threads`` symbols are in memory at a time."""
    waiting = iter(candles)
    with ThreadPoolExecutor(threads) as pool:
        while batch := list(islice(waiting, threads)):
            yield from pool.map(one, *zip(*batch, strict=True))
