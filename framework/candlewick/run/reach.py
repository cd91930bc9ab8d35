"""Whether a column reads no further than it declares: computed from fewer candles, its last rows are the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from candlewick.errors import NodeError
from candlewick.run.causality import MOST_CANDLES, differs
from candlewick.run.compute import compute
from candlewick.run.units import column_inputs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from candlewick.project.dag import Dag
    from candlewick.run.units import Method

CUTS = 4


def check_reach(
    dag: Dag, symbol: str, candles: pd.DataFrame, methods: Mapping[str, Method]
) -> Iterator[tuple[str, NodeError]]:
    """The columns computed in chunks that read candles further away than they declare, each with its error.

    A few stretches are computed from just the candles that count, their input columns being given, and compared with
    the same rows computed from all. At most MOST_CANDLES candles are used.

    Errors yielded: NodeError ``node-reach``.
    """
    names = [name for name, method in methods.items() if method.kind == "window"]
    candles = candles.iloc[:MOST_CANDLES]
    inputs = {name: column_inputs(dag, name) for name in names}
    whole = compute(dag, symbol, candles, sorted(set(names).union(*inputs.values()))).columns
    for name in names:
        if name in whole and inputs[name] <= whole.keys():
            error = _check(
                dag, symbol, candles, name, methods[name], {each: whole[each] for each in inputs[name]}, whole[name]
            )
            if error is not None:
                yield name, error


def _check(
    dag: Dag,
    symbol: str,
    candles: pd.DataFrame,
    name: str,
    method: Method,
    inputs: Mapping[str, pd.Series],
    whole: pd.Series,
) -> NodeError | None:
    count, horizon = len(candles), method.horizon or 0
    for number in range(1, CUTS + 1):
        begin = number * count // (CUTS + 1)
        end = min(begin + max(count // (2 * CUTS), 1), count)
        first, last = begin - method.lookback, min(end + horizon, count)
        if first <= 0:
            continue
        given = {each: column.iloc[first:last] for each, column in inputs.items()}
        part = compute(dag, symbol, candles.iloc[first:last], [name], given).columns.get(name)
        if part is None:  # it fails on so few candles, which the look-ahead's experiment tells
            continue
        at = np.flatnonzero(differs(whole.iloc[begin:end], part.iloc[method.lookback : method.lookback + end - begin]))
        if len(at):
            row = begin + int(at[0])
            return NodeError(
                f"'{name}' reads further than it declares: for {symbol} at {candles.index[row]:%Y-%m-%d %H:%M} it is "
                f"{whole.iloc[row]}, but {part.iloc[row - first]} from {method.lookback} before to {horizon} after",
                code="node-reach",
                where=[dag.nodes[name].location],
                hint="declare what it reads: @opaque(lookback=...), or a label's @tag(horizon=..., lookback=...)",
            )
    return None
