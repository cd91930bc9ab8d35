"""Values of past candles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from candlewick.operators.operator import BOOL, FLOAT, INT, OBJECT, TIME, Operator, Unsupported, integer, real

NAN = float("nan")


def past(name: str, periods: Any) -> int:
    """A number of candles back; a negative one is refused as looking ahead."""
    if isinstance(periods, int) and periods < 0:
        raise Unsupported(
            f"{name}({periods}) reads {-periods} candle{'s' if periods < -1 else ''} ahead",
            f"use {name}({-periods}); what looks ahead belongs in labels/",
            code="trace-looks-ahead",
        )
    return integer("periods", periods, least=0)


@dataclass(frozen=True)
class Shift(Operator):
    """Value ``periods`` candles ago.

    Lookback: periods
    NaN: the first ``periods`` candles hold ``fill_value``
    """

    spellings: ClassVar[tuple[str, ...]] = ("x.shift(periods=1, freq=None, axis=0, fill_value=None)",)
    klass: ClassVar[str] = "B"
    samples: ClassVar[tuple[dict[str, Any], ...]] = ({}, {"periods": 3}, {"periods": 5, "fill_value": 0.5})
    exact: ClassVar[bool] = True
    periods: int = 1
    fill_value: float = NAN

    def __post_init__(self) -> None:
        """A constant fill only: one computed from the column knows the future."""
        object.__setattr__(self, "periods", past("shift", self.periods))
        if not isinstance(self.fill_value, bool):
            fill = NAN if self.fill_value is None else real("fill_value", self.fill_value)
            object.__setattr__(self, "fill_value", fill)

    def dtype(self, *operands: str) -> str:
        """Float, of a time a time; a bool column stays one where it is filled with a bool, else it becomes objects."""
        kind = operands[0]
        if kind == BOOL and not isinstance(self.fill_value, bool) and self.periods:
            return OBJECT
        return kind if kind in {BOOL, TIME, OBJECT} else FLOAT

    @property
    def lookback(self) -> int:
        """The candles shifted by."""
        return self.periods

    @property
    def delay(self) -> int | None:
        """Rows by which this is its operand, unchanged; None when the first candles are filled."""
        return self.periods if self.fill_value != self.fill_value else None

    @property
    def first(self) -> int:
        """None missing when filled."""
        return self.periods if self.fill_value != self.fill_value else 0

    @staticmethod
    def kernel(out: Any, x: Any, s: Any, w: Any, p: Any, candle: int, n: int, lanes: int) -> None:
        periods = int(p[0])
        fill = p[1]
        for row in range(n):
            for lane in range(lanes):
                here = row * lanes + lane
                out[here] = x[here - periods * lanes] if candle + row >= periods else fill


@dataclass(frozen=True)
class Difference(Operator):
    """Value minus the value ``periods`` candles ago.

    Lookback: periods
    NaN: first ``periods`` candles, and where either value is missing
    """

    spellings: ClassVar[tuple[str, ...]] = ("x.diff(periods=1)",)
    accepts: ClassVar[tuple[str, ...]] = (FLOAT, INT, BOOL, TIME)
    samples: ClassVar[tuple[dict[str, Any], ...]] = ({}, {"periods": 4})
    exact: ClassVar[bool] = True
    periods: Any = 1

    def expand(self, *operands: Any) -> Any:
        """``x - x.shift(periods)``."""
        periods = past("diff", self.periods)
        return operands[0] - operands[0].shift(periods)


@dataclass(frozen=True)
class Change(Operator):
    """Relative change since ``periods`` candles ago.

    Lookback: periods
    NaN: first ``periods`` candles, and where either value is missing
    """

    spellings: ClassVar[tuple[str, ...]] = ("x.pct_change(periods=1, fill_method=None)",)
    samples: ClassVar[tuple[dict[str, Any], ...]] = ({}, {"periods": 4})
    exact: ClassVar[bool] = True
    periods: Any = 1

    def expand(self, *operands: Any) -> Any:
        """``x / x.shift(periods) - 1``."""
        periods = past("pct_change", self.periods)
        return operands[0] / operands[0].shift(periods) - 1.0
