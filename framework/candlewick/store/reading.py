"""The SQL that reads source files of one layout, and the conversions from their columns to ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from candlewick.candles import LATEST
from candlewick.store.connection import literal, quote
from candlewick.store.layout import COMPACT, EPOCHS, TEXT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from candlewick.store.layout import Layout
    from candlewick.store.source import Source, SourceFile

NO_TIME = LATEST + 1
"""What stands for a time that is missing, out of range or finer than a millisecond: judged as Fault.TIME_NOT_SOUND."""

_MISSING = "('', '-', 'nan', 'NaN', 'NAN', 'null', 'NULL', 'NA', 'N/A', 'None')"
_SCALES = {"s": "* 1000000", "ms": "* 1000", "us": "", "ns": "// 1000"}


def reader(layout: Layout, files: Sequence[SourceFile]) -> str:
    """The table function that reads ``files``: the columns of the layout, and ``wick_file``, the path of the file."""
    paths = ", ".join(literal(str(file.path)) for file in files)
    if layout.kind == "parquet":
        return f"read_parquet([{paths}], filename = 'wick_file')"
    columns = ", ".join(f"'c{number}': '{TEXT}'" for number in range(len(layout.header)))
    return (
        f"read_csv([{paths}], auto_detect = false, header = true, columns = {{{columns}}}, filename = 'wick_file',"
        f" delim = {literal(layout.delimiter)}, quote = '\"', escape = '\"', strict_mode = true, null_padding = false,"
        f" skip = {layout.skip},"
        f" compression = '{'gzip' if layout.packed else 'none'}')"
    )


def raw(layout: Layout, ours: str) -> str | None:
    """The column of the source that holds ours, as an identifier; None when the file has none."""
    position = layout.position(ours)
    if position is None:
        return None
    return quote(layout.header[position]) if layout.kind == "parquet" else f"c{position}"


def symbol(layout: Layout) -> str | None:
    """The symbol of the row; None when the file is of one symbol."""
    column = raw(layout, "symbol")
    return None if column is None else f"nullif(trim({column}::{TEXT}), '')"


def number(layout: Layout, ours: str) -> str:
    """A price or volume as DOUBLE, missing as NaN; anything else fails."""
    column = raw(layout, ours)
    if column is None:
        return "'NaN'::DOUBLE"
    if not _is_text(layout, ours):
        return f"coalesce({column}::DOUBLE, 'NaN'::DOUBLE)"
    given = f"CASE WHEN trim({column}) IN {_MISSING} THEN NULL ELSE {column}::DOUBLE END"
    return f"coalesce(TRY_CAST({column} AS DOUBLE), {given}, 'NaN'::DOUBLE)"


def time(layout: Layout, source: Source) -> str:
    """The open time in milliseconds since 1970, NO_TIME where there is none; text that is no time fails."""
    micros = f"({_microseconds(layout)})"
    if source.stamp == "open":
        opens = f"CASE WHEN {micros} % 1000 = 0 THEN {micros} // 1000 END"
    else:
        # A close one millisecond (or microsecond) before the full second means the full second.
        closes = (
            f"(CASE WHEN {micros} % 1000 = 0 THEN {micros} // 1000"
            f" WHEN {micros} % 1000 IN (999, -1) THEN ({micros} + 1) // 1000 END)"
        )
        whole = f"CASE WHEN {closes} % 1000 IN (999, -1) THEN {closes} + 1 ELSE {closes} END"
        opens = f"({whole}) - {source.interval.milliseconds}"
    return f"coalesce({opens}, {NO_TIME})"


def zoned(layout: Layout) -> str:
    """Whether the time says its zone; NULL for plain dates."""
    column = raw(layout, "ts")
    if layout.time == "text":
        return f"CASE WHEN length({column}) > 10 THEN regexp_matches(substr({column}, 12), '[-+A-Za-z]') END"
    if layout.time == "calendar":
        kind = layout.types[layout.position("ts") or 0]
        return "NULL::BOOLEAN" if kind == "DATE" else str("ZONE" in kind or "TZ" in kind)
    if layout.time in COMPACT:
        return "NULL::BOOLEAN" if layout.time == "day" else "false"
    return "true"


def unreadable(layout: Layout, ours: str) -> str | None:
    """The condition under which the conversion of our column fails; None when it cannot."""
    column = raw(layout, ours)
    if column is None or ours == "symbol" or (ours == "ts" and layout.time == "calendar"):
        return None
    if ours != "ts":
        if not _is_text(layout, ours):
            return None
        return f"{column} IS NOT NULL AND trim({column}) NOT IN {_MISSING} AND TRY_CAST({column} AS DOUBLE) IS NULL"
    if layout.time == "text":
        attempt = f"TRY_CAST(trim({column}) AS TIMESTAMPTZ)"
    elif layout.time in COMPACT:
        attempt = f"try_strptime({column}::{TEXT}, '{COMPACT[layout.time]}')"
    else:
        attempt = f"TRY_CAST({column} AS DECIMAL(38, 9))"
    return f"{column} IS NOT NULL AND {attempt} IS NULL"


def _microseconds(layout: Layout) -> str:
    column = raw(layout, "ts")
    if layout.time == "calendar":
        return f"epoch_us({column}::TIMESTAMPTZ)"
    if layout.time == "text":
        return f"epoch_us(trim({column})::TIMESTAMPTZ)"
    if layout.time in COMPACT:
        return f"epoch_us(strptime({column}::{TEXT}, '{COMPACT[layout.time]}'))"
    least, below = EPOCHS[layout.time]
    scale = _SCALES[layout.time]
    whole = f"{column}::BIGINT"
    if _is_text(layout, "ts") or layout.types[layout.position("ts") or 0] in ("DOUBLE", "FLOAT"):
        # A cast to BIGINT would round; numbers with a fraction go the exact and slower way.
        exact = f"({column}::DECIMAL(38, 9) {scale.replace('//', '/')})::BIGINT"
        number = f"CASE WHEN contains({column}::{TEXT}, '.') THEN {exact} ELSE {whole} {scale} END"
    else:
        number = f"{whole} {scale}"
    size = f"abs({column}::DOUBLE)"
    return f"CASE WHEN {size} >= {least} AND {size} < {below} THEN {number} END"


def _is_text(layout: Layout, ours: str) -> bool:
    position = layout.position(ours)
    return layout.kind == "csv" or (position is not None and layout.types[position] == TEXT)
