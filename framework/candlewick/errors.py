"""Every error candlewick raises: what happened, where, and what to do about it.

The tree::

    WickError
    ├── UsageError        the command line, a selection or a toggle            exit 2
    │   ├── SelectionError
    │   └── ToggleError
    ├── ProjectError      the project cannot be read                           exit 2
    │   ├── ConfigError
    │   ├── ImportFailed
    │   └── GraphError
    ├── CandleError       candles that no feature should see                   exit 1
    ├── NodeError         a node that raised, looked ahead or broke its shape  exit 1
    │   └── TraceError
    ├── StoreError        the store is locked, damaged or of another version   exit 1
    ├── ArtifactError     a file that is not a sound artifact                  exit 1
    └── TrackError        the tracking server or its library                   exit 1

Every error carries a stable ``code`` such as ``graph-unknown-input``; messages may be reworded, codes may not.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


WIDEST = 240
"""The most characters of a source line that are shown."""


@dataclass(frozen=True)
class Location:
    """A place in a file of the user's, with the source line when it is known.

    ``column`` and ``end_column`` count from 0 and delimit what is underlined; without them the whole line is.
    """

    file: str
    line: int
    source: str = ""
    column: int | None = None
    end_column: int | None = None

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"

    def render(self) -> str:
        """The place as text: an arrow to file and line, the source line, and carets under the guilty span."""
        if not self.source.strip():
            return f" --> {self}"
        source = "".join(each if each.isprintable() or each == "\t" else "�" for each in self.source.rstrip())
        start = self.column if self.column is not None else len(source) - len(source.lstrip())
        end = self.end_column if self.end_column is not None else len(source)
        left = max(0, start - WIDEST // 2) if len(source) > WIDEST else 0
        source, start, end = source[left : left + WIDEST], start - left, min(end - left, WIDEST)
        before = "".join("\t" if character == "\t" else " " for character in source[:start])  # tabs stay as wide
        carets = before + "^" * max(1, min(end, len(source)) - start)
        gutter = " " * len(str(self.line))
        return f" --> {self}\n{self.line} | {source}\n{gutter} | {carets}"


def visible(text: str) -> str:
    r"""The text with what a terminal would obey, or could not write, spelled out; lines stay lines.

    >>> print(visible("a\x1b[31mb"))
    a\x1b[31mb
    """
    return "".join(
        each if each.isprintable() or each == "\n" else each.encode("unicode_escape").decode() for each in text
    )


class WickError(Exception):
    """What happened, where (the user's own lines), and a hint in the imperative."""

    code = "error"
    exit_code = 1

    def __init__(self, what: str, *, code: str = "", where: Iterable[Location] = (), hint: str = "") -> None:
        self.what = what
        self.code = code or type(self).code
        self.where = tuple(where)
        self.hint = hint
        super().__init__(what)

    def __str__(self) -> str:
        parts = [visible(self.what), *(place.render() for place in self.where)]
        if self.hint:
            parts.append(f"Hint: {self.hint}")
        return "\n".join(parts)

    def __reduce__(self) -> tuple[object, ...]:
        """Errors cross process borders whole."""
        return (_rebuild, (type(self), self.what, self.code, self.where, self.hint))


def _rebuild(kind: type[WickError], what: str, code: str, where: tuple[Location, ...], hint: str) -> WickError:
    return kind(what, code=code, where=where, hint=hint)


class UsageError(WickError):
    """The command line asks for something that does not exist."""

    code = "usage"
    exit_code = 2


class SelectionError(UsageError):
    """A selector that cannot be read, or that matches nothing."""

    code = "selection"


class ToggleError(UsageError):
    """A set of feature groups that cannot be resolved."""

    code = "toggle"


class ProjectError(WickError):
    """The project cannot be read."""

    code = "project"
    exit_code = 2


class ConfigError(ProjectError):
    """wick.yml does not hold what it should."""

    code = "config"


class ImportFailed(ProjectError):  # noqa: N818 - the code says import, the word error adds nothing
    """A module of the project does not import."""

    code = "import"


class GraphError(ProjectError):
    """The project's functions do not make a sound graph."""

    code = "graph"


class CandleError(WickError):
    """Candles that no feature should see."""

    code = "candles"


class NodeError(WickError):
    """A node raised, looked ahead, or returned what a column cannot be."""

    code = "node"


class TraceError(NodeError):
    """A feature that has no streaming form, at the line that says so."""

    code = "trace"
    exit_code = 2


class StoreError(WickError):
    """The store is locked, damaged or of another version."""

    code = "store"


class ArtifactError(WickError):
    """A file that is not a sound artifact."""

    code = "artifact"


class TrackError(WickError):
    """The tracking server, or the library that talks to it."""

    code = "track"


class WickWarning(UserWarning):
    """Something a user should know that does not stop the work."""


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint fragment naming the known word closest to ``word``; empty when none is close.

    >>> nearest("colse", ["open", "close"])
    "did you mean 'close'?"
    """
    close = difflib.get_close_matches(word, list(known), n=1)
    return f"did you mean '{close[0]}'?" if close else ""
