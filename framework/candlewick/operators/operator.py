"""What an operator is: pandas spellings, facts, state and a kernel, declared by one class.

An operator with its parameters is an instance (a frozen dataclass): ``RollingMean(window=20)``. The class says how it
is spelled in pandas, the instance says what is true of it. Nothing here imports pandas: spellings are strings.

A kernel is a plain function that numba compiles. It reads and writes arrays through pointers::

    kernel(out, x, ..., s, w, p, candle, n, lanes)

``out`` and every operand point at the current row, rows are ``lanes`` apart, and the past lies before them:
``x[row * lanes + lane - back * lanes]``. ``s`` is the state (``[slot][lane]``) and ``w`` what follows its first
``scalars`` slots, for what is as long as a window; ``p`` are the numbers of the instance, followed by its phase (see
`candlewick.operators.window`), ``candle`` is the symbol's candle number of row 0. What ``out``, ``s`` and ``w`` point
at overlaps with nothing else. Indices are not checked. Most kernels have a second loop for blocks in which nothing is
missing (`candlewick.operators.window.is_full`); what it computes must be the same to the bit.
"""

from __future__ import annotations

import hashlib
import inspect
from dataclasses import dataclass, fields
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    F = TypeVar("F", bound=Callable[..., Any])

FLOAT, BOOL, INT, TIME = "float", "bool", "int", "time"
OBJECT = "object"  # bools of which some are missing, as shift() leaves them; pandas keeps them as Python objects
UNBOUNDED = -1  # the lookback of a recursion: every candle since the first
Number = float | int | bool


class Unsupported(Exception):  # noqa: N818 - it is a verdict on a spelling, raised to the tracer, never to a user
    """A spelling that the catalogue cannot reproduce exactly, with the reason and the nearest thing that works."""

    def __init__(self, what: str, hint: str = "", code: str = "trace-unsupported-argument") -> None:
        super().__init__(what)
        self.what, self.hint, self.code = what, hint, code


@dataclass(frozen=True)
class Operator:
    """A causal primitive: its fields are its parameters."""

    spellings: ClassVar[tuple[str, ...]] = ()
    recognised: ClassVar[tuple[str, ...]] = ()
    """More ways to write it, as functions of a window, which the tracer recognises by what they compute."""
    operands: ClassVar[tuple[str, ...]] = ("x",)
    klass: ClassVar[str] = "S"
    samples: ClassVar[tuple[dict[str, Any], ...]] = ({},)
    """Parameters the laws are tried with."""
    accepts: ClassVar[tuple[str, ...]] = (FLOAT, INT, BOOL)
    exact: ClassVar[bool] = False
    """Whether the values equal pandas' bit for bit (and not within the tolerance of windows and recursions)."""
    operand_dtypes: ClassVar[tuple[str, ...]] = ()
    """Dtypes of the operands the laws try; floats when empty."""
    helpers: ClassVar[tuple[Callable[..., Any], ...]] = ()
    """Plain functions the kernel calls; compiled beside it."""
    passing: ClassVar[tuple[int, ...]] = ()
    """Operands that are read in the first candles only: after `opening` it does not matter whether they settle."""
    scalars: ClassVar[int] = 0
    """Slots of state before those the kernel reads at ``w``."""
    kernel: ClassVar[Callable[..., None] | None] = None

    @classmethod
    @cache
    def operator_name(cls) -> str:
        """The name in programs and artifacts: the class name in snake case."""
        return "".join(f"_{c.lower()}" if c.isupper() else c for c in cls.__name__).lstrip("_")

    tolerance: ClassVar[float] = 1e-9
    """How far from the exact value, relative to it or to `floor`."""

    @staticmethod
    def floor(x: Any, exact: Any) -> Any:
        """What rounding of the inputs alone may move: below it relative accuracy is not asked for."""
        del exact
        return 1e-3 * max((abs(value) for value in x.flat if value - value == 0.0), default=0.0)

    @classmethod
    def example(cls) -> tuple[str, ...]:
        """The dtype of each operand in the laws."""
        return cls.operand_dtypes or (FLOAT,) * len(cls.operands)

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters by name, as plain values."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @property
    def key(self) -> str:
        """Name and parameters, spelled so that values that differ in any bit or type differ here."""
        return f"{self.operator_name()}({', '.join(f'{k}={spell(v)}' for k, v in self.parameters.items())})"

    @property
    def numbers(self) -> tuple[float, ...]:
        """What the kernel reads at ``p``: the parameters as floats, in field order."""
        return tuple(float(value) for value in self.parameters.values())

    @property
    def lookback(self) -> int:
        """Past candles read besides the current one, or `UNBOUNDED`."""
        return 0

    @property
    def lookbacks(self) -> tuple[int, ...]:
        """The lookback into each operand, where they differ."""
        return (self.lookback,) * len(self.operands)

    @property
    def reach(self) -> int:
        """Past rows of its operands that the kernel itself reads from the registers."""
        return max(self.lookback, 0)

    @property
    def settling(self) -> int | None:
        """Candles until the seed of a recursion weighs less than `EPSILON`; None when it never does (anchored)."""
        return 0

    @property
    def first(self) -> int:
        """Leading candles without a value, given values from the first candle on."""
        return 0

    @property
    def opening(self) -> int:
        """The first candles of all, in which it is something else than afterwards."""
        return 0

    @property
    def slots(self) -> int:
        """Numbers of state."""
        return 0

    def initial(self) -> Sequence[float]:
        """The state before the first candle."""
        return (0.0,) * self.slots

    def dtype(self, *operands: str) -> str:
        """The dtype of the result; raises `Unsupported` where pandas would do something else than arithmetic."""
        for dtype in operands:
            if dtype not in self.accepts:
                raise Unsupported(
                    f"{type(self).__name__} of a {dtype} column is not an operator", "write .astype(float) first"
                )
        return FLOAT

    def exact_value(self, *pasts: Any) -> float | None:
        """The exact value at the last candle, given the past of every operand up to it.

        None where nothing is more exact than the kernel itself: it is one rounding of the operands.
        """
        del pasts
        return None

    def expand(self, *operands: Any) -> Any:
        """A composite: the operator in terms of others. Not defined for a primitive.

        Written in pandas' own words, or as one other operator and its operands: ``return Other(...), operands``.
        """
        raise NotImplementedError

    @classmethod
    def is_composite(cls) -> bool:
        """Whether the tracer replaces it by what `expand` returns."""
        return cls.expand is not Operator.expand

    @classmethod
    def is_compiled(cls) -> bool:
        """Whether it has a kernel."""
        return cls.kernel is not None or hasattr(cls, "value")

    @classmethod
    @cache
    def source_hash(cls) -> str:
        """Hash of everything compiled for this operator."""
        compiled = cls.kernel or getattr(cls, "value")  # noqa: B009 - only some have one
        text = "".join(inspect.getsource(part) for part in (compiled, *cls.helpers))
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


