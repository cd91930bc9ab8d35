"""The candle source: which files there are, how each is laid out, and which of its columns are ours."""

from __future__ import annotations

import csv
import glob
import gzip
import hashlib
import io
import re
import zlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from candlewick.candles import COLUMNS, Interval
from candlewick.errors import CandleError, Location, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

OURS = ("symbol", "ts", *COLUMNS)
"""What a candle needs, under our names."""

MEANING = frozenset({"path", "interval", "columns", "stamp"})
"""The settings that say what candles mean: with other values, those in the store are worth nothing."""

Time = Literal["calendar", "text", "day", "s", "ms", "us", "ns"]
"""How a source writes time: a calendar type, ISO text, a number 20240131, or an epoch in one of four units."""

_LIKE_SYMBOL = frozenset({"ticker", "sym", "instrument", "pair", "asset", "code"})
_LIKE_TIME = ("date", "datetime", "time", "timestamp", "open_time", "opentime", "unix", "epoch")
EPOCHS: dict[Time, tuple[int, int]] = {
    "s": (0, 10**11),
    "ms": (10**11, 10**14),
    "us": (10**14, 10**17),
    "ns": (10**17, 2**127),
}
"""The sizes of epoch numbers by unit: each range begins in 1973 and ends long after 2262."""

_DAY = re.compile(r"(19|20|21)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])")
_DELIMITERS = ",;\t|"
_HEAD = 1 << 16


@dataclass(frozen=True)
class Source:
    """Where candles come from and how they are to be understood; see ``candles:`` in wick.yml."""

    root: Path
    paths: tuple[str, ...]
    interval: Interval
    columns: Mapping[str, str] = field(default_factory=dict)
    stamp: Literal["open", "close"] = "open"
    gaps: Literal["allow", "warn", "error"] = "warn"
    invalid: Literal["error", "drop"] = "error"
    volume: Literal["required", "optional"] = "required"

    @property
    def settings(self) -> dict[str, str]:
        """Everything that decides what the store holds after reading the same bytes; see also MEANING."""
        return {
            "path": "\n".join(self.paths),
            "interval": self.interval.name,
            "columns": ", ".join(f"{ours}: {theirs}" for ours, theirs in sorted(self.columns.items())),
            "stamp": self.stamp,
            "gaps": self.gaps,
            "invalid": self.invalid,
            "volume": self.volume,
        }


@dataclass(frozen=True)
class SourceFile:
    """One file of the source; ``name`` is its path as the user would type it, ``content`` the hash of its bytes."""

    path: Path
    name: str
    content: str
    written: tuple[int, int]

    def is_moving(self) -> bool:
        """Whether the file has been written to, or removed, since its bytes were hashed."""
        try:
            return _written(self.path) != self.written
        except OSError:
            return True


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


def find_files(source: Source) -> list[SourceFile]:
    """The files of the source, sorted by name, each with the hash of its bytes.

    Errors: CandleError ``candles-no-files`` when a pattern matches none, ``candles-file`` for a file of another kind
    or one that cannot be read.
    """
    found: dict[str, Path] = {}
    for pattern in source.paths:
        files = [path for path in _glob(source.root, pattern) if path.is_file()]
        if not files:
            raise _no_files(source.root, pattern)
        found.update({_name(source.root, path): path for path in files})
    return [_file(path, name) for name, path in sorted(found.items())]


def _glob(root: Path, pattern: str) -> list[Path]:
    """The paths a pattern matches; Path.glob would refuse an absolute one."""
    return [root / path for path in glob.glob(pattern, root_dir=root, recursive=True)]  # noqa: PTH207


def symbol_of(name: str) -> str:
    """The symbol a file is named for: its name without folder and ending.

    >>> symbol_of("seeds/BRK.B.csv.gz")
    'BRK.B'
    """
    stem = name.rsplit("/", 1)[-1]
    for ending in (".gz", ".csv", ".parquet", ".pq"):
        if stem.lower().endswith(ending):
            stem = stem[: -len(ending)]
    return stem


def kind_of(name: str) -> Literal["csv", "parquet"]:
    """Whether a file is CSV or Parquet, by its ending."""
    lower = name.lower()
    if lower.endswith((".csv", ".csv.gz")):
        return "csv"
    if lower.endswith((".parquet", ".pq")):
        return "parquet"
    raise CandleError(
        f"{name} is neither csv, csv.gz nor parquet",
        code="candles-file",
        hint="narrow candles.path in wick.yml, for example to seeds/*.csv",
    )


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
    value = rows[1][position].strip() if len(rows) > 1 and len(rows[1]) > position else ""
    return Layout("csv", header, mapping, (), delimiter, time_of(value), _is_packed(file), skip)


