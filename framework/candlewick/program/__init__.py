"""The program as data, the generated dispatcher, and the two ways to run it: in blocks, and candle by candle."""

from candlewick.program.batch import Batch, run
from candlewick.program.dispatcher import Dispatcher, load_dispatcher
from candlewick.program.live import Live
from candlewick.program.program import FEATURES, OUTPUT, STAGES, Instruction, Operand, Program, Result

__all__ = [
    "FEATURES",
    "OUTPUT",
    "STAGES",
    "Batch",
    "Dispatcher",
    "Instruction",
    "Live",
    "Operand",
    "Program",
    "Result",
    "load_dispatcher",
    "run",
]
