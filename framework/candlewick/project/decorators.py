"""What the decorators of a function ask of the configuration, found by answering them.

``@config.when(...)`` makes a function part of the graph or not. Hamilton decides it; here it is only asked, with values
that remember what they were compared with.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from candlewick.errors import GraphError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from types import FunctionType

    from candlewick.project.modules import Module
    from candlewick.project.source import Source

CONFIG_KEY = "enabled"
GROUP = re.compile(r"[^\W\d][\w-]*")  # what can stand between the signs and commas of the toggle variable


class EnabledGroups(frozenset[str]):
    """The set of groups as Hamilton's config holds it: equal to each of its members.

    ``config.when(enabled="momentum")`` compares the config's value with "momentum"; a plain list would be unequal to
    every name and silently disable every group.
    """

    __hash__ = frozenset.__hash__

    def __eq__(self, other: object) -> bool:
        return other in self if isinstance(other, str) else frozenset.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other


class Probe:
    """A config value that answers every comparison alike and remembers what it was compared with."""

    def __init__(self, *, answer: bool) -> None:
        self.answer = answer
        self.seen: list[Any] = []

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        self.seen.append(other)
        return self.answer

    def __ne__(self, other: object) -> bool:
        return not self == other


def group_of(function: FunctionType, module: Module, resolvers: Sequence[Any]) -> str | None:
    """The group a function is toggled by.

    Errors: GraphError where its decorators ask for what toggles do not give, at the function.
    """
    probe, source = Probe(answer=False), module.source
    for resolver in resolvers:
        foreign = set(resolver.optional_config() or {}) - {CONFIG_KEY}
        if foreign and module.kind != "fit":
            raise at_function(
                function, source, f"'{function.__name__}' is configured by '{min(foreign)}'", "graph-foreign-config",
                f'features are toggled by group only: @config.when({CONFIG_KEY}="...")',
            )  # fmt: skip
        resolver.resolve(function, config={CONFIG_KEY: probe})
        if probe.seen and resolver.resolve(function, config={CONFIG_KEY: Probe(answer=True)}) is None:
            raise at_function(
                function, source, f"'{function.__name__}' is on when the group '{probe.seen[0]}' is off",
                "graph-negated-group", "give it a group of its own: @config.when(enabled=...)",
            )  # fmt: skip
    for name in probe.seen:
        if not isinstance(name, str) or not GROUP.fullmatch(name):
            raise at_function(
                function, source, f"the group of '{function.__name__}' is {name!r}, which is no name",
                "graph-group-name", 'write one name of letters, digits, _ and -: @config.when(enabled="momentum")',
            )  # fmt: skip
    groups = list(dict.fromkeys(probe.seen))
    if len(groups) > 1:
        raise at_function(
            function, source, f"'{function.__name__}' belongs to {len(groups)} groups: {', '.join(groups)}",
            "graph-two-groups", "keep one @config.when(enabled=...)",
        )  # fmt: skip
    return groups[0] if groups else None


def config_keys(resolvers: Iterable[Any]) -> list[str]:
    """The keys that a function's decorators compare, other than the one of the groups."""
    keys = dict.fromkeys(key for resolver in resolvers for key in resolver.optional_config() or {})
    return [key for key in keys if key != CONFIG_KEY]


def variants_of(functions: Iterable[tuple[FunctionType, Sequence[Any]]]) -> dict[str, list[str]]:
    """The values that functions of the fit compare each setting with."""
    found: dict[str, list[str]] = {}
    for function, resolvers in functions:
        for key in config_keys(resolvers):
            probe = Probe(answer=False)
            others = dict.fromkeys(config_keys(resolvers), Probe(answer=True))
            for resolver in resolvers:
                resolver.resolve(function, config={**others, key: probe})
            found[key] = list(dict.fromkeys([*found.get(key, ()), *map(str, probe.seen)]))
    return found


def at_function(function: FunctionType, source: Source, what: str, code: str, hint: str) -> GraphError:
    """An error about a function of the project, at its name."""
    return GraphError(what, code=code, where=[source.of(function)], hint=hint)