def delimiter_of(header: str) -> str:
    """The character between the cells of a CSV header: comma, semicolon, tab or bar."""
    return max(_DELIMITERS, key=header.count)


def map_columns(
    header: Sequence[str], source: Source, name: str, where: Sequence[Location] = ()
) -> tuple[tuple[str, int | None], ...]:
    """The position of each of our columns in ``header``: the exact name, else the same name in other case.

    A file without symbol is a file of one symbol, named by the file; volume may be absent when it is optional.

    Errors: CandleError ``candles-column``: missing, or there twice.
    """
    return tuple((ours, _position(ours, header, source, name, where)) for ours in OURS)


def _position(ours: str, header: Sequence[str], source: Source, name: str, where: Sequence[Location]) -> int | None:
    theirs = source.columns.get(ours, ours)
    found = [number for number, column in enumerate(header) if column == theirs] or [
        number for number, column in enumerate(header) if column.casefold() == theirs.casefold()
    ]
    if len(found) == 1:
        return found[0]
    if found:
        raise CandleError(
            f"{name} has the column '{theirs}' {len(found)} times",
            code="candles-column",
            where=where,
            hint="keep one of them",
        )
    if ours not in source.columns:
        if ours == "symbol" and not any(column.casefold() in _LIKE_SYMBOL for column in header):
            return None
        if ours == "volume" and source.volume == "optional":
            return None
    raise CandleError(
        f"{name} has no column '{theirs}'",
        code="candles-column",
        where=where,
        hint=_column_hint(ours, theirs, header),
    )


def _column_hint(ours: str, theirs: str, header: Sequence[str]) -> str:
    like = {"symbol": _LIKE_SYMBOL, "ts": _LIKE_TIME, "volume": ("vol",)}.get(ours, ())
    folded = {column.casefold(): column for column in header}
    close = [folded[word] for word in like if word in folded]
    guess = close[0] if close else next(iter(nearest(theirs.casefold(), folded).split("'")[1::2]), "")
    if guess:
        return f"write columns: {{{ours}: {folded.get(guess, guess)}}} under candles: in wick.yml"
    extra = ", or volume: optional" if ours == "volume" else ""
    return f"name it under candles: columns: in wick.yml{extra}; the file has {', '.join(header)}"


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
        what, hint = "has no header", f"put a first line with the names of its columns: {','.join(OURS)}"
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

    >>> time_of("1609459200"), time_of("1609459200000"), time_of("20210101"), time_of("2021-01-01")
    ('s', 'ms', 'day', 'text')
    """
    digits = value.partition(".")[0].lstrip("-")
    if not digits.isdecimal() or not _is_number(value):
        return "text"
    if value == digits and _DAY.fullmatch(digits):
        return "day"
    return next(unit for unit, (_, below) in EPOCHS.items() if int(digits) < below)


def _is_packed(file: SourceFile) -> bool:
    return file.name.lower().endswith(".gz")


def _head(file: SourceFile) -> str:
    try:
        with file.path.open("rb") as raw:
            head = (gzip.GzipFile(fileobj=raw) if _is_packed(file) else raw).read(_HEAD)
    except (OSError, EOFError, zlib.error) as error:
        raise CandleError(
            f"{file.name} cannot be unpacked: {error}", code="candles-file", hint="fetch or write the file again"
        ) from None
    if head[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in head:
        utf16 = head[:2] in (b"\xff\xfe", b"\xfe\xff") or head[1:2] == b"\0"
        raise CandleError(
            f"{file.name} is {'UTF-16 text' if utf16 else 'not text'}",
            code="candles-encoding",
            hint="write the file as UTF-8" if utf16 else "name Parquet files .parquet, compressed text .csv.gz",
        )
    # The last character may be cut in two; later lines are checked where they are read.
    return head.decode("utf-8-sig", errors="ignore" if len(head) == _HEAD else "replace")


def _name(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


def _written(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns


def _file(path: Path, name: str) -> SourceFile:
    kind_of(name)
    try:
        written = _written(path)
        with path.open("rb") as file:
            content = hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
        return SourceFile(path, name, content, written)
    except OSError as error:
        raise CandleError(
            f"{name} cannot be read: {error.strerror}", code="candles-file", hint="check the file and its permissions"
        ) from None


def _no_files(root: Path, pattern: str) -> CandleError:
    folder = (root / pattern).parent
    there = sorted(path.name for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []
    if not there:
        hint = "check candles.path in wick.yml; it is relative to the folder wick.yml is in"
    else:
        endings = Counter("".join(Path(name).suffixes[-2:]) for name in there)
        hint = nearest(Path(pattern).name, there) or f"the folder has {endings.most_common(1)[0][0]} files"
    return CandleError(f"no file matches candles.path {pattern!r}", code="candles-no-files", hint=hint)
