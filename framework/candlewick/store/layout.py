"""The layout of a source file: delimiter, header, types, how time is written, and which columns are ours."""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import duckdb

from candlewick.errors import CandleError, Location
from candlewick.store.columns import OURS, map_columns
from candlewick.store.connection import literal, quote
from candlewick.store.source import kind_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from candlewick.store.source import Source, SourceFile

TEXT = "VARCHAR"
Time = Literal["calendar", "text", "day", "minute", "second", "s", "ms", "us", "ns"]
"""How a source writes time: a calendar type, ISO text, digits such as 20240131, or an epoch in one of four units."""

COMPACT: dict[Time, str] = {"day": "%Y%m%d", "minute": "%Y%m%d%H%M", "second": "%Y%m%d%H%M%S"}
"""The formats of times that are digits from the year on."""

EPOCHS: dict[Time, tuple[int, int]] = {
    "s": (0, 10**11),
    "ms": (10**11, 10**14),
    "us": (10**14, 10**17),
    "ns": (10**17, 2**127),
}
"""The sizes of epoch numbers by unit: each range begins in 1973 and ends long after 2262."""

_CALENDAR = (
    "DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ_NS",
)  # fmt: skip
_NUMBERS = (
    "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT",
    "FLOAT", "DOUBLE", "DECIMAL", '"NULL"',
)  # fmt: skip

_DAY = r"(19|20|21)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])"
_CLOCK = r"([01]\d|2[0-3])[0-5]\d"
_COMPACT: dict[Time, re.Pattern[str]] = {
    "day": re.compile(_DAY),
    "minute": re.compile(_DAY + _CLOCK),
    "second": re.compile(_DAY + _CLOCK + r"[0-5]\d"),
}
_DELIMITERS = ",;\t|"
_HEAD = 1 << 16


@dataclass(frozen=True)
class Layout:
    """How a file is laid out; files with equal layouts are read together.

    ``mapping`` gives the position of each of our columns, None where the file has no such column; ``time`` says how
    the first row writes ts, and so how every row is read; ``skip`` counts empty lines above the header.
    """

    kind: Literal["csv", "parquet"]
    header: tuple[str, ...]
    mapping: tuple[tuple[str, int | None], ...]
    types: tuple[str, ...] = ()
    delimiter: str = ","
    time: Time = "text"
    packed: bool = False
    skip: int = 0

    def position(self, ours: str) -> int | None:
        """Where the column we call ``ours`` stands."""
        return dict(self.mapping)[ours]


def layouts(
    connection: duckdb.DuckDBPyConnection, files: Sequence[SourceFile], source: Source
) -> dict[Layout | None, list[SourceFile]]:
    """The files grouped by how they are laid out; under None those that hold nothing at all."""
    grouped: dict[Layout | None, list[SourceFile]] = {}
    for file in files:
        found = csv_layout(file, source) if kind_of(file.name) == "csv" else _parquet_layout(connection, file, source)
        grouped.setdefault(found, []).append(file)
    return grouped


def csv_layout(file: SourceFile, source: Source) -> Layout | None:
    """The layout of a CSV file, from its first lines; None when it holds nothing at all.

    Errors: CandleError ``candles-encoding``, ``candles-header``, ``candles-column``.
    """
    text = _head(file)
    if not text.strip():
        return None
    skip, first = next((number, line) for number, line in enumerate(text.splitlines()) if line.strip())
    delimiter = delimiter_of(first)
    records = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows = [row for _, row in zip(range(12), filter(None, records), strict=False)]
    header = tuple(cell.strip() for cell in rows[0])
    where = [Location(file.name, skip + 1, first)]
    _refuse_data_as_header(file, header, rows, source, where)
    mapping = map_columns(header, source, file.name, where)
    position = dict(mapping)["ts"] or 0
    value = next((row[position].strip() for row in rows[1:] if "".join(row[position : position + 1]).strip()), "")
    return Layout("csv", header, mapping, (), delimiter, time_of(value), file.packed, skip)


def delimiter_of(header: str) -> str:
    """The character between the cells of a CSV header: comma, semicolon, tab or bar."""
    return max(_DELIMITERS, key=header.count)