EPSILON = 1e-6  # a seed that weighs less than this no longer matters


@dataclass(frozen=True)
class Elementwise(Operator):
    """An operator of the current row only; ``value`` is a function of its operands and numbers."""

    exact: ClassVar[bool] = True
    value: ClassVar[Callable[..., Any]]


def part_of_kernel(helper: F) -> F:
    """A helper that is written into the kernels that call it: only so do its loops over lanes become vectors."""
    helper.part_of_kernel = True  # type: ignore[attr-defined] # what the compiler looks for
    return helper


def spell(value: Any) -> str:
    """A parameter as text that two values share only when they are the same bits of the same type.

    >>> spell(1), spell(1.0), spell(-0.0), spell((1, "a"))
    ('1', '0x1.0000000000000p+0', '-0x0.0p+0', "(1, 'a')")
    """
    if isinstance(value, float):
        return value.hex()
    if isinstance(value, tuple):
        return f"({', '.join(spell(item) for item in value)})"
    return repr(value)


def integer(name: str, value: Any, *, least: int) -> int:
    """A parameter that must be an integer of at least ``least``."""
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise Unsupported(f"{name}={value!r} is not an integer", f"pass {name} as an int of at least {least}")
    number = int(value.__index__())
    if number < least:
        raise Unsupported(f"{name}={number} is below {least}", f"pass {name} as an int of at least {least}")
    return number


def real(name: str, value: Any) -> float:
    """A parameter that must be a number."""
    if isinstance(value, str) or not hasattr(value, "__float__"):
        raise Unsupported(f"{name}={value!r} is not a number", f"pass {name} as a number known before the first candle")
    return float(value)


def flag(name: str, value: Any) -> bool:
    """A parameter that must be True or False."""
    if not isinstance(value, bool):
        raise Unsupported(f"{name}={value!r} is not True or False")
    return value


def promoted(*operands: str) -> str:
    """The dtype of arithmetic between columns, where numpy's integer and boolean arithmetic agrees with floats.

    >>> promoted("bool", "float"), promoted("int", "bool")
    ('float', 'int')
    """
    if FLOAT in operands:
        return FLOAT
    if INT in operands:
        return INT
    raise Unsupported("arithmetic between two bool columns is logic in numpy", "write .astype(float) first")
