"""Why a source file could not be read: the first row to blame, with its line, its value and the remedy."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING

import duckdb

from candlewick.errors import CandleError, Location
from candlewick.store import reading
from candlewick.store.columns import OURS
from candlewick.store.layout import delimiter_of
from candlewick.store.source import kind_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from candlewick.store.layout import Layout
    from candlewick.store.source import SourceFile


def explain(
    connection: duckdb.DuckDBPyConnection, layout: Layout, files: Sequence[SourceFile], error: duckdb.Error
) -> CandleError:
    """The error behind a failed reading of ``files``: structure first, then the values."""
    for file in files:
        found = (_torn(file, layout) if layout.kind == "csv" else None) or _unreadable(connection, layout, file)
        if found is not None:
            return found
    names = ", ".join(file.name for file in files[:3])
    return CandleError(
        f"{names} cannot be read: {str(error).splitlines()[0]}",
        code="candles-file",
        hint="write the file again as plain UTF-8 CSV or as Parquet",
    )


def locate(file: SourceFile, row: int) -> Location | None:
    """The line of a CSV file that holds its ``row``-th row (the header is row 0); None for other files."""
    if kind_of(file.name) != "csv":
        return None
    with _lines(file) as lines:
        delimiter = delimiter_of(next((line for line in lines if line.strip()), ""))
    with suppress(csv.Error):  # Python's reader is stricter than DuckDB's here and there; the row has been named anyway
        for number, line, text, _ in records(file, delimiter):
            if number == row:
                return Location(file.name, line, text.rstrip("\r\n"))
    return None


def records(file: SourceFile, delimiter: str) -> Iterator[tuple[int, int, str, list[str]]]:
    """Row, line, text with its line end, and cells of every record; empty lines are no records."""
    with _lines(file) as lines:
        seen: list[str] = []
        reader = csv.reader(_remember(lines, seen), delimiter=delimiter, strict=True)
        row = 0
        for cells in reader:
            if cells:
                yield row, reader.line_num - len(seen) + 1, "".join(seen), cells
                row += 1
            seen.clear()


def _remember(lines: io.TextIOBase, seen: list[str]) -> Iterator[str]:
    for line in lines:
        seen.append(line)
        yield line


def _lines(file: SourceFile) -> io.TextIOWrapper:
    raw = file.path.open("rb")
    return io.TextIOWrapper(gzip.GzipFile(fileobj=raw) if file.packed else raw, "utf-8-sig", newline="")


def _torn(file: SourceFile, layout: Layout) -> CandleError | None:
    """A record that has too few or too many cells, ends unlike the header, is not UTF-8, or never ends."""
    row, line, text, ends = 0, 1, "", ""
    try:
        for row, line, text, cells in records(file, layout.delimiter):
            width = len(cells) - (len(cells) > len(layout.header) and not cells[-1])
            if width != len(layout.header):
                values = f"{width} value{'' if width == 1 else 's'}"
                return CandleError(
                    f"{file.name}, row {row} has {values} where the header has {len(layout.header)} columns",
                    code="candles-ragged",
                    where=[Location(file.name, line, text.rstrip("\r\n"))],
                    hint=_ragged_hint(layout, cells),
                )
            end = text[len(text.rstrip("\r\n")) :]
            ends = ends or end
            if end not in (ends, ""):
                return CandleError(
                    f"{file.name}, row {row} ends its line with {end!r}, the header with {ends!r}",
                    code="candles-line-ends",
                    where=[Location(file.name, line, text.rstrip("\r\n"))],
                    hint="write the file with one kind of line end",
                )
    except UnicodeDecodeError as error:
        return _not_utf8(file, error)
    except csv.Error as error:
        return CandleError(
            f"{file.name} cannot be read after row {row}: {error}",
            code="candles-quote",
            where=[Location(file.name, line, text.rstrip("\r\n"))],
            hint="close or remove the quotation mark after this line",
        )
    except (OSError, EOFError, zlib.error) as error:
        return CandleError(
            f"{file.name} cannot be unpacked after row {row}: {error}",
            code="candles-file",
            hint="the file was cut off or damaged: fetch or write it again",
        )
    return None


def _ragged_hint(layout: Layout, cells: list[str]) -> str:
    if len(cells) > len(layout.header) and layout.delimiter == ",":
        return "write numbers as 1234.5, without commas inside, and put text that holds commas in quotation marks"
    return "complete or remove the row; the file may have been cut off while it was written"


def _not_utf8(file: SourceFile, error: UnicodeDecodeError) -> CandleError:
    where = []
    with file.path.open("rb") as raw:
        lines = gzip.GzipFile(fileobj=raw) if file.packed else raw
        decoder = codecs.getincrementaldecoder("utf-8")
        for number, line in enumerate(lines, 1):
            try:
                decoder().decode(line, final=True)
            except UnicodeDecodeError:
                where = [Location(file.name, number, line.decode("latin-1").rstrip("\r\n"))]
                break
    return CandleError(
        f"{file.name} is not UTF-8: {error.reason}",
        code="candles-encoding",
        where=where,
        hint="write the file as UTF-8",
    )


def _unreadable(connection: duckdb.DuckDBPyConnection, layout: Layout, file: SourceFile) -> CandleError | None:
    """The first row with a value that is no number, or no time, under the conversions of ``reading``."""
    found: tuple[int, str, str] | None = None
    numbered = f"(SELECT row_number() OVER () AS number, * FROM {reading.reader(layout, [file])})"
    for ours in OURS:
        condition = reading.unreadable(layout, ours)
        if condition is None:
            continue
        query = f"SELECT number, {reading.raw(layout, ours)}::VARCHAR FROM {numbered} WHERE {condition} LIMIT 1"
        try:
            rows = connection.execute(query).fetchall()
        except duckdb.Error:
            return None
        if rows and (found is None or rows[0][0] < found[0]):
            found = (rows[0][0], ours, rows[0][1])
    if found is None:
        return None
    row, ours, text = found
    place = locate(file, row)
    kind = "time" if ours == "ts" else "number"
    return CandleError(
        f"{file.name}, row {row}: {ours} is {text!r}, which is no {kind}",
        code=f"candles-{kind}",
        where=[place] if place else [],
        hint=_header_hint(layout, ours, text) or (_time_hint(text) if ours == "ts" else _number_hint(text)),
    )


def _header_hint(layout: Layout, ours: str, text: str) -> str:
    """Files that were put together keep the header of each."""
    position = layout.position(ours)
    again = position is not None and text.strip() == layout.header[position]
    return "remove the line: it is the header again" if again else ""


def _number_hint(text: str) -> str:
    bare = text.strip()
    if re.fullmatch(r"[-+]?\d{1,3}([,.' ]\d{3})+([.,]\d+)?", bare) and not re.fullmatch(r"\d+\.\d+", bare):
        return "write numbers without thousands separators"
    if re.fullmatch(r"[-+]?\d*,\d+", bare):
        return "write decimals with a point"
    return "write a plain number such as 1234.5; leave the cell empty where there is none"


def _time_hint(text: str) -> str:
    iso = "write ISO 8601, for example 2024-01-31 or 2024-01-31T09:30:00+00:00"
    if not re.search(r"\d", text):
        return f"remove the row when it is no candle, such as a total or a remark; else {iso}"
    if re.match(r"\s*\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}", text):
        return f"day and month cannot be told apart: {iso}"
    return iso
