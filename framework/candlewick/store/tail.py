"""Tails: what a CSV file has gained since it was read. To ingest a few lines, nobody reads the many before them again.

The beginning of a file is known when nothing was left out of it but candles that were not finished, in its last lines,
and when it is byte for byte what it was. Its tail then begins with the first line that is not known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from candlewick.store.source import hashes, kind_of

if TYPE_CHECKING:
    from pathlib import Path

    from candlewick.store.layout import Layout
    from candlewick.store.source import SourceFile

_LOOK = 1 << 16  # bytes at the end of a file in which lines that were left out are looked for
_BLOCK = 1 << 20


def cut(file: SourceFile, layout: Layout, folder: Path) -> Path:
    """Write the tail of a file into ``folder``, under a header of its own, and return the path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{len(list(folder.iterdir()))}.csv"
    with file.path.open("rb") as whole, path.open("wb") as tail:
        whole.seek(max(file.known - 2, 0))
        end = b"\r\n" if whole.read(min(file.known, 2)) == b"\r\n" else b"\n"
        header = layout.delimiter.join(f"c{number}" for number in range(len(layout.header)))
        tail.write(header.encode() + end)
        while block := whole.read(_BLOCK):
            tail.write(block)
    return path


def sound_beginning(file: SourceFile, left_out: int) -> tuple[int, str]:
    """How many bytes stand before the last lines of a file, ``left_out`` of them, and the hash of those bytes.

    0, and no hash, where lines cannot be told from bytes: of a packed file, a Parquet file, a file whose last line has
    no end, and one that was written to since it was read.
    """
    if kind_of(file.name) != "csv" or file.packed:
        return 0, ""
    size = file.stamp[0]
    with file.path.open("rb") as whole:
        whole.seek(max(size - _LOOK, 0))
        last = whole.read(_LOOK)
    end = len(last)
    for _ in range(left_out):
        end = last.rfind(b"\n", 0, max(end - 1, 0)) + 1
    lines = last[end:].split(b"\n")[:-1]
    if not last.endswith(b"\n") or not end or b'"' in last[end:] or not all(line.strip() for line in lines):
        return 0, ""
    if not left_out:
        return size, file.content
    known = size - (len(last) - end)
    beginning, content = hashes(file.path, known)
    return (known, beginning) if content == file.content else (0, "")
