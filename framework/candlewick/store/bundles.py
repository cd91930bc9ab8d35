"""Writing parts: the columns of one model and one group, of one symbol or of many that are written together.

A file is written under a temporary name and renamed to a hash of what is in it; the rows of each symbol have a hash of
their own, so that equal rows are known as such in whichever file they lie. NaN becomes NULL, booleans BOOLEAN, whole
numbers BIGINT, times TIMESTAMPTZ.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote as percent

import numpy as np

from candlewick.errors import StoreError
from candlewick.store.files import flush, sync
from candlewick.store.parquet import TIME, Column, write_parquet
from candlewick.store.parts import FOLDER, Part

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from candlewick.store.parquet import Array

_RESERVED = ("symbol", "ts")
_LONGEST = 80
_BUFFER = 1 << 20
KINDS = {"b": "BOOLEAN", "i": "BIGINT", "u": "BIGINT", "f": "DOUBLE"}
"""The SQL types of arrays, by the kinds of their dtypes."""


@dataclass(frozen=True)
class Piece:
    """What is to be written of one symbol.

    Shape: ``times`` are int64 milliseconds since 1970, rising; ``columns`` are arrays, or Series, of as many values.
    """

    symbol: str
    times: Array
    columns: Mapping[str, Any]


def write_pieces(
    target: Path, model: str, group: str | None, pieces: Sequence[Piece], *, final: bool = True
) -> list[Part]:
    """Write what symbols have of one model and group; the part of each. Those of equal types lie in one file.

    The parts are there, but not durable before ``make_durable``.

    Errors: StoreError ``parts-column`` (a dtype no table holds, a name taken), ``parts-unwritable``.
    """
    folder = target / FOLDER / _safe(model) / _safe(group or "always")
    alike: dict[tuple[tuple[str, str], ...], list[tuple[Piece, list[Column], str]]] = defaultdict(list)
    for piece in pieces:
        columns = _columns(model, piece)
        types = tuple((column.name, column.kind) for column in columns)
        alike[types].append((piece, columns, _digest(piece, columns)))
    found: dict[str, Part] = {}
    for types, members in alike.items():
        path = _write(folder, members, final=final)
        rows = sum(len(piece.times) for piece, *_ in members)
        for piece, _, digest in members:
            times = piece.times
            first, last = (int(times[0]), int(times[-1])) if len(times) else (None, None)
            name = path.relative_to(target).as_posix()
            found[piece.symbol] = Part(
                model, group, piece.symbol, name, types, len(times), first, last, digest, rows, final
            )
    return [found[piece.symbol] for piece in pieces]


def write_part(
    target: Path, model: str, group: str | None, symbol: str, frame: pd.DataFrame, *, final: bool = True
) -> Part:
    """Write the columns of ``frame``, indexed by UTC open times, as the part of one symbol.

    Errors: as `write_pieces`, and StoreError ``parts-index``.
    """
    return write_pieces(target, model, group, [framed(model, symbol, frame)], final=final)[0]


def write_table(folder: Path, symbol: str, frame: pd.DataFrame) -> tuple[Path, str]:
    """Write the columns of one symbol as a Parquet file named after it; its path, and the BLAKE2b-128 of its bytes.

    Errors: as `write_part`.
    """
    piece = framed("the table", symbol, frame)
    columns = _columns("the table", piece)
    path = folder / f"{_safe(symbol)}.parquet"
    written = _write(folder, [(piece, columns, _digest(piece, columns))], final=True)
    try:
        flush([written])
        with written.open("rb") as file:
            digest = hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
        written.rename(path)
        sync(folder)
    except OSError as error:
        raise _unwritable(folder, error) from None
    return path, digest


def piece_digest(piece: Piece) -> str:
    """The hash of everything that is written of one symbol, but for its name.

    Errors: StoreError ``parts-column``.
    """
    return _digest(piece, _columns("the part", piece))


def framed(model: str, symbol: str, frame: pd.DataFrame) -> Piece:
    """The columns of a frame as a piece.

    Errors: StoreError ``parts-index``, ``parts-column`` for a name that is there twice.
    """
    import pandas as pd

    index = frame.index
    if not isinstance(index, pd.DatetimeIndex) or str(index.tz) != "UTC" or not index.is_monotonic_increasing:
        raise StoreError(
            f"the columns of {model} for {symbol} are not indexed by sorted UTC times",
            code="parts-index",
            hint="return Series with the index of their inputs",
        )
    return Piece(symbol, index.as_unit("ms").asi8, {str(name): column for name, column in frame.items()})


def _columns(model: str, piece: Piece) -> list[Column]:
    seen: dict[str, str] = dict.fromkeys(_RESERVED, "a column of every table")
    for name in piece.columns:
        if name.casefold() in seen:
            raise StoreError(
                f"the column '{name}' of {model} has the name of {seen[name.casefold()]}: tables ignore case",
                code="parts-column",
                hint="rename one of them",
            )
        seen[name.casefold()] = f"the column '{name}'"
    return [
        _plain(name, values) if isinstance(values, np.ndarray) else _storable(model, name, values)
        for name, values in piece.columns.items()
    ]


def _plain(name: str, values: Array) -> Column:
    """An array of numbers or truth values as it is stored."""
    kind = KINDS[values.dtype.kind]
    if kind != "DOUBLE":
        return Column(name, kind, values)
    missing = np.isnan(values)
    return Column(name, kind, values, ~missing if missing.any() else None)


def _storable(model: str, name: str, column: pd.Series) -> Column:
    """A column of any dtype that has an SQL type, as it is stored."""
    import pandas as pd

    dtype = column.dtype
    mixed = pd.api.types.is_object_dtype(dtype)
    kind = _OBJECTS.get(pd.api.types.infer_dtype(column, skipna=True), "?") if mixed else dtype.kind
    held = column.notna().to_numpy(bool)
    valid = None if held.all() else held
    if kind == "M":
        times = column.dt.tz_convert("UTC") if isinstance(dtype, pd.DatetimeTZDtype) else column.dt.tz_localize("UTC")
        micros = pd.DatetimeIndex(times).as_unit("us").asi8
        return Column(name, TIME, micros, valid)
    if kind == "b":
        return Column(name, "BOOLEAN", column.astype("boolean").to_numpy(bool, na_value=False), valid)
    if kind in "iu":
        return Column(name, "BIGINT", column.astype("Int64").to_numpy(np.int64, na_value=0), valid)
    if kind == "f":
        values = column.astype("float64").to_numpy(np.float64, na_value=np.nan)
        return Column(
            name, "DOUBLE", values if valid is None else np.where(valid, values, np.nan), valid
        )  # one NaN only
    if kind in "OUS" and pd.api.types.is_string_dtype(column.astype("object").dropna()):
        return Column(name, "VARCHAR", column.astype("object").where(column.notna(), "").to_numpy(object), valid)
    raise StoreError(
        f"the column '{name}' of {model} has the dtype {dtype}: no table holds that",
        code="parts-column",
        hint="return numbers, booleans, times or text",
    )


_OBJECTS = {"boolean": "b", "integer": "i", "floating": "f", "mixed-integer-float": "f", "empty": "f", "string": "O"}


def _digest(piece: Piece, columns: Sequence[Column]) -> str:
    """A hash of everything that is written of one symbol, but for its name."""
    found = hashlib.blake2b(digest_size=16)
    found.update(repr([(column.name, column.kind) for column in columns]).encode())
    found.update(np.ascontiguousarray(piece.times).data)
    for column in columns:
        found.update(b"-" if column.valid is None else np.packbits(column.valid).tobytes())
        if column.kind == "VARCHAR":
            found.update(repr(column.values.tolist()).encode())
        else:
            found.update(np.ascontiguousarray(column.values).data)
    return found.hexdigest()


def _write(folder: Path, members: Sequence[tuple[Piece, list[Column], str]], *, final: bool) -> Path:
    """A file of pieces that have the same columns, of the same types.

    Rows that are final and equal ones that are not lie in different files, for the ledger says of a file which it is.
    """
    pieces = [piece for piece, *_ in members]
    name = hashlib.blake2b(b"" if final else b"open", digest_size=16)
    for piece, _, digest in members:
        name.update(f"{len(piece.symbol)}:{piece.symbol}{digest}".encode())
    path = folder / f"{_label(pieces)}-{name.hexdigest()}.parquet"
    temporary = folder / f".{os.getpid()}-{secrets.token_hex(8)}.parquet.tmp"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb", buffering=_BUFFER) as file:
            symbols = [(piece.symbol, len(piece.times)) for piece in pieces]
            types = [(column.name, column.kind) for column in members[0][1]]
            write_parquet(file, symbols, types, partial(_rows, members))
        temporary.replace(path)
    except OSError as error:
        raise _unwritable(folder, error) from None
    finally:
        with suppress(OSError):  # where it could not be written there is nothing to remove
            temporary.unlink()
    return path


def _rows(members: Sequence[tuple[Piece, list[Column], str]], start: int, stop: int) -> Iterator[Column]:
    """Rows of the times and columns of pieces that follow one another."""
    ends = np.cumsum([len(piece.times) for piece, *_ in members])
    chosen = []
    for (piece, columns, _), end in zip(members, ends.tolist(), strict=True):
        first = end - len(piece.times)
        if first < stop and end > start:
            span = slice(max(start - first, 0), stop - first)
            chosen.append((span, [Column("ts", TIME, piece.times * 1000), *columns]))
    for number in range(len(members[0][1]) + 1):
        yield _joined([_cut(columns[number], span) for span, columns in chosen])


def _cut(column: Column, span: slice) -> Column:
    valid = None if column.valid is None else column.valid[span]
    return Column(column.name, column.kind, column.values[span], valid)


def _joined(columns: Sequence[Column]) -> Column:
    first = columns[0]
    if len(columns) == 1:
        return first
    valid = None
    if any(column.valid is not None for column in columns):
        valid = np.concatenate([
            np.ones(len(column.values), bool) if column.valid is None else column.valid for column in columns
        ])  # fmt: skip
    return Column(first.name, first.kind, np.concatenate([column.values for column in columns]), valid)


def _unwritable(folder: Path, error: OSError) -> StoreError:
    return StoreError(
        f"a file of {folder} cannot be written: {error}",
        code="parts-unwritable",
        hint="check the space and permissions of that folder",
    )


def _label(pieces: Sequence[Piece]) -> str:
    return _safe(pieces[0].symbol) if len(pieces) == 1 else f"{len(pieces)} symbols".replace(" ", "-")


def _safe(name: str) -> str:
    """A name as a folder: readable where it is plain, percent-encoded where not, cut where too long."""
    safe = re.sub(r"^\.", "%2E", percent(name, safe=""))
    if len(safe) > _LONGEST:
        safe = f"{safe[:_LONGEST]}-{hashlib.blake2b(name.encode(), digest_size=8).hexdigest()}"
    return safe or "%"
