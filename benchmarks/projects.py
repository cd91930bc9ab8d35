"""Projects that benchmarks generate: candles of random walks as Parquet files, and models by the dozen."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MODEL = """import pandas as pd


def mean_{k}(close: pd.Series) -> pd.Series:
    return close.rolling({window}).mean()


def spread_{k}(close: pd.Series) -> pd.Series:
    return close.rolling({window}).std()


def score_{k}(close: pd.Series, mean_{k}: pd.Series, spread_{k}: pd.Series) -> pd.Series:
    return (close - mean_{k}) / spread_{k}


def trend_{k}({above}: pd.Series) -> pd.Series:
    return {above}.ewm(span={window}, adjust=False).mean()
"""


@dataclass(frozen=True)
class Cost:
    """What a command took: seconds on the clock and of the processor, and its largest memory in MB."""

    wall: float
    cpu: float
    peak: float


def walk(candles: int, seed: int) -> pd.DataFrame:
    """A random walk of sound candles, five minutes each."""
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.002, candles)))
    opening = close * np.exp(rng.normal(0, 0.0005, candles))
    high, low = np.maximum(opening, close) * 1.001, np.minimum(opening, close) * 0.999
    times = pd.date_range("2021-01-01", periods=candles, freq="5min", tz="UTC")
    return pd.DataFrame(
        {"ts": times, "open": opening, "high": high, "low": low, "close": close, "volume": rng.lognormal(8, 1, candles)}
    )


def write_seeds(root: Path, candles: Mapping[str, pd.DataFrame]) -> None:
    """One Parquet file a symbol."""
    (root / "seeds").mkdir(exist_ok=True, parents=True)
    for symbol, frame in candles.items():
        frame.to_parquet(root / "seeds" / f"{symbol}.parquet")


def write_models(root: Path, models: int) -> None:
    """A project of so many models of four features; each but the first reads the one before. Every model is tested."""
    (root / "features").mkdir(parents=True)
    tests = []
    for k in range(models):
        above = f"score_{k - 1}" if k else "close"
        text = MODEL.format(k=k, window=5 + k % 40, above=above)
        (root / "features" / f"model_{k:03d}.py").write_text(text)
        tests.append(f"  mean_{k}: [not_null]\n")
    yml = "name: bench\ncandles: {path: seeds/*.parquet, interval: 5m, gaps: allow}\ntests:\n"
    (root / "wick.yml").write_text(yml + "".join(tests))


def wick(root: Path, *words: str) -> Cost:
    """What a ``wick`` command costs, in a process of its own."""
    return command(root, sys.executable, "-m", "candlewick", *words)


def command(root: Path, *words: str) -> Cost:
    """What any command costs, in a process of its own; one that fails ends the benchmark with what it said.

    Python may keep compiled modules, as those of an installed package are kept.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(words, cwd=root, env=environment, check=False, capture_output=True, text=True)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(wall, cpu, after.ru_maxrss / 1024)
