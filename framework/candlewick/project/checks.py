"""What a sound graph must hold, checked before anything runs; every refusal shows the user's own line.

What a module must hold before it can be a part of a graph is in `definitions`.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from typing import TYPE_CHECKING

from candlewick.errors import GraphError, Location, nearest
from candlewick.project.node import CANDLE_COLUMNS, FEATURES, TRAIN
from candlewick.project.source import argument

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from candlewick.project.node import Node
    from candlewick.project.source import Source

MOST_SHOWN = 6
RESERVED = {
    **dict.fromkeys((*CANDLE_COLUMNS, "symbol"), "the name of a candle column"),
    "enabled": "what @config.when(enabled=...) asks for",
}
FRAMES = {TRAIN, FEATURES}


def check_names(nodes: Iterable[Node]) -> None:
    """Refuse nodes that share a name, take a reserved one or none, or differ only in case."""
    seen: dict[str, Node] = {}
    for node in nodes:
        if not node.internal and not node.name.isidentifier():
            raise GraphError(
                f"{node.name!r} cannot be the name of a node",
                code="graph-name",
                where=[node.location],
                hint="use letters, digits and _ only: selectors and columns go by it",
            )
        if node.name.casefold() in RESERVED:
            raise GraphError(
                f"'{node.name}' is {RESERVED[node.name.casefold()]}",
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


def check_groups(groups: Mapping[str, Location]) -> None:
    """Refuse two groups whose names are a letter left out or two letters swapped apart.

    Nothing lists the groups but the features themselves, so a typo would make a group of its own that nobody enables.
    """
    for one, other in combinations(sorted(groups), 2):
        if _is_slip(one, other):
            raise GraphError(
                f"the groups '{one}' and '{other}' differ by a slip of the hand",
                code="graph-group-typo",
                where=[groups[one], groups[other]],
                hint="write both alike, or give them names that nobody can take for each other",
            )


SHORTEST_SLIP = 4
"""Below this length a letter more or less is a name of its own."""


def _is_slip(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    if len(short) < SHORTEST_SLIP:
        return False
    if len(short) == len(long):
        places = [place for place, (a, b) in enumerate(zip(short, long, strict=True)) if a != b]
        first, last = places[0], places[-1]
        return (
            last == first + 1
            and short[first] + short[last] == long[last] + long[first]
            and short[first : last + 1].isalpha()
        )
    drops = (long[:place] + long[place + 1 :] for place, letter in enumerate(long) if letter.isalpha())
    return short in drops


def check_uses(nodes: Iterable[Node]) -> None:
    """Refuse a function that makes no column and that no node reads: it would be left out in silence."""
    functions: dict[tuple[str, int], list[Node]] = defaultdict(list)
    for node in nodes:
        functions[node.file, node.line].append(node)
    readers: dict[str, set[tuple[str, int]]] = defaultdict(set)
    for place, made in functions.items():
        for node in made:
            for name in node.inputs:
                readers[name].add(place)
    for place, made in functions.items():
        if not any(node.kind == "fit" or node.is_column or readers[node.name] - {place} for node in made):
            node = made[-1]
            raise GraphError(
                f"'{node.name}' returns {node.type}, which makes no column, and no node reads it",
                code="graph-no-column",
                where=[node.location],
                hint="return pd.Series, or start its name with _ when it is a helper",
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