def _refuse_data_as_header(
    file: SourceFile, header: Sequence[str], rows: list[list[str]], source: Source, where: list[Location]
) -> None:
    """A first line that is not a header is the commonest fault of a CSV file: say exactly that."""
    wanted = {source.columns.get(ours, ours).casefold() for ours in OURS}
    if wanted & {column.casefold() for column in header}:
        return
    later = next((n for n, row in enumerate(rows) if len(wanted & {c.strip().casefold() for c in row}) > 2), None)  # noqa: PLR2004
    if later is not None:
        what, hint = "does not start with its header", f"remove what stands above the header, row {later + 1}"
    elif any(_is_number(cell) for cell in header):
        names = ",".join(OURS[1:])
        what = "has no header"
        hint = f"put a first line with the names of its {len(header)} columns: {names}, and symbol if rows name theirs"
    elif len(header) == 1:
        what = "has no columns: its first line holds no comma, semicolon, tab or bar"
        hint = f"separate names and values by commas: {','.join(OURS[1:])}; or narrow candles.path if it is no table"
    else:
        return
    raise CandleError(f"{file.name} {what}", code="candles-header", where=where, hint=hint)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def time_of(value: str) -> Time:
    """How a time is written: an epoch number is told from another by its size, a number 20240131 by its digits.

    >>> time_of("1609459200"), time_of("1609459200000"), time_of("20210101"), time_of("202101010930")
    ('s', 'ms', 'day', 'minute')
    """
    digits = value.partition(".")[0].lstrip("-")
    if not digits.isdecimal() or not _is_number(value):
        return "text"
    compact = next((kind for kind, pattern in _COMPACT.items() if pattern.fullmatch(value)), None)
    if compact:
        return compact
    return next((unit for unit, (_, below) in EPOCHS.items() if int(digits) < below), "text")


def _head(file: SourceFile) -> str:
    try:
        with file.path.open("rb") as raw:
            head = (gzip.GzipFile(fileobj=raw) if file.packed else raw).read(_HEAD)
    except (OSError, EOFError, zlib.error) as error:
        raise CandleError(
            f"{file.name} cannot be unpacked: {error}", code="candles-file", hint="fetch or write the file again"
        ) from None
    if head[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in head:
        utf16 = head[:2] in (b"\xff\xfe", b"\xfe\xff") or head[1:2] == b"\0"
        raise CandleError(
            f"{file.name} is {'UTF-16 text' if utf16 else 'not text: it holds a zero byte'}",
            code="candles-encoding",
            where=[] if utf16 else [Location(file.name, head.count(b"\n", 0, head.index(b"\0")) + 1)],
            hint="write the file as UTF-8"
            if utf16
            else "repair the line, or name the file as what it is: .parquet, .csv.gz",
        )
    # The last character may be cut in two; later lines are checked where they are read.
    return head.decode("utf-8-sig", errors="ignore" if len(head) == _HEAD else "replace")


def _parquet_layout(connection: duckdb.DuckDBPyConnection, file: SourceFile, source: Source) -> Layout:
    table = f"read_parquet({literal(str(file.path))})"
    try:
        described = connection.execute(f"DESCRIBE SELECT * FROM {table}").fetchall()
    except duckdb.Error as error:
        raise CandleError(
            f"{file.name} is not a Parquet file: {str(error).splitlines()[0]}",
            code="candles-file",
            hint="fetch or write the file again",
        ) from None
    header = tuple(name for name, *_ in described)
    types = tuple(kind.partition("(")[0] for _, kind, *_ in described)
    mapping = map_columns(header, source, file.name)
    for ours, position in mapping:
        if position is not None:
            _check_type(file, ours, header[position], types[position])
    position = dict(mapping)["ts"] or 0
    if types[position] in _CALENDAR:
        return Layout("parquet", header, mapping, types, time="calendar")
    column = quote(header[position])
    first = connection.execute(f"SELECT {column}::VARCHAR FROM {table} WHERE {column} IS NOT NULL LIMIT 1").fetchall()
    return Layout("parquet", header, mapping, types, time=time_of(first[0][0].removesuffix(".0") if first else ""))


def _check_type(file: SourceFile, ours: str, theirs: str, kind: str) -> None:
    allowed = (*_NUMBERS, TEXT, *((*_CALENDAR,) if ours == "ts" else ()))
    wanted = "time" if ours == "ts" else "number"
    if kind not in allowed and ours != "symbol":
        raise CandleError(
            f"the column '{theirs}' of {file.name} has the type {kind}, which is no {wanted}",
            code="candles-type",
            hint=f"map {ours} to another column in wick.yml, or write the file with another type",
        )
