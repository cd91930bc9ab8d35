"""What a module of the project must hold so that Hamilton sees all of it; every refusal shows the user's own line."""

from __future__ import annotations

import ast
from types import BuiltinFunctionType, FunctionType
from typing import TYPE_CHECKING, Any

from candlewick.errors import GraphError
from candlewick.project.source import first_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from candlewick.project.source import FunctionNode, Source


def check_duplicate_functions(source: Source) -> None:
    """Refuse two functions of one name in one module: Python would silently keep the second."""
    seen: dict[str, FunctionNode] = {}
    for function in source.functions():
        twin = seen.setdefault(function.name, function)
        if twin is not function:
            raise GraphError(
                f"'{function.name}' is defined twice in {source.file}",
                code="graph-duplicate-node",
                where=[source.name_of(twin), source.name_of(function)],
                hint="rename one of them",
            )


def check_definitions(source: Source, found: Mapping[str, FunctionType]) -> None:
    """Refuse public functions that Hamilton would miss, and names that are not those the functions have.

    ``found`` is what Hamilton takes for functions of the module. What a decorator turned into something else, or what
    calls itself a function of another module, is not among them, and would be left out in silence.
    """
    for name, function in found.items():
        if name != function.__name__:
            syntax = source.function(first_line(function))
            raise GraphError(
                f"'{name}' is a function that was defined as '{function.__name__}'",
                code="graph-function-name",
                where=[source.name_of(syntax) if syntax else source.at(first_line(function))],
                hint=f"write def {name}(...) -> pd.Series:, with functools.wraps in a decorator; or name it _{name}",
            )
    for syntax in source.functions():
        if not syntax.name.startswith("_") and syntax.name not in found:
            raise GraphError(
                f"'{syntax.name}' is no function of this module once it is imported, so it would be left out",
                code="graph-hidden-function",
                where=[source.name_of(syntax)],
                hint="use functools.wraps in its decorator, or start its name with _ when it is no node",
            )


def check_signature(function: FunctionNode, source: Source) -> None:
    """Refuse a public function whose inputs or output are not all annotated and named."""
    if isinstance(function, ast.AsyncFunctionDef):
        raise GraphError(
            f"'{function.name}' is async, and nothing awaits a node",
            code="graph-async",
            where=[source.name_of(function)],
            hint=f"write def {function.name}, without async",
        )
    spec = function.args
    star = spec.vararg or spec.kwarg or next(iter(spec.posonlyargs), None)
    if star is not None:
        raise GraphError(
            f"'{function.name}' takes '{star.arg}', which names no node",
            code="graph-star-arguments",
            where=[source.span(star)],
            hint="write out each input as a plain parameter: the name of a parameter is the name of a node",
        )
    for arg in [*spec.args, *spec.kwonlyargs]:
        if arg.annotation is None:
            raise GraphError(
                f"'{function.name}' does not say what '{arg.arg}' is",
                code="graph-missing-annotation",
                where=[source.span(arg)],
                hint=f"annotate it: {arg.arg}: pd.Series",
            )
    if function.returns is None:
        raise GraphError(
            f"'{function.name}' does not say what it returns",
            code="graph-missing-annotation",
            where=[source.name_of(function)],
            hint=f"annotate it: def {function.name}(...) -> pd.Series:",
        )


def check_callables(source: Source, bound: Mapping[str, Any]) -> None:
    """Refuse a public name, unless in capitals, for what can be called and is no function: Hamilton takes functions.

    ``bound`` is what the module's names stand for once it is imported.
    """
    for statement in source.tree.body:
        if not isinstance(statement, ast.Assign):
            continue
        for target in statement.targets:
            value = bound.get(target.id) if isinstance(target, ast.Name) else None
            if (
                isinstance(target, ast.Name)
                and not (target.id.startswith("_") or target.id.isupper())
                and _is_hidden(value)
            ):
                raise GraphError(
                    f"'{target.id}' is a {type(value).__name__}, not a function, so it would be left out",
                    code="graph-hidden-function",
                    where=[source.span(target)],
                    hint=f"write def {target.id}(...) -> pd.Series:, or name it _{target.id} when it is no node",
                )


def _is_hidden(value: Any) -> bool:
    """Whether a value computes something when it is called: a partial, a bound method, an object; not a ufunc."""
    if not callable(value) or isinstance(value, type | FunctionType | BuiltinFunctionType):
        return False
    return type(value).__module__.partition(".")[0] not in {"numpy", "typing", "types"}
