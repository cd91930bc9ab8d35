"""Files that are either the old one or the new one, never half of either."""

from __future__ import annotations

import itertools
import os
import re
import secrets
import shutil
import tempfile
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from candlewick.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

_FLUSHED = 16  # files flushed at a time


def write_atomically(path: Path, content: str | bytes, *, durable: bool = True) -> None:
    """Put ``content`` in the place of a file in one step: temporary name, made durable, renamed.

    What is not ``durable`` may be lost, or empty, when the machine loses its power.

    Errors: StoreError ``file-unwritable``.
    """
    write_together(path.parent, {path.name: content}, durable=durable)


def write_together(folder: Path, contents: Mapping[str, str | bytes], *, durable: bool = True) -> None:
    """As `write_atomically`, of some files of a folder by name, which the disk is asked for side by side.

    Errors: StoreError ``file-unwritable``: what was renamed before stays.
    """
    temporaries = {name: temporary_of(folder / name) for name in contents}
    now = ""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for now, content in contents.items():
            temporaries[now].write_bytes(content.encode() if isinstance(content, str) else content)
        if durable:
            flush(temporaries.values())
        for now, temporary in temporaries.items():
            temporary.replace(folder / now)
        sync(folder) if durable else None
    except OSError as error:
        hint = f"check space and permissions of {folder}"
        raise StoreError(f"{folder / now} cannot be written: {error}", code="file-unwritable", hint=hint) from None
    finally:
        for temporary in temporaries.values():
            with suppress(OSError):  # where it could not be written there is nothing to remove
                temporary.unlink()


@contextmanager
def replaced_folder(folder: Path) -> Iterator[Path]:
    """A new folder to fill, put in the place of ``folder`` when the block ends well; else nothing has changed.

    Errors: StoreError ``folder-unwritable``.
    """
    hint = f"check space and permissions of {folder.parent}, or choose another folder"
    for stranded in folder.parent.glob(f".{escape(folder.name)}.*.old"):  # of a process killed between two names
        if _is_left_over(stranded) and not folder.exists():
            stranded.rename(folder)
    fresh = temporary_of(folder)
    old = fresh.with_suffix(".old")
    try:
        fresh.mkdir(parents=True)
        yield fresh
        if folder.exists():
            folder.rename(old)
        fresh.rename(folder)
        sync(folder.parent)
    except OSError as error:
        raise StoreError(f"{folder} cannot be written: {error}", code="folder-unwritable", hint=hint) from None
    finally:
        if old.exists() and not folder.exists():
            old.rename(folder)
        for leftover in (fresh, old):
            shutil.rmtree(leftover, ignore_errors=True)


@contextmanager
def passing_folder(name: str) -> Iterator[Path]:
    """A private folder among the system's temporary ones, gone at the end of the block.

    Errors: StoreError ``folder-unwritable``.
    """
    place = Path(tempfile.gettempdir())
    folder = temporary_of(place / name)
    try:
        folder.mkdir(mode=0o700)
    except OSError as error:
        hint = f"check space and permissions of {place}, or name another place in TMPDIR"
        raise StoreError(f"{folder} cannot be written: {error}", code="folder-unwritable", hint=hint) from None
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def temporary_of(path: Path, kind: Kind = "tmp") -> Path:
    """A name beside a file or folder for what is to take its place; what was killed on the way there is removed."""
    sweep_leftovers(path.parent, f"{escape(path.name)}.*")
    return path.with_name(f".{path.name}.{os.getpid()}-{_PROCESS}{next(_count):x}.{kind}")


def sweep_leftovers(folder: Path, name: str = "*") -> list[Path]:
    """Remove the temporary files and folders that killed processes left in a folder; say which.

    They carry the number of the process that made them: those of a process that lives are left alone. In a container
    every process may have one and the same number, so those of this process carry a word of its own as well.
    """
    removed = []
    for path in sorted(folder.glob(f".{name}")) if folder.is_dir() else ():
        if _is_left_over(path):
            with suppress(OSError):  # another user's
                shutil.rmtree(path) if path.is_dir() else path.unlink()
                removed.append(path)
    return removed


Kind = Literal["tmp", "old", "spill"]
_PROCESS = secrets.token_hex(4)
_count = itertools.count()
_TEMPORARY = re.compile(r"\..+\.(\d+)-([0-9a-f]{8})[0-9a-f]*\.(?:tmp(?:\.wal)?|old|spill)")


def _is_left_over(path: Path) -> bool:
    found = _TEMPORARY.fullmatch(path.name)
    return found is not None and not _is_alive(int(found[1]), found[2])


def _is_alive(process: int, word: str) -> bool:
    if process == os.getpid():
        return word == _PROCESS
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # somebody else's
        return True
    return True


def flush(paths: Collection[Path]) -> None:
    """Have the system write files, and the names in folders, to the disk; side by side, as each takes its time.

    Errors: OSError.
    """
    if len(paths) == 1:  # no thread is worth it
        _flush(*paths)
        return
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(_FLUSHED) as pool:
        list(pool.map(_flush, paths))


def _flush(path: Path) -> None:
    if path.is_dir():
        sync(path)
        return
    handle = os.open(path, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync(folder: Path) -> None:
    """Make the renames in a folder durable, where the system can."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
