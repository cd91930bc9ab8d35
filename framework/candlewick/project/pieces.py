"""The pieces a function's behaviour follows from: its own text, the project's functions it calls, constants, versions.

Only what can change a value counts. Comments, layout, docstrings, annotations and decorators that wrap nothing are left
out; a constant, a closed-over value or a bound parameter counts with its value; another library with its version.
"""

from __future__ import annotations

import ast
import dataclasses
import datetime as dt
import enum
import functools
import hashlib
import logging
import re
import sys
from importlib import metadata
from pathlib import Path
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any

from candlewick.project.written import bare, chains_read, names_read, written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from candlewick.project.source import Source

LONGEST = 60  # a value longer than this is shown as its hash
_PLAIN = (
    bool,
    int,
    float,
    str,
    bytes,
    complex,
    type(None),
    type(...),
    range,
    slice,
    dt.date,
    dt.time,
    dt.timedelta,
    dt.tzinfo,
)


class Unhashable(Exception):  # noqa: N818 - a finding about a value, caught by whoever asked
    """A value of which nobody can say whether it is the same next time."""


def hashed(*texts: str) -> str:
    """BLAKE2b-128 of texts, each prefixed by its length."""
    whole = "".join(f"{len(text)}:{text}" for text in texts)
    return hashlib.blake2b(whole.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def shown(text: str) -> str:
    """A value as a piece: itself when it is short enough to be read, else its hash."""
    return text if len(text) <= LONGEST else hashed(text)


class Pieces:
    """Collects what a callable follows from, as ``found``: name of the piece, and its value or the hash of it.

    ``read`` gives the source of a file of the project, None for any other file. What is of the module ``home`` is named
    without it, as in `.sma`: a function that moves to another module with all that it needs is the same.
    """

    def __init__(self, read: Callable[[Path], Source | None], home: str = "") -> None:
        self.found: dict[str, str] = {}
        self._home = home
        self._read = read
        self._open: set[int] = set()
        self._functions: set[CodeType] = set()

    def add(self, value: Any) -> str:
        """How ``value`` is written down; what it follows from is added to ``found``.

        Errors: Unhashable.
        """
        if isinstance(value, enum.Enum):
            return f"{self.add(type(value))}.{value.name}"
        if isinstance(value, _PLAIN):
            return repr(value)
        if id(value) in self._open:
            return "itself"
        self._open.add(id(value))
        try:
            return self._compound(value)
        finally:
            self._open.remove(id(value))

    def _compound(self, value: Any) -> str:
        writer = next((writer for kinds, writer in _WRITERS if isinstance(value, kinds)), "_object")
        text: str = getattr(self, writer)(value)
        return text

    def _place(self, module: str) -> str:
        return "" if module == self._home else module

    def _sequence(self, value: Any) -> str:
        return f"{type(value).__name__}({', '.join(map(self.add, value))})"

    def _mapping(self, value: Any) -> str:
        pairs = sorted((self.add(key), self.add(each)) for key, each in value.items())
        return "{" + ", ".join(f"{key}: {each}" for key, each in pairs) + "}"

    def _set(self, value: Any) -> str:
        return "{" + ", ".join(sorted(map(self.add, value))) + "}"

    def _method(self, value: MethodType) -> str:
        return f"{self.add(value.__self__)}.{self.add(value.__func__)}"

    def _partial(self, value: Any) -> str:
        return f"partial{self.add((value.func, value.args, value.keywords))}"

    @staticmethod
    def _pattern(value: re.Pattern[str]) -> str:
        return f"re({value.pattern!r}, {value.flags})"

    @staticmethod
    def _logger(value: logging.Logger) -> str:
        return f"logger {value.name}"

    def _object(self, value: Any) -> str:
        """An instance of a class: its class and what it holds."""
        home = type(value).__module__.partition(".")[0]
        inner = getattr(value, "__wrapped__", None) or getattr(value, "py_func", None)  # lru_cache; numba's jit
        if inner is not None:
            return f"{self._foreign(type(value))}({self.add(inner)})"
        if isinstance(value, BuiltinFunctionType) or home in {"typing", "types", "inspect", "operator", "itertools"}:
            return f"{self._version(home)} {re.sub(' at 0x[0-9a-f]+', '', repr(value))}"
        if type(value).__module__ == "hamilton.node" and hasattr(value, "callable"):  # without its documentation
            return f"node {value.name}({self.add(value.callable)})"
        if home == "numpy":
            return self._array(value)
        if home == "pandas":
            return self._pandas(value)
        held = _held(value)
        if held is None:
            raise Unhashable(f"a value of the type {type(value).__module__}.{type(value).__qualname__}")
        return f"{self.add(type(value))}{self.add(held)}"

    def _array(self, value: Any) -> str:
        if hasattr(value, "dtype") and hasattr(value, "tobytes"):
            if value.dtype.hasobject:
                return f"array{value.shape}{self.add(value.ravel().tolist())}"
            return f"{value.dtype}{value.shape} {hashlib.blake2b(value.tobytes(), digest_size=16).hexdigest()}"
        return f"{self._version('numpy')} {value!r}"  # ufuncs and dtypes

    def _pandas(self, value: Any) -> str:
        if hasattr(value, "to_numpy") and hasattr(value, "index"):
            columns: Any = getattr(value, "columns", getattr(value, "name", None))
            held = [value.index.to_numpy(), columns.to_numpy() if hasattr(columns, "to_numpy") else columns]
            return f"{type(value).__name__}{self.add([*held, value.to_numpy()])}"
        if hasattr(value, "to_numpy"):
            return f"{type(value).__name__}{self.add(value.to_numpy())}"
        return f"{self._version('pandas')} {value!r}"

    def _function(self, function: FunctionType) -> str:
        source = self._read(Path(function.__code__.co_filename))
        title = f"{self._place(function.__module__)}.{function.__qualname__}"
        bound = self._bound(function)
        if source is None:  # a library's function: its version says what it does, its closure what it does it with
            name = self._foreign(function)
            return f"{name}{self.add(bound)}" if bound else name
        if function.__code__ not in self._functions:
            self._functions.add(function.__code__)
            self.found[f"def {title}"] = hashed(written(function, source))
            self._globals(function, source)
        for name, held in bound.items():
            self._name(f"{title}.{name}", self.add(held))
        return f"def {title}"

    def _name(self, name: str, text: str) -> None:
        """Keep a value under its name; two closures of one function have two values under one name."""
        known = self.found.setdefault(name, shown(text))
        if shown(text) not in known.split(" | "):
            self.found[name] = f"{known} | {shown(text)}"

    @staticmethod
    def _bound(function: FunctionType) -> dict[str, Any]:
        """What a function brings along besides its text: closed-over values and defaults."""
        found: dict[str, Any] = {}
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
            try:
                found[name] = cell.cell_contents
            except ValueError:  # not bound yet
                found[name] = None
        names = function.__code__.co_varnames[: function.__code__.co_argcount]
        defaults = function.__defaults__ or ()
        found |= dict(zip(names[len(names) - len(defaults) :], defaults, strict=True))
        return found | (function.__kwdefaults__ or {})

    def _globals(self, function: FunctionType, source: Source) -> None:
        """Everything a function of the project reads by a global name."""
        chains = chains_read(source.function(function.__code__.co_firstlineno))
        for name in sorted(set(names_read(function.__code__))):
            if name not in function.__globals__:
                continue
            value = function.__globals__[name]
            for title, reached in self._reached(name, value, chains.get(name, ())):
                text = self.add(reached)
                if not isinstance(reached, (FunctionType, type, ModuleType)):
                    self._name(f"{self._place(function.__module__)}.{title}", text)

    def _reached(self, name: str, value: Any, chains: Any) -> Iterator[tuple[str, Any]]:
        """The values behind a global name: of the project's own module only the attributes that are read."""
        if not self._is_own(value) or not chains:
            yield name, value
            return
        for chain in sorted(chains):
            at, path = value, name
            for attribute in chain:
                if not isinstance(at, ModuleType) or not hasattr(at, attribute):
                    break
                at, path = getattr(at, attribute), f"{path}.{attribute}"
            yield path, at

    def _is_own(self, value: Any) -> bool:
        file = getattr(value, "__file__", None) if isinstance(value, ModuleType) else None
        return file is not None and self._read(Path(file)) is not None

    def _module(self, module: ModuleType) -> str:
        file = getattr(module, "__file__", None)
        source = self._read(Path(file)) if file else None
        if source is None:
            return self._version(module.__name__.partition(".")[0])
        title = f"module {module.__name__}"
        if title not in self.found:
            self.found[title] = hashed(bare(source.tree))
            for each in list(vars(module).values()):
                if isinstance(each, FunctionType) and each.__module__ != module.__name__:
                    self.add(each)
        return title

    def _class(self, kind: type) -> str:
        module = sys.modules.get(kind.__module__)
        if not self._is_own(module):
            return self._foreign(kind)
        title = f"class {self._place(kind.__module__)}.{kind.__qualname__}"
        if title not in self.found:
            source = self._read(Path(str(module.__file__)))  # type: ignore[union-attr]
            syntax = next((
                node for node in ast.walk(source.tree)  # type: ignore[union-attr]
                if isinstance(node, ast.ClassDef) and node.name == kind.__name__
            ), None)  # fmt: skip
            self.found[title] = hashed(bare(syntax)) if syntax else "made at run time"
            for each in (*kind.__bases__, *vars(kind).values()):
                inner = getattr(each, "__func__", None) or getattr(each, "fget", None) or each
                if isinstance(inner, (type, FunctionType)) and inner is not kind:
                    self.add(inner)
        return title

    def _foreign(self, thing: Any) -> str:
        name = str(thing.__module__ or "builtins")
        return f"{self._version(name.partition('.')[0])} {name}.{thing.__qualname__}"

    def _version(self, top: str) -> str:
        """A library's name; its version is a piece of its own.

        Errors: Unhashable for one that has none.
        """
        if top not in sys.stdlib_module_names and top != "candlewick":
            version = library_version(top)
            if version is None:
                raise Unhashable(f"the library {top}, which has no version")
            self.found[top] = version
        return top


_WRITERS: tuple[tuple[Any, str], ...] = (
    (FunctionType, "_function"),
    (MethodType, "_method"),
    (functools.partial, "_partial"),
    (ModuleType, "_module"),
    (type, "_class"),
    ((tuple, list), "_sequence"),
    (dict, "_mapping"),
    ((set, frozenset), "_set"),
    (re.Pattern, "_pattern"),
    (logging.Logger, "_logger"),
)


@functools.cache
def library_version(top: str) -> str | None:
    """The version of an installed library, by the name it is imported under."""
    version = getattr(sys.modules.get(top), "__version__", None)
    if isinstance(version, str):
        return version
    for name in (top, *metadata.packages_distributions().get(top, ())):
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return None


def _held(value: Any) -> dict[str, Any] | None:
    """The attributes of an instance; None for one that keeps them out of sight."""
    if dataclasses.is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    slots = [name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())]
    if not hasattr(value, "__dict__") and not slots:
        return None
    held = {name: getattr(value, name) for name in slots if hasattr(value, name) and not name.startswith("__")}
    return held | dict(getattr(value, "__dict__", {}))
