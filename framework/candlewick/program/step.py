"""One candle of one symbol as straight code: every offset is a number in it, values stay in the processor's registers.

The memory of a symbol begins with a header: how many rows of the registers are filled, how many candles were seen, NaN,
and the values of the candle that comes. When all rows are filled the last ones are moved to the front, as the past.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from candlewick.program.builtin import DECLARED, giving, taking
from candlewick.program.compiler import STEP
from candlewick.program.rounding import guarded
from candlewick.program.text import NAN, Text, is_value, literal, sources

if TYPE_CHECKING:
    from collections.abc import Iterable

    from candlewick.program.layout import Layout
    from candlewick.program.program import Program

FILLED, CANDLE, MISSING, COLUMNS = range(4)


def update(program: Program, layout: Layout, rows: int, name: str) -> str:
    """The module of ``name(*values)``, bound to the memory of a symbol, which it advances by a candle."""
    text = Text()
    filled = text.integer("%m", FILLED)
    text.add(f"%full = icmp eq i64 {filled}, {rows}")
    text.add("br i1 %full, label %move, label %go")
    text.label("move")
    for start, depth in zip(layout.starts, program.depths, strict=True):
        if depth:
            text.moved("memmove", text.at("%m", start), text.at("%m", start + rows), depth)
    text.add("br label %go")
    text.label("go")
    text.add(f"%row = phi i64 [ {filled}, %begin ], [ 0, %move ]")
    candle = text.integer("%m", CANDLE)
    step = _Step(program, layout, text, "%row", candle)
    for column in range(len(program.columns)):
        step.values[column] = text.new(f"load double, ptr {text.at('%m', COLUMNS + column)}")
        step.store(column)
    step.run(range(program.updates))
    for slot, now in ((FILLED, "%row"), (CANDLE, candle)):
        text.add(f"store i64 {text.new(f'add i64 {now}, 1')}, ptr {text.at('%m', slot)}")
    entry = taking(name, "guarded", len(program.columns), COLUMNS)
    return text.module("advance", "ptr noalias %m", DECLARED + entry + guarded("guarded", "advance", 1))


def emit(program: Program, layout: Layout, stage: str, vector: int, name: str) -> str:
    """The module of ``name()``, bound to the memory of a symbol and to what reads the results of the last candle.

    Those of a stage are laid down at ``vector`` before.
    """
    text = Text()
    results = program.stage(stage)
    seen = text.integer("%m", CANDLE)
    text.add(f"%none = icmp eq i64 {seen}, 0")
    text.add("br i1 %none, label %blank, label %go")
    text.label("blank")
    for index in range(len(results)):
        text.add(f"store double {NAN}, ptr {text.at('%m', vector + index)}")
    text.add("ret void")
    text.label("go")
    filled = text.integer("%m", FILLED)
    step = _Step(program, layout, text, text.new(f"sub i64 {filled}, 1"), text.new(f"sub i64 {seen}, 1"))
    step.run(_wanted(program, {result.register for result in results}))
    nan = text.new(f"load double, ptr {text.at('%m', MISSING)}")
    for index, result in enumerate(results):
        number = text.sound(step.read(result.register, result.delay), nan)
        text.add(f"store double {number}, ptr {text.at('%m', vector + index)}")
    entry = giving(name, "guarded")
    return text.module("lay", "ptr noalias %m", DECLARED + entry + guarded("guarded", "lay", 1))


def _wanted(program: Program, registers: set[int]) -> list[int]:
    """The instructions that emit runs so that some registers can be read."""
    found = []
    for position in range(len(program.instructions) - 1, program.updates - 1, -1):
        if sources(program) + position in registers:
            found.append(position)
            registers = registers | {operand.register for operand in program.instructions[position].inputs}
    return found[::-1]


class _Step:
    """Instructions on one row."""

    def __init__(self, program: Program, layout: Layout, text: Text, row: str, candle: str) -> None:
        self.program, self.layout, self.text, self.candle = program, layout, text, candle
        first = len(program.columns)
        self.values = {first + index: literal(number) for index, number in enumerate(program.constants)}
        self.here = text.at("%m", row)
        kernels = [item for item in program.instructions if not is_value(item)]
        self.stored = set(program.kept) | {operand.register for item in kernels for operand in item.inputs}

    def address(self, register: int, delay: int = 0) -> str:
        """Where a register is, some rows ago."""
        base = self.here if self.program.depths[register] else "%m"
        return self.text.at(base, self.layout.rows[register] - delay)

    def read(self, register: int, delay: int = 0) -> str:
        """The value of a register, some rows ago."""
        if delay or register not in self.values:
            return self.text.new(f"load double, ptr {self.address(register, delay)}")
        return self.values[register]

    def store(self, register: int) -> None:
        """Lay a value down if a kernel, a later candle or the other function reads it."""
        if register in self.stored:
            self.text.add(f"store double {self.values[register]}, ptr {self.address(register)}")

    def run(self, positions: Iterable[int]) -> None:
        """Instructions, in order."""
        for position in positions:
            item = self.program.instructions[position]
            if is_value(item):
                self.values[item.out] = self.text.value(item, [self.read(x.register, x.delay) for x in item.inputs])
                self.store(item.out)
                continue
            state = self.layout.state[position]
            offsets = (state, state + item.operator.scalars, self.layout.numbers[position])
            pointers = [self.address(item.out), *(self.address(x.register, x.delay) for x in item.inputs)]
            pointers += [self.text.at("%m", offset) for offset in offsets]
            self.text.kernel(item, STEP, pointers, [self.candle])
