"""pandas as its users write it: the workload's own functions, one after another, ``rolling.apply`` and all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from benchmarks import workload
from benchmarks.contender import Columns

if TYPE_CHECKING:
    from collections.abc import Mapping


def columns(name: str, features: tuple[str, ...] = workload.FEATURES) -> Columns:
    def compute(symbols: list[dict[str, pd.Series]]) -> list[dict[str, pd.Series]]:
        with np.errstate(all="ignore"):
            return [workload.compute(series, features) for series in symbols]

    return Columns(name, features, series_of, compute, arrays_of)


def series_of(x: np.ndarray) -> dict[str, pd.Series]:
    """Candle columns by name."""
    return {column: pd.Series(values) for column, values in zip(workload.COLUMNS, x, strict=True)}


def arrays_of(result: Mapping[str, pd.Series]) -> dict[str, np.ndarray]:
    """Results by feature, without pandas."""
    return {feature: series.to_numpy() for feature, series in result.items()}
