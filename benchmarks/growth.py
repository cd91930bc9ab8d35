"""How the cost of a run grows: ``python -m benchmarks.growth``.

The 71 features of the workload over random walks. For each size: ingest, full run, a run that finds everything as it
was though a comment was edited (its start-up), then one candle in a hundred is new: their ingest, and the run after it;
and the most memory of each.
Beside them what is beyond reproach: the kernels alone, one symbol at a time in memory, and a plain Parquet writer,
pyarrow's where it is installed, of the very columns. Seconds of the processor, kernel's included.

``--sizes`` gives symbols and candles: ``50x200000`` is ten million candles, and wants 8 GB of disk and half an hour.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from benchmarks.projects import Cost, walk, wick, write_seeds
from candlewick.project.dag import load_dag
from candlewick.project.project import open_project
from candlewick.project.streaming import trace_features
from candlewick.run.programs import Programs
from candlewick.run.streamed import candle_array
from candlewick.store.candles import load_many

if TYPE_CHECKING:
    import numpy as np

    from candlewick.program import Program

HERE = Path(__file__).parent
SIZES = ("10x20000", "20x20000", "40x20000", "10x40000", "10x80000")


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.growth", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", nargs="+", default=SIZES, metavar="SYMBOLSxCANDLES")
    parser.add_argument("--folder", type=Path, help="where to work; a folder of its own by default")
    chosen = parser.parse_args()
    head = (
        "size", "ingest", "full", "start-up", "ingest 1 %", "append 1 %", "of full",
        "kernels", "Parquet", "full / both", "MB",
    )  # fmt: skip
    print(f"| {' | '.join(head)} |\n{'|---' * len(head)}|")
    for size in chosen.sizes:
        symbols, candles = map(int, size.split("x"))
        with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
            print(f"| {size} | {' | '.join(_row(Path(folder), symbols, candles))} |", flush=True)


def _row(root: Path, symbols: int, candles: int) -> list[str]:
    new = max(candles // 100, 1)
    (root / "features").mkdir(parents=True)
    shutil.copy(HERE / "technical_71.py", root / "features" / "technical.py")
    (root / "wick.yml").write_text("name: bench\ncandles: {path: seeds/*.parquet, interval: 5m, gaps: allow}\n")
    seeds = {f"S{n:03d}": walk(candles + new, n) for n in range(symbols)}
    write_seeds(root, {symbol: frame.iloc[:candles] for symbol, frame in seeds.items()})
    ingest, full = wick(root, "ingest"), wick(root, "run")
    with (root / "features" / "technical.py").open("a") as file:
        file.write("# nothing that matters\n")
    start = wick(root, "run")
    kernels, parquet = _raw(root)
    for symbol, frame in seeds.items():
        frame.iloc[candles:].assign(symbol=symbol).to_parquet(root / "seeds" / f"{symbol}-new.parquet")
    more = wick(root, "ingest")
    append = wick(root, "run")
    share = max(append.cpu - start.cpu, 0) / full.cpu
    ratio = (full.cpu - start.cpu) / (kernels + parquet)
    costs: tuple[Cost, ...] = (ingest, full, start, more, append)
    numbers = [f"{each.cpu:.2f}" for each in (ingest, full, start, more, append)]
    most = max(each.peak for each in costs)
    return [*numbers, f"{share:.1%}", f"{kernels:.2f}", f"{parquet:.2f}", f"{ratio:.2f}", f"{most:.0f}"]


def _raw(root: Path) -> tuple[float, float]:
    """Seconds of the processor for the kernels, and for writing what they give, symbol by symbol."""
    from candlewick.program import run

    project = open_project(root)
    streaming = trace_features(load_dag(project))
    program = Programs(streaming.graph).of(streaming.graph.outputs)
    kernels = parquet = 0.0
    for number, (symbol, candles) in enumerate(load_many(project.store)):
        given = {"": candle_array(program.columns, candles)}
        if not number:
            run(program, given)  # what is compiled once is not counted
        clock = time.process_time()
        results = run(program, given)[0][""]
        kernels += time.process_time() - clock
        clock = time.process_time()
        _write(root / "raw.parquet", symbol, candles.index, program, results)
        parquet += time.process_time() - clock
    return kernels, parquet


def _write(path: Path, symbol: str, index: pd.Index, program: Program, results: np.ndarray) -> None:
    frame = pd.DataFrame(dict(zip(program.names, results, strict=True)), index=index, copy=False)
    frame.insert(0, "symbol", symbol)
    frame.reset_index().to_parquet(path, compression=None, use_dictionary=["symbol"])


if __name__ == "__main__":
    main()
