"""What a feature is said to remember is enough: begun afresh that many candles before, it gives the same value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from candlewick.certify.case import CHUNK, seed
from candlewick.certify.certificate import Finding
from candlewick.certify.reference import typical
from candlewick.program import run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from candlewick.artifact import Column
    from candlewick.certify.case import Case
    from candlewick.program.layout import Floats

STARTS = 6
"""Places where every column is begun afresh."""
NEAR = {"S": 1e-9, "B": 1e-9, "R": 1e-4}
"""How near the value must come, of its own or its column's median size; a seed is forgotten but for a millionth."""


def remembered(case: Case, symbol: str) -> Iterator[Finding]:
    """The columns that give another value at every place, when they begin as many candles before as they say.

    For a bounded column that is its lookback, for a recursion its warm-up; a total that never settles is not judged.
    One place is no proof against a column: a comparison may turn on the last bit.
    """
    candles = case.arrays[symbol][:, :CHUNK]
    columns = [column for stage in case.artifact.payload.stages.values() for column in stage]
    needed = [column.warm_up if column.lookback is None else column.lookback for column in columns]
    longest = max((need for need in needed if need is not None), default=0)
    count = candles.shape[1]
    if count <= longest:
        return
    whole = run(case.program, {symbol: candles})[0][symbol]
    tried = np.random.default_rng(seed(case.artifact)).integers(0, count - longest, STARTS)
    near = np.zeros(len(columns), bool)
    for start in tried.tolist():
        part = np.ascontiguousarray(candles[:, start : start + longest + 1])
        fresh = run(case.program, {symbol: part})[0][symbol]
        for index, (column, need) in enumerate(zip(columns, needed, strict=True)):
            if need is not None:
                near[index] |= _near(column, whole[index], start + need, float(fresh[index, need]))
    for column, need, fine in zip(columns, needed, near.tolist(), strict=True):
        if need is not None and not fine:
            word = "warm-up" if column.lookback is None else "lookback"
            yield Finding(
                f"begun {need} candles before, which is its {word}, it gives another value", column.name, symbol
            )


def _near(column: Column, whole: Floats, row: int, fresh: float) -> bool:
    value = float(whole[row])
    if value == fresh or (np.isnan(value) and np.isnan(fresh)):
        return True
    return abs(value - fresh) <= NEAR[column.klass] * max(abs(value), typical(whole))
