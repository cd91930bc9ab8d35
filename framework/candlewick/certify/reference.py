"""Part two: the program equals the author's functions run by Hamilton, and the exact definition of its windows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from candlewick.certify.certificate import ELSEWHERE, FAIL, NOT_RUN, PASS, Evidence, Finding, Part
from candlewick.certify.oracle import inexact_nodes
from candlewick.differences import Differences, differences
from candlewick.fit.transform import transform_rows
from candlewick.program import FEATURES, OUTPUT, run
from candlewick.run.compute import compute
from candlewick.run.parity import TOLERANCE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from candlewick.artifact import Column
    from candlewick.certify.case import Case
    from candlewick.program.layout import Floats
    from candlewick.run.fitting import Fitting

CLAIM = "the program's values are those of the author's functions, run by Hamilton on real columns"
MOST_CANDLES = 50_000
"""Candles of a symbol that are compared; of the one with the most candles up to ten times as many."""
SAMPLE = 24
"""Candles of a symbol at which every window and recursion is compared with its exact definition."""
ROUNDING = "rounding: 1e-9 of the value, or of the column's median size where the value is smaller"
_DTYPES = {"b": "bool", "i": "int", "u": "int", "f": "float"}
TELLING = 8
"""Candles at which pandas is asked again, of those where it differs."""
AFRESH = "pandas' running sums drift over the history; begun afresh at the oldest candle that matters, they agree"


@dataclass
class _Seen:
    """What has been seen of one column, over all symbols."""

    column: Column
    stage: str
    tolerance: float = 0.0
    absolute: float = 0.0
    relative: float = 0.0
    ulp: int = 0
    rows: int = 0
    values: int = 0
    """Candles at which either side has a value."""
    first: dict[str, Any] | None = None
    why: str = ROUNDING
    symbols: int = 0
    start: int | None = None
    stop: int | None = None

    def add(self, case: Case, symbol: str, found: Differences, tolerance: float) -> None:
        """Take in the differences of one symbol."""
        self.tolerance = max(self.tolerance, tolerance)
        self.absolute = max(self.absolute, found.absolute)
        self.relative = max(self.relative, found.relative)
        self.ulp = max(self.ulp, found.ulp)
        self.rows += found.rows
        self.symbols += 1
        first, last = case.time(symbol, 0), case.time(symbol, found.rows - 1)
        self.start = first if self.start is None else min(self.start, first)
        self.stop = last if self.stop is None else max(self.stop, last)
        if found.first is not None and self.first is None:
            self.first = {"symbol": symbol, "ts": case.time(symbol, found.first)}

    def evidence(self) -> Evidence:
        """What the certificate holds of it."""
        column = self.column
        return Evidence(
            column.name, self.stage, column.klass, column.lookback, column.warm_up, self.tolerance, self.why,
            self.absolute, self.relative, self.ulp, self.first, self.rows, self.symbols, self.start, self.stop,
        )  # fmt: skip


@dataclass
class _Comparison:
    case: Case
    fitting: Fitting
    seen: dict[tuple[str, str], _Seen]
    exact_values: int = 0
    findings: list[Finding] = field(default_factory=list)


def reference(case: Case) -> tuple[Part, tuple[Evidence, ...]]:
    """Compare every column of both stages on every symbol; where pandas differs, ask it once more without a history."""
    seen = {
        (stage, column.name): _Seen(column, stage)
        for stage, columns in case.artifact.payload.stages.items()
        for column in columns
    }
    if case.fitting is None:
        return Part("reference", CLAIM, NOT_RUN, reason=ELSEWHERE), tuple(each.evidence() for each in seen.values())
    comparison = _Comparison(case, case.fitting, seen)
    for symbol in case.candles:
        _compare(comparison, symbol)
    comparison.findings += [
        Finding("no candle has a value of it: there was nothing to compare", each.column.name)
        for each in seen.values()
        if each.rows and not each.values
    ]
    numbers = {"exact_values": comparison.exact_values, "candles": max((e.rows for e in seen.values()), default=0)}
    status = FAIL if comparison.findings else PASS
    part = Part("reference", CLAIM, status, numbers, tuple(comparison.findings))
    return part, tuple(each.evidence() for each in seen.values())


def _compare(comparison: _Comparison, symbol: str) -> None:
    case, fitting = comparison.case, comparison.fitting
    longest = max(case.candles, key=lambda name: len(case.candles[name]))
    count = MOST_CANDLES * (10 if symbol == longest else 1)
    candles, array = case.candles[symbol].iloc[:count], case.arrays[symbol][:, :count]
    ours = run(case.program, {symbol: array})[0][symbol]
    theirs = _authored(fitting, symbol, candles)
    _sample(comparison, symbol, array)
    for result, values in zip(case.program.results, ours, strict=True):
        if result.name not in theirs[result.stage]:
            comparison.findings.append(Finding(f"the project has no column '{result.name}'", result.name, symbol))
            continue
        given = theirs[result.stage][result.name]
        dtype = _DTYPES.get(given.dtype.kind, str(given.dtype))
        if result.stage == FEATURES and dtype != result.dtype:
            what = f"the column is {result.dtype} in the program and {dtype} through Hamilton"
            comparison.findings.append(Finding(what, result.name, symbol))
        column = given.to_numpy(np.float64, na_value=np.nan)
        tolerance = TOLERANCE * typical(column)
        found = differences(values, column, absolute=tolerance, relative=TOLERANCE)
        seen = comparison.seen[result.stage, result.name]
        seen.add(case, symbol, found, tolerance)
        seen.values += int((~(np.isnan(values) & np.isnan(column))).sum())
        if found.first is not None:
            rows = _telling(values, column, tolerance)
            if all(_agrees_afresh(fitting, symbol, candles, seen, row, values[row]) for row in rows):
                seen.why = AFRESH
                continue
            at = found.first
            comparison.findings.append(
                Finding(
                    f"the value is {float(values[at])!r} in the program and {float(column[at])!r} through Hamilton"
                    f" ({found.beyond} of {found.rows} candles)",
                    result.name, symbol, case.time(symbol, at),
                )
            )  # fmt: skip


def _authored(fitting: Fitting, symbol: str, candles: pd.DataFrame) -> Mapping[str, pd.DataFrame]:
    """Both stages through Hamilton, on real columns."""
    dag = fitting.work.dag
    names = [node.name for node in dag.columns if node.kind == "feature"]
    computed = compute(dag, symbol, candles, names)
    for error in computed.errors.values():
        raise error
    features = pd.DataFrame({name: computed.columns[name] for name in names}, index=candles.index)
    return {FEATURES: features, OUTPUT: transform_rows(dag, features, fitting.parameters)}


def _telling(ours: Floats, theirs: Floats, tolerance: float) -> list[int]:
    """Some candles beyond the tolerance: the first, the last, the worst, and more spread between them."""
    with np.errstate(invalid="ignore"):
        same = (ours == theirs) | (np.isnan(ours) & np.isnan(theirs))
        off = np.where(same, 0.0, np.abs(ours - theirs))
        off[np.isnan(off)] = np.inf
        rows = np.flatnonzero((off > tolerance) & ~(off <= TOLERANCE * np.maximum(np.abs(ours), np.abs(theirs))))
    spread = rows[np.linspace(0, len(rows) - 1, TELLING).astype(int)]
    return sorted({*spread.tolist(), int(np.argmax(off))})


def typical(column: Floats) -> float:
    """The median size of what is finite and not zero in a column: no single candle makes a tolerance large.

    >>> typical(np.array([np.nan, 0.0, -2.0, 1.0, 1e12]))
    2.0
    """
    sizes = np.abs(column[np.isfinite(column) & (column != 0.0)])
    return float(np.median(sizes)) if len(sizes) else 0.0


def _agrees_afresh(fitting: Fitting, symbol: str, candles: pd.DataFrame, seen: _Seen, row: int, ours: float) -> bool:
    """Whether the author's functions give the program's value when they see no candle older than the column reads.

    A rolling sum of pandas keeps the rounding of every value that was ever in it; begun at the first candle of the
    window it has no such past. Of a recursion the seed has faded below 1e-12 by then; a total over everything has no
    such candle, and is judged as it is.
    """
    column = seen.column
    reach = column.lookback if column.lookback is not None else column.warm_up and 2 * column.warm_up
    if reach is None or row < reach:
        return False
    window = candles.iloc[row - reach : row + 1]
    before = window.iloc[:1].shift(-1, freq="ms")
    again = _authored(fitting, symbol, pd.concat([before, window]))[seen.stage]
    theirs = again[column.name].to_numpy(np.float64, na_value=np.nan)[-1:]
    return differences(np.array([ours]), theirs, absolute=seen.tolerance, relative=TOLERANCE).beyond == 0


def _sample(comparison: _Comparison, symbol: str, array: Floats) -> None:
    """Every window and recursion of both stages against its exact definition, at some candles."""
    fitted, count = comparison.fitting.fitted, array.shape[1]
    roots = [output.node for graph in (fitted.features, fitted.graph) for output in graph.outputs.values()]
    rows = np.linspace(0, count - 1, min(SAMPLE, count)).astype(int).tolist()
    compared, wrong = inexact_nodes(roots, comparison.case.program.columns, array, set(rows))
    comparison.exact_values += compared
    comparison.findings += [
        Finding(
            f"{each.node} is {each.value!r} and its exact value {each.exact!r}",
            "", symbol, comparison.case.time(symbol, each.row),
        )
        for each in wrong
    ]  # fmt: skip
