"""Writing Parquet, the little of it that parts need: plain pages, no compression, nullable columns of five types.

Columns of features are numbers that no compressor makes smaller, and they are handed over in memory as the format lays
them down; so writing them costs a tenth of what a general writer takes. Every reader of Parquet reads them. One file
holds the rows of one or more symbols, one symbol after the other, in row groups of at most ROW_GROUP rows.

Source: https://parquet.apache.org/docs/file-format/ and parquet.thrift, in Thrift's compact protocol.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from candlewick.store import thrift
from candlewick.store.thrift import I32, I64, STRUCT, binary, integer, integers, struct, structs, text, truth

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import BinaryIO

    Array = np.ndarray[Any, np.dtype[Any]]

ROW_GROUP = 122_880
TIME = "TIMESTAMP WITH TIME ZONE"
_MAGIC = b"PAR1"
_PLAIN, _RLE, _DICTIONARY = 0, 3, 8
_BOOLEAN, _INT64, _DOUBLE, _BYTES = 0, 2, 5, 6
_PHYSICAL = {"DOUBLE": _DOUBLE, "BOOLEAN": _BOOLEAN, "BIGINT": _INT64, TIME: _INT64, "VARCHAR": _BYTES}
_UTF8, _MICROS, _INTEGER64 = 0, 10, 18
_CONVERTED = {TIME: _MICROS, "VARCHAR": _UTF8, "BIGINT": _INTEGER64}
_ADJUSTED_TO_UTC = truth(1, value=True)
_LOGICAL = {
    "VARCHAR": struct((1, STRUCT, struct())),
    TIME: struct((8, STRUCT, struct(_ADJUSTED_TO_UTC, (2, STRUCT, struct((2, STRUCT, struct())))))),
}


@dataclass(frozen=True)
class Column:
    """A column as it is written: ``kind`` is its SQL type, ``valid`` says which rows are not NULL (None: all).

    ``values`` are float64, bool, int64 (of times: microseconds since 1970), or texts.
    """

    name: str
    kind: str
    values: Array
    valid: Array | None = None


@dataclass(frozen=True)
class _Chunk:
    """A column of a row group, written: what the footer says of it."""

    kind: str
    path: str
    encodings: tuple[int, ...]
    values: int
    size: int
    at: int
    dictionary: int | None
    statistics: bytes


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
    numbers = np.repeat(np.arange(len(symbols)), [count for _, count in symbols])
    file.write(_MAGIC)
    groups: list[list[_Chunk]] = []
    counts: list[int] = []
    for start in range(0, len(numbers), ROW_GROUP):
        stop = min(start + ROW_GROUP, len(numbers))
        chunks = [_symbols(file, [symbol for symbol, _ in symbols], numbers[start:stop])]
        chunks += [_chunk(file, column) for column in rows(start, stop)]
        groups.append(chunks)
        counts.append(stop - start)
    footer = _footer([("symbol", "VARCHAR"), ("ts", TIME), *types], groups, counts)
    file.write(footer + len(footer).to_bytes(4, "little") + _MAGIC)


def _symbols(file: BinaryIO, symbols: Sequence[str], numbers: Array) -> _Chunk:
    """The symbol of every row: its number in a dictionary, as runs of equal numbers."""
    first, last = int(numbers[0]), int(numbers[-1])
    texts = [symbol.encode() for symbol in symbols[first : last + 1]]
    at = file.tell()
    _page(
        file,
        b"".join(_sized(each) for each in texts),
        2,
        (7, STRUCT, struct(integer(1, I32, len(texts)), integer(2, I32, _PLAIN))),
    )
    page = file.tell()
    width = max((last - first).bit_length(), 1)
    edges = np.flatnonzero(np.diff(numbers, prepend=-1, append=-1))
    runs = b"".join(
        thrift.varint((stop - start) << 1) + (int(numbers[start]) - first).to_bytes((width + 7) // 8, "little")
        for start, stop in pairwise(edges.tolist())
    )
    body = _sized(_run(len(numbers), 1)) + bytes([width]) + runs
    _page(file, body, 0, _data_header(len(numbers), _DICTIONARY))
    said = struct(integer(3, I64, 0), binary(5, max(texts)), binary(6, min(texts)))
    return _Chunk("VARCHAR", "symbol", (_PLAIN, _RLE, _DICTIONARY), len(numbers), file.tell() - at, page, at, said)


def _chunk(file: BinaryIO, column: Column) -> _Chunk:
    values, valid = column.values, column.valid
    missing = 0 if valid is None else len(valid) - int(np.count_nonzero(valid))
    at = file.tell()
    levels, held = _levels(values, valid, missing)
    _page(file, levels, 0, _data_header(len(values), _PLAIN), _plain(column.kind, held))
    said = [integer(3, I64, missing)]
    if column.name == "ts":  # what readers skip row groups by
        ends = ((5, values[-1]), (6, values[0]))
        said += [binary(number, int(time).to_bytes(8, "little", signed=True)) for number, time in ends]
    size = file.tell() - at
    return _Chunk(column.kind, column.name, (_PLAIN, _RLE), len(values), size, at, None, struct(*said))


def _plain(kind: str, values: Array) -> memoryview | bytes:
    if kind == "BOOLEAN":
        return np.packbits(values, bitorder="little").tobytes()
    if kind == "VARCHAR":
        return b"".join(_sized(str(value).encode()) for value in values)
    return np.ascontiguousarray(values, dtype="<f8" if kind == "DOUBLE" else "<i8").view(np.uint8).data


def _sized(content: bytes) -> bytes:
    return len(content).to_bytes(4, "little") + content


def _levels(values: Array, valid: Array | None, missing: int) -> tuple[bytes, Array]:
    """Which rows hold a value, in runs where only the first do not, else one bit each; and the values of those."""
    if valid is None or not missing:
        return _sized(_run(len(values), 1)), values
    if not valid[:missing].any():  # what a window leaves open before it is full
        return _sized(_run(missing, 0) + _run(len(values) - missing, 1)), values[missing:]
    bits = thrift.varint((len(values) + 7) // 8 << 1 | 1) + np.packbits(valid, bitorder="little").tobytes()
    return _sized(bits), values[valid]


def _run(rows: int, level: int) -> bytes:
    return thrift.varint(rows << 1) + bytes([level]) if rows else b""


def _page(file: BinaryIO, head: bytes, kind: int, said: thrift.Field, body: memoryview | bytes = b"") -> None:
    size = len(head) + len(body)
    header = struct(integer(1, I32, kind), integer(2, I32, size), integer(3, I32, size), said)
    file.write(header + head)
    file.write(body)


def _data_header(rows: int, encoding: int) -> thrift.Field:
    encodings = [integer(2, I32, encoding), integer(3, I32, _RLE), integer(4, I32, _RLE)]
    return 5, STRUCT, struct(integer(1, I32, rows), *encodings)


def _footer(columns: Sequence[tuple[str, str]], groups: Sequence[Sequence[_Chunk]], counts: Sequence[int]) -> bytes:
    root = struct(text(4, "rows"), integer(5, I32, len(columns)))
    order = struct((1, STRUCT, struct()))
    return struct(
        integer(1, I32, 2),
        structs(2, [root, *(struct(*_schema(*column)) for column in columns)]),
        integer(3, I64, sum(counts)),
        structs(4, [_group(chunks, rows) for chunks, rows in zip(groups, counts, strict=True)]),
        text(6, "candlewick"),
        structs(7, [order] * len(columns)),
    )


def _schema(name: str, kind: str) -> Iterator[thrift.Field]:
    yield integer(1, I32, _PHYSICAL[kind])
    yield integer(3, I32, 1)  # optional
    yield text(4, name)
    if kind in _CONVERTED:
        yield integer(6, I32, _CONVERTED[kind])
    if kind in _LOGICAL:
        yield 10, STRUCT, _LOGICAL[kind]


def _group(chunks: Sequence[_Chunk], rows: int) -> bytes:
    size = sum(chunk.size for chunk in chunks)
    return struct(structs(1, [_said(chunk) for chunk in chunks]), integer(2, I64, size), integer(3, I64, rows))


def _said(chunk: _Chunk) -> bytes:
    begins = chunk.at if chunk.dictionary is None else chunk.dictionary
    fields = [
        integer(1, I32, _PHYSICAL[chunk.kind]),
        integers(2, chunk.encodings),
        thrift.texts(3, [chunk.path]),
        integer(4, I32, 0),
        integer(5, I64, chunk.values),
        integer(6, I64, chunk.size),
        integer(7, I64, chunk.size),
        integer(9, I64, chunk.at),
    ]
    if chunk.dictionary is not None:
        fields.append(integer(11, I64, chunk.dictionary))
    fields.append((12, STRUCT, chunk.statistics))
    return struct(integer(2, I64, begins), (3, STRUCT, struct(*fields)))
