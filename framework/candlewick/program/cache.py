"""Where compiled dispatchers live: a private directory of the user, one compiler at a time, nothing trusted unread.

Numba's cache is a pickle, so the directory is 0700 and ours; a checksum is kept beside it, and a cache that does not
match its checksum is deleted and compiled once more. With no writable place the kernels are compiled into a private
temporary directory, and a `WickWarning` says so.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
import warnings
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from candlewick.errors import WickWarning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

on_compile: list[Callable[[], None]] = []
"""Called once before a compilation that takes seconds: the command line shows one progress line."""

STAMP = 1_000_000_000  # the modification time of every generated file


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


def load_compiled(text: str, digest: str) -> Any:
    """The compiled ``execute`` of a generated file; from the cache when it is sound, else compiled into it."""
    try:
        folder = _private(cache_directory() / f"dispatch_{digest}")
        with _locked(folder):
            return _load(folder, text, digest)
    except (OSError, RuntimeError) as problem:
        warnings.warn(
            f"kernels cannot be cached ({problem}); they are compiled for this process only. "
            "Set CANDLEWICK_CACHE to a writable directory.",
            WickWarning,
            stacklevel=2,
        )
        folder = Path(tempfile.mkdtemp(prefix="candlewick-"))
        try:
            return _load(folder, text, digest)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


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


def _load(folder: Path, text: str, digest: str) -> Any:
    file = folder / f"dispatch_{digest}.py"
    if not (_bytes(file) == text.encode() and _checksum(folder) == _bytes(folder / "checksum")):
        _clear(folder)
        temporary = folder / f"{file.name}.{os.getpid()}"
        temporary.write_bytes(text.encode())
        temporary.replace(file)
    os.utime(file, (STAMP, STAMP))  # numba compares times: a copied or restored cache must not look edited
    fresh = not _bytes(folder / "checksum")
    if fresh:
        _notify()
    try:
        execute = _import(file, text)
    except Exception:
        if fresh:
            raise
        _clear(folder)  # sound by its checksum and still unreadable: another numba build wrote it
        _notify()
        execute, fresh = _import(file, text), True
    if fresh:
        (folder / "checksum").write_bytes(_checksum(folder))
    return execute


def _notify() -> None:
    for notify in on_compile:
        notify()


def _import(file: Path, text: str) -> Any:
    os.environ["NUMBA_DISABLE_INTEL_SVML"] = "1"  # blocks and single rows would use different logarithms
    import numba

    if numba.config.USING_SVML:
        raise RuntimeError(
            "numba was imported with SVML on; import candlewick first, or set NUMBA_DISABLE_INTEL_SVML=1"
        )
    # from the text and not through importlib: bytecode left beside the file would be trusted unread
    module = ModuleType(file.stem)
    module.__file__ = str(file)
    vars(module)["CACHE"] = True
    sys.modules[file.stem] = module  # numba looks it up by name, or a cache that it wrote cannot be read again
    elsewhere, numba.config.CACHE_DIR = (
        numba.config.CACHE_DIR,
        "",
    )  # beside the file, wherever numba caches other things
    try:
        exec(compile(text, str(file), "exec"), vars(module))  # noqa: S102 - the text was generated by this process
    finally:
        numba.config.CACHE_DIR = elsewhere
    return module.execute


def _compiled(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.nb*") if path.is_file())


def _checksum(folder: Path) -> bytes:
    whole = hashlib.blake2b(digest_size=16)
    for path in _compiled(folder):
        whole.update(path.name.encode())
        whole.update(path.read_bytes())
    return whole.hexdigest().encode()


def _bytes(file: Path) -> bytes:
    return file.read_bytes() if file.exists() else b""


def _clear(folder: Path) -> None:
    for path in _compiled(folder):
        path.unlink(missing_ok=True)
    (folder / "checksum").unlink(missing_ok=True)
