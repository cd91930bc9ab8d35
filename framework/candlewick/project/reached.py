"""What a name that a function reads leads to: a value, or through modules to those that are read of them."""

from __future__ import annotations

import importlib
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from candlewick.project import outside
from candlewick.project.values import Unhashable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator


def reached(
    name: str, value: Any, chains: Collection[tuple[str, ...]], is_own: Callable[[Any], bool]
) -> Iterator[tuple[str, Any]]:
    """The values behind a global name: of a module of the project, or of one that looks outside, only what is read.

    Of a function also the attributes that somebody gave it.
    """
    if isinstance(value, FunctionType):
        yield name, value
        for (attribute,) in sorted(chains):
            if attribute in vars(value) or attribute in {"__doc__", "__annotations__"}:
                yield f"{name}.{attribute}", getattr(value, attribute)
        return
    if not chains or not (is_own(value) or _is_open(value)):
        yield name, value
        return
    for chain in sorted(chains):
        at, path = value, name
        for attribute in chain:
            if not isinstance(at, ModuleType) or not hasattr(at, attribute):
                break
            at, path = getattr(at, attribute), f"{path}.{attribute}"
        yield path, at


def imported(module: str, level: int, names: tuple[str, ...], package: str) -> Iterator[tuple[str, Any]]:
    """What a function imports when it runs, by name.

    Errors: Unhashable where it cannot be imported.
    """
    try:
        whole = importlib.import_module("." * level + module, package or None)
        if not names:
            yield module, whole
        for name in names:
            inner = f"{whole.__name__}.{name}"
            yield inner, getattr(whole, name) if hasattr(whole, name) else importlib.import_module(inner)
    except Exception as error:  # whatever importing raises, running will
        raise Unhashable(f"it imports {module or names[0]}, which failed: {error}") from error


def _is_open(value: Any) -> bool:
    """Whether a module is looked into though it is no file of the project: a folder, or one that looks outside."""
    return isinstance(value, ModuleType) and (value.__name__ in outside.MODULES or not getattr(value, "__file__", None))
