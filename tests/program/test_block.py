"""The order in which a block is computed: everything is there when it is read, and as much as can be shares a loop."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from candlewick.lower import lower
from candlewick.program import Program, run
from candlewick.program.block import schedule
from candlewick.program.loops import Loop
from candlewick.trace import tracing

from ..effort import examples

CHOICES = {
    "ratio": lambda x, y: x / y,
    "log": lambda x, y: np.log(x),
    "cosine": lambda x, y: np.cos(x),  # no vectors of it
    "shift": lambda x, y: x.shift(3) - y,
    "mean": lambda x, y: x.rolling(4).mean(),
    "ewm": lambda x, y: (x + y).ewm(span=3).mean(),
}
steps = st.lists(
    st.tuples(st.sampled_from(sorted(CHOICES)), st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=9
)


def program_of(recipe) -> Program:
    with tracing() as trace:
        values = [trace.input("close"), trace.input("open")]
        for name, x, y in recipe:
            values.append(CHOICES[name](values[x % len(values)], values[y % len(values)]))
        graph = trace.graph({f"y{k}": value for k, value in enumerate(values)})
    program = lower(graph, ("open", "close"))
    program.native  # noqa: B018 - loads the operators
    return program


@examples(60)
@given(steps)
def test_everything_is_there_when_it_is_read(recipe):
    program = program_of(recipe)
    there = set(range(len(program.columns) + len(program.constants)))
    laid = set()
    for part in schedule(program):
        if isinstance(part, int):
            assert program.results[part].register in there
            laid.add(part)
            continue
        items = part.items if isinstance(part, Loop) else [part]
        inside = set()
        for item in items:
            for operand in item.inputs:  # within a loop only the value of the same row
                assert operand.register in there or (operand.register in inside and not operand.delay)
            inside.add(item.out)
        there |= inside
        if isinstance(part, Loop):
            assert {program.results[k].register for k in part.results} <= there
            laid |= set(part.results)
    assert laid == set(range(len(program.results)))
    assert {item.out for item in program.instructions} <= there


def test_a_chain_of_arithmetic_is_one_loop():
    program = program_of([("ratio", 0, 1), ("log", 2, 0), ("ratio", 3, 2)])
    loops = [part for part in schedule(program) if isinstance(part, Loop)]
    assert [len(loop.items) for loop in loops] == [len(program.instructions)]


def test_threads_that_run_a_program_for_the_first_time_share_its_code():
    x = {"s": np.random.default_rng(0).lognormal(0, 1, (2, 500))}
    program = program_of([("ewm", 0, 1), ("cosine", 2, 0), ("mean", 3, 1), ("log", 4, 2)])
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: run(program, x)[0]["s"].tobytes(), range(16)))
    assert len(set(results)) == 1
