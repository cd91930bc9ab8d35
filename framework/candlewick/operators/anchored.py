"""What is counted from the first candle: values held from one on, columns that begin otherwise, and runs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from candlewick.operators.operator import BOOL, FLOAT, INT, UNBOUNDED, Operator, Unsupported, integer


@dataclass(frozen=True)
class Anchored(Operator):
    """An operator that knows the number of the candle, so that its value depends on where the history starts."""

    klass: ClassVar[str] = "R"
    exact: ClassVar[bool] = True

    @property
    def lookback(self) -> int:
        """Back to the first candle."""
        return UNBOUNDED


@dataclass(frozen=True)
class AtCandle(Anchored):
    """Value of candle ``place``, counted from the first, from that candle on: ``x.iloc[place]``.

    NaN: before that candle, and where it is missing itself
    """

    samples: ClassVar[tuple[dict[str, Any], ...]] = ({}, {"place": 3})
    place: int = 0

    def __post_init__(self) -> None:
        """A place from the start."""
        integer("place", self.place, least=0)

    @property
    def settling(self) -> int | None:
        """Never."""
        return None

    @property
    def first(self) -> int:
        """Candles before it."""
        return self.place

    @property
    def slots(self) -> int:
        """The value."""
        return 1

    def initial(self) -> tuple[float, ...]:
        """Not there yet."""
        return (math.nan,)

    def dtype(self, *operands: str) -> str:
        """Float; a bool is none before there is one."""
        if operands[0] == BOOL:
            raise Unsupported("one value of a bool column", "write .astype(float) first")
        return super().dtype(*operands)

    @staticmethod
    def kernel(out: Any, x: Any, s: Any, w: Any, p: Any, candle: int, n: int, lanes: int) -> None:
        place = int(p[0])
        for row in range(n):
            at = row * lanes
            for lane in range(lanes):
                s[lane] = x[at + lane] if candle + row == place else s[lane]
                out[at + lane] = s[lane]


@dataclass(frozen=True)
class Opening(Anchored):
    """Value, but the other from candle ``start`` to before ``stop``: ``x.iloc[start:stop] = other``.

    NaN: where the chosen one is missing
    """

    operands: ClassVar[tuple[str, ...]] = ("x", "other")
    samples: ClassVar[tuple[dict[str, Any], ...]] = ({}, {"start": 2, "stop": 7})
    passing: ClassVar[tuple[int, ...]] = (1,)
    start: int = 0
    stop: int = 1

    def __post_init__(self) -> None:
        """Places from the start."""
        integer("start", self.start, least=0)
        integer("stop", self.stop, least=0)

    @property
    def opening(self) -> int:
        """Until the other is read no more."""
        return self.stop

    def dtype(self, *operands: str) -> str:
        """Their common one."""
        kinds = set(operands)
        if kinds <= {FLOAT, INT}:
            return FLOAT if FLOAT in kinds else INT
        if kinds == {BOOL}:
            return BOOL
        raise Unsupported("a bool beside a number gives objects in pandas", "write .astype(float) first")

    @staticmethod
    def kernel(out: Any, x: Any, other: Any, s: Any, w: Any, p: Any, candle: int, n: int, lanes: int) -> None:
        start = int(p[0])
        stop = int(p[1])
        for row in range(n):
            at = row * lanes
            inside = start <= candle + row < stop
            for lane in range(lanes):
                out[at + lane] = other[at + lane] if inside else x[at + lane]


@dataclass(frozen=True)
class FromCandle(Anchored):
    """Value from candle ``start`` on, counted from the first: ``x.iloc[start:]`` under the index of ``x``.

    NaN: before that candle, and where the value is missing
    """

    samples: ClassVar[tuple[dict[str, Any], ...]] = ({}, {"start": 5})
    start: int = 1

    def __post_init__(self) -> None:
        """A place from the start."""
        integer("start", self.start, least=0)

    @property
    def opening(self) -> int:
        """Until it begins."""
        return self.start

    @staticmethod
    def kernel(out: Any, x: Any, s: Any, w: Any, p: Any, candle: int, n: int, lanes: int) -> None:
        start = int(p[0])
        for row in range(n):
            at = row * lanes
            there = candle + row >= start
            for lane in range(lanes):
                out[at + lane] = x[at + lane] if there else np.nan


KINDS = ("count", "sum", "max", "min", "product")


@dataclass(frozen=True)
class SinceChange(Anchored):
    """Running statistic since ``key`` changed: ``x.groupby(key).cumsum()`` where a key that is left never returns.

    ``kind``: count (from 0, missing values too), sum, max, min or product.

    NaN: where the value is missing, but for a count; the statistic goes on after it
    """

    operands: ClassVar[tuple[str, ...]] = ("x", "key")
    operand_dtypes: ClassVar[tuple[str, ...]] = (FLOAT, BOOL)
    samples: ClassVar[tuple[dict[str, Any], ...]] = tuple({"kind": kind} for kind in KINDS)
    kind: str = "sum"

    @property
    def numbers(self) -> tuple[float, ...]:
        """The kind's place in `KINDS`."""
        return (float(KINDS.index(self.kind)),)

    @property
    def settling(self) -> int | None:
        """Never: nobody knows when the key changes."""
        return None

    @property
    def slots(self) -> int:
        """Key, statistic, what rounding took from a sum."""
        return 3

    def initial(self) -> tuple[float, ...]:
        """No key yet."""
        return (math.nan, 0.0, 0.0)

    def dtype(self, *operands: str) -> str:
        """Float, of a count int; missing keys would leave candles out, so a key is whole or a time."""
        if operands[0] not in self.accepts:
            raise Unsupported(f"a running statistic of a {operands[0]} column", "use a column of numbers")
        return INT if self.kind == "count" else FLOAT

    @staticmethod
    def kernel(out: Any, x: Any, key: Any, s: Any, w: Any, p: Any, candle: int, n: int, lanes: int) -> None:
        kind = p[0]
        held = lanes
        lost = 2 * lanes
        start = 0.0 if kind == 1.0 else (-np.inf if kind == 2.0 else (np.inf if kind == 3.0 else 1.0))
        if kind == 0.0:
            start = -1.0
        for row in range(n):
            at = row * lanes
            for lane in range(lanes):
                value = x[at + lane]
                here = key[at + lane]
                fresh = here != s[lane]
                missing = value != value
                before = start if fresh else s[held + lane]
                rest = 0.0 if fresh else s[lost + lane]
                if kind == 0.0:
                    new = before + 1.0
                elif missing:
                    new = before
                elif kind == 1.0:
                    new = before + value
                    error = (before - new) + value if abs(before) >= abs(value) else (value - new) + before
                    rest += error if error - error == 0.0 else 0.0
                elif kind == 2.0:
                    new = max(before, value)
                elif kind == 3.0:
                    new = min(before, value)
                else:
                    new = before * value
                s[lane] = here
                s[held + lane] = new
                s[lost + lane] = rest
                out[at + lane] = np.nan if missing and kind != 0.0 else new + rest
