"""The program as data: instructions over numbered registers, a constant pool, and the layout of the state.

Registers are numbered: input columns first, then constants, then one for each instruction. The first ``updates``
instructions feed state or past rows and run on every candle; the rest run only when the features are read.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, fields
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any

from candlewick.errors import ArtifactError
from candlewick.operators.catalogue import primitives
from candlewick.operators.operator import BOOL, FLOAT, INT, TIME, Number, Operator, Unsupported

if TYPE_CHECKING:
    from collections.abc import Iterator

    from candlewick.program.native import Native

FORMAT = 1
LARGEST = 2**24  # numbers of one symbol's state: 128 MB
DTYPES = (FLOAT, BOOL, INT, TIME)
FEATURES, OUTPUT = "features", "output"
STAGES = (FEATURES, OUTPUT)
"""The features before the fit, and the fit's output frame; a project without a fit has the first only."""
KEYS = {"format", "columns", "constants", "depths", "updates", "instructions", "results"}


@dataclass(frozen=True)
class Operand:
    """A register, ``delay`` rows ago."""

    register: int
    delay: int = 0


@dataclass(frozen=True)
class Instruction:
    """An operator that reads operands and writes a register; ``node`` is the hash of its expression."""

    operator: Operator
    out: int
    inputs: tuple[Operand, ...]
    node: str

    @property
    def phase(self) -> int:
        """Where the chunks of a window begin: spread over instructions, the same for the same expression."""
        return int(self.node[:8], 16)


@dataclass(frozen=True)
class Result:
    """A named output: a register, ``delay`` rows ago, and the dtype of the column. Names are unique in their stage."""

    name: str
    register: int
    delay: int
    dtype: str
    stage: str = FEATURES


@dataclass(frozen=True)
class Program:
    """Everything that is needed to compute the outputs, and nothing that is code."""

    columns: tuple[str, ...]
    constants: tuple[float, ...]
    depths: tuple[int, ...]
    """Past rows kept of each register."""
    instructions: tuple[Instruction, ...]
    updates: int
    results: tuple[Result, ...]
    """Those of stage features, then those of stage output."""

    @property
    def names(self) -> tuple[str, ...]:
        """The outputs in order."""
        return tuple(result.name for result in self.results)

    def rows(self, stage: str) -> slice:
        """Where the results of a stage lie among all; what a project without a fit puts out is its features."""
        features = sum(result.stage == FEATURES for result in self.results)
        total = len(self.results)
        return slice(0, features) if stage == FEATURES or features == total else slice(features, total)

    def stage(self, stage: str) -> tuple[Result, ...]:
        """The results of a stage, in order."""
        return self.results[self.rows(stage)]

    def needed(self, stage: str) -> int:
        """How many instructions, from the first, must have run before the results of a stage can be read."""
        sources = len(self.columns) + len(self.constants)
        return max([self.updates, *(result.register - sources + 1 for result in self.stage(stage))])

    @cached_property
    def slots(self) -> tuple[int, ...]:
        """Where the state of each instruction begins; the last entry is the total."""
        starts = [0]
        for item in self.instructions:
            starts.append(starts[-1] + item.operator.slots)
        return tuple(starts)

    @cached_property
    def numbers(self) -> tuple[tuple[float, ...], ...]:
        """What each instruction's kernel reads at ``p``: the operator's numbers, then the phase."""
        return tuple((*item.operator.numbers, float(item.phase)) for item in self.instructions)

    @cached_property
    def native(self) -> Native:
        """What runs it on this machine."""
        from candlewick.program.native import Native

        return Native(self)

    @cached_property
    def kept(self) -> tuple[int, ...]:
        """Registers that a snapshot holds: those whose past is read, and those that emit reads."""
        written = {item.out for item in self.instructions[: self.updates]} | set(range(len(self.columns)))
        read = {operand.register for item in self.instructions[self.updates :] for operand in item.inputs}
        read |= {result.register for result in self.results}
        return tuple(r for r, depth in enumerate(self.depths) if depth or (r in written and r in read))

    @cached_property
    def state_size(self) -> int:
        """Numbers of a symbol's state: the candle count, every slot, and the kept rows of registers."""
        return 1 + self.slots[-1] + sum(self.depths[register] + 1 for register in self.kept)

    def initial(self) -> list[float]:
        """The state of a symbol before its first candle: no past."""
        return list(self._initial)

    @cached_property
    def _initial(self) -> tuple[float, ...]:
        slots = [float(value) for item in self.instructions for value in item.operator.initial()]
        return (0.0, *slots, *([math.nan] * (self.state_size - 1 - len(slots))))

    def slices(self) -> dict[str, list[tuple[int, int]]]:
        """Where each node's state lies in the state vector, by node hash: its slots, and its kept rows.

        Input columns are listed under their own name. What is listed for a node is all that must be restored for it.
        """
        found: dict[str, list[tuple[int, int]]] = {}
        owners = dict(enumerate(self.columns)) | {item.out: item.node for item in self.instructions}
        for position, item in enumerate(self.instructions):
            if item.operator.slots:
                found.setdefault(item.node, []).append((1 + self.slots[position], 1 + self.slots[position + 1]))
        start = 1 + self.slots[-1]
        for register in self.kept:
            stop = start + self.depths[register] + 1
            found.setdefault(owners[register], []).append((start, stop))
            start = stop
        return found

    def to_plain(self) -> dict[str, Any]:
        """The program as JSON values; every float as its hexadecimal text, so that no digit is lost."""
        return {
            "format": FORMAT,
            "columns": list(self.columns),
            "constants": [value.hex() for value in self.constants],
            "depths": list(self.depths),
            "updates": self.updates,
            "instructions": [
                {
                    "operator": item.operator.operator_name(),
                    "parameters": {name: _plain(value) for name, value in item.operator.parameters.items()},
                    "out": item.out,
                    "inputs": [[operand.register, operand.delay] for operand in item.inputs],
                    "node": item.node,
                }
                for item in self.instructions
            ],
            "results": [[r.name, r.register, r.delay, r.dtype, r.stage] for r in self.results],
        }

    @classmethod
    def from_plain(cls, plain: Any) -> Program:
        """The program of `to_plain`; `ArtifactError` for anything that `lower` could not have written."""
        try:
            if plain["format"] != FORMAT:
                raise ArtifactError(
                    f"program format {plain['format']!r}, this version reads {FORMAT}", code="program-format"
                )
            _only(plain, KEYS)
            program = cls(
                columns=tuple(_text(name) for name in plain["columns"]),
                constants=tuple(float.fromhex(text) for text in plain["constants"]),
                depths=tuple(_count(depth) for depth in plain["depths"]),
                updates=_count(plain["updates"]),
                instructions=tuple(_instruction(item) for item in plain["instructions"]),
                results=tuple(
                    Result(_text(n), _count(r), _count(d), _text(t), _text(s)) for n, r, d, t, s in plain["results"]
                ),
            )
            program.verify()
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError, Unsupported) as problem:
            raise ArtifactError(f"the program cannot be read: {problem!r}", code="program-damaged") from problem
        return program

    def verify(self) -> None:
        """Check that every register, delay and count is consistent: a damaged program must never run."""
        for expected in chain(self._shape(), self._flow()):  # the flow only of what has the right shape
            raise ArtifactError(f"the program is inconsistent: expected {expected}", code="program-inconsistent")

    def _shape(self) -> Iterator[str]:
        """What is expected of counts and names and not so."""
        sources = len(self.columns) + len(self.constants)
        if len(self.depths) != sources + len(self.instructions):
            yield "as many depths as registers"
        if self.updates > len(self.instructions):
            yield "no more updates than instructions"
        if any(self.depths[len(self.columns) : sources]):
            yield "constants to have no past"
        if len({(result.stage, result.name) for result in self.results}) != len(self.results):
            yield "results of different names"
        if [result.stage for result in self.results] != sorted(result.stage for result in self.results):
            yield "the results of stage features before those of stage output"
        if any(result.stage not in STAGES for result in self.results):
            yield f"results of the stages {' and '.join(STAGES)}"
        if len(set(self.columns)) != len(self.columns):
            yield "columns of different names"
        if any(result.dtype not in DTYPES for result in self.results):
            yield f"results of the dtypes {', '.join(DTYPES)}"
        if self.slots[-1] + sum(self.depths) > LARGEST:
            yield f"a state of at most {LARGEST} numbers"

    def _flow(self) -> Iterator[str]:
        """What is expected of instructions and results and not so."""
        sources = len(self.columns) + len(self.constants)
        for position, item in enumerate(self.instructions):
            if item.out != sources + position:
                yield f"instruction {position} to write register {sources + position}"
            if len(item.inputs) != len(item.operator.operands):
                yield f"instruction {position} to have {len(item.operator.operands)} operands"
            if position >= self.updates and (item.operator.slots or self.depths[item.out]):
                yield f"instruction {position} to run on every candle"
            for operand in item.inputs:
                if operand.register >= item.out:
                    yield f"instruction {position} to read what is written before it"
                if operand.delay + item.operator.reach > self._depth(operand.register):
                    yield f"register {operand.register} to keep what instruction {position} reads"
        for result in self.results:
            if result.delay > self._depth(result.register):
                yield f"result {result.name!r} to exist"

    def _depth(self, register: int) -> int:
        return self.depths[register] if 0 <= register < len(self.depths) else -1


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{value!r} is not a count")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not text")
    return value


