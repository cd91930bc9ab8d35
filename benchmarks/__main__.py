"""What the program costs beside what people use today: ``python -m benchmarks``, or ``make bench``.

One alternating run of every contender on the 71 features of ``technical_71.py``: whole columns (1 and 50 symbols of
100,000 candles), candle by candle (100,000 candles), and how far each is from exact values. A rival that is not
installed is listed so; ``pip install -e ".[bench]"`` installs them all. The full run takes some minutes and writes
``benchmarks/RESULTS.md`` and the README's table; ``--quick`` is a smoke test and only prints.

What is fair and what is not:

* Compute only. Each tool is handed the candles in its own form and keeps the results in its own form.
* The pandas functions are the definition. "as written" calls a Python function per window in three features, which is
  what users do and most of its time; the row without these three shows the rest.
* polars' expressions are ours: a polars user would write the same formulas, and could not use the pandas functions.
* TA-Lib, talipp and river cover a part, seed recursions their own way and place NaN differently. Each is compared with
  candlewick on just the features it covers, and its accuracy is judged where seeds are forgotten.
* None of the rivals validates a candle, can be saved and resumed, or knows what a feature looks back on.
* User CPU time for columns (what the kernel takes to hand out memory is not counted), elapsed time for single candles.
  Everything runs on one core.

``--probe`` prints something else: what each instruction of the program costs.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="little of everything, nothing written")
    parser.add_argument("--only", default="", metavar="NAME", help="rivals whose name holds this, nothing written")
    parser.add_argument("--probe", action="store_true", help="what each instruction costs, and nothing else")
    chosen = parser.parse_args()
    if chosen.probe:
        from benchmarks import probe

        print(probe.main(10_000 if chosen.quick else 40_000))
        return
    from benchmarks import report, run

    results = run.compare(
        run.QUICK if chosen.quick else run.FULL, chosen.only, lambda text: print(text, file=sys.stderr)
    )
    print(report.whole(results))
    if not chosen.quick and not chosen.only:
        report.write(results, Path(__file__).parents[1])


if __name__ == "__main__":
    main()
