"""How much history there is: asked by guards against too little of it, and by nothing else that may pass.

A stand-in claims to hold `LONG` candles. Code that asks is run again as if there were more, and as if there were few:
what it builds must not change, except that on few candles it may give nothing (raise, return None, or only missing
values). So ``if len(close) < 14: return None`` is taken for what it is, and ``close / len(close)`` is refused.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from candlewick.errors import TraceError
from candlewick.trace.graph import Node
from candlewick.trace.missing import missing_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from candlewick.trace.tracing import Trace

LONG = 1_000_003
LONGER = 1_500_007
FEW = (17, 37, 83, 167, 331, 709, 1511, 4099, 10_007, 60_013)  # what nobody names as a window or a place


def settled(run: Trace, function: Callable[..., Any], *given: Any, **keywords: Any) -> Any:
    """What a function returns, once it is certain that the number of candles does not matter to it.

    Errors: TraceError ``trace-length`` where it was asked for
    """
    from candlewick.trace.guards import guarded

    result = guarded(run, function, given, keywords)
    if run.asked is None:
        return result
    asked = run.asked
    expected = expressions(result)
    for history in (LONGER, *FEW):
        with pretending(run, history):
            try:
                other = expressions(function(*given, **keywords))
            except TraceError as error:  # None beside a column: on few candles nothing came back from a helper
                few = history < LONG and (error.code == "trace-raised" or "NoneType" in error.what)
                other = {} if few else {"": "a refusal"}
            except Exception:  # noqa: BLE001 - the author's own complaint that candles are too few
                other = {}
        if other != expected and (history > LONG or not nothing(other, history)):
            raise _refused(run, asked)
    run.asked = None
    return result


@contextmanager
def pretending(run: Trace, history: int) -> Iterator[None]:
    """Within the block the stand-ins claim another number of candles, and refusals are not remembered."""
    kept = run.history, list(run.refusals)
    run.history = history
    run.named.clear()
    try:
        yield
    finally:
        run.history, run.refusals[:] = kept
        run.named.clear()


def expressions(result: Any) -> dict[str, Any]:
    """The expressions of the columns in a result; numbers and the like stand for themselves."""
    from candlewick.trace.stand import StandFrame, is_column, named_nodes, node_of

    if isinstance(result, dict | list | tuple):
        items = result.items() if isinstance(result, dict) else enumerate(result)
        return {f"{key}.{name}": each for key, item in items for name, each in expressions(item).items()}
    if isinstance(result, StandFrame):
        return dict(named_nodes("", result))
    if is_column(result):
        return {"": node_of(result)}
    return {} if result is None else {"": repr(result)}


def nothing(found: dict[str, Any], history: int = 0) -> bool:
    """Whether a result holds no value at all, or none among so many candles."""
    return all(isinstance(item, Node) and missing_until(item) >= max(history, 1) for item in found.values())


def _refused(run: Trace, asked: Any) -> TraceError:
    error = TraceError(
        "the value depends on how many candles there are (len, size, shape)",
        code="trace-length",
        where=[asked] if asked.line else [],
        hint="count candles with rolling(n).count() or cumsum(); a guard may only give nothing where they are too few",
    )
    run.refusals.append(error)
    return error
