"""Where values come from: candle columns and constants. They have no kernel; programs load them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from candlewick.operators.operator import BOOL, FLOAT, INT, TIME, Operator, Unsupported


@dataclass(frozen=True)
class Column(Operator):
    """A column of the candles; ``ts`` is time, in milliseconds since 1970."""

    operands: ClassVar[tuple[str, ...]] = ()
    name: str = ""

    def dtype(self, *_: str) -> str:
        """Time for ``ts``, else float."""
        return TIME if self.name == "ts" else FLOAT


@dataclass(frozen=True)
class Constant(Operator):
    """A number known before the first candle."""

    operands: ClassVar[tuple[str, ...]] = ()
    number: float | int | bool = 0.0

    def dtype(self, *_: str) -> str:
        """That of the Python number."""
        if isinstance(self.number, bool):
            return BOOL
        return INT if isinstance(self.number, int) else FLOAT


LARGEST_INT = 2**53  # beyond it a float64 no longer holds every integer


def constant(value: Any) -> Constant:
    """A constant from a Python or numpy scalar."""
    number = value.item() if hasattr(type(value), "item") and getattr(value, "ndim", 0) == 0 else value
    if isinstance(number, bool | float):
        return Constant(number)
    if isinstance(number, int):
        if abs(number) > LARGEST_INT:
            raise Unsupported(f"{number} is beyond what a float64 holds exactly", "write it as a float")
        return Constant(number)
    kind = type(value).__name__
    known = getattr(type(value), "spoken", None) or f"a{'n' if kind[0] in 'AEIOUaeiou' else ''} {kind}"
    raise Unsupported(
        f"{known} beside a column",
        "combine columns with columns and numbers",
        "trace-unsupported-operand",
    )
