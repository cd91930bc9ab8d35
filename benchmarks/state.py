"""What a run costs when something changed: ``python -m benchmarks.state``.

A project of 71 features, 20 symbols of 20,000 candles by default, in a folder of its own: the full build, a run of
nothing, a day of new candles, one changed leaf, one changed root, one toggled group. Beside it plain pandas, which
computes everything each time and stores nothing, and a rolling mean in daily batches that look back one batch, as
incremental models are written by hand: its wrong rows are counted. Seconds of the processor, start-up included.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
HEADER = "import pandas as pd\nfrom hamilton.function_modifiers import config\n"
EXTRA = """

@config.when(enabled="extra")
def extra_mean(close: pd.Series) -> pd.Series:
    return close.rolling(17).mean()
"""
WINDOW, DAY = 60, 288


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.state", description=__doc__)
    parser.add_argument("--symbols", type=int, default=20)
    parser.add_argument("--candles", type=int, default=20_000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        candles = {f"S{n:03d}": _walk(chosen.candles + DAY, n) for n in range(chosen.symbols)}
        _project(root, {symbol: frame.iloc[:-DAY] for symbol, frame in candles.items()})
        rows = [("ingest", *_wick(root, "ingest")), ("full build", *_wick(root, "run"))]
        rows.append(("nothing changed", *_wick(root, "run")))
        _seeds(root, candles)
        _wick(root, "ingest")
        rows.append(("one day appended", *_wick(root, "run")))
        rows.append(
            (
                "one leaf changed",
                *_edited(root, "def sma_200(close: S) -> S: return close.rolling(200)", "rolling(200)", "rolling(201)"),
            )
        )
        rows.append(
            (
                "one root changed",
                *_edited(root, "def delta(close: S) -> S: return close.diff()", "close.diff()", "close.diff(2)"),
            )
        )
        rows.append(("one group toggled", *_wick(root, "run", "--enable", "extra")))
        rows.append(("plain pandas, each time", *_pandas(candles), 0.0))
        for name, seconds, peak in rows:
            print(f"{name:<26}{seconds:8.2f} s  {f'{peak:6.0f} MB' if peak else ''}")
        print(_microbatches(candles["S000"]))


def _walk(n: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.002, n)))
    opening = close * np.exp(rng.normal(0, 0.0005, n))
    high, low = np.maximum(opening, close) * 1.001, np.minimum(opening, close) * 0.999
    times = pd.date_range("2021-01-01", periods=n, freq="5min", tz="UTC")
    return pd.DataFrame(
        {"ts": times, "open": opening, "high": high, "low": low, "close": close, "volume": rng.lognormal(8, 1, n)}
    )


def _seeds(root: Path, candles: dict[str, pd.DataFrame]) -> None:
    for symbol, frame in candles.items():
        frame.to_parquet(root / "seeds" / f"{symbol}.parquet")


def _project(root: Path, candles: dict[str, pd.DataFrame]) -> None:
    (root / "features").mkdir()
    (root / "seeds").mkdir()
    shutil.copy(HERE / "technical_71.py", root / "features" / "technical.py")
    (root / "features" / "more.py").write_text(HEADER + EXTRA)
    (root / "wick.yml").write_text("name: bench\ncandles: {path: seeds/*.parquet, interval: 5m, gaps: allow}\n")
    _seeds(root, candles)


def _wick(root: Path, *words: str) -> tuple[float, float]:
    """Processor seconds of a command in a process of its own, and the most memory any command had so far, in MB."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "candlewick", *words], cwd=root, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, after.ru_maxrss / 1024


def _edited(root: Path, line: str, old: str, new: str) -> tuple[float, float]:
    path = root / "features" / "technical.py"
    text = path.read_text()
    if line not in text:
        raise SystemExit(f"the workload has no line {line!r}")
    path.write_text(text.replace(line, line.replace(old, new)))
    return _wick(root, "run")


def _pandas(candles: dict[str, pd.DataFrame]) -> tuple[float]:
    from benchmarks.workload import compute

    start = time.process_time()
    for frame in candles.values():
        compute(dict(frame.items()))
    return (time.process_time() - start,)


def _microbatches(frame: pd.DataFrame) -> str:
    """How many rows of a rolling mean are wrong when each day is computed from itself and the day before.

    That is what an incremental model with a lookback of one batch computes, in dbt or by hand.
    """
    right = frame["close"].rolling(DAY + WINDOW).mean().to_numpy()
    wrong = 0
    for start in range(0, len(frame), DAY):
        first = max(start - DAY, 0)
        batch = frame["close"].iloc[first : start + DAY].rolling(DAY + WINDOW).mean().to_numpy()[start - first :]
        truth = right[start : start + DAY]
        wrong += int((~((batch == truth) | (np.isnan(batch) & np.isnan(truth)) | (abs(batch - truth) < 1e-9))).sum())
    return f"daily batches that look back one, rolling({DAY + WINDOW}): {wrong:,} of {len(frame):,} rows wrong; wick: 0"


if __name__ == "__main__":
    main()
