"""What candlewick is compared with, one file each. None is a dependency: what is not installed is listed as such."""

from __future__ import annotations

import importlib
import os
from importlib import metadata

from benchmarks.contender import Absent, Columns, Live

os.environ["POLARS_MAX_THREADS"] = "1"  # read once, when polars is first imported; TA-Lib imports it too

COLUMNS = {
    "pandas as written": "as_written",
    "pandas, without rolling.apply": "without_apply",
    "Hamilton": "through_hamilton",
    "polars": "in_polars",
    "TA-Lib": "in_talib",
}
LIVE = {
    "pandas on the last 300 candles": "trailing_pandas",
    "TA-Lib's streams": "talib_streams",
    "talipp": "in_talipp",
    "river": "in_river",
}
PACKAGES = ("candlewick", "numba", "numpy", "pandas", "apache-hamilton", "polars", "TA-Lib", "talipp", "river")


def columns(chosen: str = "") -> list[Columns | Absent]:
    """Every rival that computes whole columns whose name holds ``chosen``."""
    return [_load(name, module, "columns") for name, module in COLUMNS.items() if chosen.lower() in name.lower()]


def live(chosen: str = "") -> list[Live | Absent]:
    """Every rival that computes candle by candle whose name holds ``chosen``."""
    return [_load(name, module, "live") for name, module in LIVE.items() if chosen.lower() in name.lower()]


def versions() -> dict[str, str]:
    """The installed version of everything that takes part."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "not installed"
    return found


def _load(name: str, module: str, kind: str):
    try:
        return getattr(importlib.import_module(f"benchmarks.rivals.{module}"), kind)(name)
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] in {"benchmarks", "candlewick"}:
            raise
        return Absent(name)
