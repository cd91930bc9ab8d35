"""Computing the traced features of one symbol with the program: the kernels that live trading runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from candlewick.program import run
from candlewick.run.compute import Computed, compute

if TYPE_CHECKING:
    from collections.abc import Collection

    from candlewick.program import Program
    from candlewick.program.layout import Floats
    from candlewick.project.dag import Dag

_DTYPES: dict[str, type] = {"bool": np.bool_, "int": np.int64}


def compute_symbol(
    dag: Dag, program: Program | None, names: Collection[str], symbol: str, candles: pd.DataFrame
) -> Computed:
    """Columns of one symbol: traced features by the program, all else by Hamilton, which reads them as given."""
    if program is None:
        return compute(dag, symbol, candles, names)
    streamed = stream(program, candles)
    # What @check_output looks at is the value before its checks: given that, Hamilton runs the checks and nothing else.
    given = {f"{name}_raw" if f"{name}_raw" in dag.nodes else name: column for name, column in streamed.items()}
    rest = compute(dag, symbol, candles, [name for name in names if name not in given], given=given)
    mine = {name: column for name, column in given.items() if name in names}
    return Computed({**mine, **rest.columns}, rest.errors, rest.blocked, rest.seconds)


def stream(program: Program, candles: pd.DataFrame) -> dict[str, pd.Series]:
    """Every output of a program over the candles of one symbol.

    Shape: Series with the index of ``candles``; bool and whole-number features have the dtype of their graph.
    """
    ((_, values),) = run(program, {"": candle_array(program.columns, candles)})[0].items()
    return as_columns(program, values, candles.index)


def as_columns(program: Program, values: Floats, index: pd.Index) -> dict[str, pd.Series]:
    """What a program has written, (outputs, candles), as columns."""
    return {
        result.name: pd.Series(typed(row, result.dtype), index=index, name=result.name)
        for result, row in zip(program.results, values, strict=True)
    }


def typed(values: Floats, dtype: str) -> np.ndarray[Any, Any]:
    """The dtype a table shows: truth values and whole numbers are floats in a program."""
    return values.astype(_DTYPES[dtype]) if dtype in _DTYPES else values


def candle_array(columns: tuple[str, ...], candles: pd.DataFrame) -> Floats:
    """The candles as a program reads them: one row per column, times as milliseconds since 1970."""
    times = pd.DatetimeIndex(candles.index).as_unit("ms").asi8.astype(np.float64)
    return np.stack([times if name == "ts" else candles[name].to_numpy(np.float64) for name in columns])
