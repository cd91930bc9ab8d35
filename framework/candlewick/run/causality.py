"""Look-ahead by truncation: cut the candles, compute again, and see whether the past changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from candlewick.errors import NodeError
from candlewick.run.compute import compute

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    import pandas as pd

    from candlewick.project.dag import Dag

MOST_CANDLES = 20_000
RELATIVE = 1e-9  # what reordering a sum may change; a look ahead changes more


def check_causality(
    dag: Dag, symbol: str, candles: pd.DataFrame, names: Collection[str]
) -> Iterator[tuple[str, NodeError]]:
    """The features among ``names`` whose past changes when later candles are not there yet, each with its error.

    Only the first node of a chain is named: what is computed from it changes with it. At most MOST_CANDLES candles are
    used. Cuts: the last candle, a fifth and a half of the candles.

    Errors yielded: NodeError ``node-looks-ahead``, and ``node-impure`` for one that differs on equal candles.
    """
    candles = candles.iloc[:MOST_CANDLES]
    features = [name for name in names if dag.nodes[name].kind == "feature"]
    whole = compute(dag, symbol, candles, features).columns
    guilty: dict[str, NodeError] = {}
    for cut in (len(candles), len(candles) - 1, len(candles) - len(candles) // 5, len(candles) // 2):
        suspects = [name for name in whole if name not in guilty]
        if cut < 1 or not suspects:
            continue
        part = compute(dag, symbol, candles.iloc[:cut], suspects)
        for name in suspects:
            error = _compare(dag, symbol, name, whole[name], part.columns.get(name), candles.index, cut)
            if error is not None:
                guilty[name] = error
    yield from ((name, error) for name, error in guilty.items() if not _inherits(dag, name, guilty))


def _compare(
    dag: Dag, symbol: str, name: str, whole: pd.Series, part: pd.Series | None, index: pd.Index, cut: int
) -> NodeError | None:
    node = dag.nodes[name]
    removed = len(index) - cut
    if part is None:
        return NodeError(
            f"'{name}' fails on the first {cut} candles of {symbol}, though not on {len(index)}",
            code="node-short-history",
            where=[node.location],
            hint="return NaN while there are too few candles",
        )
    changed = np.flatnonzero(differs(whole.iloc[:cut], part))
    if not len(changed):
        return None
    at = changed[-1]
    before, after = whole.iloc[at], part.iloc[at]
    if not removed:
        return NodeError(
            f"'{name}' gives {before} and then {after} for the same candles ({symbol}, {index[at]:%Y-%m-%d %H:%M})",
            code="node-impure",
            where=[node.location],
            hint="a feature depends on its inputs only: no clock, no random numbers, no state",
        )
    return NodeError(
        f"'{name}' looks ahead: for {symbol} at {index[at]:%Y-%m-%d %H:%M} it is {before}, "
        f"but {after} while the {removed} candle{'s' if removed > 1 else ''} after {index[cut - 1]:%Y-%m-%d %H:%M} "
        "are unknown",
        code="node-looks-ahead",
        where=[node.location],
        hint="use only the past: shift(n) with n >= 0, trailing windows, no statistic of the whole column",
    )


def differs(left: pd.Series, right: pd.Series) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Where two columns of equal length differ by more than rounding; NaN equals NaN."""
    a = left.to_numpy(dtype="float64", na_value=np.nan)
    b = right.to_numpy(dtype="float64", na_value=np.nan)
    with np.errstate(invalid="ignore"):
        far = np.abs(a - b) > RELATIVE * np.maximum(np.abs(a), np.abs(b))
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
