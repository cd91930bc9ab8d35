"""Where compiled operators lie: a private directory of the user, one compiler at a time, nothing trusted unread.

A file holds machine code, so the directory is 0700 and ours, and every file begins with a checksum of its name and of
what follows; one that does not match is compiled once more. With no such place operators are compiled for the process
only, and a `WickWarning` says so.
"""

from __future__ import annotations

import hashlib
import os
import sys
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from candlewick.errors import WickWarning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    Compile = Callable[[str], bytes]

on_compile: list[Callable[[int], None]] = []
"""Called once, with the number of operators, before a compilation: the command line shows one progress line."""

PROGRAMS = 500  # whose machine code is kept: some 30 kB each

CHECKSUM = 32  # hexadecimal digits


def cache_directory() -> Path:
    """``$CANDLEWICK_CACHE``, or the user's own cache directory."""
    chosen = os.environ.get("CANDLEWICK_CACHE")
    if chosen:
        return Path(chosen) / "kernels"
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "candlewick" / "kernels"


def fetch(digests: Mapping[str, str], compiled: Compile) -> dict[str, bytes]:
    """What was compiled for every name under its digest; ``compiled`` is asked for what the cache does not have."""
    try:
        folder = _private(cache_directory())
        found = _read(folder, digests)
        if len(found) < len(digests):
            with _locked(folder):  # another process may have compiled it while this one waited
                found |= _read(folder, {name: digest for name, digest in digests.items() if name not in found})
                for name, content in _compile([name for name in digests if name not in found], compiled):
                    _write(folder, f"{name}_{digests[name]}", content)
                    found[name] = content
    except (OSError, RuntimeError) as problem:
        warnings.warn(
            f"compiled operators cannot be cached ({problem}); they last for this process only. "
            "Set CANDLEWICK_CACHE to a writable directory.",
            WickWarning,
            stacklevel=2,
        )
        return dict(_compile(list(digests), compiled))
    return found


def remembered(digest: str, made: Callable[[], bytes]) -> bytes:
    """The machine code of a whole program, from the cache where it was made before; the latest PROGRAMS are kept.

    It takes a moment only: nobody is told. Where it cannot be kept operators cannot either, and that is said.
    """
    try:
        folder = _private(cache_directory().with_name("programs"))
        found = _read(folder, {"program": digest}).get("program")
        if found is not None:
            os.utime(folder / f"program_{digest}")
            return found
        found = made()
        _write(folder, f"program_{digest}", found)
        for old in sorted(folder.iterdir(), key=lambda file: file.stat().st_mtime)[:-PROGRAMS]:
            old.unlink(missing_ok=True)
    except OSError:
        return made()
    return found


def _compile(names: Sequence[str], compiled: Compile) -> Iterator[tuple[str, bytes]]:
    if names:
        for notify in on_compile:
            notify(len(names))
    for name in names:
        yield name, compiled(name)


def _private(folder: Path) -> Path:
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.mkdir(exist_ok=True, mode=0o700)
    if hasattr(os, "getuid"):
        status = folder.stat()
        if status.st_uid != os.getuid() or status.st_mode & 0o077:
            raise OSError(f"{folder} belongs to or is open to others")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OSError(f"{folder} is not writable")
    return folder


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One process at a time; the lock dies with its holder."""
    with (folder / "lock").open("a+b") as lock:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(lock.fileno(), msvcrt.LK_LOCK, 1)
        else:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _read(folder: Path, digests: Mapping[str, str]) -> dict[str, bytes]:
    """What is there and sound."""
    found: dict[str, bytes] = {}
    for name, digest in digests.items():
        file = folder / f"{name}_{digest}"
        whole = file.read_bytes() if file.exists() else b""
        content = whole[CHECKSUM:]
        if whole and whole[:CHECKSUM] == checksum(file.name, content):
            found[name] = content
    return found


def _write(folder: Path, name: str, content: bytes) -> None:
    temporary = folder / f"{name}.{os.getpid()}"
    temporary.write_bytes(checksum(name, content) + content)
    temporary.replace(folder / name)


def checksum(name: str, content: bytes) -> bytes:
    """Of a file's content under its name."""
    return hashlib.blake2b(name.encode() + b"\0" + content, digest_size=CHECKSUM // 2).hexdigest().encode()
