"""Ingest: source files to candles in the store; incremental, idempotent, all or nothing."""

from __future__ import annotations

import re
import shutil
import time
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from candlewick.errors import CandleError
from candlewick.store import merge
from candlewick.store.candles import candle_counts, gaps
from candlewick.store.connection import attached, read, scratch, transaction
from candlewick.store.files import temporary_of
from candlewick.store.gaps import write_gaps
from candlewick.store.judge import Verdict, judge
from candlewick.store.result import IngestResult, kept_notes, listing, lost_notes, notes_of, warnings_of
from candlewick.store.source import MEANING, KnownFile, Source, SourceFile, find_files
from candlewick.store.staging import stage
from candlewick.store.tail import ReadMoreError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import duckdb

    from candlewick.store.gaps import Jump
    from candlewick.store.merge import SymbolChange


_TOLD = (
    "candles", "wick.files", "wick.data_versions", "wick.beginnings", "wick.restated", "wick.gaps", "wick.holes",
)  # fmt: skip
"""The tables that hold what sources said."""


@dataclass(frozen=True)
class _Known:
    """What the store remembers of earlier ingests: settings, and the id and the hash of every file by name."""

    settings: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, KnownFile] = field(default_factory=dict)

    def has(self, file: SourceFile) -> bool:
        """Whether a file was read as it is, and need not be read again."""
        return file.name in self.files and self.files[file.name].content == file.content

    def gone(self, files: Sequence[SourceFile]) -> tuple[str, ...]:
        """The names of known files that are not there any more."""
        return tuple(sorted(self.files.keys() - {file.name for file in files}))

    def lacks_stamp_of(self, file: SourceFile) -> bool:
        """Whether a file is as it was, but its stamp is not known or another."""
        return self.has(file) and not file.fresh and self.files[file.name].stamp != file.stamp


@dataclass(frozen=True)
class _Reading:
    """What is read: which files, and of each the ``tails`` alone.

    ``replace`` says that nothing old is kept, ``anew`` that every file is read though it may be known. ``told`` says
    that new candles mean what the old ones did, so that it can be told which of them change and which are forgotten.
    """

    files: Sequence[SourceFile]
    tails: bool = False
    replace: bool = False
    anew: bool = False
    told: bool = False


def ingest(source: Source, store: Path, *, now: int | None = None, full_refresh: bool = False) -> IngestResult:
    """Bring the store up to the source.

    Files whose bytes are known are skipped. New candles are added, candles with other values replaced and named,
    candles the source no longer has are kept. Under other settings than last time every file is read and judged
    afresh; when they say that candles mean something else, or with ``full_refresh``, nothing old is kept. ``now``, in
    milliseconds since 1970, decides which candle is not finished yet.

    Errors: CandleError naming file, row, symbol, time and remedy, and StoreError; the store is then as it was.
    """
    now = time.time_ns() // 1_000_000 if now is None else now
    known = _known(store)
    others = _other_settings(source, known)
    replace = bool(known.files) and (full_refresh or not MEANING.isdisjoint(others))
    refreshed = ", ".join(others.values()) or ("a full refresh was asked for" if replace else "")
    if replace:
        known = _Known()
    files = find_files(source, known.files)
    todo = [file for file in files if refreshed or not known.has(file)]
    if not todo:
        return _result(source, store, known, files, [])
    told = replace and MEANING.isdisjoint(others)
    for reading in _readings(files, todo, replace=replace, anew=bool(refreshed), told=told):
        try:
            done = _ingest(source, store, known, files, reading, now)
        except ReadMoreError:
            continue
        except CandleError:
            if not reading.tails:  # whatever is wrong with a tail is said of the whole file
                raise
        else:
            return _result(source, store, known, files, reading.files, refreshed, *done)
    raise AssertionError("every file has been read: there is no more to read")


