"""Where things stand in the user's files: positions of functions and arguments, and of the line that raised."""

from __future__ import annotations

import ast
import inspect
import io
import re
import tokenize
import traceback
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from candlewick.errors import Location
from candlewick.project.project import is_own

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FunctionType

    from candlewick.project.project import Project

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """The text of one module of the project and its syntax tree."""

    file: str
    lines: tuple[str, ...]
    tree: ast.Module

    def at(self, line: int, column: int | None = None, end: int | None = None) -> Location:
        """A place in this module, given a line counted from 1."""
        source = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        return Location(self.file, line, source, column, end)

    def span(self, node: ast.expr | ast.arg | ast.stmt) -> Location:
        """The place of a piece of syntax, underlined up to the end of its first line."""
        end = node.end_col_offset if node.end_lineno == node.lineno else None
        return self.at_bytes(node.lineno, node.col_offset, end)

    def at_bytes(self, line: int, start: int | None, end: int | None) -> Location:
        """A place whose columns are those of the syntax tree, which counts bytes."""
        text = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        return self.at(line, _characters(text, start), _characters(text, end))

    @cached_property
    def imports(self) -> frozenset[str]:
        """The libraries that are imported anywhere in it, by their first name."""
        names = [each.name for node in ast.walk(self.tree) if isinstance(node, ast.Import) for each in node.names]
        froms = [node for node in ast.walk(self.tree) if isinstance(node, ast.ImportFrom) and not node.level]
        return frozenset(name.partition(".")[0] for name in (*names, *(node.module or "" for node in froms)))

    def functions(self) -> Iterator[FunctionNode]:
        """The functions defined at the top of the module, in order."""
        return (node for node in self.tree.body if isinstance(node, FunctionNode))

    def of(self, function: FunctionType) -> Location:
        """Where a function of this module has its name."""
        syntax = self.function(first_line(function))
        return self.name_of(syntax) if syntax else self.at(first_line(function))

    def function(self, code_line: int) -> FunctionNode | None:
        """The function whose code object starts at ``code_line``, which is its first decorator's line."""
        return self._by_line.get(code_line)

    @cached_property
    def rebound(self) -> frozenset[str]:
        """Names that the module's own statements bind twice, or that a function declares ``global``."""
        bound: Counter[str] = Counter()
        for statement in self.tree.body:
            if isinstance(statement, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.For | ast.While | ast.With):
                names = (node for node in ast.walk(statement) if isinstance(node, ast.Name))
                bound.update(node.id for node in names if isinstance(node.ctx, ast.Store))
            if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
                bound[statement.target.id] += 1
        declared = {name for node in ast.walk(self.tree) if isinstance(node, ast.Global) for name in node.names}
        return frozenset(name for name, times in bound.items() if times > 1) | declared

    @cached_property
    def _by_line(self) -> dict[int, FunctionNode]:
        return {_first_line(node): node for node in ast.walk(self.tree) if isinstance(node, FunctionNode)}

    def name_of(self, node: FunctionNode) -> Location:
        """The place of a function's name in its ``def`` line."""
        line = self.lines[node.lineno - 1]
        start = line.find(node.name, line.find("def", node.col_offset) + len("def"))  # `async` holds letters, too
        return self.at(node.lineno, start, start + len(node.name))

    def code(self, node: FunctionNode) -> str:
        """A function as written, decorators included."""
        return "\n".join(self.lines[_first_line(node) - 1 : node.end_lineno])


def _characters(text: str, offset: int | None) -> int | None:
    """How many characters the first bytes of a line are: people count those."""
    return None if offset is None else len(text.encode()[:offset].decode(errors="ignore"))


def _first_line(node: FunctionNode) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def read_source(project: Project, path: Path) -> Source:
    """Parse a module of the project that is known to compile."""
    text = path.read_bytes()
    tree = ast.parse(text)
    return Source(project.relative(path), tuple(_lines(text)), tree)


def _lines(text: bytes) -> list[str]:
    """The lines as Python counts them: a form feed, for one, ends none."""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(text).readline)
    return io.StringIO(text.decode(encoding, errors="replace"), newline=None).read().split("\n")


def as_utf8(text: str) -> str:
    """Text of the user's as every file takes it: half of a pair of surrogates is no character."""
    return text.encode("utf-8", errors="replace").decode()


def argument(node: FunctionNode, name: str) -> ast.arg | None:
    """The syntax of a function's argument, or None."""
    spec = node.args
    every = [*spec.posonlyargs, *spec.args, *spec.kwonlyargs, *filter(None, (spec.vararg, spec.kwarg))]
    return next((arg for arg in every if arg.arg == name), None)


def first_line(function: FunctionType) -> int:
    """The line at which a function's code begins, its first decorator included; of the function that others wrap."""
    return int(inspect.unwrap(function).__code__.co_firstlineno)


def said(error: BaseException, symbol: str = "") -> str:
    """What an exception of the user's code says, on one line: its type, for which symbol, and its first line."""
    try:
        text = str(error).strip()
    except Exception:  # noqa: BLE001 - a message that cannot be made is no reason to hide what happened
        text = ""
    text = re.sub(r" at 0x[0-9a-fA-F]+", "", text.partition("\n")[0])
    line = "".join(character for character in text if character.isprintable())
    return type(error).__name__ + (f" for {symbol}" if symbol else "") + (f": {line}" if line else "")


def raised_at(error: BaseException, project: Project) -> Location | None:
    """The user's own line that raised: the innermost frame inside the project, or the line of a syntax error."""
    if isinstance(error, SyntaxError) and error.filename and Path(error.filename).is_relative_to(project.root):
        column = error.offset - 1 if error.offset else None
        end = error.end_offset - 1 if error.end_offset and error.end_lineno == error.lineno else None
        if column is not None and end is not None and end <= column:
            end = column + 1
        return Location(
            project.relative(error.filename), error.lineno or 1, (error.text or "").rstrip("\n"), column, end
        )
    frames = traceback.extract_tb(error.__traceback__)
    mine = [frame for frame in frames if is_own(Path(frame.filename), project.root)]
    if not mine:
        return None
    frame = mine[-1]
    line = frame.lineno or 1
    raw = _raw_line(Path(frame.filename), line)
    end = frame.end_colno if frame.end_lineno == line else None
    columns = _characters(raw, frame.colno), _characters(raw, end)
    return Location(project.relative(frame.filename), line, raw, *columns)


def _raw_line(path: Path, line: int) -> str:
    """The unstripped line, read afresh: the standard line cache may hold an older text of the file."""
    try:
        lines = _lines(path.read_bytes())
    except (OSError, SyntaxError):
        return ""
    return lines[line - 1] if line <= len(lines) else ""
