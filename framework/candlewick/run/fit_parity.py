"""Parity of the fit: the traced transform against Hamilton running the author's functions on real frames."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from candlewick.differences import differences
from candlewick.errors import NodeError
from candlewick.fit.fitted import Finding
from candlewick.fit.fitting import listed
from candlewick.fit.transform import transform_rows
from candlewick.lower import lower
from candlewick.project.node import CANDLE_COLUMNS
from candlewick.run.fitting import columns_of
from candlewick.run.parity import TOLERANCE, scale
from candlewick.run.streamed import stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from candlewick.program import Program
    from candlewick.run.fitting import Fitting

SYMBOLS = 3  # as for causality: a difference is in the code, and a few symbols' candles show it


@dataclass(frozen=True)
class Parity:
    """How far the program's output lies from Hamilton's: the largest difference over its column's largest value.

    ``findings`` name columns that are missing or infinite somewhere after the warm-up.
    """

    rows: int
    symbols: int
    largest: float
    findings: tuple[Finding, ...] = ()


def output_program(fitting: Fitting) -> Program:
    """The program of the fit's output; opaque features are input columns after those of the candles."""
    return lower(fitting.fitted.graph, (*CANDLE_COLUMNS, *fitting.fitted.opaque))


def check_fit_parity(fitting: Fitting, candles: Iterable[tuple[str, pd.DataFrame]]) -> Parity:
    """Compare the two on every candle of the first symbols, after the end of training too.

    Errors: NodeError ``fit-columns-differ`` and ``fit-parity`` at the output's line; those of the features.
    """
    work, program = fitting.work, output_program(fitting)
    contract = work.dag.contract
    rows, largest, count = 0, 0.0, 0
    infinite: dict[str, int] = {}
    missing: dict[str, int] = {}
    for symbol, frame in islice(candles, SYMBOLS if contract else 0):
        features = computed_features(fitting, symbol, frame)
        reference = transform_rows(work.dag, features, fitting.parameters)
        output = pd.DataFrame(stream(program, frame.join(features[list(fitting.fitted.opaque)])))
        _same_columns(fitting, symbol, list(output.columns), list(reference.columns))
        for name in output.columns:
            difference = _compare(fitting, symbol, output[name], reference[name])
            largest = max(largest, difference)
            trusted = reference[name].to_numpy(np.float64, na_value=np.nan)[_warm_up(fitting) :]
            for places, found in ((infinite, np.isinf(trusted)), (missing, np.isnan(trusted))):
                if found.any():
                    places[str(name)] = places.get(str(name), 0) + int(found.sum())
        rows, count = rows + len(frame), count + 1
    return Parity(rows, count, largest, tuple(_odd("infinite", infinite)) + tuple(_odd("missing", missing)))


def _warm_up(fitting: Fitting) -> int:
    return fitting.fitted.window.warm_up if fitting.fitted.window else 0


def _odd(what: str, candles: Mapping[str, int]) -> Iterator[Finding]:
    if candles:
        places = listed([f"{name} ({count:,} candles)" for name, count in candles.items()])
        yield Finding(f"fit-output-{what}", f"the output is {what} after the warm-up: {places}", tuple(candles))


def computed_features(fitting: Fitting, symbol: str, candles: pd.DataFrame) -> pd.DataFrame:
    """The features of one symbol, as the fit is handed them."""
    names = [node.name for node in fitting.work.columns if node.kind == "feature"]
    return columns_of(fitting.work, symbol, candles)[names].astype(float)


def _same_columns(fitting: Fitting, symbol: str, ours: list[str], theirs: list[Any]) -> None:
    if ours != theirs:
        only = [str(name) for name in [*ours, *theirs] if (name in ours) != (name in theirs)]
        raise _error(
            fitting, "fit-columns-differ",
            f"has other columns for {symbol} than when it was traced: {listed(only) or 'in another order'}",
            "choose columns by what was fitted, never by the values of `features`",
        )  # fmt: skip


def _compare(fitting: Fitting, symbol: str, output: pd.Series, reference: pd.Series) -> float:
    ours, theirs = output.to_numpy(np.float64), reference.to_numpy(np.float64, na_value=np.nan)
    size = scale(theirs)
    found = differences(ours, theirs, absolute=TOLERANCE * size)
    if found.first is not None:
        at = found.first
        raise _error(
            fitting, "fit-parity",
            f"column '{output.name}' is {ours[at]!r} in the program and {theirs[at]!r} through Hamilton "
            f"({symbol}, {output.index[at]:%Y-%m-%d %H:%M}, {found.beyond} of {found.rows} candles)",
            "write the transform so that it reads one candle, or the past, and never the whole frame",
        )  # fmt: skip
    return found.absolute / size if size else 0.0


def _error(fitting: Fitting, code: str, what: str, hint: str) -> NodeError:
    dag = fitting.work.dag
    output = dag.contract.output if dag.contract else ""
    return NodeError(f"'{output}' {what}", code=code, where=[dag.nodes[output].location], hint=hint)
