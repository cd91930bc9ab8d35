"""What a sound graph must hold, checked before anything runs; every refusal shows the user's own line."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from candlewick.errors import GraphError, Location, nearest
from candlewick.project.node import CANDLE_COLUMNS, FEATURES, TRAIN
from candlewick.project.source import argument, first_line

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from types import FunctionType

    from candlewick.project.node import Node
    from candlewick.project.source import FunctionNode, Source

MOST_SHOWN = 6
RESERVED_COLUMNS = {*CANDLE_COLUMNS, "symbol"}
FRAMES = {TRAIN, FEATURES}


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


def check_names(nodes: Iterable[Node]) -> None:
    """Refuse nodes that share a name, take a candle column's name, or differ only in case."""
    seen: dict[str, Node] = {}
    for node in nodes:
        if node.name.casefold() in RESERVED_COLUMNS:
            raise GraphError(
                f"'{node.name}' is the name of a candle column",
                code="graph-reserved-name",
                where=[node.location],
                hint=f"rename the function, for example {node.name}_value",
            )
        if node.name in FRAMES:
            raise GraphError(
                f"'{node.name}' is the name of a frame that functions of the fit are handed",
                code="graph-reserved-name",
                where=[node.location],
                hint=f"rename the function, for example {node.name}_rows",
            )
        twin = seen.setdefault(node.name.casefold(), node)
        if twin is node:
            continue
        what = f"two functions make the node '{node.name}'"
        if twin.name != node.name:
            what = f"'{twin.name}' and '{node.name}' differ only in case, and the columns of a table do not"
        hint = "rename one of them: node names are unique across modules"
        if twin.group or node.group:
            hint += ", unless no set of groups enables both"
        raise GraphError(what, code="graph-duplicate-node", where=[twin.location, node.location], hint=hint)


def check_inputs(
    enabled: Mapping[str, Node],
    disabled: Mapping[str, Node],
    sources: Mapping[str, Source],
    settings: Collection[str] = (),
) -> None:
    """Refuse an input that no enabled node provides: a typo, or a node of a group that is off.

    Functions of the fit are handed two frames as well, and read ``settings`` of wick.yml by name.
    """
    for node in enabled.values():
        for name in node.inputs:
            if node.kind == "fit" and (name in FRAMES or (name in settings and name not in disabled)):
                continue
            if name in enabled or name in CANDLE_COLUMNS or (name in node.optional and name not in disabled):
                continue
            place = [argument_place(node, name, sources)]
            if name in disabled and name not in node.optional:
                off = disabled[name]
                if off.group is None:
                    raise GraphError(
                        f"'{node.name}' needs '{name}', and the settings choose no variant of it",
                        code="graph-disabled-input",
                        where=[*place, off.location],
                        hint="correct fit: settings: in wick.yml, or write the variant",
                    )
                raise GraphError(
                    f"'{node.name}' needs '{name}', which is disabled with its group '{off.group}'",
                    code="graph-disabled-input",
                    where=[*place, off.location],
                    hint=f"enable '{off.group}'" + (f", or disable '{node.group}' as well" if node.group else ""),
                )
            if name not in disabled:
                raise _unknown_input(node, name, [*enabled, *(settings if node.kind == "fit" else ())], place)


def _unknown_input(node: Node, name: str, known: Sequence[str], place: Sequence[Location]) -> GraphError:
    if node.kind == "fit":
        what = "neither a node, a setting in wick.yml, `train` nor `features`"
        guess = nearest(name, [*known, *FRAMES]) or f"define a function {name}, or write {name} under fit: settings:"
    else:
        what = "neither a node nor a candle column"
        guess = nearest(name, [*known, *CANDLE_COLUMNS])
    return GraphError(
        f"'{node.name}' needs '{name}', which is {what}",
        code="graph-unknown-input",
        where=place,
        hint=guess or f"define a function {name}, or use one of {', '.join(CANDLE_COLUMNS)}",
    )


def check_kinds(nodes: Mapping[str, Node]) -> None:
    """Refuse a feature that needs a label: labels look forward."""
    for node in nodes.values():
        for name in node.inputs:
            if node.kind == "feature" and name in nodes and nodes[name].kind == "label":
                raise GraphError(
                    f"the feature '{node.name}' needs the label '{name}', which looks forward",
                    code="graph-label-upstream",
                    where=[node.location, nodes[name].location],
                    hint=f"compute it from features and candles, or move '{node.name}' to the labels",
                )


def check_cycles(nodes: Mapping[str, Node]) -> None:
    """Refuse nodes that need each other."""
    state: dict[str, int] = {}
    for start in nodes:
        path: list[str] = []
        stack = [(start, iter(nodes[start].inputs))] if start not in state else []
        while stack:
            name, inputs = stack[-1]
            if state.get(name) is None:
                state[name] = 1
                path.append(name)
            following = next((each for each in inputs if each in nodes and state.get(each) != 2), None)  # noqa: PLR2004
            if following is None:
                state[name] = 2
                path.pop()
                stack.pop()
            elif state.get(following) == 1:
                raise _cycle([nodes[each] for each in path[path.index(following) :]])
            else:
                stack.append((following, iter(nodes[following].inputs)))


def _cycle(nodes: Sequence[Node]) -> GraphError:
    names = [node.name for node in nodes]
    count = len(names)
    if count == 1:
        what = f"'{names[0]}' needs itself"
    else:
        shown = names if count <= MOST_SHOWN else [*names[: MOST_SHOWN - 1], "…", names[-1]]
        what = f"{count} nodes need each other: {' <- '.join([*shown, names[0]])}"
    hint = "a feature may use its own past only through an operator such as .shift(1) of another column"
    return GraphError(what, code="graph-cycle", where=[node.location for node in nodes[:MOST_SHOWN]], hint=hint)


def argument_place(node: Node, name: str, sources: Mapping[str, Source]) -> Location:
    """The parameter in the function's signature; decorators can name inputs too, then the function itself."""
    source = sources[node.file]
    for function in source.functions():
        arg = argument(function, name) if function.lineno == node.line else None
        if arg is not None:
            return source.span(arg)
    return node.location
