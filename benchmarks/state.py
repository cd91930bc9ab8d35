"""What it costs when something changed: ``python -m benchmarks.state``.

Fifteen window features in six models (``windows.py``) over Parquet files of a random walk: the full build, nothing
changed, a day of new candles, one changed leaf, one changed root, one group switched on. Beside candlewick dbt-duckdb
with incremental models, and plain pandas, which computes everything each time. Every command is a process of its own,
start-up and reading of candles included; the tools take turns, in rounds, and medians are shown. Then days are appended
one by one, and the rows that the incremental models have wrong are counted. Last, what a command takes that has nothing
to do (``noop.py``).

``--dbt`` names the dbt command, which wants an environment of its own (``pip install "dbt-core==1.9.*"
"dbt-duckdb==1.9.*"``); without one its columns are left out. ``--write`` writes ``benchmarks/STATE.md``.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from benchmarks import in_dbt
from benchmarks.machine import describe
from benchmarks.noop import table
from benchmarks.projects import Cost, command, walk, wick, write_seeds
from benchmarks.windows import FUNCTIONS, HEADER, LEAF, ROOT
from candlewick.store.catalog import read_frame

HERE = Path(__file__).parent
MINUTES = 5
DAY = 24 * 60 // MINUTES
STEPS = ("full build", "nothing changed", "one day appended", "one leaf changed", "one root changed", "one group on")
Costs = dict[tuple[str, str], list[Cost]]


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.state", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--symbols", type=int, default=10)
    parser.add_argument("--candles", type=int, default=20_000, help="of each symbol")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--days", type=int, default=5, help="appended one by one, to count wrong rows")
    parser.add_argument("--dbt", default="dbt", metavar="COMMAND")
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    program = in_dbt.installed(chosen.dbt)
    if program is None:
        print(f"dbt-duckdb is left out: there is no command {chosen.dbt!r}", file=sys.stderr)
    costs: Costs = defaultdict(list)
    for _ in range(chosen.rounds):
        with tempfile.TemporaryDirectory() as folder:
            _scenario(Path(folder), chosen.symbols, chosen.candles, program, costs)
    versions = in_dbt.versions(program) if program else ""
    text = _page(chosen, costs, versions, _wrong(chosen, program) if program else {})
    text += f"\n## Nothing to do\n\n{_NOTHING}\n\n{table((20, 200))}\n"
    print(text)
    if chosen.write:
        (HERE / "STATE.md").write_text(text, encoding="utf-8")


def _scenario(folder: Path, symbols: int, candles: int, program: str | None, costs: Costs) -> None:
    """Every step once, by every tool in turn."""
    root, other = folder / "wick", folder / "dbt"
    seeds = {f"S{n:03d}": walk(candles + DAY, n) for n in range(symbols)}
    write_seeds(root, {symbol: frame.iloc[:-DAY] for symbol, frame in seeds.items()})
    _write_project(root)
    if program:
        in_dbt.write_project(other, root / "seeds", warm_up=True, minutes=MINUTES)
    again = {"one leaf changed": "signal", "one root changed": "returns+", "one group on": "extra"}
    constants: dict[str, int] = {}
    for step in STEPS:
        if step == "one day appended":
            write_seeds(root, seeds)
        elif step in {"one leaf changed", "one root changed"}:
            _edit(root, *(LEAF if "leaf" in step else ROOT))
            constants |= {"smoothed": 12} if "leaf" in step else {"lagged": 2}
            if program:
                in_dbt.write_models(other, warm_up=True, minutes=MINUTES, **constants)
        extra = step == "one group on"
        costs[step, "wick"].append(wick(root, "build", *(["--enable", "extra"] if extra else [])))
        if program:
            words = ["--full-refresh", "--select", again[step]] if step in again else []
            words += ["--vars", "{extra: true}"] if extra else []
            costs[step, "dbt"].append(in_dbt.dbt(other, program, *words))
        costs[step, "pandas"].append(
            command(folder, sys.executable, str(HERE / "by_hand.py"), str(root), *(["--extra"] if extra else []))
        )


def _write_project(root: Path) -> None:
    (root / "features").mkdir(parents=True)
    for model, functions in FUNCTIONS.items():
        (root / "features" / f"{model}.py").write_text(HEADER + functions)
    yml = f"name: bench\ncandles: {{path: seeds/*.parquet, interval: {MINUTES}m, gaps: allow}}\n"
    (root / "wick.yml").write_text(yml)


def _edit(root: Path, model: str, old: str, new: str) -> None:
    path = root / "features" / f"{model}.py"
    text = path.read_text()
    if old not in text:
        raise SystemExit(f"the workload has no {old!r}")
    path.write_text(text.replace(old, new))


def _wrong(chosen: argparse.Namespace, program: str) -> dict[str, tuple[int, int]]:
    """Wrong rows and all rows among the days that were appended, by the way the incremental models are written."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "wick"
        seeds = {f"S{n:03d}": walk(2_000 + chosen.days * DAY, n) for n in range(chosen.symbols)}
        _write_project(root)
        ways = {"filter on the last time": False, "warm-up by hand": True}
        for day in range(chosen.days + 1):
            now = {symbol: frame.iloc[: 2_000 + day * DAY] for symbol, frame in seeds.items()}
            write_seeds(root, now)
            wick(root, "build")
            for way, warm_up in ways.items():
                if not day:
                    in_dbt.write_project(Path(folder) / way, root / "seeds", warm_up=warm_up, minutes=MINUTES)
                in_dbt.dbt(Path(folder) / way, program)
        first = next(iter(seeds.values()))["ts"].iloc[2_000]
        models = [model for model in FUNCTIONS if model != "extra"]
        truth = {model: read_frame(root / "target", model) for model in models}
        return {way: in_dbt.wrong_rows(Path(folder) / way, truth, first) for way in ways}


