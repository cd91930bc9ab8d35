"""Part one: no feature looks ahead. Proven from the program, and tried with other futures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from candlewick.certify.case import CHUNK, unequal_bits
from candlewick.certify.certificate import FAIL, PASS, Finding, Part
from candlewick.certify.lookback import remembered
from candlewick.operators.operator import UNBOUNDED
from candlewick.program import run
from candlewick.run.causality import check_causality

if TYPE_CHECKING:
    from collections.abc import Iterator

    from candlewick.certify.case import Case
    from candlewick.program.layout import Floats

CUTS = 8
SYMBOLS = 3  # a look ahead is in the code: a few symbols' candles show it as well as all


def causality(case: Case) -> Part:
    """No instruction reaches forward, and values up to a candle stay as they are whatever comes after it."""
    symbols = list(case.candles)[:SYMBOLS]
    tried = 0
    findings = list(_forward(case))
    for symbol in symbols:
        candles = case.arrays[symbol][:, :CHUNK]
        whole = run(case.program, {symbol: candles})[0][symbol]
        for cut, future in _futures(candles):
            tried += 1
            part = run(case.program, {symbol: future})[0][symbol]
            findings += _changed(case, symbol, whole[:, :cut], part[:, :cut])
        findings += remembered(case, symbol)
        findings += _authored(case, symbol)
    return Part(
        name="causality",
        claim="no feature looks ahead, by its instructions and under other futures, or farther back than it says",
        status=FAIL if findings else PASS,
        numbers={"instructions": len(case.program.instructions), "futures": tried, "symbols": symbols},
        findings=tuple(findings),
    )


def _forward(case: Case) -> Iterator[Finding]:
    """Instructions that are not known to read only the past."""
    for item in case.program.instructions:
        operator = item.operator
        if operator.reach < 0 or operator.lookback < UNBOUNDED or any(operand.delay < 0 for operand in item.inputs):
            yield Finding(f"{operator.operator_name()} reaches forward")


def _futures(candles: Floats) -> Iterator[tuple[int, Floats]]:
    """How many candles are kept, and candles that go on differently, or not at all, after them."""
    count = candles.shape[1]
    for number in range(1, CUTS + 1):
        cut = number * count // (CUTS + 1) + number % 7
        if 0 < cut < count:
            yield cut, np.ascontiguousarray(candles[:, :cut])
            for scale in (1e3, 1e-3):
                other = candles.copy()
                other[:, cut:] *= scale
                yield cut, other


def _changed(case: Case, symbol: str, whole: Floats, part: Floats) -> Iterator[Finding]:
    unequal = unequal_bits(whole, part)
    for index in np.flatnonzero(unequal.any(axis=1)):
        row, result = int(np.argmax(unequal[index])), case.program.results[index]
        yield Finding(
            f"the value is {whole[index, row]!r} with one future and {part[index, row]!r} with another",
            result.name, symbol, case.time(symbol, row),
        )  # fmt: skip


def _authored(case: Case, symbol: str) -> Iterator[Finding]:
    """The author's own functions under other futures, on real columns."""
    if case.fitting is not None:
        dag = case.fitting.work.dag
        names = [node.name for node in dag.columns if node.kind == "feature"]
        for name, error in check_causality(dag, symbol, case.candles[symbol], names):
            yield Finding(error.what, name, symbol)
