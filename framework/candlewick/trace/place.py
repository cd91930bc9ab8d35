"""The user's own line: the innermost frame that is not candlewick's, a library's or Python's own."""

from __future__ import annotations

import itertools
import linecache
import sys
import sysconfig
from typing import TYPE_CHECKING

from candlewick.errors import Location

if TYPE_CHECKING:
    from types import FrameType

_LIBRARIES = ("candlewick", "pandas", "numpy", "hamilton")
_STANDARD = sysconfig.get_paths()["stdlib"]


def user_frame() -> FrameType | None:
    """The frame of the author's code that is running."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - the documented way to read one's own stack
    while frame is not None:
        if not is_foreign(frame):
            return frame
        frame = frame.f_back
    return None


def is_foreign(frame: FrameType) -> bool:
    """Whether a frame runs a library's code and not the author's."""
    file = frame.f_code.co_filename
    package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
    standard = file.startswith(_STANDARD) and "site-packages" not in file
    return standard or file.startswith("<frozen") or package in _LIBRARIES


def place_of(frame: FrameType | None) -> Location | None:
    """Where a frame stands, down to the columns of the running expression when they lie on one line."""
    if frame is None:
        return None
    code = frame.f_code
    positions = next(itertools.islice(code.co_positions(), frame.f_lasti // 2, None), (None, None, None, None))
    line, end_line, column, end_column = positions
    if line is None:
        line = frame.f_lineno
    source = linecache.getline(code.co_filename, line).rstrip("\n")
    if end_line != line or not source.isascii():  # columns count bytes, and lines are underlined one at a time
        column = end_column = None
    return Location(code.co_filename, line, source, column, end_column)


def here() -> Location | None:
    """Where the author's running code stands."""
    return place_of(user_frame())
