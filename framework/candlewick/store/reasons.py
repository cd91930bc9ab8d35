"""Why a store cannot be opened or used: DuckDB's errors in plain words, each with a remedy."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import duckdb

from candlewick.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path


def holder(error: duckdb.Error) -> str | None:
    """The process that holds the store, as far as DuckDB says; None when the error is another one."""
    text = str(error)
    if "lock on file" in text:
        found = re.search(r"\(PID (\d+)\)", text)
        return found[1] if found else ""
    if isinstance(error, duckdb.ConnectionException) or "already attached" in text:  # open in this very process
        return str(os.getpid())
    return None


def locked(path: Path, pid: str, error: Exception) -> StoreError:
    """Another process has the store; ``pid`` as `holder` says."""
    who = f"process {pid}" if pid else "another process"
    hint = f"close it: {_first_line(error)}"
    if pid:
        hint = f"close it (a DuckDB shell, a notebook, another wick), or wait; `ps -p {pid}` names it"
    return StoreError(f"{who} holds the store {path}", code="store-locked", hint=hint)


def unusable(path: Path, error: duckdb.Error) -> StoreError:
    """A store that cannot be opened, or fails in use, though nobody holds it."""
    text = str(error)
    if "newer version" in text or "version number" in text:
        return StoreError(
            f"the store {path} was written by another DuckDB: {_first_line(error)}",
            code="store-newer",
            hint=f"install the DuckDB that wrote it (this is {duckdb.__version__})",
        )
    if path.is_dir() or any(words in text for words in _REFUSED):
        return unwritable(path, error)
    return _damaged(path, error)


_REFUSED = ("ermission denied", "Cannot open file", "ead-only", "No space left", "Could not write")


def unwritable(path: Path, error: Exception) -> StoreError:
    """A store that the file system does not let us write."""
    return StoreError(
        f"the store {path} cannot be written: {_first_line(error)}",
        code="store-unwritable",
        hint="check the free space and the permissions of its folder, or set store: in wick.yml",
    )


def _damaged(path: Path, error: duckdb.Error) -> StoreError:
    return StoreError(
        f"the store {path} cannot be read: {_first_line(error)}",
        code="store-damaged",
        hint=f"move {path.name} (and {path.name}.wal) away and run `wick build`: it is rebuilt from the candle source",
    )


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