def _readings(
    files: Sequence[SourceFile], todo: Sequence[SourceFile], *, replace: bool, anew: bool, told: bool
) -> Iterator[_Reading]:
    """What to read, and what to read instead where that does not tell."""
    if not anew and all(file.known for file in todo):
        yield _Reading(todo, tails=True)
    yield _Reading(todo, replace=replace, anew=anew, told=told)
    yield _Reading(files)


def unread(source: Source, store: Path) -> list[str]:
    """The files that the next ingest would read.

    Errors: those of finding files and of reading the store.
    """
    known = _known(store)
    others = _other_settings(source, known)
    return [file.name for file in find_files(source, known.files) if others or not known.has(file)]


def _ingest(
    source: Source, store: Path, known: _Known, files: Sequence[SourceFile], reading: _Reading, now: int
) -> tuple[Verdict, list[SymbolChange], list[Jump], list[str]]:
    ids = _number(files, known)
    read = {ids[file.name] for file in reading.files}
    unread = sorted({ids[file.name] for file in files} - read)
    with (
        judged(source, store, reading.files, ids, now, tails=reading.tails) as (connection, verdict, notes),
        attached(connection, store, read_only=False),
    ):
        with transaction(connection):
            against, lost = merge.against_kept(connection) if reading.told else ([], {})
            if reading.replace:
                for table in _TOLD:
                    connection.execute(f"DELETE FROM store.{table}")
            if reading.tails and not (verdict.plain and merge.follows(connection, source.interval)):
                raise ReadMoreError
            merge.compare(connection, later=reading.tails)
            if merge.contested(connection, unread):
                raise ReadMoreError
            kept = {} if reading.tails else merge.vanished(connection, sorted(read))
            merge.write_restated(connection)
            changes = merge.apply(connection, [ids[file.name] for file in files])
            merge.write_versions(connection)
            jumps = write_gaps(connection, source, every=reading.anew)
            merge.write_ledger(connection, source, reading.files, ids, verdict, tails=reading.tails)
            merge.write_stamps(connection, {ids[file.name]: file for file in files if known.lacks_stamp_of(file)})
            merge.forget_content(connection, sorted(ids[name] for name in known.gone(files)))
        connection.execute("CHECKPOINT store")
    return verdict, against if reading.told else changes, jumps, notes + kept_notes(kept) + lost_notes(lost)


@contextmanager
def judged(
    source: Source, store: Path, files: Sequence[SourceFile], ids: Mapping[str, int], now: int, *, tails: bool = False
) -> Iterator[tuple[duckdb.DuckDBPyConnection, Verdict, list[str]]]:
    """A connection of one's own with the tables ``ordered``, ``symbols`` and ``files``, the verdict and notes.

    With ``tails`` only what files have gained is read.
    """
    spill = temporary_of(store, "spill")
    try:
        with scratch(spill) as connection:
            empty = stage(connection, files, source, ids, spill / "tails" if tails else None)
            if tails and empty:
                raise ReadMoreError
            _refuse_moving(files)
            verdict = judge(connection, source, {ids[file.name]: file for file in files}, now)
            if not store.exists() and not connection.execute("SELECT 1 FROM ordered LIMIT 1").fetchall():
                raise _no_candles(files, verdict)
            notes = [f"{listing([file.name for file in empty])}: no candles"] if empty else []
            notes += _part_notes(connection)
            yield connection, verdict, notes + _zone_notes(connection, {ids[file.name]: file for file in files})
    finally:
        shutil.rmtree(spill, ignore_errors=True)


def _known(store: Path) -> _Known:
    if not store.exists():
        return _Known()
    with read(store) as connection:
        settings = dict(connection.execute("SELECT name, value FROM wick.settings").fetchall())
        rows = connection.execute("SELECT path, id, content, stamp, sound, beginning FROM wick.files").fetchall()
    return _Known(settings, {
        path: KnownFile(key, content, tuple(map(int, stamp.split())), sound, beginning)
        for path, key, content, stamp, sound, beginning in rows
    })  # fmt: skip


