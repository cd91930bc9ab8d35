"""The catalogue: every operator of this package, by name and by spelling. A module dropped in here is in it."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import TYPE_CHECKING

import candlewick.operators as package
from candlewick.operators.operator import Operator
from candlewick.operators.spelling import Spelling, parse

if TYPE_CHECKING:
    from collections.abc import Iterator


@cache
def catalogue() -> dict[str, type[Operator]]:
    """Every operator class by its name, in the order of modules and then of names."""
    found: dict[str, type[Operator]] = {}
    for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda module: module.name):
        importlib.import_module(f"{package.__name__}.{module.name}")
    for operator in sorted(set(_subclasses(Operator)), key=lambda kind: (kind.__module__, kind.__qualname__)):
        if not operator.__module__.startswith(package.__name__ + ".") or not _concrete(operator):
            continue
        name = operator.operator_name()
        if name in found:
            raise TypeError(f"two operators are called {name}: {found[name].__module__} and {operator.__module__}")
        found[name] = operator
    return found


@cache
def spellings() -> dict[str, tuple[Spelling, type[Operator]]]:
    """Every spelling by its key, with the operator it means."""
    found: dict[str, tuple[Spelling, type[Operator]]] = {}
    for operator in catalogue().values():
        for text in operator.spellings:
            spelling = parse(text)
            if spelling.key in found:
                raise TypeError(f"{text} is spelled by {found[spelling.key][1].__name__} and {operator.__name__}")
            found[spelling.key] = (spelling, operator)
    return found


def primitives() -> dict[str, type[Operator]]:
    """The operators that programs are made of, by name: all that have a kernel."""
    return {
        name: operator
        for name, operator in catalogue().items()
        if operator.is_compiled() and not operator.is_composite()
    }


def _concrete(operator: type[Operator]) -> bool:
    """Whether a class is an operator and not what several of them share."""
    return operator.is_composite() or operator.is_compiled() or not operator.operands


def _subclasses(kind: type[Operator]) -> Iterator[type[Operator]]:
    for child in kind.__subclasses__():
        yield child
        yield from _subclasses(child)