def _page(chosen: argparse.Namespace, costs: Costs, dbt: str, wrong: dict[str, tuple[int, int]]) -> str:
    tools = [tool for tool in ("wick", "dbt", "pandas") if (STEPS[0], tool) in costs]
    names = {"wick": "`wick build`", "dbt": "`dbt run`", "pandas": "plain pandas"}
    head = "| | " + " | ".join(
        f"{names[tool]} wall s | CPU s" + (" | ratio" if tool != "wick" else "") for tool in tools
    )
    lines = [head + " |", "|---" * (3 * len(tools)) + "|"]
    for step in STEPS:
        cells = [step]
        ours = _median(costs[step, "wick"], "cpu")
        for tool in tools:
            wall, cpu = (_median(costs[step, tool], each) for each in ("wall", "cpu"))
            cells += [f"{wall:.2f}", f"{cpu:.2f}", *([f"{cpu / ours:.1f}"] if tool != "wick" else [])]
        lines.append(f"| {' | '.join(cells)} |")
    rows = [f"| {way} | {bad:,} of {every:,} ({bad / every:.1%}) |" for way, (bad, every) in wrong.items()]
    rows = ["", "| incremental models of dbt | wrong rows |", "|---|---|", *rows] if rows else []
    symbols, candles = chosen.symbols, f"{chosen.candles:,}"
    return "\n".join([
        "# What a change costs", "",
        "Written by `python -m benchmarks.state --write`, which says what is measured and how.", "",
        f"{describe()} {dbt}Elapsed time depends on what else the machine does: ratios are of CPU time.",
        "", f"15 features in 6 models, {symbols} symbols of {candles} candles; start-up and reading included.", "",
        *lines, "", *_NOTES, *rows, "",
    ])  # fmt: skip


_NOTES = (
    "* `wick build` ingests, runs and tests; `dbt run` and pandas test nothing.",
    "* dbt's user says what an edit reaches: `--full-refresh --select returns+`. Without it the old values stay.",
    "* dbt's models carry a warm-up written by hand, for every model as many rows as its windows reach back. Windows",
    "  only: an exponential mean has no incremental model in SQL.",
)


_NOTHING = "Projects of 20 and 200 models of four features over 100,000 candles (`python -m benchmarks.noop`)."


def _median(found: list[Cost], what: str) -> float:
    return statistics.median(getattr(cost, what) for cost in found)


if __name__ == "__main__":
    main()
