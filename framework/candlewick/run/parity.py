"""Parity: the program's values against Hamilton running the author's own functions on the same candles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from candlewick.differences import differences
from candlewick.errors import NodeError
from candlewick.run.compute import compute
from candlewick.run.streamed import stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from candlewick.run.work import Work

TOLERANCE = 1e-9  # of the column's own scale: pandas' windows drift by more than the program's


def check_parity(work: Work, symbol: str, candles: pd.DataFrame) -> Iterator[tuple[str, NodeError]]:
    """The features whose program differs from the reference, each with its error.

    NaN must stand in the same places; values may differ by TOLERANCE of the column's largest finite value.

    Errors yielded: NodeError ``node-parity``.
    """
    if work.program is None:
        return
    streamed = stream(work.program, candles)
    reference = compute(work.dag, symbol, candles, list(streamed)).columns
    for name, column in streamed.items():
        if name in reference:
            ours, theirs = column.to_numpy(np.float64), reference[name].to_numpy(np.float64, na_value=np.nan)
            found = differences(ours, theirs, absolute=TOLERANCE * scale(theirs))
            if found.first is not None:
                at = found.first
                yield (
                    name,
                    NodeError(
                        f"'{name}' is {ours[at]!r} in the program and {theirs[at]!r} through Hamilton "
                        f"({symbol}, {candles.index[at]:%Y-%m-%d %H:%M}, {found.beyond} of {found.rows} candles)",
                        code="node-parity",
                        where=[work.dag.nodes[name].location],
                        hint="this is a defect of an operator: run with --engine hamilton, and report the feature",
                    ),
                )


def scale(column: np.ndarray[Any, Any]) -> float:
    """The largest finite size in a column: what its errors are measured by."""
    return float(np.abs(column[np.isfinite(column)]).max(initial=0.0))
