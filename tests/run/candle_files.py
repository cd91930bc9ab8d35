"""The candle files of a small project: which lines they have, in which order, in which layout."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from candlewick.store import source

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

Row = tuple[float, float, float, float, float | None]  # open, high, low, close, volume
Days = dict[int, Row]
Line = tuple[str, int]  # the candles' name, and the day
COLUMNS = ("open", "high", "low", "close", "volume")
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


def written(order: list[Line], files: dict[str, Days], style: str) -> str:
    """The text of a file."""
    columns = COLUMNS[::-1] if style == "turned" else COLUMNS
    several = any("#" in name for name, _ in order)
    head = ("ts", *columns, *(["symbol"] if several else []))
    text = ",".join(head) + "\n"
    for name, day in order:
        row = dict(zip(COLUMNS, files[name][day], strict=True))
        numbers = ["" if row[column] is None else repr(row[column]) for column in columns]
        cells = [str(np.datetime64("2020-01-01") + day), *numbers, *([symbol_of(name)] if several else [])]
        text += ",".join(cells) + "\n"
    if style == "windows":
        return text.replace("\n", "\r\n")
    return text.removesuffix("\n") if style == "cut" else text


def put_down(path: Path, text: str) -> bool:
    """Write a text where it is not what lies there; what was only added to is added to. Whether anything was written."""
    content, before = text.encode(), path.read_bytes() if path.is_file() else None
    if content == before:
        return False
    path.parent.mkdir(exist_ok=True, parents=True)
    grown = before is not None and content.startswith(before)
    with path.open("ab" if grown else "wb") as file:
        file.write(content[len(before) :] if grown else content)
    return True