def _only(record: Any, keys: set[str]) -> None:
    if not isinstance(record, dict) or set(record) != keys:
        raise ValueError(f"expected {', '.join(sorted(keys))}")


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return {"float": value.hex()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


def _read(value: Any) -> Any:
    if isinstance(value, dict):
        _only(value, {"float"})
        return float.fromhex(value["float"])
    if isinstance(value, list):
        return tuple(_read(item) for item in value)
    return value


def _instruction(item: Any) -> Instruction:
    _only(item, {"operator", "parameters", "out", "inputs", "node"})
    name = item["operator"]
    known = primitives()
    if name not in known:
        raise ArtifactError(
            f"operator {name!r} is not in this version's catalogue",
            code="program-unknown-operator",
            hint="upgrade candlewick",
        )
    kind = known[name]
    parameters = {key: _read(value) for key, value in item["parameters"].items()}
    if set(parameters) != {field.name for field in fields(kind)}:
        raise ValueError(f"parameters of {name}: {sorted(parameters)}")
    operands = tuple(Operand(_count(register), _count(delay)) for register, delay in item["inputs"])
    operator = kind(**parameters)
    if operator.parameters != parameters and repr(operator.parameters) != repr(parameters):
        raise ValueError(f"parameters of {name}: {parameters}")
    if operator.slots > LARGEST:  # before its initial state is made
        raise ValueError(f"{name} of {operator.slots} numbers of state")
    if len(operator.initial()) != operator.slots or not all(isinstance(n, Number) for n in operator.numbers):
        raise ValueError(f"parameters of {name}: {parameters}")
    node = _text(item["node"])
    if not re.fullmatch("[0-9a-f]{32}", node):
        raise ValueError(f"node {node!r} is not a hash")
    return Instruction(operator, _count(item["out"]), operands, node)
