"""What two builds publish, column against column. Nothing is rounded: two values are equal or they differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from candlewick.store.catalog import Catalog, read_catalog, read_frame

if TYPE_CHECKING:
    from pathlib import Path

SIDES = ("only B", "only A", "differs", "equal")


@dataclass
class ColumnDiff:
    """One column in arm A and in arm B.

    ``rows`` and ``values`` count candles, and values that are not missing, in B where B has the column, else in A;
    they are not counted for a column whose parts are equal byte for byte. ``differing`` counts the candles at which
    the two differ, a value against none included; ``largest`` is the largest absolute difference of two numbers and
    ``first`` the symbol and time of the first difference.
    """

    name: str
    model: str
    side: str
    rows: int = 0
    values: int = 0
    differing: int = 0
    largest: float = 0.0
    first: str = ""

    @property
    def coverage(self) -> float | None:
        """The share of candles with a value; None when it was not counted."""
        return self.values / self.rows if self.rows else None


def compare(target_a: Path, target_b: Path) -> tuple[ColumnDiff, ...]:
    """Every column that either build publishes: those only in B, those only in A, those that differ, the equal ones.

    Parts with the same content hash are equal and are not read. One model of one symbol is in memory at a time.

    Errors: StoreError when one of the two has published nothing.
    """
    a, b = read_catalog(target_a), read_catalog(target_b)
    found: list[ColumnDiff] = []
    for model in dict.fromkeys([*a.columns, *b.columns]):
        found += _model(model, (target_a, a), (target_b, b))
    return tuple(sorted(found, key=lambda diff: SIDES.index(diff.side)))


def _model(model: str, *arms: tuple[Path, Catalog]) -> list[ColumnDiff]:
    held = [_digests(catalog, model) for _, catalog in arms]
    names = dict.fromkeys(name for catalog in (arms[1][1], arms[0][1]) for name in catalog.columns.get(model, ()))
    diffs = {name: ColumnDiff(name, model, _side(name, held)) for name in names}
    unread = [name for name, diff in diffs.items() if diff.side != "equal"]
    symbols = sorted({symbol for digests in held for name in unread for symbol in digests.get(name, {})})
    for symbol in symbols:
        frames = [
            _read(target, model, [name for name in unread if symbol in digests.get(name, {})], symbol)
            for (target, _), digests in zip(arms, held, strict=True)
        ]
        for name in unread:
            _count(diffs[name], symbol, *(frame.get(name) for frame in frames))
    for name in unread:  # bytes may differ where this column's values do not
        if diffs[name].side == "differs" and not diffs[name].differing:
            diffs[name].side = "equal"
    return list(diffs.values())


def _digests(catalog: Catalog, model: str) -> dict[str, dict[str, str]]:
    """The content hash of the part that holds a column of a symbol: by column, then by symbol."""
    digests: dict[str, dict[str, str]] = {}
    for part in catalog.of(model):
        for name, _ in part.columns:
            digests.setdefault(name, {})[part.symbol] = part.digest
    return digests


def _side(name: str, held: list[dict[str, dict[str, str]]]) -> str:
    a, b = (digests.get(name) for digests in held)
    if a is None or b is None:
        return "only B" if a is None else "only A"
    return "equal" if a == b else "differs"


def _read(target: Path, model: str, names: list[str], symbol: str) -> pd.DataFrame:
    return read_frame(target, model, names, symbol).set_index("ts") if names else pd.DataFrame()


def _count(diff: ColumnDiff, symbol: str, a: pd.Series | None, b: pd.Series | None) -> None:
    """Add one symbol's rows, values and differences."""
    shown = a if b is None else b
    if shown is None:
        return
    diff.rows += len(shown)
    diff.values += int(shown.notna().sum())
    if diff.side != "differs":
        return
    empty = pd.Series(dtype="float64", index=shown.index[:0])
    a, b = (empty if side is None else side for side in (a, b))
    index = a.index.union(b.index)
    a, b = a.reindex(index), b.reindex(index)
    unequal = ((a != b) & ~(a.isna() & b.isna())).fillna(value=True).to_numpy(dtype=bool)
    if not unequal.any():
        return
    diff.differing += int(unequal.sum())
    diff.first = diff.first or f"{symbol} {index[int(np.argmax(unequal))]:%Y-%m-%d %H:%M}"
    numbers = [pd.to_numeric(side, errors="coerce").to_numpy(dtype="float64", na_value=np.nan) for side in (a, b)]
    diff.largest = max(diff.largest, float(np.nanmax(np.abs(numbers[0] - numbers[1]), initial=0.0)))
