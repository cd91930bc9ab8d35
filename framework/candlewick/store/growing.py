"""Parts that grow: new rows become a new part, and small parts are taken up by it, so that there are never many."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from candlewick.store.parts import Part, read_parts, write_part

if TYPE_CHECKING:
    from pathlib import Path


def write_parts(
    target: Path, key: tuple[str, str | None, str], before: tuple[Part, ...], frame: pd.DataFrame, settled: int
) -> tuple[Part, ...]:
    """Write the rows of ``frame``, which follow those of ``before``; the parts of all of them.

    The first ``settled`` rows are final: they take up final parts that hold no more rows than they do, as a binary
    counter carries, so that a row is written a few times in its life and a reader opens a few files. The rest becomes
    a part of its own, which the next run replaces.

    Errors: those of ``write_part`` and ``read_part``.
    """
    final = frame.iloc[:settled]
    if before and _types_differ(before, frame):
        final = pd.concat([read_parts(target, before, list(frame.columns)), final])
        before = ()
    kept = list(before)
    while kept and len(final) and kept[-1].rows <= len(final):
        final = pd.concat([read_parts(target, [kept.pop()], list(frame.columns)), final])
    parts = list(kept)
    if len(final) or not (kept or len(frame)):
        parts.append(write_part(target, *key, final))
    if settled < len(frame):
        parts.append(write_part(target, *key, frame.iloc[settled:], final=False))
    return tuple(parts)


def _types_differ(before: tuple[Part, ...], frame: pd.DataFrame) -> bool:
    """Whether a column is now of another kind than it was: whole numbers that have become fractions, say."""
    kinds = {"b": "BOOLEAN", "i": "BIGINT", "u": "BIGINT", "f": "DOUBLE", "M": "TIMESTAMP WITH TIME ZONE"}
    held = dict(before[-1].columns)
    return any(held[str(name)] != kinds.get(column.dtype.kind) for name, column in frame.items())