def _other_settings(source: Source, known: _Known) -> dict[str, str]:
    """The settings that have other values than last time, if there was one, with a sentence for each."""
    if not known.files:
        return {}
    return {
        name: f"candles.{name} was {known.settings.get(name, '')!r} and is {value!r}"
        for name, value in source.settings.items()
        if known.settings.get(name, "") != value
    }


def _number(files: Sequence[SourceFile], known: _Known) -> dict[str, int]:
    """An id for every file: the one it has, or the next."""
    ids = {name: file.id for name, file in known.files.items()}
    free = max(ids.values(), default=-1) + 1
    fresh = [file.name for file in files if file.name not in ids]
    return ids | {name: free + number for number, name in enumerate(fresh)}


def _no_candles(files: Sequence[SourceFile], verdict: Verdict) -> CandleError:
    left_out = verdict.dropped.total() + len(verdict.unfinished)
    why = f": {left_out:,} rows were left out as unsound or unfinished" if left_out else ""
    return CandleError(
        f"the source has no candles ({listing([file.name for file in files])}){why}",
        code="candles-none",
        hint="check the files, and candles.path in wick.yml",
    )


def _refuse_moving(files: Sequence[SourceFile]) -> None:
    for file in files:
        if file.is_moving():
            raise CandleError(
                f"{file.name} changed while it was read",
                code="candles-file",
                hint="run the command again when whatever writes it has finished",
            )


def _part_notes(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Files that differ in digits only may be the months of one symbol, or the contracts of one future."""
    alike: dict[str, list[str]] = defaultdict(list)
    for (symbol,) in connection.execute("SELECT DISTINCT symbol FROM named WHERE alone ORDER BY symbol").fetchall():
        alike[re.sub(r"\d+", "0", symbol)].append(symbol)
    return [
        f"{listing(symbols)}: a symbol each, named by the file; parts of one symbol belong in a folder symbol=NAME"
        for symbols in alike.values()
        if len(symbols) > 1
    ]


def _zone_notes(connection: duckdb.DuckDBPyConnection, files: Mapping[int, SourceFile]) -> list[str]:
    rows = connection.execute("SELECT file, some_zoned FROM files WHERE NOT all_zoned ORDER BY file").fetchall()
    naive = [files[key].name for key, some in rows if not some]
    mixed = [files[key].name for key, some in rows if some]
    notes = [f"{listing(naive)}: times without a zone were read as UTC"] if naive else []
    return notes + ([f"{listing(mixed)}: some times have a zone, the others were read as UTC"] if mixed else [])


def _result(
    source: Source,
    store: Path,
    known: _Known,
    files: Sequence[SourceFile],
    todo: Sequence[SourceFile],
    refreshed: str = "",
    verdict: Verdict | None = None,
    changes: Sequence[SymbolChange] = (),
    jumps: Sequence[Jump] = (),
    notes: Sequence[str] = (),
) -> IngestResult:
    verdict = verdict or Verdict()
    gone = known.gone(files)
    holes, counts = tuple(gaps(store)), tuple(candle_counts(store))
    done = {file.name for file in todo}
    return IngestResult(
        read=tuple(file.name for file in todo),
        unchanged=tuple(file.name for file in files if file.name not in done),
        gone=gone,
        refreshed=refreshed,
        changes=tuple(changes),
        symbols=counts,
        gaps=holes,
        jumps=tuple(jumps),
        dropped=dict(verdict.dropped),
        duplicates=verdict.duplicates,
        unsorted=verdict.unsorted,
        unfinished=tuple(verdict.unfinished),
        warnings=tuple(warnings_of(source, verdict, changes, jumps, holes, counts, gone)),
        notes=(*notes, *notes_of(verdict)),
        lasting=tuple(warnings_of(source, Verdict(), (), (), holes, counts, gone)),
        files=tuple(files),
    )
