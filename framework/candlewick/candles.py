"""The candle: its columns, its interval, and the one function that judges whether it is sound.

A candle is one OHLCV record: symbol, open time ``ts`` (UTC), open, high, low, close, volume. It is stamped by the time
it opens and handed over when it has closed. In arrays and in live trading ``ts`` counts milliseconds since 1970.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntFlag
from typing import TYPE_CHECKING, Any, Self

from candlewick.errors import ConfigError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

COLUMNS = ("open", "high", "low", "close", "volume")
"""The numbers of a candle, in the order every array of candles has them."""

TOLERANCE = 1e-9
"""How far, relative to the price, a high may lie below (a low above) the other prices and still be called rounding.

Adjusting prices for dividends computes ``close`` and ``high * (close / unadjusted)`` by different roundings; the two
differ by about 1e-16 where they should be equal. One tick of anything traded is 1e-7 of its price or more.
"""

LATEST = 9_223_372_036_854
"""The last millisecond a 64-bit count of nanoseconds can hold: April 2262. The earliest is its negative."""

NO_PREVIOUS = -(2**62)
"""What stands for the time of the previous candle when there is none."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HOUR = 3_600_000

_UNITS = {"s": 1_000, "m": 60_000, "h": HOUR, "d": 24 * HOUR, "w": 7 * 24 * HOUR}
_WORDS = {
    "sec": "s", "second": "s", "min": "m", "minute": "m", "t": "m", "hr": "h", "hour": "h",
    "day": "d", "daily": "d", "b": "d", "week": "w", "weekly": "w", "hourly": "h",
}  # fmt: skip


@dataclass(slots=True)
class Candle:
    """One closed candle: ``ts`` is its open time in milliseconds since 1970, UTC.

    ``symbol`` may stay empty where there is only one.
    """

    ts: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    symbol: str = ""

    def __iter__(self) -> Iterator[float]:
        """The six numbers, in order."""
        yield from (self.ts, self.open, self.high, self.low, self.close, self.volume)


@dataclass(frozen=True)
class Interval:
    """The time a candle covers.

    >>> Interval.parse("5m")
    Interval(name='5m', milliseconds=300000)
    """

    name: str
    milliseconds: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """The interval a text such as ``5m``, ``1h`` or ``1d`` names: a whole number and one of s m h d w.

        Errors: ConfigError ``candles-interval``, with the nearest spelling.
        """
        match = re.fullmatch(r"([1-9]\d{0,5})([smhdw])", str(text))
        if match is None:
            raise ConfigError(
                f"{text!r} is not a candle interval",
                code="candles-interval",
                hint=_respell(str(text)) or "write a whole number and a unit: 30s, 5m, 1h, 1d or 1w",
            )
        return cls(match[0], int(match[1]) * _UNITS[match[2]])

    @property
    def shortest(self) -> int:
        """The least distance between two open times, in milliseconds.

        From four hours up it is an hour less than the interval: candles cut by a local clock lie 23 hours apart (or 3)
        on the day that clock jumps.
        """
        return self.milliseconds - (HOUR if self.milliseconds >= 4 * HOUR else 0)

    def __str__(self) -> str:
        return self.name


def _respell(text: str) -> str:
    """A hint with the interval that ``text`` probably means; empty when there is no telling."""
    match = re.fullmatch(r"\s*(\d*)\s*([a-z]+?)s?\s*|\s*([a-z]+)\s*(\d+)\s*", text.lower())
    if match is None or text.strip().endswith("M"):  # M is a month, and candles of a month have no fixed length
        return ""
    count, word = (match[1] or "1", match[2]) if match[2] else (match[4], match[3])
    unit = word if word in _UNITS else _WORDS.get(word) or (nearest(word, _WORDS) and word[0])
    return f"did you mean '{int(count)}{unit}'?" if unit in _UNITS and int(count) else ""


_MISSING_PRICE, _PRICE_NOT_POSITIVE, _HIGH, _LOW = 1, 2, 4, 8
_MISSING_VOLUME, _VOLUME, _TIME, _DUPLICATE, _OUT_OF_ORDER, _OVERLAP = 16, 32, 64, 128, 256, 512


class Fault(IntFlag):
    """What is wrong with a candle; several may hold at once."""

    PRICE_NOT_FINITE = _MISSING_PRICE
    PRICE_NOT_POSITIVE = _PRICE_NOT_POSITIVE
    HIGH_TOO_LOW = _HIGH
    LOW_TOO_HIGH = _LOW
    VOLUME_MISSING = _MISSING_VOLUME
    VOLUME_NOT_SOUND = _VOLUME
    TIME_NOT_SOUND = _TIME
    DUPLICATE = _DUPLICATE
    OUT_OF_ORDER = _OUT_OF_ORDER
    OVERLAP = _OVERLAP


OF_ORDER = Fault.DUPLICATE | Fault.OUT_OF_ORDER | Fault.OVERLAP
"""The faults a candle has only because of the one before it."""


