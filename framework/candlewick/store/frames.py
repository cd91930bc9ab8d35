"""Query results as pandas: NULL is NaN, times are UTC, whatever versions of DuckDB and pandas meet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import duckdb

_ZONED = "TIMESTAMP WITH TIME ZONE"


def fetch_frame(connection: duckdb.DuckDBPyConnection, query: str) -> pd.DataFrame:
    """The rows of a query, in its order.

    Shape: one column per column of the query: float64, bool (``boolean`` when some are NULL), int64 (``Int64``),
    datetime64[ns, UTC], or object. DuckDB's own frames need pytz for zoned times, which pandas 3 does not bring.
    """
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


def floats(column: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    """A column of numbers as float64; NULL, which DuckDB masks, is NaN."""
    if isinstance(column, np.ma.MaskedArray):
        column = np.ma.filled(column.astype(np.float64), np.nan)
    return np.asarray(column, dtype=np.float64)


def _times(column: Any) -> Any:
    missing = np.ma.getmaskarray(column)
    times = np.where(missing, np.datetime64("NaT", "ns"), np.ma.getdata(column).astype("datetime64[us]"))
    return pd.DatetimeIndex(times.astype("datetime64[ns]"), tz="UTC")


def _plain(column: Any) -> Any:
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
