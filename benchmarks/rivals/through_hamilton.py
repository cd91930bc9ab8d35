"""The same functions as a Hamilton module: the driver is built once, every symbol is one execution."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

os.environ.setdefault("HAMILTON_AUTOLOAD_EXTENSIONS", "0")
os.environ.setdefault("HAMILTON_TELEMETRY_ENABLED", "false")

import numpy as np
from hamilton import base, driver

from benchmarks import technical_71
from benchmarks.contender import Columns
from benchmarks.rivals.as_written import arrays_of, series_of
from benchmarks.workload import FEATURES

if TYPE_CHECKING:
    import pandas as pd


def columns(name: str) -> Columns:
    built = driver.Builder().with_modules(technical_71).with_adapters(base.DictResult()).build()

    def compute(symbols: list[dict[str, pd.Series]]) -> list[dict[str, pd.Series]]:
        with np.errstate(all="ignore"):
            return [built.execute(list(FEATURES), inputs=series) for series in symbols]

    return Columns(name, FEATURES, series_of, compute, arrays_of)
