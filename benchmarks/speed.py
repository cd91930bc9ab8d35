"""How fast the program computes the 71 features: ns per row and feature in blocks, microseconds per candle live.

    python benchmarks/speed.py            # 100,000 candles of 1 and of 50 symbols, live, and pandas beside them
    python benchmarks/speed.py --quick

Compute only, one core, inputs and outputs in memory. Ratios come from one alternating run.
"""

from __future__ import annotations

import inspect
import sys
import time

import numpy as np
import pandas as pd
import technical_71 as workload

from candlewick.lower import lower
from candlewick.program import Live, load_dispatcher, run
from candlewick.trace import trace

COLUMNS = ("open", "high", "low", "close", "volume")
FUNCTIONS = {n: f for n, f in vars(workload).items() if inspect.isfunction(f) and not n.startswith("_")}


def execute(inputs):
    done = dict(inputs)

    def value(name):
        if name not in done:
            done[name] = FUNCTIONS[name](**{p: value(p) for p in inspect.signature(FUNCTIONS[name]).parameters})
        return done[name]

    return {name: value(name) for name in workload.OUT}


def candles(n, seed):
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, n)))
    opening = np.concatenate([[100.0], close[:-1]]) * np.exp(rng.normal(0, 0.001, n))
    high = np.maximum(opening, close) * np.exp(abs(rng.normal(0, 0.004, n)))
    low = np.minimum(opening, close) * np.exp(-abs(rng.normal(0, 0.004, n)))
    return np.stack([opening, high, low, close, rng.lognormal(8, 1, n)])


def seconds(function, times=3):
    best = float("inf")
    for _ in range(times):
        start = time.process_time()
        function()
        best = min(best, time.process_time() - start)
    return best


def main():
    n, symbols = (20_000, 10) if "--quick" in sys.argv else (100_000, 50)
    start = time.process_time()
    load_dispatcher()
    print(f"kernels loaded in {time.process_time() - start:.2f} CPU-seconds")
    program = lower(trace(execute, COLUMNS), COLUMNS)
    features = len(program.results)
    print(f"{features} features, {len(program.instructions)} instructions, {program.updates} on every candle")
    one = {"s": candles(n, 0)}
    columns = {name: pd.Series(one["s"][k]) for k, name in enumerate(COLUMNS)}
    cell = 1e9 / n / features
    with np.errstate(all="ignore"):
        print(f"pandas, 1 x {n}: {seconds(lambda: execute(columns), 1) * cell:.1f} ns per row and feature")
    print(f"program, 1 x {n}: {seconds(lambda: run(program, one)) * cell:.2f} ns per row and feature")
    total = 0.0
    for first in range(0, symbols, 8):  # eight symbols at a time: results are dropped, memory stays bounded
        group = {f"s{k}": candles(n, k) for k in range(first, min(first + 8, symbols))}
        total += seconds(lambda group=group: run(program, group), 1)
    print(f"program, {symbols} x {n}: {total * cell / symbols:.2f} ns per row and feature")
    live = Live(program)
    rows = [tuple(map(float, row)) for row in one["s"].T]
    times = []
    for row in rows:
        start = time.perf_counter_ns()
        live.update(*row)
        live.emit()
        times.append(time.perf_counter_ns() - start)
    p50, p99, p999 = (np.quantile(times[300:], q) / 1e3 for q in (0.5, 0.99, 0.999))
    print(f"live, update and emit: p50 {p50:.2f}, p99 {p99:.2f}, p99.9 {p999:.2f} microseconds")


if __name__ == "__main__":
    main()
