"""A block of rows of one or more symbols: what is ready together shares a loop, what has a state calls its kernel.

``void block(ptr memory, ptr table)``: the table of integers is a header, and then for every column and every result the
address of the rows of each lane. Where registers and state lie is written into the code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from candlewick.program.compiler import EIGHT, ONE
from candlewick.program.lanes import called, functions
from candlewick.program.layout import lay_out_block
from candlewick.program.loops import Loop, write_plain, write_strips
from candlewick.program.machine import value
from candlewick.program.rounding import guarded
from candlewick.program.text import NAN_BITS, Text, is_value, literal, sources

if TYPE_CHECKING:
    from collections.abc import Sequence

    from candlewick.program.program import Instruction, Program

ROWS, CANDLE, PREVIOUS, AT, MISSING, HEADER = range(6)


def table(program: Program, lanes: int) -> list[int]:
    """The table, aimed at nothing yet."""
    header = [0] * HEADER
    header[MISSING] = NAN_BITS
    return [*header, *([0] * ((len(program.columns) + len(program.results)) * lanes))]


def entry(lanes: int) -> str:
    """Which of a kernel's entries a block of so many lanes calls; it names the function as well."""
    return {1: ONE, 8: EIGHT}[lanes]


def block(program: Program, lanes: int, name: str) -> str:
    """The module of ``void name(...)`` for one lane or for eight."""
    writer = Writer(program, lanes)
    writer.begin()
    for part in writer.order:
        writer.write(part)
    writer.end()
    return writer.module(name)


def schedule(program: Program) -> list[Loop | Instruction | int]:
    """Loops, kernels and results in an order in which everything is there when it is read.

    As much as possible goes into one loop, with the results it makes; a result of a kernel comes right after it.
    """
    done: set[int] = set()
    pending = list(program.instructions)
    waiting = dict(enumerate(program.results))
    order: list[Loop | Instruction | int] = []

    def finish(*registers: int) -> list[int]:
        done.update(registers)
        found = [k for k, result in waiting.items() if result.register in done]
        for k in found:
            del waiting[k]
        return found

    order.extend(finish(*range(sources(program))))
    while pending:
        loop = Loop([])
        inside: set[int] = set()
        for item in filter(_is_simple, pending):
            if all(x.register in done or (x.register in inside and not x.delay) for x in item.inputs):
                loop.items.append(item)
                inside.add(item.out)
        if loop.items:
            order.append(loop)
            loop.results = finish(*inside)
        for item in pending:
            if not _is_simple(item) and all(x.register in done for x in item.inputs):
                order.append(item)
                order.extend(finish(item.out))
        pending = [item for item in pending if item.out not in done]
    return order


def _is_simple(item: Instruction) -> bool:
    return is_value(item) and value(item.operator.operator_name()).simple


