"""The program as data, its machine code, and the two ways to run it: in blocks, and candle by candle."""

from candlewick.program.batch import Batch, run
from candlewick.program.live import Live
from candlewick.program.machine import load_operators
from candlewick.program.program import FEATURES, OUTPUT, STAGES, Instruction, Operand, Program, Result
from candlewick.program.sinks import Sinks

__all__ = [
    "FEATURES",
    "OUTPUT",
    "STAGES",
    "Batch",
    "Instruction",
    "Live",
    "Operand",
    "Program",
    "Result",
    "Sinks",
    "load_operators",
    "run",
]
