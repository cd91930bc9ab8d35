"""Query results: as pandas, where NULL is NaN and times are UTC, or as plain rows without importing pandas."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from candlewick.store.connection import quote

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

_ZONED = "TIMESTAMP WITH TIME ZONE"


def fetch_frame(connection: duckdb.DuckDBPyConnection, query: str) -> pd.DataFrame:
    """The rows of a query, in its order.

    Shape: one column per column of the query: float64, bool (``boolean`` when some are NULL), int64 (``Int64``),
    datetime64[ns, UTC], or object. DuckDB's own frames need pytz for zoned times, which pandas 3 does not bring.
    """
    import pandas as pd

    result = connection.execute(query)
    kinds = [str(column[1]) for column in result.description]
    columns = result.fetchnumpy()
    return pd.DataFrame(
        {
            name: _times(values) if kind == _ZONED else _plain(values)
            for (name, values), kind in zip(columns.items(), kinds, strict=True)
        },
        copy=False,
    )


@dataclass(frozen=True)
class Rows:
    """The rows of a query as plain values: None for NULL, datetime in UTC for times."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


def fetch_rows(connection: duckdb.DuckDBPyConnection, query: str) -> Rows:
    """The rows of a query, in its order; for a few of them, where importing pandas would take longer than the rest."""
    described = connection.execute(f"DESCRIBE {query}").fetchall()
    zoned = [name for name, kind, *_ in described if kind == _ZONED]
    micros = ", ".join(f"epoch_us({quote(name)}) AS {quote(name)}" for name in zoned)
    found = connection.execute(f"SELECT * {f'REPLACE ({micros})' if zoned else ''} FROM ({query})").fetchall()
    columns = tuple(str(name) for name, *_ in described)
    times = [name in zoned for name in columns]
    return Rows(columns, [tuple(map(_moment, row, times)) for row in found])


def _moment(value: Any, is_time: bool) -> Any:
    if not is_time or value is None:
        return value
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=value)


def floats(column: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    """A column of numbers as float64; NULL, which DuckDB masks, is NaN."""
    if isinstance(column, np.ma.MaskedArray):
        column = np.ma.filled(column.astype(np.float64), np.nan)
    return np.asarray(column, dtype=np.float64)


def _times(column: Any) -> Any:
    import pandas as pd

    missing = np.ma.getmaskarray(column)
    times = np.where(missing, np.datetime64("NaT", "ns"), np.ma.getdata(column).astype("datetime64[us]"))
    return pd.DatetimeIndex(times.astype("datetime64[ns]"), tz="UTC")


def _plain(column: Any) -> Any:
    import pandas as pd

    missing = np.ma.getmaskarray(column)
    values = np.ma.getdata(column)
    if values.dtype.kind == "f":
        return np.where(missing, np.nan, values) if missing.any() else values
    if values.dtype.kind in "biu" and missing.any():
        return (
            pd.arrays.BooleanArray(values, missing)
            if values.dtype.kind == "b"
            else pd.arrays.IntegerArray(values, missing)
        )
    if missing.any():
        values = values.astype(object)
        values[missing] = None
    return values