class Writer:
    """Writes the function part by part."""

    def __init__(self, program: Program, lanes: int) -> None:
        self.program, self.count, self.entry = program, lanes, entry(lanes)
        self.text = text = Text()
        self._globals: list[str] = []
        self._ends: list[str] = []
        self.n, self.candle, self.previous, self.at = (text.integer("%t", k) for k in (ROWS, CANDLE, PREVIOUS, AT))
        self.nan = text.new(f"load double, ptr {text.at('%t', MISSING)}")
        self.total = text.new(f"mul i64 {self.n}, {lanes}")
        self.layout = lay_out_block(program, lanes)
        self.registers = [text.at("%m", start) for start in self.layout.rows]
        self.constants = {len(program.columns) + k: literal(x) for k, x in enumerate(program.constants)}
        self.order = schedule(program)
        self.stored = self._stored()

    def begin(self) -> None:
        """The last rows of the block before become the past of this one, and its candles come in."""
        for register, depth in enumerate(self.program.depths):
            if depth:
                self._move(register, depth)
        for column in range(len(self.program.columns)):
            self._load(column)

    def write(self, part: Loop | Instruction | int) -> None:
        """A loop, a kernel or a result."""
        if isinstance(part, Loop):
            (write_strips if part.results else write_plain)(self, part)
        elif isinstance(part, int):
            self._lay(part)
        elif is_value(part):
            write_plain(self, Loop([part]), parallel=False)
        else:
            self._kernel(part)

    def end(self) -> None:
        """Count the candles."""
        text = self.text
        text.add(f"store i64 {text.new(f'add i64 {self.candle}, {self.n}')}, ptr {text.at('%t', CANDLE)}")
        text.add(f"store i64 {self.n}, ptr {text.at('%t', PREVIOUS)}")

    def module(self, name: str) -> str:
        """All that was written."""
        marks = ["!0 = distinct !{}", '!1 = !{!"llvm.loop.parallel_accesses", !0}', "!2 = !{i32 1}", *self._ends]
        more = "\n".join([guarded(name, "run", 2), *self._globals, functions(self.count), *marks, ""])
        return self.text.module("run", "ptr noalias %m, ptr noalias %t", more)

    def mark(self, *, parallel: bool) -> str:
        """What the end of a loop says: when ``parallel``, that its iterations touch nothing of each other."""
        end = len(self._ends) + 3
        self._ends.append(f"!{end} = distinct !{{!{end}{', !1' if parallel else ''}}}")
        return f", !llvm.loop !{end}"

    def constant(self, numbers: Sequence[int]) -> str:
        """The name of an array of integers."""
        name = f"@numbers{len(self._globals)}"
        written = ", ".join(f"i64 {number}" for number in numbers)
        self._globals.append(f"{name} = internal constant [{len(numbers)} x i64] [{written}]")
        return name

    def past(self, register: int, delay: int) -> str:
        """The address of a register, some rows ago."""
        return (
            self.text.at("%m", self.layout.rows[register] - delay * self.count) if delay else self.registers[register]
        )

    def place(self, result: int) -> int:
        """Where in memory the rows of a result begin."""
        found = self.program.results[result]
        return self.layout.rows[found.register] - found.delay * self.count

    def aimed(self, row: int) -> int:
        """Where in the table the addresses of a column or a result are."""
        return HEADER + row * self.count

    def across(self, how: str, start: str, aim: str, at: str, rows: str) -> None:
        """Rows from registers to the columns of every lane, or the other way."""
        given = f"ptr {start}, ptr {aim}, i64 {at}, i64 {rows}, i64 {self.count}, double {self.nan}"
        self.text.add(f"call void @{called(self.count, how)}({given})")

    def _stored(self) -> set[int]:
        """Registers that are read from memory: by a kernel, by another loop, by a later block or a snapshot."""
        program = self.program
        read = {r for r, depth in enumerate(program.depths) if depth} | set(program.kept)
        read |= {result.register for result in program.results}
        for part in self.order:
            if isinstance(part, Loop):
                read |= {register for register, _ in part.reads()}
            elif not isinstance(part, int):
                read |= {x.register for x in part.inputs}
        return read

    def _move(self, register: int, depth: int) -> None:
        text, count = self.text, depth * self.count
        start = self.past(register, depth)
        moved = text.new(f"mul i64 {self.previous}, {self.count}")
        text.moved("memmove", start, text.at(start, moved), count)

    def _load(self, column: int) -> None:
        aim = self.text.at("%t", self.aimed(column))
        if self.count == 1:
            start = self.text.new(f"load ptr, ptr {aim}")
            self.text.moved("memcpy", self.registers[column], self.text.at(start, self.at), self.n)
        else:
            self.across("gather", self.registers[column], aim, self.at, self.n)

    def _lay(self, result: int) -> None:
        """One result into the columns of every lane."""
        aim = self.text.at("%t", self.aimed(len(self.program.columns) + result))
        self.across("lay", self.text.at("%m", self.place(result)), aim, self.at, self.n)

    def _kernel(self, item: Instruction) -> None:
        position = item.out - sources(self.program)
        state = self.layout.state[position]
        offsets = (state, state + item.operator.scalars * self.count, self.layout.numbers[position])
        pointers = [self.registers[item.out], *(self.past(x.register, x.delay) for x in item.inputs)]
        pointers += [self.text.at("%m", offset) for offset in offsets]
        self.text.kernel(item, self.entry, pointers, [self.candle, self.n])
