"""Parquet files of columns that are in memory: written by pyarrow as they lie there, plain and not compressed.

Columns of features are numbers that no compressor makes much smaller. One file holds the rows of one or more symbols,
one symbol after the other, in row groups of at most ROW_GROUP rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import BinaryIO

    Array = np.ndarray[Any, np.dtype[Any]]

ROW_GROUP = 122_880
TIME = "TIMESTAMP WITH TIME ZONE"
_SKIPPED_BY = ["symbol", "ts"]  # what readers skip row groups by


@dataclass(frozen=True)
class Column:
    """A column as it is written: ``kind`` is its SQL type, ``valid`` says which rows are not NULL (None: all).

    ``values`` are float64, bool, int64 (of times: microseconds since 1970), or texts.
    """

    name: str
    kind: str
    values: Array
    valid: Array | None = None


def write_parquet(
    file: BinaryIO,
    symbols: Sequence[tuple[str, int]],
    types: Sequence[tuple[str, str]],
    rows: Callable[[int, int], Iterable[Column]],
) -> None:
    """Write the columns ``symbol``, ``ts`` and those of ``types``, pairs of name and SQL type.

    ``symbols`` gives for each how many rows are its. ``rows`` gives some rows, from one number to another, of ``ts``
    and of every other column in order; it is asked for one row group after the other.
    """
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    arrow = {
        "DOUBLE": pa.float64(),
        "BOOLEAN": pa.bool_(),
        "BIGINT": pa.int64(),
        "VARCHAR": pa.string(),
        TIME: pa.timestamp("us", "UTC"),
    }
    said = pa.dictionary(pa.int32(), pa.string())
    schema = pa.schema([("symbol", said), ("ts", arrow[TIME]), *((name, arrow[kind]) for name, kind in types)])
    names = pa.array([symbol for symbol, _ in symbols], pa.string())
    numbers = np.repeat(np.arange(len(symbols), dtype=np.int32), [count for _, count in symbols])
    options: dict[str, Any] = {"compression": "none", "use_dictionary": ["symbol"], "write_statistics": _SKIPPED_BY}
    with ParquetWriter(file, schema, store_schema=False, **options) as writer:
        for start in range(0, len(numbers), ROW_GROUP):
            stop = min(start + ROW_GROUP, len(numbers))
            own = pa.DictionaryArray.from_arrays(numbers[start:stop], names)
            held = [_array(column, arrow[column.kind]) for column in rows(start, stop)]
            writer.write_batch(pa.record_batch([own, *held], schema=schema), row_group_size=ROW_GROUP)


def _array(column: Column, kind: Any) -> Any:
    import pyarrow as pa

    return pa.array(column.values, kind, mask=None if column.valid is None else ~column.valid)
