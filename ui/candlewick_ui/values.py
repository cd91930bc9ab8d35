"""The values of one published column: a histogram, a summary and the last ones, read from the Parquet parts."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from candlewick.errors import StoreError
from candlewick.store.catalog import read_catalog, read_frame

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

BINS = 30
LAST = 8


@dataclass(frozen=True)
class Values:
    """One symbol's values of a column as text for people; ``problem`` says why there are none."""

    symbol: str = ""
    bins: tuple[int, ...] = ()
    low: str = ""
    high: str = ""
    summary: dict[str, str] = field(default_factory=dict)
    last: tuple[tuple[str, str], ...] = ()
    problem: str = ""

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)


def column_values(target: Path, model: str, name: str, symbol: str | None = None) -> Values:
    """The values of a column for ``symbol``, the first one by default; nothing is read but that column.

    Shape: the histogram has 30 bins between the smallest and the largest finite value, both named in the summary
    """
    try:
        symbol = symbol or min(part.symbol for part in read_catalog(target).of(model))
        frame = read_frame(target, model, [name], symbol)
    except (StoreError, ValueError) as error:
        if isinstance(error, StoreError) and error.code not in {"catalog-missing", "catalog-model", "catalog-column"}:
            return Values(problem=str(error))
        return Values(problem="Not published yet: its group is off, or no build has succeeded since it was written.")
    return summarize(frame.set_index("ts")[name], symbol)


def summarize(column: pd.Series, symbol: str) -> Values:
    """A column of one symbol, indexed by time, in words and bins."""
    last = tuple((f"{ts:%Y-%m-%d %H:%M}", spoken(value)) for ts, value in column.iloc[-LAST:][::-1].items())
    summary = {"values": f"{column.notna().sum():,} of {len(column):,}"}
    try:
        numbers = column.to_numpy(dtype="float64", na_value=np.nan)
    except (TypeError, ValueError):  # times and text have no histogram
        return Values(symbol, summary=summary, last=last)
    numbers = numbers[np.isfinite(numbers)]
    if not len(numbers):
        return Values(symbol, summary=summary, last=last)
    summary |= {"mean": spoken(numbers.mean()), "deviation": spoken(numbers.std())}
    low, high = float(numbers.min()), float(numbers.max())
    bins = tuple(int(count) for count in np.histogram(numbers, BINS)[0]) if low < high else (len(numbers),)
    return Values(symbol, bins, spoken(low), spoken(high), summary, last)


def spoken(value: object) -> str:
    """A value in at most six significant digits; missing ones as a dash."""
    if value is None or value != value:  # noqa: PLR0124 - NaN and NaT
        return "-"
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, (int, float, np.number)):
        return f"{float(value):.6g}"
    return str(value)