def check(
    ts: Any, open: Any, high: Any, low: Any, close: Any, volume: Any, previous: Any, shortest: Any, optional: Any
) -> Any:
    """The faults of a candle as a bit mask of ``Fault``; 0 when it is sound.

    Ingest and live trading both judge by this function. Its source is plain arithmetic, so that the same lines run on
    numpy arrays, on Python numbers and inside a function compiled by numba.

    ``previous`` is the open time of the candle before, or NO_PREVIOUS; ``shortest`` is ``Interval.shortest``;
    ``optional`` says whether volume may be missing. Prices must be finite and above zero, high and low must enclose
    open and close (up to TOLERANCE), volume must be finite and not negative, and time must advance.

    >>> check(60_000, 10.0, 12.0, 9.0, 11.0, 5.0, 0, 60_000, False)
    0
    >>> Fault(check(60_000, 10.0, 9.5, 9.0, 11.0, float("nan"), 0, 60_000, False))
    <Fault.HIGH_TOO_LOW|VOLUME_MISSING: 20>
    """
    largest = 1.7976931348623157e308  # comparing with it is the test for infinity that needs no function
    not_finite = (
        ((open != open) | (abs(open) > largest) | (high != high) | (abs(high) > largest))  # noqa: PLR0124 - NaN is not itself
        | ((low != low) | (abs(low) > largest) | (close != close) | (abs(close) > largest))  # noqa: PLR0124
    )
    not_positive = (open <= 0) | (high <= 0) | (low <= 0) | (close <= 0)
    nearly = 1.0 - TOLERANCE  # a factor below one: no overflow, and no arithmetic of two infinities, whatever comes
    bad_volume = (volume < 0) | (volume > largest)
    bad_time = (ts != ts) | (ts > LATEST) | (ts < -LATEST)  # noqa: PLR0124
    return (
        not_finite * _MISSING_PRICE
        + not_positive * _PRICE_NOT_POSITIVE
        + ((open * nearly > high) | (close * nearly > high) | (low * nearly > high)) * _HIGH
        + ((low * nearly > open) | (low * nearly > close)) * _LOW
        + (volume != volume) * (1 - optional) * _MISSING_VOLUME  # noqa: PLR0124
        + bad_volume * _VOLUME
        + bad_time * _TIME
        + (ts == previous) * _DUPLICATE
        + (ts < previous) * _OUT_OF_ORDER
        + ((ts > previous) & (ts - previous < shortest)) * _OVERLAP
    )


_DESCRIPTIONS: dict[Fault, tuple[str, str]] = {
    Fault.PRICE_NOT_FINITE: (
        "a price is missing or not finite",
        "remove the row or repair it at the source; nothing is filled in",
    ),
    Fault.PRICE_NOT_POSITIVE: (
        "a price is zero or negative",
        "remove the row, or shift spreads and other series that cross zero before they come here",
    ),
    Fault.HIGH_TOO_LOW: (
        "the high is below another price of the candle",
        "check that high, low, open and close are mapped to the right columns and adjusted alike",
    ),
    Fault.LOW_TOO_HIGH: (
        "the low is above another price of the candle",
        "check that high, low, open and close are mapped to the right columns and adjusted alike",
    ),
    Fault.VOLUME_MISSING: ("the volume is missing", "set candles.volume: optional in wick.yml if the market has none"),
    Fault.VOLUME_NOT_SOUND: ("the volume is negative or infinite", "repair the row at the source"),
    Fault.TIME_NOT_SOUND: (
        "the time is missing, out of range or finer than a millisecond",
        "write ts as an ISO 8601 time or an epoch number, in one unit throughout",
    ),
    Fault.DUPLICATE: ("a candle with this time was already there", "keep one candle per symbol and time"),
    Fault.OUT_OF_ORDER: ("the candle is older than the one before it", "feed candles in the order they close"),
    Fault.OVERLAP: (
        "the candle opens before the one before it has closed",
        "set candles.interval to the interval the source really has",
    ),
}


def moment(ts: int) -> str:
    """Milliseconds since 1970 as users read them.

    >>> moment(1_577_923_200_000), moment(1_577_957_400_000)
    ('2020-01-02', '2020-01-02 09:30:00+00:00')
    """
    if abs(ts) > LATEST:
        return "at no time"
    text = (EPOCH + timedelta(milliseconds=int(ts))).isoformat(sep=" ", timespec="milliseconds")
    return text.replace(".000+", "+").removesuffix(" 00:00:00+00:00")


def short_moment(at: datetime) -> str:
    """A UTC time in a table: seconds, and parts of them, where there are any.

    >>> [short_moment(datetime(2020, 1, 2, 9, 30, second)) for second in (0, 30)]
    ['2020-01-02 09:30', '2020-01-02 09:30:30']
    """
    finest = "milliseconds" if at.microsecond else "seconds" if at.second else "minutes"
    return at.replace(tzinfo=None).isoformat(sep=" ", timespec=finest)


def describe(fault: int) -> tuple[str, str]:
    """What a bit mask of faults means, and what to do: a fact and a hint in the imperative.

    >>> describe(Fault.VOLUME_MISSING)[0]
    'the volume is missing'
    """
    found = [_DESCRIPTIONS[one] for one in Fault if fault & one]
    return "; ".join(what for what, _ in found), "; ".join(dict.fromkeys(hint for _, hint in found))
