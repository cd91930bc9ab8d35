"""Choosing nodes by words, as dbt does: names, globs, ``+x``, ``x+``, ``2+x``, ``group:momentum``, ``a,b``.

A selection is a union of words separated by spaces; a word is an intersection of terms separated by commas; a term is
a name or ``method:value`` with an optional reach of ``+`` on either side.
"""

from __future__ import annotations

import fnmatch
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from candlewick.errors import SelectionError, nearest
from candlewick.project.node import CANDLE_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from candlewick.project.node import Node

_TERM = re.compile(r"^(?:(?P<up>\d*)(?P<plus_up>\+))?(?P<core>[^+]+)(?:(?P<plus_down>\+)(?P<down>\d*))?$")
_LISTED = ("tag", "kind", "state", "column")  # methods with few enough values to list


@dataclass(frozen=True)
class Selector:
    """What a selection is evaluated against.

    ``modified`` names the nodes whose code changed since the last run, for ``state:modified``; ``disabled`` are nodes
    that cannot be selected, so that an error can say so.
    """

    nodes: Mapping[str, Node]
    modified: Collection[str] = ()
    disabled: Collection[Node] = ()

    def select(
        self, include: Iterable[str] = (), exclude: Iterable[str] = (), *, allow_empty: bool = False
    ) -> tuple[Node, ...]:
        """The nodes that ``include`` names (all of them when it names nothing) without those ``exclude`` names.

        Order: that of ``nodes``.

        Errors: SelectionError ``selection-syntax``, ``selection-method``, ``selection-no-match`` (a term matches
        nothing: a typo) and ``selection-empty``.
        """
        include, given = _words(include), list(include)
        if given and not include:
            raise SelectionError(
                "the selection is empty text", code="selection-syntax", hint="leave --select out to mean every node"
            )
        chosen = self._union(include, allow_empty) if include else set(self.nodes)
        chosen -= self._union(_words(exclude), allow_empty)
        if not self.nodes and not allow_empty:
            hint = "write a function in the folder of features, or switch a group on with --enable"
            raise SelectionError("the project has no node that is on", code="selection-empty", hint=hint)
        if not chosen and not allow_empty:
            raise SelectionError(
                f"the selection {' '.join(include) or '(everything)'} is empty",
                code="selection-empty",
                hint="`wick ls` lists every node; --allow-empty accepts an empty selection",
            )
        return tuple(node for name, node in self.nodes.items() if name in chosen)

    def _union(self, words: Iterable[str], allow_empty: bool) -> set[str]:
        return set().union(*(self._intersection(word, allow_empty) for word in words))

    def _intersection(self, word: str, allow_empty: bool) -> set[str]:
        return set.intersection(*(self._term(term, allow_empty) for term in word.split(",")))

    def _term(self, term: str, allow_empty: bool) -> set[str]:
        match = _TERM.match(term)
        if match is None:
            raise SelectionError(
                f"'{term}' is not a selector",
                code="selection-syntax",
                hint="write name, +name, name+, 2+name or method:value",
            )
        method, colon, value = match["core"].partition(":")
        seeds = self._method(method, value) if colon else self._named(match["core"])
        if not seeds and not allow_empty and (method, value) != ("state", "modified"):
            raise self._no_match(term, method if colon else "", value or method)
        found = set(seeds)
        if match["plus_up"]:
            found |= self._reach(seeds, lambda name: self.nodes[name].inputs if name in self.nodes else (), match["up"])
        if match["plus_down"]:
            found |= self._reach(seeds, lambda name: self._readers.get(name, ()), match["down"])
        if method == "column" and not match["plus_down"]:
            found |= self._reach(seeds, lambda name: self._readers.get(name, ()), "1")
        return found & set(self.nodes)

    def _no_match(self, term: str, method: str, word: str) -> SelectionError:
        off = next((node for node in self.disabled if word in {node.name, node.model, node.group}), None)
        if off is not None:
            hint = f"the group '{off.group}' is off: add --enable {off.group}"
        else:
            known = self._values(method)
            listed = f"{method}: takes {', '.join(known)}" if known and method in _LISTED else ""
            hint = nearest(word, known) or listed or "`wick ls --all` lists every node"
        return SelectionError(f"'{term}' matches no node", code="selection-no-match", hint=hint)

    def _values(self, method: str) -> list[str]:
        """What could have stood after a method, or as a name."""
        every = [*self.nodes.values(), *self.disabled]
        values: dict[str, set[str]] = {
            "path": {node.file for node in every},
            "tag": {tag for node in every for tag in node.tags if not tag.startswith("hamilton.")},
            "kind": {node.kind for node in every},
            "state": {"modified"},
            "column": {*CANDLE_COLUMNS},
        }
        names = {each for node in every for each in (node.name, node.model, node.group or "")}
        return sorted(values.get(method, names))

    def _named(self, pattern: str) -> set[str]:
        return {
            name
            for name, node in self.nodes.items()
            if any(fnmatch.fnmatchcase(each, pattern) for each in (name, node.model, f"{node.model}.{name}"))
        }

    def _method(self, method: str, value: str) -> set[str]:
        tests: dict[str, Callable[[Node], bool]] = {
            "group": lambda node: fnmatch.fnmatchcase(node.group or "", value),
            "tag": lambda node: value in node.tags or value in {f"{key}={each}" for key, each in node.tags.items()},
            "path": lambda node: node.file.startswith(value) or fnmatch.fnmatchcase(node.file, value),
            "model": lambda node: fnmatch.fnmatchcase(node.model, value),
            "kind": lambda node: node.kind == value,
            "state": lambda node: value == "modified" and node.name in self.modified,
        }
        if method == "column":
            return {value} & set(CANDLE_COLUMNS)
        if method not in tests:
            raise SelectionError(
                f"'{method}:' is not a way to select",
                code="selection-method",
                hint=nearest(method, [*tests, "column"])
                or f"use {', '.join(f'{each}:' for each in [*tests, 'column'])}",
            )
        return {name for name, node in self.nodes.items() if tests[method](node)}

    @property
    def _readers(self) -> dict[str, list[str]]:
        readers: dict[str, list[str]] = {}
        for node in self.nodes.values():
            for name in node.inputs:
                readers.setdefault(name, []).append(node.name)
        return readers

    def _reach(self, seeds: set[str], step: Callable[[str], Iterable[str]], depth: str) -> set[str]:
        found, frontier, left = set(seeds), set(seeds), int(depth) if depth else None
        while frontier and left != 0:
            frontier = {there for name in frontier for there in step(name)} - found
            found |= frontier
            left = left - 1 if left is not None else None
        return found


def _words(arguments: Iterable[str]) -> list[str]:
    return [word for argument in arguments for word in argument.split()]
