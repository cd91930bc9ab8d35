"""A block of rows of one or more symbols: what is ready together shares a loop, what has a state calls its kernel.

``void block(ptr memory, ptr table)``: the table of integers is a header, where in memory every register, the state and
the numbers of every instruction lie, and then for every column and every result the address of the rows of each lane.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from candlewick.program.compiler import EIGHT, ONE
from candlewick.program.lanes import called, functions
from candlewick.program.machine import value
from candlewick.program.text import NAN_BITS, Text, is_value, literal, sources

if TYPE_CHECKING:
    from candlewick.program.layout import Layout
    from candlewick.program.program import Instruction, Program

ROWS, CANDLE, PREVIOUS, AT, MISSING, HEADER = range(6)


def table(program: Program, layout: Layout) -> list[int]:
    """The table of a layout, aimed at nothing yet."""
    header = [0] * HEADER
    header[MISSING] = NAN_BITS
    aims = (len(program.columns) + len(program.results)) * layout.lanes
    return [*header, *layout.rows, *layout.state[:-1], *layout.numbers, *([0] * aims)]


def aims(program: Program) -> int:
    """Where in the table the columns' and the results' addresses begin, each as many as there are lanes."""
    return HEADER + len(program.depths) + 2 * len(program.instructions)


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


@dataclass
class Loop:
    """Elementwise instructions that run together."""

    items: list[Instruction] = field(default_factory=list)


def schedule(program: Program) -> list[Loop | Instruction | int]:
    """Loops, kernels and results in an order in which everything is there when it is read.

    As much as possible goes into one loop; a result comes right after what wrote it, which is still in the cache.
    """
    done: set[int] = set()
    pending = list(program.instructions)
    waiting = dict(enumerate(program.results))
    order: list[Loop | Instruction | int] = []

    def finish(*registers: int) -> None:
        done.update(registers)
        found = [k for k, result in waiting.items() if result.register in done]
        order.extend(found)
        for k in found:
            del waiting[k]

    finish(*range(sources(program)))
    while pending:
        loop = Loop()
        inside: set[int] = set()
        for item in filter(_is_simple, pending):
            if all(x.register in done or (x.register in inside and not x.delay) for x in item.inputs):
                loop.items.append(item)
                inside.add(item.out)
        if loop.items:
            order.append(loop)
            finish(*inside)
        for item in pending:
            if not _is_simple(item) and all(x.register in done for x in item.inputs):
                order.append(item)
                finish(item.out)
        pending = [item for item in pending if item.out not in done]
    return order


def _is_simple(item: Instruction) -> bool:
    return is_value(item) and value(item.operator.operator_name()).simple


class Writer:
    """Writes the function part by part."""

    def __init__(self, program: Program, lanes: int) -> None:
        self.program, self.count, self.single, self.entry = program, lanes, lanes == 1, entry(lanes)
        self.text = text = Text()
        self.ends: list[str] = []
        self.n, self.candle, self.previous, self.at = (text.integer("%t", k) for k in (ROWS, CANDLE, PREVIOUS, AT))
        self.lanes = str(lanes)
        self.nan = text.new(f"load double, ptr {text.at('%t', MISSING)}")
        self.total = text.new(f"mul i64 {self.n}, {self.lanes}")
        self.registers = [text.at("%m", text.integer("%t", HEADER + r)) for r in range(len(program.depths))]
        self.constants = {len(program.columns) + k: literal(x) for k, x in enumerate(program.constants)}
        self.order = schedule(program)
        self.stored = self._stored()

    def begin(self) -> None:
        """The last rows of the block before become the past of this one, and its candles come in."""
        for address, depth in zip(self.registers, self.program.depths, strict=True):
            if depth:
                self._move(address, depth)
        for column in range(len(self.program.columns)):
            self._load(column)

    def write(self, part: Loop | Instruction | int) -> None:
        """A loop, a kernel or a result."""
        if isinstance(part, Loop):
            self._loop(part)
        elif isinstance(part, int):
            self._lay(part)
        elif is_value(part):
            self._loop(Loop([part]), parallel=False)
        else:
            self._kernel(part)

    def end(self) -> None:
        """Count the candles."""
        self.text.add(
            f"store i64 {self.text.new(f'add i64 {self.candle}, {self.n}')}, ptr {self.text.at('%t', CANDLE)}"
        )
        self.text.add(f"store i64 {self.n}, ptr {self.text.at('%t', PREVIOUS)}")

    def module(self, name: str) -> str:
        """All that was written."""
        marks = ["!0 = distinct !{}", '!1 = !{!"llvm.loop.parallel_accesses", !0}', "!2 = !{i32 1}", *self.ends]
        return self.text.module(name, "ptr noalias %m, ptr noalias %t", functions(self.count) + "\n".join(marks) + "\n")

    def _stored(self) -> set[int]:
        """Registers that are read from memory: by a kernel, by another loop, by a later block or a snapshot."""
        program = self.program
        read = {r for r, depth in enumerate(program.depths) if depth} | set(program.kept)
        for part in self.order:
            if isinstance(part, Loop):
                inside = {item.out for item in part.items}
                read |= {x.register for item in part.items for x in item.inputs if x.register not in inside}
            elif isinstance(part, int):
                read.add(program.results[part].register)
            else:
                read |= {x.register for x in part.inputs}
        return read

    def _move(self, address: str, depth: int) -> None:
        text = self.text
        count = text.new(f"mul i64 {self.lanes}, {depth}")
        start = text.at(address, text.new(f"sub i64 0, {count}"))
        moved = text.new(f"mul i64 {self.previous}, {self.lanes}")
        text.moved("memmove", start, text.at(start, moved), count)

    def _aim(self, row: int) -> str:
        """Where in the table the addresses of a column or a result are."""
        return self.text.at("%t", self.text.new(f"add i64 {self._rows(row)}, {aims(self.program)}"))

    def _rows(self, row: int) -> str:
        return self.text.new(f"mul i64 {self.lanes}, {row}")

    def _load(self, column: int) -> None:
        if self.single:
            start = self.text.new(f"load ptr, ptr {self._aim(column)}")
            self.text.moved("memcpy", self.registers[column], self.text.at(start, self.at), self.n)
        else:
            self._across("gather", self.registers[column], column)

    def _lay(self, result: int) -> None:
        """One result into the columns of every lane."""
        found = self.program.results[result]
        self._across("lay", self._past(found.register, found.delay), len(self.program.columns) + result)

    def _across(self, how: str, register: str, row: int) -> None:
        given = f"ptr {register}, ptr {self._aim(row)}, i64 {self.at}, i64 {self.n}, "
        given += f"i64 {self.lanes}, double {self.nan}"
        self.text.add(f"call void @{called(self.count, how)}({given})")

    def _past(self, register: int, delay: int) -> str:
        """The address of a register, some rows ago."""
        if not delay:
            return self.registers[register]
        return self.text.at(self.registers[register], self.text.new(f"mul i64 {self.lanes}, {-delay}"))

    def _kernel(self, item: Instruction) -> None:
        position = item.out - sources(self.program)
        count, text = len(self.program.instructions), self.text
        state = text.at("%m", text.integer("%t", HEADER + len(self.registers) + position))
        more = text.at(state, text.new(f"mul i64 {self.lanes}, {item.operator.scalars}"))
        numbers = text.at("%m", text.integer("%t", HEADER + len(self.registers) + count + position))
        pointers = [self.registers[item.out], *(self._past(x.register, x.delay) for x in item.inputs)]
        text.kernel(item, self.entry, [*pointers, state, more, numbers], [self.candle, self.n])

    def _loop(self, loop: Loop, *, parallel: bool = True) -> None:
        """One loop over the values of the block; its iterations touch nothing of each other."""
        text = self.text
        mark = ", !llvm.access.group !0" if parallel else ""
        read: dict[tuple[int, int], str] = {}
        inside = {item.out for item in loop.items}
        asked = [(x.register, x.delay) for item in loop.items for x in item.inputs]
        for register, delay in dict.fromkeys(asked):
            if register not in inside and (delay or register not in self.constants):
                read[register, delay] = self._past(register, delay)
        number = text.fresh()
        text.add(f"br label %enter{number}")
        text.label(f"enter{number}")
        text.add(f"br label %loop{number}")
        text.label(f"loop{number}")
        index = f"%i{number}"
        text.add(f"{index} = phi i64 [ 0, %enter{number} ], [ {index}.next, %loop{number} ]")
        values = {(register, 0): number for register, number in self.constants.items()}
        for key, address in read.items():
            values[key] = text.new(f"load double, ptr {text.at(address, index)}{mark}")
        for item in loop.items:
            values[item.out, 0] = text.value(item, [values[x.register, x.delay] for x in item.inputs])
            if item.out in self.stored:
                text.add(f"store double {values[item.out, 0]}, ptr {text.at(self.registers[item.out], index)}{mark}")
        text.add(f"{index}.next = add nuw nsw i64 {index}, 1")
        text.add(f"%more{number} = icmp ult i64 {index}.next, {self.total}")
        end = len(self.ends) + 3
        self.ends.append(f"!{end} = distinct !{{!{end}{', !1' if parallel else ''}}}")
        text.add(f"br i1 %more{number}, label %loop{number}, label %left{number}, !llvm.loop !{end}")
        text.label(f"left{number}")
