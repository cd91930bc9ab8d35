"""Which column of a source is which of ours; when one is missing, the one that was probably meant."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from candlewick.candles import COLUMNS
from candlewick.errors import CandleError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from candlewick.errors import Location
    from candlewick.store.source import Source

OURS = ("symbol", "ts", *COLUMNS)
"""What a candle needs, under our names."""

_LIKE: dict[str, tuple[str, ...]] = {
    "symbol": ("ticker", "sym", "instrument", "pair", "asset", "code", "ts code"),
    "ts": ("date", "datetime", "time", "timestamp", "open time", "opentime", "unix", "epoch", "t", "index level 0"),
    "open": ("o",),
    "high": ("h",),
    "low": ("l",),
    "close": ("c", "last", "price", "settle"),
    "volume": ("vol", "v", "tickvol", "turnover volume"),
}
"""What others call ours, as `_bare` spells it."""

Positions = tuple[tuple[str, int | None], ...]


def map_columns(header: Sequence[str], source: Source, name: str, where: Sequence[Location] = ()) -> Positions:
    """The position of each of our columns in ``header``: the exact name, else the same name in other case.

    A file without symbol is a file of one symbol, named by the file; volume may be absent when it is optional.

    Errors: CandleError ``candles-column``: missing, or there twice.
    """
    found: dict[str, int | None] = {}
    missing: list[str] = []
    for ours in OURS:
        theirs = source.columns.get(ours, ours)
        places = _places(theirs, header)
        if len(places) > 1:
            raise CandleError(
                f"{name} has the column '{theirs}' {len(places)} times",
                code="candles-column",
                where=where,
                hint="keep one of them",
            )
        found[ours] = places[0] if places else None
        if not places and not _may_be_absent(ours, header, source):
            missing.append(ours)
    if missing:
        names = ", ".join(f"'{source.columns.get(ours, ours)}'" for ours in missing)
        raise CandleError(
            f"{name} has no column{'s' if len(missing) > 1 else ''} {names}",
            code="candles-column",
            where=where,
            hint=_hint(missing, header, source, {place for place in found.values() if place is not None}),
        )
    return tuple(found.items())


def _places(theirs: str, header: Sequence[str]) -> list[int]:
    return [number for number, column in enumerate(header) if column == theirs] or [
        number for number, column in enumerate(header) if column.casefold() == theirs.casefold()
    ]


def _may_be_absent(ours: str, header: Sequence[str], source: Source) -> bool:
    if ours in source.columns:
        return False
    if ours == "symbol":
        return not any(_bare(column) in _LIKE["symbol"] for column in header)
    return ours == "volume" and source.volume == "optional"


def _hint(missing: Sequence[str], header: Sequence[str], source: Source, taken: set[int]) -> str:
    """The setting to write, with what is set already, as far as the columns that were meant can be told."""
    needless = [ours for ours in missing if ours in source.columns and _places(ours, header)]
    if needless:
        return f"the file calls it '{needless[0]}': remove {needless[0]} from candles: columns: in wick.yml"
    guesses = dict(_guesses(missing, header, source, taken))
    unknown = [ours for ours in missing if ours not in guesses]
    hints = []
    if guesses:
        columns = {**{ours: theirs for ours, theirs in source.columns.items() if ours not in missing}, **guesses}
        pairs = ", ".join(f"{ours}: {_yaml(theirs)}" for ours, theirs in columns.items())
        hints.append(f"write columns: {{{pairs}}} under candles: in wick.yml")
    if unknown:
        extra = ", or volume: optional" if "volume" in unknown else ""
        names = ", ".join(column or "one without a name" for column in header)
        hints.append(f"name {', '.join(unknown)} under candles: columns: in wick.yml{extra}; the file has {names}")
    words = {_bare(column): column for column in header}
    if "ts" in guesses and {"date", "time"} <= words.keys():
        hints.append(f"a time of day in '{words['time']}' must be joined to '{words['date']}' in one column")
    return "; ".join(hints)


def _guesses(
    missing: Sequence[str], header: Sequence[str], source: Source, taken: set[int]
) -> Iterator[tuple[str, str]]:
    free = {number: column for number, column in enumerate(header) if number not in taken and column}
    for ours in missing:
        guess = _guess(ours, source.columns.get(ours, ours), free)
        if guess is not None:
            yield ours, free.pop(guess)


def _guess(ours: str, theirs: str, free: Mapping[int, str]) -> int | None:
    """Of the columns that are nobody's yet: one called so elsewhere, one with the word in it, one spelled alike."""
    bare = {number: _bare(column) for number, column in free.items()}
    words = (ours, *_LIKE[ours])
    for word in words:
        found = next((number for number, column in bare.items() if column == word), None)
        if found is not None:
            return found
    for word in words:
        found = next((number for number, column in bare.items() if word in column.split()), None)
        if found is not None:
            return found
    alike = nearest(theirs.casefold(), bare.values()).split("'")[1::2]
    return next((number for number, column in bare.items() if column in alike), None)


def _bare(column: str) -> str:
    """A name without case, brackets and underscores.

    >>> _bare("<DATE>"), _bare("Volume (USDT)"), _bare("open_time")
    ('date', 'volume usdt', 'open time')
    """
    return re.sub(r"[\W_]+", " ", column).strip().casefold()


def _yaml(name: str) -> str:
    """A name as YAML takes it for text inside of braces."""
    plain = re.fullmatch(r"[A-Za-z<][\w .()<>%$/-]*", name) and name.casefold() not in {
        "on",
        "off",
        "yes",
        "no",
        "true",
        "false",
        "null",
    }
    return name if plain else json.dumps(name, ensure_ascii=False)
