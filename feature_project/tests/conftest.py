"""Imports the project's modules, computes features by calling them, and parametrises tests over all of them."""

import importlib
import inspect
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT))  # so that tests can say: from features import momentum

Compute = Callable[[str, pd.DataFrame], pd.Series]


def _public_functions(folder: str) -> dict[str, Callable[..., pd.Series]]:
    modules = [importlib.import_module(f"{folder}.{path.stem}") for path in sorted((PROJECT / folder).glob("*.py"))]
    return {
        name: function
        for module in modules
        for name, function in vars(module).items()
        if inspect.isfunction(function) and function.__module__ == module.__name__ and not name.startswith("_")
    }


FEATURES = _public_functions("features")
LABELS = _public_functions("labels")
FIT = _public_functions("fit")

RECURSIVE = [
    name for name, function in FEATURES.items() if "Lookback: unbounded (recursive)" in (function.__doc__ or "")
]
BOUNDED = [name for name in FEATURES if name not in RECURSIVE]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes one of these arguments runs once for each of its names."""
    for argument, names in {"feature": FEATURES, "bounded": BOUNDED, "recursive": RECURSIVE, "label": LABELS}.items():
        if argument in metafunc.fixturenames:
            metafunc.parametrize(argument, list(names))
    if "fitted" in metafunc.fixturenames:
        metafunc.parametrize("fitted", FIT.values(), ids=FIT)


@pytest.fixture(scope="session")
def functions() -> Mapping[str, Callable[..., pd.Series]]:
    """Every public function by name."""
    return FEATURES | LABELS


@pytest.fixture(scope="session")
def compute(functions: Mapping[str, Callable[..., pd.Series]]) -> Compute:
    """Compute a feature or label from candles, its inputs first, by plain calls."""

    def compute(name: str, candles: pd.DataFrame) -> pd.Series:
        known: dict[str, pd.Series] = {column: candles[column] for column in candles}
        known["ts"] = candles.index.to_series()

        def value(name: str) -> pd.Series:
            if name not in known:
                function = functions[name]
                known[name] = function(*(value(parameter) for parameter in inspect.signature(function).parameters))
            return known[name]

        return value(name)

    return compute


@pytest.fixture(scope="session")
def candles() -> pd.DataFrame:
    """Four hundred random candles with gaps at the open and volume in all of them."""
    n, rng = 400, np.random.default_rng(7)
    close = 100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.02, n)))
    open_ = np.concatenate([[100.0], close[:-1]]) * np.exp(rng.normal(0.0, 0.005, n))
    high = np.maximum(open_, close) * np.exp(rng.exponential(0.005, n))
    low = np.minimum(open_, close) * np.exp(-rng.exponential(0.005, n))
    index = pd.date_range("2019-01-01", periods=n, freq="D", tz="UTC", name="ts").as_unit("ns")
    columns = {"open": open_, "high": high, "low": low, "close": close, "volume": rng.lognormal(10.0, 0.5, n)}
    return pd.DataFrame(columns, index=index)


@pytest.fixture(scope="session", params=["NASDAQ", "SP500"])
def seeds(request: pytest.FixtureRequest) -> pd.DataFrame:
    """The project's own candles, one symbol at a time."""
    table = pd.read_parquet(PROJECT / "seeds" / "index_daily.parquet")
    table = table[table["symbol"] == request.param]
    index = pd.DatetimeIndex(pd.to_datetime(table["date"]), name="ts").tz_localize("UTC").as_unit("ns")
    return table[["open", "high", "low", "close", "volume"]].astype(float).set_axis(index)
