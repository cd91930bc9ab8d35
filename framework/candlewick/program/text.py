"""LLVM's language, line by line: what the functions of a program are written with."""

from __future__ import annotations

import struct
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from candlewick.operators.operator import Elementwise

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from candlewick.program.program import Instruction, Program

NAN = "0x7FF8000000000000"
NAN_BITS = int(NAN, 16)
_HEAD = """declare i64 @llvm.umin.i64(i64, i64)
declare void @llvm.memmove.p0.p0.i64(ptr, ptr, i64, i1)
declare void @llvm.prefetch.p0(ptr, i32, i32, i32)
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
"""


@dataclass
class Text:
    """The lines of one function, with fresh names for its values."""

    lines: list[str] = field(default_factory=list)
    declared: dict[str, str] = field(default_factory=dict)
    count: int = 0

    def add(self, line: str) -> None:
        """One line."""
        self.lines.append(f"  {line}")

    def label(self, name: str) -> None:
        """The beginning of a part that is jumped to."""
        self.lines.append(f"{name}:")

    def fresh(self) -> int:
        """A number that no name has yet."""
        self.count += 1
        return self.count

    def new(self, expression: str) -> str:
        """A line that gives a value; its name."""
        name = f"%x{self.fresh()}"
        self.add(f"{name} = {expression}")
        return name

    def at(self, base: str, offset: str | int) -> str:
        """The address ``offset`` numbers after another."""
        return self.new(f"getelementptr double, ptr {base}, i64 {offset}")

    def integer(self, base: str, index: int) -> str:
        """The integer at ``base[index]``."""
        return self.new(f"load i64, ptr {self.at(base, index)}")

    @contextmanager
    def repeat(self, first: str | int, stop: str, step: int = 1, mark: str = "") -> Iterator[str]:
        """A loop from ``first``, which is below ``stop``: what is written within it, with its index."""
        number = self.fresh()
        index = f"%i{number}"
        self.add(f"br label %enter{number}")
        self.label(f"enter{number}")
        self.add(f"br label %loop{number}")
        self.label(f"loop{number}")
        self.add(f"{index} = phi i64 [ {first}, %enter{number} ], [ {index}.next, %again{number} ]")
        yield index
        self.add(f"br label %again{number}")
        self.label(f"again{number}")
        self.add(f"{index}.next = add nuw nsw i64 {index}, {step}")
        more = self.new(f"icmp ult i64 {index}.next, {stop}")
        self.add(f"br i1 {more}, label %loop{number}, label %left{number}{mark}")
        self.label(f"left{number}")

    @contextmanager
    def when(self, condition: str) -> Iterator[None]:
        """What is written within it runs under a condition."""
        number = self.fresh()
        self.add(f"br i1 {condition}, label %then{number}, label %after{number}")
        self.label(f"then{number}")
        yield
        self.add(f"br label %after{number}")
        self.label(f"after{number}")

    def value(self, item: Instruction, operands: Iterable[str]) -> str:
        """The result of an elementwise instruction."""
        name = item.operator.operator_name()
        given = [*operands, *(literal(number) for number in item.operator.numbers)]
        self.declared[name] = f"declare double @value_{name}({', '.join(['double'] * len(given))})"
        return self.new(f"call double @value_{name}({', '.join(f'double {x}' for x in given)})")

    def kernel(self, item: Instruction, entry: str, pointers: list[str], integers: list[str]) -> None:
        """A call of a kernel by one of its entries."""
        name = f"{item.operator.operator_name()}_{entry}"
        self.declared[name] = f"declare void @{name}({', '.join(['ptr'] * len(pointers) + ['i64'] * len(integers))})"
        given = [*(f"ptr {pointer}" for pointer in pointers), *(f"i64 {integer}" for integer in integers)]
        self.add(f"call void @{name}({', '.join(given)})")

    def moved(self, how: str, to: str, start: str, count: str | int) -> None:
        """Copy ``count`` numbers; ``how`` is memmove where they may overlap, else memcpy."""
        size = str(8 * count) if isinstance(count, int) else self.new(f"shl i64 {count}, 3")
        self.add(f"call void @llvm.{how}.p0.p0.i64(ptr {to}, ptr {start}, i64 {size}, i1 false)")

    def sound(self, number: str, nan: str) -> str:
        """The number, with the one NaN for any.

        ``nan`` is read from memory: with a NaN that it knows LLVM drops the choice, as it holds all NaN for the same.
        """
        missing = self.new(f"fcmp uno double {number}, 0.0")
        return self.new(f"select i1 {missing}, double {nan}, double {number}")

    def module(self, name: str, arguments: str, more: str) -> str:
        """The whole module of this function, which the rest of it calls."""
        declared, body = "\n".join(self.declared.values()), "\n".join(self.lines)
        function = f"define internal void @{name}({arguments}) noinline nounwind {{\nbegin:\n{body}\n  ret void\n}}\n"
        return f"{_HEAD}{declared}\n{function}{more}"


def literal(number: float) -> str:
    """A number as LLVM reads it, every bit of it."""
    return f"0x{struct.pack('>d', number).hex()}"


def is_value(item: Instruction) -> bool:
    """Whether an instruction is elementwise, and inlined; else it calls a kernel."""
    return isinstance(item.operator, Elementwise)


def sources(program: Program) -> int:
    """The number of registers that no instruction writes: columns and constants."""
    return len(program.columns) + len(program.constants)
