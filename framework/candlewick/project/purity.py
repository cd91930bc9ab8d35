"""A feature is a function of its inputs: refuse module globals that can change between two calls."""

from __future__ import annotations

import datetime as dt
import dis
import enum
import functools
import logging
import re
from dataclasses import fields, is_dataclass
from itertools import takewhile
from pathlib import Path
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any

from candlewick.errors import GraphError, Location

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from candlewick.project.source import Source

_CONSTANTS = (str, bytes, int, float, complex, bool, type(None), type(...), range, enum.Enum, re.Pattern,
              dt.date, dt.time, dt.timedelta, dt.tzinfo, logging.Logger)  # fmt: skip
_CODE = (ModuleType, FunctionType, BuiltinFunctionType, MethodType, type)


def check_globals(function: FunctionType, read: Callable[[Path], Source | None], seen: set[CodeType]) -> None:
    """Refuse a function that reads, itself or through the project's own functions, a mutable or rebound global.

    ``read`` gives the source of a file of the project, None for any other file; ``seen`` holds what has been checked.

    Errors: GraphError ``graph-mutable-global`` and ``graph-rebound-global`` at the line that reads it.
    """
    source = read(Path(function.__code__.co_filename))
    if source is None or function.__code__ in seen:
        return
    seen.add(function.__code__)
    for chain, place in _globals_read(function.__code__, source):
        name, value, home = _reached(chain, function, source, read)
        value = _unwrapped(value)
        if isinstance(value, FunctionType):
            check_globals(value, read, seen)
        if name in home.rebound:
            raise GraphError(
                f"'{function.__name__}' reads the global '{name}', which the module binds more than once",
                code="graph-rebound-global",
                where=[place],
                hint=f"bind {name} once, or make it a parameter",
            )
        if not is_constant(value):
            kind = type(value).__name__
            raise GraphError(
                f"'{function.__name__}' reads the global '{name}', a {kind}, which can change between two calls",
                code="graph-mutable-global",
                where=[place],
                hint=_repair(name, value),
            )


def _reached(
    chain: Sequence[str], function: FunctionType, source: Source, read: Callable[[Path], Source | None]
) -> tuple[str, Any, Source]:
    """What a chain such as ``settings.WINDOW`` leads to through modules of the project: its name, value and module.

    A name that nothing is bound to is None: calling the function says so.
    """
    name, value, home = chain[0], function.__globals__.get(chain[0]), source
    for attribute in chain[1:]:
        file = getattr(value, "__file__", None) if isinstance(value, ModuleType) else None
        module = read(Path(file)) if file else None
        if module is None and not _is_folder(value):
            break
        name, value, home = attribute, getattr(value, attribute, None), module or home
    return name, value, home


def _unwrapped(value: Any) -> Any:
    """The function that Python or numba keeps or compiles the results of: as constant as that one."""
    inner = getattr(value, "__wrapped__", None)
    is_theirs = type(value).__module__.partition(".")[0] in {"functools", "numba"}
    return inner if is_theirs and isinstance(inner, FunctionType) else value


def _is_folder(value: Any) -> bool:
    """Whether a value is a package without a file of its own."""
    return isinstance(value, ModuleType) and getattr(value, "__file__", None) is None and hasattr(value, "__path__")


def is_constant(value: Any) -> bool:
    """Whether a global's value can be relied on to stay what it is."""
    if isinstance(value, _CONSTANTS + _CODE):
        return True
    if isinstance(value, tuple | frozenset):
        return all(map(is_constant, value))
    if isinstance(value, functools.partial):
        return all(map(is_constant, (value.func, *value.args, *value.keywords.values())))
    if is_dataclass(value) and value.__dataclass_params__.frozen:  # type: ignore[union-attr]
        return all(is_constant(getattr(value, field.name)) for field in fields(value))
    if type(value).__module__.partition(".")[0] == "numpy":
        flags = getattr(value, "flags", None)  # an array is constant once it is read-only; scalars and ufuncs are
        return getattr(value, "ndim", 0) == 0 or (flags is not None and not flags.writeable)
    return type(value).__module__ in {
        "typing",
        "types",
        "pandas._libs.tslibs.timestamps",
        "pandas._libs.tslibs.timedeltas",
    }


def _repair(name: str, value: Any) -> str:
    if isinstance(value, list):
        return f"make {name} a tuple"
    if isinstance(value, set):
        return f"make {name} a frozenset"
    if type(value).__name__ == "ndarray":
        return f"call {name}.setflags(write=False) after making it, or make it a tuple"
    return f"pass {name} as a parameter with a default, or build it inside the function"


def _globals_read(code: CodeType, source: Source) -> Iterator[tuple[list[str], Location]]:
    """Every global name that is read, with the attributes that are read of it at once, and its place."""
    instructions = list(dis.get_instructions(code))
    for number, first in enumerate(instructions):
        if first.opname in {"LOAD_GLOBAL", "LOAD_NAME"}:
            rest = takewhile(lambda each: each.opname in {"LOAD_ATTR", "LOAD_METHOD"}, instructions[number + 1 :])
            read = [first, *rest]
            at = read[-1].positions
            line = (at.lineno if at else None) or code.co_firstlineno
            end = at.end_col_offset if at and at.end_lineno == at.lineno else None
            yield [each.argval for each in read], source.at_bytes(line, at.col_offset if at else None, end)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _globals_read(constant, source)
