"""The user's own line, and the line of a library that it called."""

from __future__ import annotations

import ast
import itertools
import linecache
import sys
import sysconfig
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from candlewick.errors import Location

if TYPE_CHECKING:
    from types import FrameType

_LIBRARIES = ("candlewick", "pandas", "numpy", "hamilton")
_SCIENTIFIC = ("scipy", "sklearn", "statsmodels", "pywt", "arch", "filterpy")
_CALLERS = ("hamilton.", "candlewick.project.", "candlewick.trace.tracing", "candlewick.trace.history")
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


def handed_to() -> str:
    """The function of a scientific library that the author's code handed a column to; empty when it runs itself."""
    frame, found = user_frame(), ""
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if module.partition(".")[0] not in _SCIENTIFIC:
            break
        if "wrapper" not in frame.f_code.co_name and not frame.f_code.co_name.startswith("_"):
            found = ".".join([*(part for part in module.split(".") if not part.startswith("_")), frame.f_code.co_name])
        frame = frame.f_back
    return found


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


def places() -> list[Location]:
    """Where the author's code stands, and below it the line of another library that it called, if it called one."""
    inner = user_frame()
    own = author_frame(inner)
    frames = [own] if own is inner else [own, inner]
    return [place for frame in frames if (place := place_of(frame)) is not None]


def here() -> Location | None:
    """Where the author's running code stands."""
    return next(iter(places()), None)


def author_frame(inner: FrameType | None) -> FrameType | None:
    """The innermost frame in the project of the function that was called first; libraries lie elsewhere."""
    stack = []
    frame = inner
    while frame is not None and not str(frame.f_globals.get("__name__", "")).startswith(_CALLERS):
        if not is_foreign(frame):
            stack.append(frame)
        frame = frame.f_back
    if not stack:
        return inner
    root = project_of(stack[-1].f_code.co_filename)
    return next((frame for frame in stack if _is_own(frame.f_code.co_filename, root)), inner)


def _is_own(file: str, root: str) -> bool:
    return file.startswith(root) and not any(name in file for name in ("site-packages", "dist-packages"))


@cache
def project_of(file: str) -> str:
    """The folder with a wick.yml that a file lies in; without one empty: all that is not installed is own."""
    return str(next((folder for folder in Path(file).parents if (folder / "wick.yml").is_file()), ""))


def in_loop(place: Location | None) -> bool:
    """Whether a line lies in a loop or a comprehension."""
    return place is not None and any(first <= place.line <= last for first, last in _loops(place.file))


@cache
def _loops(file: str) -> tuple[tuple[int, int], ...]:
    """First and last line of the body of every loop of a file."""
    try:
        tree = ast.parse("".join(linecache.getlines(file)))
    except SyntaxError:
        return ()
    loops = ast.For | ast.While | ast.ListComp | ast.GeneratorExp | ast.SetComp | ast.DictComp
    return tuple((item.lineno, item.end_lineno or item.lineno) for item in ast.walk(tree) if isinstance(item, loops))
