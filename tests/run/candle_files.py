"""The candle files of a small project: which lines they have, in which order, in which layout."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from candlewick.store import source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

Row = tuple[float, float, float, float, float | None]  # open, high, low, close, volume
Days = dict[int, Row]
Line = tuple[str, int]  # the candles' name, and the day
COLUMNS = ("open", "high", "low", "close", "volume")
KINDS = (".csv", ".csv.gz", ".parquet")
STYLES = ("", "shuffled", "windows", "arrived", "cut", "turned")
"""By time; in another order; with line ends of Windows; as they came; so, but the last line has no end; columns turned."""


def symbol_of(name: str) -> str:
    """The symbol of candles: after ``#`` where they lie in one file with others."""
    path, _, symbol = name.partition("#")
    return symbol or source.symbol_of(path)


def path_of(name: str) -> str:
    return name.partition("#")[0]


def arranged(lines: Iterable[Line], before: list[Line], style: str) -> list[Line]:
    """Lines in the order they are written; ``before`` are those of the file as it is, some of them twice."""
    order = sorted(lines, key=lambda line: line[::-1])
    if style == "shuffled":
        order.sort(key=lambda line: line[1] * 7919 % 101)
    if style in {"arrived", "cut"}:
        now, known = set(order), set(before)
        return [line for line in before if line in now] + [line for line in order if line not in known]
    return order


def written(order: list[Line], files: dict[str, Days], style: str, path: str = "") -> bytes:
    """What is in a file, of the kind that its name says."""
    if path.endswith(".parquet"):
        return _parquet(order, files)
    text = "".join(f"{','.join(line)}\n" for line in _lines(order, files, style))
    text = text.replace("\n", "\r\n") if style == "windows" else text
    content = (text.removesuffix("\n") if style == "cut" else text).encode()
    return gzip.compress(content, mtime=0) if path.endswith(".gz") else content


def _lines(order: list[Line], files: dict[str, Days], style: str) -> Iterator[tuple[str, ...]]:
    columns = COLUMNS[::-1] if style == "turned" else COLUMNS
    several = any("#" in name for name, _ in order)
    yield "ts", *columns, *(["symbol"] if several else [])
    for name, day in order:
        row = dict(zip(COLUMNS, files[name][day], strict=True))
        numbers = ["" if row[column] is None else repr(row[column]) for column in columns]
        yield str(np.datetime64("2020-01-01") + day), *numbers, *([symbol_of(name)] if several else [])


def _parquet(order: list[Line], files: dict[str, Days]) -> bytes:
    columns = {name: pa.array([files[line][day][at] for line, day in order], "f8") for at, name in enumerate(COLUMNS)}
    times = pa.array(np.array([1_577_836_800_000 + 86_400_000 * day for _, day in order], "M8[ms]"))
    symbols = {"symbol": [symbol_of(name) for name, _ in order]} if any("#" in name for name, _ in order) else {}
    parquet.write_table(pa.table({"ts": times, **columns, **symbols}), sink := pa.BufferOutputStream())
    return bytes(sink.getvalue().to_pybytes())


def put_down(path: Path, content: bytes) -> bool:
    """Write where it is not what lies there; what was only added to is added to. Whether anything was written."""
    before = path.read_bytes() if path.is_file() else None
    if content == before:
        return False
    path.parent.mkdir(exist_ok=True, parents=True)
    grown = before is not None and content.startswith(before)
    with path.open("ab" if grown else "wb") as file:
        file.write(content[len(before) :] if grown else content)
    return True
