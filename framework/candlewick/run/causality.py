"""Look-ahead by experiment: give the candles another future, compute again, and see whether the past changed."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from candlewick.errors import NodeError
from candlewick.run.compute import compute

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    import pandas as pd

    from candlewick.project.dag import Dag

MOST_CANDLES = 20_000
CUTS = 8
RELATIVE = 1e-9  # what reordering a sum may change; a look ahead changes more
AGAIN = 1e-13  # what the same sum may change when it is made again; a clock changes more


@dataclass(frozen=True)
class _Future:
    """The candles with another future: the first ``known`` are as they were, what follows is gone or scaled."""

    candles: pd.DataFrame
    known: int
    change: str


def check_causality(
    dag: Dag, symbol: str, candles: pd.DataFrame, names: Collection[str]
) -> Iterator[tuple[str, NodeError]]:
    """The features among ``names`` whose past depends on the future, each with its error.

    The future is cut off, and replaced by prices a thousand times as high and as low. A look ahead that happens on some
    candles only is seen where a cut comes right after one of them, so each symbol adds CUTS cuts of its own. Only the
    first node of a chain is named: what is computed from it changes with it. At most MOST_CANDLES candles are used.

    Errors yielded: NodeError ``node-looks-ahead``, ``node-impure`` for one that differs on equal candles, and
    ``node-short-history`` for one that fails on fewer.
    """
    candles = candles.iloc[:MOST_CANDLES]
    features = [name for name in names if dag.nodes[name].kind == "feature"]
    whole = compute(dag, symbol, candles, features).columns
    guilty: dict[str, NodeError] = {}
    for future in _futures(symbol, candles):
        suspects = [name for name in whole if name not in guilty]
        if not suspects:
            break
        part = compute(dag, symbol, future.candles, suspects).columns
        for name in suspects:
            error = _compare(dag, symbol, name, whole[name], part.get(name), future)
            if error is not None:
                guilty[name] = error
    yield from ((name, error) for name, error in guilty.items() if not _inherits(dag, name, guilty))


def _futures(symbol: str, candles: pd.DataFrame) -> Iterator[_Future]:
    count = len(candles)
    yield _Future(candles, count, "")
    for known in dict.fromkeys((count - 1, count // 2, *_cuts(symbol, count))):
        if 0 < known < count:
            yield _Future(candles.iloc[:known], known, "are not there yet")
    for known, scale in ((count // 2, 1e3), (count // 2, 1e-3), (count - count // 5, 1e3)):
        if 0 < known < count:
            scaled = candles.copy()
            scaled.iloc[known:] *= scale
            yield _Future(scaled, known, "are others")


def _cuts(symbol: str, count: int) -> Iterator[int]:
    """Places spread by the golden ratio, which keeps no step with hours or weekdays, from a start of the symbol's."""
    start = zlib.crc32(symbol.encode()) / 2**32
    return (int((start + number * 0.6180339887498949) % 1 * count) for number in range(CUTS))


def _compare(
    dag: Dag, symbol: str, name: str, whole: pd.Series, part: pd.Series | None, future: _Future
) -> NodeError | None:
    node, index = dag.nodes[name], whole.index
    if part is None:
        return NodeError(
            f"'{name}' fails on the first {future.known} candles of {symbol}, though not on {len(index)}",
            code="node-short-history",
            where=[node.location],
            hint="return NaN while there are too few candles",
        )
    tolerance = RELATIVE if future.change else AGAIN
    changed = np.flatnonzero(differs(whole.iloc[: future.known], part.iloc[: future.known], tolerance))
    if not len(changed):
        return None
    at = changed[-1]
    before, after = whole.iloc[at], part.iloc[at]
    if not future.change:
        return NodeError(
            f"'{name}' gives {before} and then {after} for the same candles ({symbol}, {index[at]:%Y-%m-%d %H:%M})",
            code="node-impure",
            where=[node.location],
            hint="a feature depends on its inputs only: no clock, no random numbers, no state",
        )
    return NodeError(
        f"'{name}' looks ahead: for {symbol} at {index[at]:%Y-%m-%d %H:%M} it is {before}, "
        f"but {after} when the candles after {index[future.known - 1]:%Y-%m-%d %H:%M} {future.change}",
        code="node-looks-ahead",
        where=[node.location],
        hint="use only the past: shift(n) with n >= 0, trailing windows, no statistic of the whole column",
    )


def differs(
    left: pd.Series, right: pd.Series, tolerance: float = RELATIVE
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Where two columns of equal length differ by more than rounding; NaN equals NaN."""
    a = left.to_numpy(dtype="float64", na_value=np.nan)
    b = right.to_numpy(dtype="float64", na_value=np.nan)
    with np.errstate(invalid="ignore"):
        far = np.abs(a - b) > tolerance * np.maximum(np.abs(a), np.abs(b))
    unequal_kind = (np.isnan(a) != np.isnan(b)) | (
        (np.isinf(a) | np.isinf(b)) & (a != b) & ~(np.isnan(a) & np.isnan(b))
    )
    return np.asarray(far | unequal_kind)


def _inherits(dag: Dag, name: str, guilty: Mapping[str, NodeError]) -> bool:
    """Whether one of the node's own inputs, at any depth, is guilty already."""
    seen: set[str] = set()
    queue = list(dag.nodes[name].inputs)
    while queue:
        each = queue.pop()
        if each in guilty and each != name:
            return True
        if each in dag.nodes and each not in seen:
            seen.add(each)
            queue += dag.nodes[each].inputs
    return False
