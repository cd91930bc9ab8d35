"""What it costs when nothing has changed: ``python -m benchmarks.noop``.

Generated projects of 20 and 200 models over 100,000 candles (4 symbols of 25,000), built once; then `wick run` and
`wick build` in turns, each in a process of its own, beside `wick --help` and a Python that does nothing: what any
command pays before it begins. Medians of the rounds; the first build is shown for comparison.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.projects import Cost, command, walk, wick, write_models, write_seeds

if TYPE_CHECKING:
    from collections.abc import Sequence

SYMBOLS, CANDLES = 4, 25_000


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.noop", description=__doc__)
    parser.add_argument("--models", type=int, nargs="+", default=[20, 200])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--candles", type=int, default=CANDLES, help="of each symbol")
    chosen = parser.parse_args()
    print(table(chosen.models, chosen.candles, chosen.rounds))


def table(models: Sequence[int], candles: int = CANDLES, rounds: int = 5) -> str:
    """What is measured, for projects of so many models, as a table in markdown."""
    lines = ["| | wall s | CPU s |", "|---|---|---|"]
    for count in models:
        with tempfile.TemporaryDirectory() as folder:
            found = measure(Path(folder), count, candles, rounds)
        lines += [f"| {name} | {wall:.2f} | {cpu:.2f} |" for name, wall, cpu in found]
    return "\n".join(lines)


def measure(root: Path, models: int, candles: int, rounds: int) -> list[tuple[str, float, float]]:
    """Name, wall and CPU seconds of the first build and of each command that has nothing to do."""
    write_models(root, models)
    write_seeds(root, {f"S{n}": walk(candles, n) for n in range(SYMBOLS)})
    first = wick(root, "build")
    again = {
        "Python alone": lambda: command(root, sys.executable, "-c", ""),
        "`wick --help`": lambda: wick(root, "--help"),
        "`wick run`, nothing changed": lambda: wick(root, "run"),
        "`wick build`, nothing changed": lambda: wick(root, "build"),
    }
    wick(root, "run"), wick(root, "build")  # the first of either kind may find no receipt
    costs: dict[str, list[Cost]] = {name: [] for name in again}
    for _ in range(rounds):
        for name, call in again.items():
            costs[name].append(call())
    rows = [(f"{models} models: first build", first.wall, first.cpu)]
    for name, found in costs.items():
        wall, cpu = (statistics.median(getattr(cost, each) for cost in found) for each in ("wall", "cpu"))
        rows.append((f"{models} models: {name}", wall, cpu))
    return rows


if __name__ == "__main__":
    main()
