"""The SQL that shows the parts of a model as one table: symbol, ts, and its columns in the order they were defined."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from candlewick.store.connection import quote
from candlewick.store.parts import scan

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from candlewick.store.parts import Part


def model_query(target: Path, columns: Sequence[str], parts: Sequence[Part]) -> str:
    """The query over the parts of one model; ``columns`` that no part holds, and parts that hold none, are left out.

    The groups of a model are separate parts with the same times. They are joined on symbol and ts, keeping every row:
    after a run of one group alone the others may end earlier.
    """
    parts = sorted((part for part in parts if any(name in columns for name, _ in part.columns)), key=_by_group)
    groups = [list(found) for _, found in groupby(parts, key=lambda part: part.group)]
    held = {name for part in parts for name, _ in part.columns}
    names = ", ".join(quote(name) for name in ("symbol", "ts", *(name for name in columns if name in held)))
    tables = " FULL JOIN ".join(
        f"{scan(target, group)} AS group_{number}{' USING (symbol, ts)' if number else ''}"
        for number, group in enumerate(groups)
    )
    return f"SELECT {names} FROM {tables}"


def _by_group(part: Part) -> tuple[str, str, str]:
    return (part.group or "", part.symbol, part.path)
