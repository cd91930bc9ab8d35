"""``python -m benchmarks --probe``: what each instruction of the 71 features costs."""

from __future__ import annotations

import argparse

parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
parser.add_argument("--probe", action="store_true", required=True, help="the cost of each instruction of the program")
parser.add_argument("--quick", action="store_true", help="a smoke test in seconds")
arguments = parser.parse_args()

from benchmarks.probe import main  # noqa: E402 - the help needs no kernels

print(main(10_000 if arguments.quick else 40_000))
