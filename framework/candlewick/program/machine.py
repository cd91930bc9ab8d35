"""The machine: LLVM's optimiser and loader, the operators' code, and the functions of programs linked against it."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from llvmlite import binding as llvm

from candlewick.operators.catalogue import primitives
from candlewick.operators.operator import Elementwise
from candlewick.program.cache import fetch, remembered

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_LOCK = threading.RLock()
_VECTORS = ("@llvm.fabs.", "@llvm.floor.", "@llvm.ceil.", "@llvm.trunc.", "@llvm.rint.", "@llvm.sqrt.", "@sqrt(")
"""Calls that LLVM makes instructions of vectors."""


@dataclass(frozen=True)
class Value:
    """An elementwise operator: its scalar function, and whether loops over it become vectors."""

    bitcode: bytes
    simple: bool


def load_operators(names: Iterable[str] | None = None) -> None:
    """Have the code of these operators ready, of the whole catalogue without names: compiled where it is not cached.

    A program asks for its own; this is for whoever wants the wait to be somewhere else.
    """
    with _LOCK:
        _load(sorted(primitives() if names is None else names))


def value(name: str) -> Value:
    """An elementwise operator that was loaded."""
    return _VALUES[name]


def linked(text: str, names: Iterable[str], entry: str) -> int:
    """The address of ``entry``, the function of a module in LLVM's language that calls operators that were loaded.

    ``entry`` names the module: a second one of the same name is the first.
    """
    with _LOCK:
        if entry in _LINKED:
            return _LINKED[entry]
        inlined = {name: _VALUES[name].bitcode for name in names if name in _VALUES and f"@value_{name}(" in text}
        _add(remembered(_identity(text, inlined), lambda: _assembled(text, inlined)))
        _LINKED[entry] = int(_engine().get_function_address(entry))
        return _LINKED[entry]


def _assembled(text: str, inlined: Mapping[str, bytes]) -> bytes:
    """The object code of a module in LLVM's language, which calls elementwise operators that come in bitcode."""
    module = llvm.parse_assembly(f'target triple = "{_triple()}"\ntarget datalayout = "{_layout()}"\n{text}')
    for name, bitcode in inlined.items():
        module.link_in(llvm.parse_bitcode(bitcode))
        module.get_function(f"value_{name}").linkage = "internal"
    optimise(module)
    return bytes(target().emit_object(module))


def _identity(text: str, inlined: Mapping[str, bytes]) -> str:
    """A hash of all that object code follows from: the module, what it calls, what makes code of it, the processor."""
    found = hashlib.blake2b(digest_size=16)
    found.update(f"{_ASSEMBLER} {version('llvmlite')} {_triple()} {_layout()} {llvm.get_host_cpu_name()}".encode())
    found.update(f" {_features()}\0{text}".encode())
    for name, bitcode in sorted(inlined.items()):
        found.update(f"\0{name}\0{len(bitcode)}\0".encode() + bitcode)
    return found.hexdigest()


_ASSEMBLER = 1  # counts the changes of this module that change what it makes of a text


def optimise(module: Any) -> None:
    """LLVM's second level, with loops made vectors; never anything that changes a bit of a result."""
    options = llvm.create_pipeline_tuning_options(speed_level=2)
    options.loop_vectorization = True
    options.slp_vectorization = False
    options.loop_unrolling = False  # small loops over lanes would be taken apart before they can be vectors
    builder = llvm.create_pass_builder(target(), options)
    builder.getModulePassManager().run(module, builder)


@cache
def target() -> Any:
    """This machine's code generator."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=_features(), opt=2, codemodel="jitdefault", jit=True
    )


@cache
def _features() -> str:
    try:
        known = llvm.get_host_cpu_features().flatten()
    except RuntimeError:  # LLVM does not know them on some platforms
        known = ""
    return f"{known},-prefer-256-bit"


_VALUES: dict[str, Value] = {}
_KERNELS: set[str] = set()
_LINKED: dict[str, int] = {}


def _load(names: Iterable[str]) -> None:
    known = primitives()
    missing = [name for name in names if name not in _VALUES and name not in _KERNELS]
    if not missing:
        return
    from candlewick.program.compiler import compile_operator, digest

    contents = fetch({name: digest(known[name]) for name in missing}, lambda name: compile_operator(known[name]))
    for name, content in contents.items():
        if issubclass(known[name], Elementwise):
            _VALUES[name] = Value(content, _is_simple(content, name))
        else:
            _add(content)
            _KERNELS.add(name)


def _is_simple(bitcode: bytes, name: str) -> bool:
    """Straight code without calls: a loop over it can be made vectors."""
    function = llvm.parse_bitcode(bitcode).get_function(f"value_{name}")
    blocks = list(function.blocks)
    called = [str(item) for block in blocks for item in block.instructions if item.opcode == "call"]
    return len(blocks) == 1 and all(any(known in text for known in _VECTORS) for text in called)


def _add(code: bytes) -> None:
    _engine().add_object_file(llvm.ObjectFileRef.from_data(code))
    _engine().finalize_object()


@cache
def _engine() -> Any:
    return llvm.create_mcjit_compiler(llvm.parse_assembly(f'target triple = "{_triple()}"'), target())


@cache
def _triple() -> str:
    return str(target().triple)


@cache
def _layout() -> str:
    return str(target().target_data)
