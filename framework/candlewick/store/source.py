"""The candle source: where candles come from, under which settings, and which files there are."""

from __future__ import annotations

import glob
import hashlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote

from candlewick.errors import CandleError, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from candlewick.candles import Interval

MEANING = frozenset({"path", "interval", "columns", "stamp"})
"""The settings that say what candles mean: with other values, those in the store are worth nothing."""


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

    @property
    def packed(self) -> bool:
        """Whether the bytes are compressed."""
        return self.name.lower().endswith(".gz")

    def is_moving(self) -> bool:
        """Whether the file has been written to, or removed, since its bytes were hashed."""
        try:
            return _written(self.path) != self.written
        except OSError:
            return True


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
    """The symbol a file is named for: that of a folder ``symbol=NAME``, else its own name without ending.

    >>> symbol_of("seeds/BRK.B.csv.gz"), symbol_of("seeds/symbol=BTC/2021-03.csv")
    ('BRK.B', 'BTC')
    """
    folder = next((part for part in name.split("/")[:-1] if part.startswith("symbol=")), "")
    if folder:
        return unquote(folder.removeprefix("symbol="))
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
