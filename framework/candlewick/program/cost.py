"""What each output of a program costs: every operator is timed by itself, and shared work is shared out."""

from __future__ import annotations

import contextlib
import json
import os
import time
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from candlewick.operators.operator import FLOAT
from candlewick.program.batch import Batch
from candlewick.program.cache import cache_directory
from candlewick.program.compiler import digest
from candlewick.program.program import Instruction, Operand, Program, Result

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from candlewick.operators.operator import Operator

ROWS = 2048
REPEATS = 25
LEAST = 0.1  # nanoseconds: less cannot be told from nothing
_NODE = "0" * 32


@lru_cache(maxsize=1)
def costs(program: Program) -> Mapping[str, float]:
    """What each output of a program costs. Units: nanoseconds per candle, in a block.

    An instruction that several outputs need counts for each of them in equal parts, so that the sum is that of all
    instructions.
    """
    spent = dict.fromkeys(program.names, 0.0)
    each = operator_costs([item.operator for item in program.instructions])
    for outputs, item in zip(_needed_by(program), program.instructions, strict=True):
        for position in outputs:
            spent[program.results[position].name] += each[item.operator.key] / len(outputs)
    return spent


def operator_costs(operators: Iterable[Operator]) -> dict[str, float]:
    """What one use of each operator costs by itself, by its key. Units: nanoseconds per candle.

    Measured once per machine and version of the operator, then remembered beside the compiled operators.
    """
    wanted = {operator.key: operator for operator in operators}
    names = {key: f"{digest(type(operator))} {key}" for key, operator in wanted.items()}
    file = cache_directory().with_name("costs.json")
    known = _read(file)
    missing = [key for key, name in names.items() if name not in known]
    if missing:
        nothing = _timed(_alone(None))
        known |= {names[key]: max((_timed(_alone(wanted[key])) - nothing) / ROWS, LEAST) for key in missing}
        _write(file, known)
    return {key: known[name] for key, name in names.items()}


def _read(file: Path) -> dict[str, float]:
    """What was measured before; nothing when there is nothing to read, and then it is measured again."""
    try:
        known = json.loads(file.read_text(encoding="utf-8"))
        return {str(name): float(cost) for name, cost in known.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _write(file: Path, known: Mapping[str, float]) -> None:
    """For the next process; a place that cannot be written is told of where operators are compiled."""
    temporary = file.with_name(f"{file.name}.{os.getpid()}")
    with contextlib.suppress(OSError):
        temporary.write_text(json.dumps(known), encoding="utf-8")
        temporary.replace(file)


def _needed_by(program: Program) -> list[list[int]]:
    """For each instruction the positions of the outputs that need it."""
    sources = len(program.columns) + len(program.constants)
    readers = [set[int]() for _ in program.depths]
    for position, result in enumerate(program.results):
        readers[result.register].add(position)
    for item in reversed(program.instructions):
        for operand in item.inputs:
            readers[operand.register] |= readers[item.out]
    return [sorted(outputs) for outputs in readers[sources:]]


def _alone(operator: Operator | None) -> Program:
    """A program of one instruction, or of none."""
    columns = ("x", "y", "z")
    inputs = tuple(Operand(register) for register in range(len(operator.operands))) if operator else ()
    instructions = (Instruction(operator, len(columns), inputs, _NODE),) if operator else ()
    depth = operator.reach if operator else 0
    depths = (*([depth] * len(columns)), *([0] * len(instructions)))
    return Program(columns, (), depths, instructions, len(instructions), (Result("", len(depths) - 1, 0, FLOAT),))


def _timed(program: Program) -> int:
    """Nanoseconds for a block of candles, the least of a few tries."""
    batch = Batch(program, rows=ROWS)
    source = 100 + np.random.default_rng(0).normal(size=(len(program.columns), ROWS)).cumsum(axis=1)
    sink = np.empty((len(program.results), ROWS))
    spent = []
    for _ in range(REPEATS):
        start = time.perf_counter_ns()
        batch.run([source], [sink], (0, ROWS))
        spent.append(time.perf_counter_ns() - start)
    return min(spent)
