"""The candle source: where candles come from, under which settings, and which files there are."""

from __future__ import annotations

import glob
import hashlib
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote

from candlewick.errors import CandleError, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from candlewick.candles import Interval

MEANING = frozenset({"path", "interval", "columns", "stamp"})
"""The settings that say what candles mean: with other values, those in the store are worth nothing."""
_TICK = 2_000_000_000
"""Nanoseconds between two ticks of the slowest clock that a file system has."""
_BLOCK = 1 << 20


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
    """One file of the source; ``name`` is its path as the user would type it, ``content`` the hash of its bytes.

    ``stamp`` is its size, its times of writing and change, and its number, as they were when it was hashed. With equal
    ones it is the same file, unless it was ``fresh``: a clock that ticks slowly does not tell one write from the next.
    Its first ``known`` bytes are lines that have been read before; of a file that is not made of `lines`, as many rows
    are, if their hash is ``beginning``.
    """

    path: Path
    name: str
    content: str
    stamp: tuple[int, ...]
    fresh: bool
    known: int = 0
    beginning: str = ""

    @property
    def lines(self) -> bool:
        """Whether its rows are lines of text as it lies there."""
        return kind_of(self.name) == "csv" and not self.packed

    @property
    def packed(self) -> bool:
        """Whether the bytes are compressed."""
        return self.name.lower().endswith(".gz")

    def is_moving(self) -> bool:
        """Whether the file has been written to, or removed, since its bytes were hashed."""
        try:
            return _stamp(self.path)[:2] != self.stamp[:2]
        except OSError:
            return True


@dataclass(frozen=True)
class KnownFile:
    """A file as the store remembers it, under the number ``id``; see the table ``wick.files``."""

    id: int
    content: str
    stamp: tuple[int, ...] = ()
    sound: int = 0
    beginning: str = ""


def find_files(source: Source, known: Mapping[str, KnownFile] | None = None) -> list[SourceFile]:
    """The files of the source, sorted by name, each with the hash of its bytes.

    Of a ``known`` file that was not written to since, the hash is known as well.

    Errors: CandleError ``candles-no-files`` when a pattern matches none, ``candles-file`` for a file of another kind
    or one that cannot be read.
    """
    known = known or {}
    return [_file(path, name, known.get(name)) for name, path in _paths(source.root, source.paths).items()]


def hashes(path: Path, beginning: int) -> tuple[str, str]:
    """The hash of the first bytes of a file, ``beginning`` of them, and that of all."""
    found = hashlib.blake2b(digest_size=16)
    with path.open("rb") as file:
        while beginning and (block := file.read(min(beginning, _BLOCK))):
            found.update(block)
            beginning -= len(block)
        first = found.hexdigest()
        while block := file.read(_BLOCK):
            found.update(block)
    return first, found.hexdigest()


def are_unchanged(root: Path, patterns: Sequence[str], before: Mapping[str, tuple[list[int], str]]) -> bool:
    """Whether a source is byte for byte what it was; ``before`` has stamp and hash of every file by name.

    A file with the same stamp is not read. An empty stamp is that of a file that was `fresh`.

    Errors: as `find_files`.
    """
    paths = _paths(root, patterns)
    if list(paths) != list(before):
        return False
    stamps = {name: list(_stamp(path)) for name, path in paths.items()}
    doubtful = [name for name, (stamp, _) in before.items() if stamp != stamps[name]]
    sizes = (stamps[name][0] == before[name][0][0] for name in doubtful if before[name][0])
    return all(sizes) and all(hashes(paths[name], 0)[1] == before[name][1] for name in doubtful)


def _paths(root: Path, patterns: Sequence[str]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for pattern in patterns:
        files = [path for path in _glob(root, pattern) if path.is_file()]
        if not files:
            raise _no_files(root, pattern)
        found.update({_name(root, path): path for path in files})
    return dict(sorted(found.items()))


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


def _stamp(path: Path) -> tuple[int, ...]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino


def _file(path: Path, name: str, known: KnownFile | None) -> SourceFile:
    kind_of(name)
    known = known or KnownFile(-1, "")
    try:
        stamp = _stamp(path)
        if known.content and known.stamp == stamp:
            return SourceFile(path, name, known.content, stamp, fresh=False)
        fresh = time.time_ns() - max(stamp[1:3]) < _TICK
        beginning, content = hashes(path, known.sound)
        file = SourceFile(path, name, content, stamp, fresh, known.sound, known.beginning)
        return file if beginning == known.beginning or not file.lines else replace(file, known=0)
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
        most = endings.most_common(1)[0][0]
        hint = nearest(Path(pattern).name, there) or (
            f"the folder has {most} files" if most else f"the folder has {there[0]}"
        )
    return CandleError(f"no file matches candles.path {pattern!r}", code="candles-no-files", hint=hint)
