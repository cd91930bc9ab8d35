"""Loops over the values of a block: elementwise instructions that run together, and results that are laid down between.

Divisions and roots keep one part of the processor busy, writing past the cache another. So a loop lays down its results
as it goes, a strip behind what it computes, and a few of them after every eight values: neither waits for the other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from candlewick.program.block import Writer
    from candlewick.program.program import Instruction

WIDE = 8  # values that are computed at once
STRIP = 16  # so many times eight values: whole pairs of cache lines of every column


@dataclass
class Loop:
    """Elementwise instructions that run together, and the results that they make."""

    items: list[Instruction]
    results: list[int] = field(default_factory=list)

    def reads(self) -> list[tuple[int, int]]:
        """The registers, and how many rows ago, that it reads and does not make."""
        inside = {item.out for item in self.items}
        asked = ((x.register, x.delay) for item in self.items for x in item.inputs)
        return [key for key in dict.fromkeys(asked) if key[0] not in inside]


def write_plain(writer: Writer, loop: Loop, *, parallel: bool = True) -> None:
    """One loop over the values of the block; when ``parallel``, it can be one of vectors."""
    with writer.text.repeat(0, writer.total, mark=writer.mark(parallel=parallel)) as index:
        _body(writer, loop, index, parallel=parallel)


def write_strips(writer: Writer, loop: Loop) -> None:
    """The same in vectors, strip by strip; past the last row there is room for what the last vector makes too much."""
    text, count = writer.text, len(loop.results)
    vectors = text.new(f"lshr i64 {text.new(f'add i64 {writer.total}, {WIDE - 1}')}, 3")
    laid = _Laid(writer, loop.results)
    with text.repeat(0, vectors, STRIP) as strip:
        end = text.new(f"call i64 @llvm.umin.i64(i64 {text.new(f'add i64 {strip}, {STRIP}')}, i64 {vectors})")
        before = text.new(f"sub i64 {strip}, {STRIP}")
        due = text.new(f"select i1 {text.new(f'icmp eq i64 {strip}, 0')}, i64 0, i64 {count}")
        with text.repeat(strip, end) as vector:
            first = text.new(f"shl i64 {vector}, 3")
            with text.repeat(0, str(WIDE), mark=writer.mark(parallel=True)) as value:
                _body(writer, loop, text.new(f"add nuw nsw i64 {first}, {value}"), parallel=True)
            done = text.new(f"sub i64 {vector}, {strip}")
            last = text.new(f"icmp eq i64 {text.new(f'add i64 {vector}, 1')}, {end}")
            start, stop = (_share(writer, due, text.new(f"add i64 {done}, {more}")) for more in (0, 1))
            stop = text.new(f"select i1 {last}, i64 {due}, i64 {stop}")
            with text.when(text.new(f"icmp ult i64 {start}, {stop}")), text.repeat(start, stop) as result:
                laid.write(result, before, str(STRIP * WIDE // writer.count))
    whole = text.new(f"and i64 {text.new(f'sub i64 {vectors}, 1')}, -{STRIP}")
    left = text.new(f"sub i64 {writer.n}, {laid.rows(whole)}")
    with text.repeat(0, str(count)) as result:
        laid.write(result, whole, left)


def _share(writer: Writer, due: str, done: str) -> str:
    """How many of the results that are due have their turn when so many vectors of a strip are done."""
    text = writer.text
    return text.new(f"udiv i64 {text.new(f'mul i64 {due}, {done}')}, {STRIP}")


def _body(writer: Writer, loop: Loop, index: str, *, parallel: bool) -> None:
    """All instructions for one value of the block."""
    text, mark = writer.text, ", !llvm.access.group !0" if parallel else ""
    values: Mapping[tuple[int, int], str]
    values = {(register, 0): number for register, number in writer.constants.items()}
    for register, delay in loop.reads():
        if delay or register not in writer.constants:
            address = text.at(writer.past(register, delay), index)
            values[register, delay] = text.new(f"load double, ptr {address}{mark}")
    for item in loop.items:
        values[item.out, 0] = text.value(item, [values[x.register, x.delay] for x in item.inputs])
        if item.out in writer.stored:
            address = text.at(writer.registers[item.out], index)
            text.add(f"store double {values[item.out, 0]}, ptr {address}{mark}")


class _Laid:
    """Results that are laid down by their number: where each lies in memory and where the table aims it."""

    def __init__(self, writer: Writer, results: Sequence[int]) -> None:
        self._writer = writer
        places = [(writer.place(result), writer.aimed(len(writer.program.columns) + result)) for result in results]
        self._name = writer.constant([number for place in places for number in place])

    def rows(self, vector: str) -> str:
        """The row in which a vector begins."""
        return self._writer.text.new(f"mul i64 {vector}, {WIDE // self._writer.count}")

    def write(self, result: str, vector: str, rows: str) -> None:
        """Lay down so many rows from a vector on."""
        writer, text = self._writer, self._writer.text
        found = text.at(self._name, text.new(f"shl i64 {result}, 1"))
        start = text.at(text.at("%m", text.integer(found, 0)), text.new(f"shl i64 {vector}, 3"))
        at = text.new(f"add i64 {writer.at}, {self.rows(vector)}")
        writer.across("lay", start, text.at("%t", text.integer(found, 1)), at, rows)
