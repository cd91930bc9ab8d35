"""The files that a project's modules open as they are imported or traced: what they make of them are constants."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_found: set[str] = set()
_depth = [0]


@contextmanager
def watched() -> Iterator[None]:
    """Remember every file that Python opens to read meanwhile. What libraries in C open by themselves is not seen."""
    _install()
    _depth[0] += 1
    try:
        yield
    finally:
        _depth[0] -= 1


def opened() -> set[Path]:
    """The files that were opened to read while somebody watched, and are there."""
    return {path for each in _found if (path := Path(each)).is_file()}


def forget(folder: str) -> None:
    """Forget what lies in a folder, whose modules are imported anew."""
    _found.difference_update([each for each in _found if each.startswith(folder + os.sep)])


@cache
def _install() -> None:
    sys.addaudithook(_hear)  # it cannot be taken away again


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "open" or not _depth[0] or not isinstance(arguments[0], (str, bytes, os.PathLike)):
        return
    mode = arguments[1]
    if not isinstance(mode, str) or not {"r", "+"}.isdisjoint(mode):  # a log is written, and follows from the run
        _found.add(os.path.abspath(os.fsdecode(arguments[0])))  # noqa: PTH100 - before anybody changes the folder
