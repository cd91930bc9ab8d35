"""The pieces a function's behaviour follows from: its own text, the project's functions it calls, constants, versions.

Only what can change a value counts. Comments, layout, docstrings, annotations and Hamilton's decorators are left out; a
constant, a closed-over value or a bound parameter counts with its value; another library with its version. What looks
outside of a function's inputs, at files or clocks, has no hash.
"""

from __future__ import annotations

import ast
import dataclasses
import enum
import functools
import sys
from pathlib import Path
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any

from candlewick.project import outside
from candlewick.project.libraries import library_version, versions_below
from candlewick.project.reached import imported, reached
from candlewick.project.values import PLAIN, Unhashable, array, container, hashed, held, shown
from candlewick.project.written import attributes_read, bare, chains_read, imports_read, names_read, written

if TYPE_CHECKING:
    from collections.abc import Callable

    from candlewick.project.source import Source

_DESCRIBED = {"typing", "types", "inspect", "operator", "itertools", "numpy", "pandas"}
"""Libraries whose objects say what they are, but for those that say where they lie."""
_ALWAYS = {"pandas", "numpy", "hamilton", "candlewick", *sys.stdlib_module_names}
"""What every function is taken to use: a function that moves to a module that imports less is the same."""
_MADE = {
    "member_descriptor", "getset_descriptor", "wrapper_descriptor", "method_descriptor", "_tuplegetter", "_abc_data",
}  # fmt: skip
"""What a class holds that was made for it and follows from all else that it holds."""


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
        self._functions: dict[CodeType, str] = {}

    def add(self, value: Any) -> str:
        """How ``value`` is written down; what it follows from is added to ``found``.

        Errors: Unhashable.
        """
        if type(value).__module__ == "builtins" and isinstance(value, PLAIN):
            return repr(value)
        if id(value) in self._open:
            return "itself"
        self._open.add(id(value))
        try:
            return self._compound(value)
        finally:
            self._open.remove(id(value))

    def _compound(self, value: Any) -> str:
        writer = next((writer for kinds, writer in _WRITERS if isinstance(value, kinds)), None)
        if writer is not None:
            return str(getattr(self, writer)(value))
        if isinstance(value, enum.Enum):
            return f"{self.add(type(value))}.{value.name}={self.add(value.value)}"
        plain = next((kind for kind in PLAIN if isinstance(value, kind)), None)
        text = container(value, self.add) if plain is None else None
        if plain is None and text is None:
            return self._object(value)
        if not self._is_own(sys.modules.get(type(value).__module__)):
            return repr(value) if text is None else text
        return f"{self.add(type(value))}{text or _written_as(plain, value)}{self.add(getattr(value, '__dict__', {}))}"

    def _place(self, module: str) -> str:
        return "" if module == self._home else module

    def _method(self, value: MethodType) -> str:
        return f"{self.add(value.__self__)}.{self.add(value.__func__)}"

    def _partial(self, value: Any) -> str:
        return f"partial{self.add((value.func, value.args, value.keywords))}"

    def _builtin(self, value: BuiltinFunctionType) -> str:
        """A function written in C: of a module, or of an object that it is bound to."""
        owner = value.__self__
        if owner is not None and not isinstance(owner, ModuleType):
            return f"{self.add(owner)}.{value.__name__}"
        return self._foreign(value)

    def _object(self, value: Any) -> str:
        """An instance of a class: its class and what it holds."""
        home = type(value).__module__.partition(".")[0]
        text = self._wrapped(value) or array(value, self.add)
        if text is not None:
            return text
        said = repr(value)
        if "(vectorized)" in said:
            raise Unhashable(f"it holds {said}, which was made at run time")
        inside = held(value)
        if home in _DESCRIBED and " at 0x" not in said and not inside:
            return f"{self._version(home)} {said}"
        if inside is None:
            raise Unhashable(f"it holds a value of the type {type(value).__module__}.{type(value).__qualname__}")
        return f"{self.add(type(value))}{self.add(inside)}"

    def _wrapped(self, value: Any) -> str | None:
        """A function that a library has made of another: Hamilton, lru_cache, numba's jit, vectorize, Cython."""
        if self._is_own(sys.modules.get(type(value).__module__)):
            return None
        if type(value).__module__ == "hamilton.node" and hasattr(value, "callable"):  # without its documentation
            return f"node {value.name}({self.add(value.callable)})"
        if type(value).__name__ == "cython_function_or_method":
            return self._foreign(value)
        names = ("__wrapped__", "py_func", "pyfunc")
        inner = next((getattr(value, name) for name in names if hasattr(value, name)), None)
        if inner is None:
            return None
        options = [getattr(value, name, None) for name in ("targetoptions", "otypes", "signature", "excluded")]
        return f"{self._foreign(type(value))}({self.add(inner)}{self._asked(inner)}, {self.add(options)})"

    def _asked(self, function: Any) -> str:
        """What decorators ask of a function that a library has wrapped: how a compiler rounds, for one."""
        code = getattr(function, "__code__", None)
        source = self._read(Path(code.co_filename)) if code is not None else None
        syntax = source.function(code.co_firstlineno) if code is not None and source is not None else None
        return "".join(f" @{ast.unparse(each)}" for each in syntax.decorator_list) if syntax is not None else ""

    def _function(self, function: FunctionType) -> str:
        source = self._read(Path(function.__code__.co_filename))
        title = f"{self._place(function.__module__)}.{function.__qualname__}"
        bound = self._bound(function)
        home = str(function.__globals__.get("__name__", "builtins"))
        made = function.__code__.co_filename.startswith("<") and self._is_own(sys.modules.get(home))  # of a text
        if source is None and not made:  # a library's: its version says what it does, its closure what it does it with
            name = f"{self._version(home.partition('.')[0])} {home}.{function.__code__.co_qualname}"
            return f"{name}{self.add(bound)}" if bound else name
        if function.__code__ not in self._functions:
            self._functions[function.__code__] = said = hashed(written(function, source))
            self._name(f"def {title}", said)
            if source is not None:
                self._libraries(source)
            self._globals(function, source)
        for name, value in bound.items():
            self._name(f"{title}.{name}", self.add(value))
        if "<" in title:  # one of many of this name: what it says and brings along tells it from the others
            return f"def {title} {self._functions[function.__code__]}{self.add(bound)}"
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

    def _libraries(self, source: Source) -> None:
        """The libraries that a module imports: one may be used without being named, as what it hangs onto pandas."""
        for top in source.imports - _ALWAYS:
            module = sys.modules.get(top)
            if getattr(module, "__file__", None) and not self._is_own(module) and library_version(top) is not None:
                self._version(top)

    def _globals(self, function: FunctionType, source: Source | None) -> None:
        """Everything a function of the project reads by a global name, or imports when it runs.

        Errors: Unhashable where it looks outside.
        """
        code, known = function.__code__, function.__globals__
        suspect = outside.looks_outside(code, known)
        if suspect is not None:
            what = f"it uses {suspect} in {function.__qualname__}(), which may give something else next time"
            raise Unhashable(f"{what}; a constant of the module counts with its value")
        syntax = source.function(code.co_firstlineno) if source is not None else None
        chains, attributes = chains_read(syntax), set(attributes_read(code))
        for name in sorted(set(names_read(code))):
            if name not in known:
                continue
            value = known[name]
            asked = chains.get(name, ()) if not isinstance(value, FunctionType) else {(each,) for each in attributes}
            for title, each in reached(name, value, asked, self._is_own):
                self._value(f"{self._place(function.__module__)}.{title}", each)
        for module, level, names in imports_read(code):
            for title, each in imported(module, level, names, str(known.get("__package__") or "")):
                self._value(title, each)

    def _value(self, title: str, value: Any) -> None:
        """Keep what a name stands for, but of a function or class of that very name, which has a piece of its own."""
        text = self.add(value)
        if text not in {f"def {title}", f"class {title}"}:
            self._name(title, text)

    def _is_own(self, value: Any) -> bool:
        file = getattr(value, "__file__", None) if isinstance(value, ModuleType) else None
        return file is not None and self._read(Path(file)) is not None

    def _module(self, module: ModuleType) -> str:
        """A module as a whole: its text, and what its names stand for."""
        file = getattr(module, "__file__", None)
        source = self._read(Path(file)) if file else None
        if source is None:
            return self._version(module.__name__.partition(".")[0])
        title = f"module {module.__name__}"
        if title not in self.found:
            self.found[title] = hashed(bare(source.tree))
            for name, each in list(vars(module).items()):
                if not (name.startswith("__") and name.endswith("__")):
                    self._value(f"{module.__name__}.{name}", each)
        return title

    def _class(self, kind: type) -> str:
        module = sys.modules.get(kind.__module__)
        if not self._is_own(module):
            return self._foreign(kind)
        title = f"class {self._place(kind.__module__)}.{kind.__qualname__}"
        if title not in self.found:
            source = self._read(Path(str(module.__file__)))  # type: ignore[union-attr]
            texts = [
                bare(node)
                for node in ast.walk(source.tree)  # type: ignore[union-attr]
                if isinstance(node, ast.ClassDef) and node.name == kind.__name__
            ]
            self.found[title] = hashed(*texts) if texts else "made at run time"
            for each in (*kind.__bases__, type(kind)):
                self.add(each)
            for name, each in vars(kind).items():
                self._member(f"{title}.{name}", name, each)
            for field in dataclasses.fields(kind) if dataclasses.is_dataclass(kind) else ():
                self.add(field.default_factory if callable(field.default_factory) else None)
        return title

    def _member(self, title: str, name: str, member: Any) -> None:
        """What a class holds under a name."""
        # of static and class methods, properties, cached ones, methods with some arguments
        wrapped = ("__func__", "fget", "fset", "func", "args", "keywords")
        inner = [getattr(member, each) for each in wrapped if getattr(member, each, None) is not None]
        if isinstance(member, (FunctionType, type)):
            inner = [member]
        for each in inner:
            made = isinstance(each, FunctionType) and each.__code__.co_filename.startswith("<")  # of a dataclass
            self._value(title, each.__defaults__ if made else each)
        if not inner and not (name.startswith("__") and name.endswith("__")) and type(member).__name__ not in _MADE:
            self._value(title, member)

    def _foreign(self, thing: Any) -> str:
        name = str(thing.__module__ or "builtins")
        return f"{self._version(name.partition('.')[0])} {name}.{thing.__qualname__}"

    def _version(self, top: str) -> str:
        """A library's name; its version is a piece of its own, and so are those of what it requires.

        Errors: Unhashable for one that has none.
        """
        if top in outside.MODULES:
            raise Unhashable(f"it uses the module {top}, which no hash sees through")
        if top not in sys.stdlib_module_names and top != "candlewick":
            version = library_version(top)
            if version is None:
                raise Unhashable(f"it uses {top}, which has no version")
            self.found[top] = version
            self.found |= versions_below(top)
        return top


_WRITERS: tuple[tuple[Any, str], ...] = (
    (FunctionType, "_function"),
    (MethodType, "_method"),
    (BuiltinFunctionType, "_builtin"),
    (functools.partial, "_partial"),
    (ModuleType, "_module"),
    (type, "_class"),
)


def _written_as(kind: Any, value: Any) -> str:
    """A value as one of a kind that it is derived from; nothing where that kind says no more than where it lies."""
    said = str(kind.__repr__(value))
    return "" if " at 0x" in said else said
