"""A frame as a file for other tools: CSV or Parquet, by its name, whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from candlewick.errors import StoreError, UsageError
from candlewick.store.connection import cursor, literal
from candlewick.store.files import temporary_of

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

_FORMATS = {".csv": "csv, HEADER", ".parquet": "parquet"}


def table_format(path: Path) -> str:
    """The form of a file by its name.

    Errors: UsageError ``usage-out``
    """
    if path.suffix not in _FORMATS:
        raise UsageError(f"{path} names no form", code="usage-out", hint="end it with .csv or .parquet")
    return _FORMATS[path.suffix]


def write_frame(path: Path, frame: pd.DataFrame) -> None:
    """Write the columns of a frame; NaN is an empty cell.

    Errors: UsageError ``usage-out``; StoreError ``file-unwritable``
    """
    form = table_format(path)
    temporary = temporary_of(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with cursor() as connection:
            connection.register("frame", frame)
            connection.execute(f"COPY (SELECT * FROM frame) TO {literal(str(temporary))} (FORMAT {form})")
        temporary.replace(path)
    except (OSError, duckdb.IOException) as error:
        hint = f"check space and permissions of {path.parent}"
        raise StoreError(f"{path} cannot be written: {error}", code="file-unwritable", hint=hint) from None
    finally:
        temporary.unlink(missing_ok=True)
