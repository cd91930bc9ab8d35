"""Code without what changes no value, and the names it reads."""

from __future__ import annotations

import ast
import dis
import re
import sys
from types import CodeType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from types import FunctionType

    from candlewick.project.source import Source

_EVALUATED = frozenset({"eval", "evaluate"})
"""Functions of pandas and numexpr that look up the names in a text where they are called."""


def written(function: FunctionType, source: Source | None) -> str:
    """What a function of the project says; of a lambda, or one made at run time, what it was compiled to."""
    code = function.__code__
    syntax = source.function(code.co_firstlineno) if source is not None else None
    if syntax is not None and syntax.name == code.co_name:
        return bare(syntax, {*names_read(code), *code.co_freevars})
    return _compiled(code)


def bare(syntax: ast.AST, outer: Collection[str] = ()) -> str:
    """Syntax without what changes no value: docstrings, annotations, places; of a function, its own decorators too.

    The names of a function's local variables are left out as well; ``outer`` are those that it reads from elsewhere.
    What a decorator makes of a function of a module is there to be looked at. What one makes inside is not.
    """
    tree = ast.parse(ast.unparse(syntax))
    if isinstance(syntax, (ast.FunctionDef, ast.AsyncFunctionDef)):
        tree.body[0].decorator_list = []  # type: ignore[attr-defined]
        tree = _Bare().visit(tree)
        plain = {name: f"local {number}" for number, name in enumerate(_local_names(tree, outer))}
        for node in ast.walk(tree):
            if isinstance(node, ast.Name):
                node.id = plain.get(node.id, node.id)
        return ast.dump(tree)
    return ast.dump(_Bare().visit(tree))


def _local_names(tree: ast.Module, outer: Collection[str]) -> list[str]:
    """Local variables of a function that could have any other names, as they come up.

    Not those that are named in some other way as well, and none at all where names may be looked up by their text.
    """
    nodes = list(ast.walk(tree))
    loose = any(
        isinstance(node, (ast.ClassDef, ast.Global, ast.Nonlocal))
        or (isinstance(node, ast.Name) and node.id in {"locals", "vars", "dir"})
        or (isinstance(node, ast.Attribute) and node.attr in _EVALUATED)
        or (isinstance(node, ast.Constant) and isinstance(node.value, str) and "@" in node.value)
        for node in nodes
    )
    if loose:
        return []
    fixed = {*outer, *(node.arg for node in nodes if isinstance(node, ast.arg))}
    for node in nodes:  # functions, exceptions, imports, patterns
        if not isinstance(node, (ast.Name, ast.arg, ast.keyword, ast.Attribute)):
            fixed |= {each for _, each in ast.iter_fields(node) if isinstance(each, str)}
            fixed |= {(each.asname or each.name).partition(".")[0] for each in getattr(node, "names", ())}
    stored = [node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    return [name for name in dict.fromkeys(stored) if name not in fixed]


def names_read(code: CodeType) -> Iterator[str]:
    """The global names that a function and those defined in it read.

    ``@name`` in a text may be one, as in a query, and any name where a text is evaluated.
    """
    for each in _codes(code):
        for instruction in dis.get_instructions(each):
            if instruction.opname in {"LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS"}:
                yield instruction.argval
    pattern = r"@(\w+)" if _EVALUATED.isdisjoint(attributes_read(code)) else r"\w+"
    for text in strings_of(code):
        yield from re.findall(pattern, text)


def attributes_read(code: CodeType) -> Iterator[str]:
    """The names that a function and those defined in it read of anything, or import from anything."""
    for each in _codes(code):
        for instruction in dis.get_instructions(each):
            if instruction.opname in {"LOAD_ATTR", "LOAD_METHOD", "IMPORT_FROM"}:
                yield instruction.argval


def imports_read(code: CodeType) -> Iterator[tuple[str, int, tuple[str, ...]]]:
    """What a function and those defined in it import: the module, dots before it, and the names taken from it."""
    for each in _codes(code):
        instructions = [one for one in dis.get_instructions(each) if one.opname != "EXTENDED_ARG"]
        for number, instruction in enumerate(instructions):
            if instruction.opname == "IMPORT_NAME":
                level, names = (one.argval for one in instructions[number - 2 : number])
                yield instruction.argval, level, names or ()


def strings_of(code: CodeType) -> Iterator[str]:
    """The texts that stand in a function and in those defined in it, but for what they say of themselves."""
    for each in _codes(code):
        said = each.co_consts[:1] if each.co_name.isidentifier() and _is_documented(each) else ()
        yield from (constant for constant in each.co_consts[len(said) :] if isinstance(constant, str))


def _is_documented(code: CodeType) -> bool:
    return sys.version_info < (3, 13) or bool(code.co_flags & 0x4000000)  # CO_HAS_DOCSTRING


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def chains_read(syntax: ast.AST | None) -> dict[str, set[tuple[str, ...]]]:
    """By global name the attributes read of it, ``a.b.c`` as (b, c); a name that stands alone reads all of it."""
    if syntax is None:
        return {}
    found: dict[str, set[tuple[str, ...]]] = {}
    inner: set[int] = set()
    for node in ast.walk(syntax):
        if isinstance(node, ast.Attribute):
            chain, at = [], node
            while isinstance(at, ast.Attribute):
                inner.add(id(at.value))
                chain.append(at.attr)
                at = at.value  # type: ignore[assignment]
            if isinstance(at, ast.Name) and id(node) not in inner:
                found.setdefault(at.id, set()).add(tuple(reversed(chain)))
    alone = {node.id for node in ast.walk(syntax) if isinstance(node, ast.Name) and id(node) not in inner}
    return {name: chains for name, chains in found.items() if name not in alone}


class _Bare(ast.NodeTransformer):
    """Takes out what changes no value."""

    def visit_FunctionDef(self, node: Any) -> Any:
        self.generic_visit(node)
        node.returns = None
        node.body = _undocumented(node.body)
        return node

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815 - the name is the syntax tree's

    def visit_ClassDef(self, node: ast.ClassDef) -> Any:
        self.generic_visit(node)
        node.body = _undocumented(node.body)
        return node

    def visit_Module(self, node: ast.Module) -> Any:
        self.generic_visit(node)
        node.body = _undocumented(node.body)
        return node

    def visit_arg(self, node: ast.arg) -> Any:
        node.annotation = None
        return node


def _undocumented(body: list[ast.stmt]) -> list[ast.stmt]:
    first = body[0] if body else None
    said = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    return body[1:] or [ast.Pass()] if said else body


def _compiled(code: CodeType) -> str:
    constants = [
        _compiled(each) if isinstance(each, CodeType) else repr(_sorted(each) if isinstance(each, frozenset) else each)
        for each in code.co_consts
    ]
    names = code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars
    return repr((code.co_code.hex(), names, constants))


def _sorted(values: frozenset[Any]) -> list[str]:
    """Values in an order that is the same in every process."""
    return sorted(map(repr, values))
