"""The graph: nodes that are equal when their expressions are, and the check that every pass must leave true."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from string import ascii_lowercase
from typing import TYPE_CHECKING

from candlewick.errors import GraphError, Location
from candlewick.operators.catalogue import catalogue
from candlewick.operators.operator import Operator  # noqa: TC001 - a field of Node
from candlewick.operators.source import Column, Constant

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping


@dataclass(frozen=True, eq=False)
class Node:
    """One use of an operator. Two nodes with one hash are one expression; the hash names nothing but the expression."""

    operator: Operator
    inputs: tuple[Node, ...]
    dtype: str
    hash: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Node) and other.hash == self.hash

    def __hash__(self) -> int:
        return hash(self.hash)

    def __str__(self) -> str:
        """The expression, for people; `listing` says how.

        >>> from candlewick.operators.arithmetic import Add
        >>> str(node(Add(), node(Column("high")), node(Constant(1.0))))
        'add(high, 1.0)'
        """
        return "; ".join(listing(self))

    @cached_property
    def fingerprint(self) -> str:
        """Hash of the expression and of every kernel under it: what decides whether a stored column is still valid."""
        kernels: set[tuple[str, str]] = set()
        for item in ancestors([self]):
            kind = type(item.operator)
            if kind.is_compiled():
                kernels.add((kind.operator_name(), kind.source_hash()))
        return digest(self.hash, *(part for pair in sorted(kernels) for part in pair))


def digest(*parts: str) -> str:
    """BLAKE2b-128 of texts, each prefixed by its length."""
    whole = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.blake2b(whole.encode(), digest_size=16).hexdigest()


def node(operator: Operator, *inputs: Node) -> Node:
    """The node of an operator on its inputs; raises `Unsupported` when their dtypes do not fit."""
    dtype = operator.dtype(*(item.dtype for item in inputs))
    return Node(operator, inputs, dtype, digest(operator.key, *(item.hash for item in inputs)))


@dataclass(frozen=True)
class Output:
    """A named value of the graph and where its author wrote it."""

    node: Node
    place: Location | None = None


@dataclass(frozen=True)
class Graph:
    """The expression of a project's features: named outputs, and the nodes they need."""

    outputs: Mapping[str, Output]
    places: Mapping[str, Location] = field(default_factory=dict)
    """Where a node was written, by its hash."""

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """Every node once, inputs before their users."""
        return ancestors(output.node for output in self.outputs.values())

    @property
    def columns(self) -> tuple[str, ...]:
        """The candle columns that are read, in alphabetical order."""
        return tuple(sorted(item.operator.name for item in self.nodes if isinstance(item.operator, Column)))

    def rebuilt(self, rule: Callable[[Node], Node]) -> Graph:
        """The graph with every node, inputs first, replaced by what ``rule`` makes of it."""
        new: dict[str, Node] = {}
        places = dict(self.places)
        for item in self.nodes:
            inputs = tuple(new[child.hash] for child in item.inputs)
            changed = rule(item if inputs == item.inputs else node(item.operator, *inputs))
            new[item.hash] = changed
            if item.hash in places:
                places.setdefault(changed.hash, places[item.hash])
        outputs = {name: Output(new[output.node.hash], output.place) for name, output in self.outputs.items()}
        return Graph(outputs, places)


def ancestors(roots: Iterable[Node], ends: Container[str] = ()) -> tuple[Node, ...]:
    """Every node under the roots once, inputs before their users; nothing under a node whose hash is of ``ends``.

    Iterative: chains are long.
    """
    done: dict[str, Node] = {}
    stack: list[tuple[Node, bool]] = [(root, False) for root in reversed(list(roots))]
    while stack:
        item, entered = stack.pop()
        if item.hash in done:
            continue
        if entered:
            done[item.hash] = item
            continue
        stack.append((item, True))
        if item.hash in ends:
            continue
        stack.extend((child, False) for child in reversed(item.inputs) if child.hash not in done)
    return tuple(done.values())


_WIDE = 88  # characters of an expression before it is given a name


def listing(root: Node, names: Mapping[str, str] | None = None) -> list[str]:
    """An expression in lines: what is used twice, or is long, is named in a line of its own before its use.

    ``names`` are those of known nodes by hash, which are not written out. As long as the graph is, not as the tree.

    >>> from candlewick.operators.arithmetic import Add
    >>> high, low = (node(Column(name)) for name in ("high", "low"))
    >>> both = node(Add(), high, low)
    >>> listing(node(Add(), both, both))
    ['a = add(high, low)', 'add(a, a)']
    >>> listing(node(Add(), both, both), {both.hash: "sum"})
    ['add(sum, sum)']
    """
    names = names or {}
    items = ancestors([root], names)
    users = Counter(child.hash for item in items if item.hash not in names for child in item.inputs)
    lines: list[str] = []
    texts: dict[str, str] = {}
    for item in items:
        text = names.get(item.hash) or _call(item, texts)
        call = item.inputs and item.hash not in names and item is not root
        if call and (users[item.hash] > 1 or len(text) > _WIDE):
            name = _letters(len(lines))
            lines.append(f"{name} = {text}")
            text = name
        texts[item.hash] = text
    return [*lines, texts[root.hash]]


def _call(item: Node, texts: Mapping[str, str]) -> str:
    if isinstance(item.operator, Column):
        return item.operator.name
    if isinstance(item.operator, Constant):
        return repr(item.operator.number)
    parts = [texts[child.hash] for child in item.inputs]
    parts += [f"{name}={value}" for name, value in item.operator.parameters.items() if value is not None]
    return f"{item.operator.operator_name()}({', '.join(parts)})"


def _letters(number: int) -> str:
    """a, b, ... z, a1, b1, ..."""
    turn, letter = divmod(number, len(ascii_lowercase))
    return f"{ascii_lowercase[letter]}{turn or ''}"


def check(graph: Graph) -> Graph:
    """The graph itself when it is well formed; `GraphError` naming the node that is not."""
    known = catalogue()
    for item in graph.nodes:
        operator = item.operator
        if known.get(operator.operator_name()) is not type(operator):
            raise GraphError(f"{item} is not of the catalogue", code="graph-unknown-operator")
        if type(operator).is_composite():
            raise GraphError(f"{item} is a composite that was not expanded", code="graph-composite")
        if len(item.inputs) != len(operator.operands):
            raise GraphError(
                f"{item} has {len(item.inputs)} inputs, {operator.operator_name()} takes {len(operator.operands)}",
                code="graph-arity",
            )
        again = node(operator, *item.inputs)
        if (again.hash, again.dtype) != (item.hash, item.dtype):
            raise GraphError(f"{item} does not hash to its own name", code="graph-hash")
    return graph
