"""Timing a program in parts computes what it computes whole."""

import pytest
from benchmarks.probe import probe, render
from benchmarks.workload import FEATURES, candles, program_of

from candlewick.program import run


@pytest.mark.slow
def test_parts_one_at_a_time_give_the_bits_of_the_program():
    program = program_of(FEATURES[:40])
    symbols = [candles(700, seed) for seed in range(3)]
    wide = probe(program, symbols)
    whole = run(program, {str(k): x for k, x in enumerate(symbols)})[0]
    for k, result in enumerate(wide.results):
        assert result.tobytes() == whole[str(k)].tobytes()
    text = render(wide, probe(program, symbols[:1]))
    for cost in wide.costs:
        assert f"| {cost.part} | {cost.instructions} |" in text
    assert sum(cost.instructions for cost in wide.costs) == len(program.instructions)
