"""From an operator's Python function to machine code: numba infers types and writes LLVM, which is optimised here.

An elementwise operator becomes a scalar function in LLVM bitcode, which every program inlines into its own loops. A
kernel becomes object code with three entries: for eight lanes, for one lane, and for one row of one lane. Their
arithmetic is the same, in the same order, and nothing allows LLVM to reassociate or to contract it.
"""

from __future__ import annotations

import hashlib
import sys
from functools import cache
from importlib.metadata import version
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

from llvmlite import binding as llvm

from candlewick.operators.fused import fma
from candlewick.operators.operator import Elementwise
from candlewick.program.machine import optimise, target

if TYPE_CHECKING:
    from collections.abc import Callable

    from candlewick.operators.operator import Operator

STEP, ONE, EIGHT = "step", "one", "eight"
_GIVEN = {STEP: "i64 1, i64 1", ONE: "i64 %n, i64 1", EIGHT: "i64 %n, i64 8"}
_TAKEN = {STEP: "", ONE: ", i64 %n", EIGHT: ", i64 %n"}


def digest(kind: type[Operator]) -> str:
    """Hash of an operator's source and of all that compiles it."""
    loaded = "".join(map(_loaded, (getattr(kind, "value", kind.kernel), *kind.helpers)))
    return hashlib.blake2b(f"{_versions()}\n{kind.source_hash()}\n{loaded}".encode(), digest_size=16).hexdigest()


@cache
def _versions() -> str:
    versions = f"{sys.version_info[:2]} numba {version('numba')} llvmlite {version('llvmlite')}"
    return f"{versions} {llvm.get_host_cpu_name()} {_COMPILER}"  # homes are shared between machines


def _loaded(function: Any) -> str:
    """The code this process has: older than its source where that was edited while it runs."""
    code = function.__code__
    plain = [value for value in code.co_consts if not isinstance(value, CodeType)]
    return f"{code.co_code!r}{plain!r}{code.co_names!r}"


_COMPILER = 4  # counts the changes of this module that change what it compiles


def compile_operator(kind: type[Operator]) -> bytes:
    """Bitcode of an elementwise operator, object code of a kernel."""
    if issubclass(kind, Elementwise):
        module, native, count = _typed(kind, kind.value)
        arguments = ", ".join(f"double %a{k}" for k in range(count))
        module = _with(
            module,
            f"define double @value_{kind.operator_name()}({arguments}) alwaysinline {{\n"
            f"  %r = alloca double\n  %e = alloca ptr\n"
            f'  %c = call i32 @"{native}"(ptr %r, ptr %e{", " if count else ""}{arguments})\n'
            f"  %v = load double, ptr %r\n  ret double %v\n}}\n",
            f'declare i32 @"{native}"(ptr, ptr{", double" * count})',
            native,
        )
        optimise(module)
        return bytes(module.as_bitcode())
    if kind.kernel is None:
        raise TypeError(f"{kind.__name__} has neither value nor kernel")
    module, native, count = _typed(kind, kind.kernel)
    pointers = count - 3
    given = ", ".join(f"ptr %a{k}" for k in range(pointers))
    taken = given.replace("ptr", "ptr noalias")
    entries = [
        f"define void @{kind.operator_name()}_{entry}({taken}, i64 %candle{_TAKEN[entry]}) {{\n"
        f"  %r = alloca ptr\n  %e = alloca ptr\n"
        f'  %c = call i32 @"{native}"(ptr %r, ptr %e, {given}, i64 %candle, {numbers})\n  ret void\n}}\n'
        for entry, numbers in _GIVEN.items()
    ]
    declared = f'declare i32 @"{native}"(ptr, ptr{", ptr" * pointers}, i64, i64, i64)'
    module = _with(module, "\n".join(entries), declared, native)
    optimise(module)
    optimise(module)  # loops over lanes are gone now, and what they kept in memory can stay in registers
    return bytes(target().emit_object(module))


def _with(module: Any, entries: str, declared: str, native: str) -> Any:
    """The module with these entries, and nothing else that is seen from outside."""
    triple = f'target triple = "{module.triple}"\ntarget datalayout = "{module.data_layout}"\n'
    module.link_in(llvm.parse_assembly(f"{triple}\n{declared}\n{entries}"))
    function = module.get_function(native)
    function.linkage = "internal"
    function.add_function_attribute("alwaysinline")
    for variable in module.global_variables:
        variable.linkage = "internal"
    return module


def _typed(kind: type[Operator], function: Callable[..., Any]) -> tuple[Any, str, int]:
    """The LLVM module of a function as numba writes it, not optimised; its name there, its number of arguments."""
    from numba import types
    from numba.core import compiler
    from numba.core.registry import cpu_target

    scope = dict(function.__globals__) | {helper.__name__: _helper(helper) for helper in kind.helpers}
    plain = FunctionType(function.__code__, scope, function.__name__)
    count = plain.__code__.co_argcount
    if issubclass(kind, Elementwise):
        arguments, returned = (types.float64,) * count, types.float64
    else:
        arguments, returned = (types.CPointer(types.float64),) * (count - 3) + (types.int64,) * 3, types.void
    flags = compiler.Flags()
    flags.no_compile = flags.no_cpython_wrapper = flags.no_cfunc_wrapper = True
    flags.error_model = "numpy"
    typing, context = cpu_target.typing_context, cpu_target.target_context
    typing.refresh()
    context.refresh()
    library = context.codegen().create_library(kind.operator_name())
    result = compiler.compile_extra(typing, context, plain, arguments, returned, flags, {}, library=library)
    module = library._final_module  # noqa: SLF001 - before numba's own optimisation, which would cost as much again
    for linked in library._linking_libraries:  # noqa: SLF001 - the helpers
        module.link_in(linked._get_module_for_linking(), preserve=True)  # noqa: SLF001
    return module, result.fndesc.llvm_func_name, count


@cache
def _helper(function: Any) -> Any:
    """A helper as numba calls it, the same for all operators: it is compiled once."""
    if function is fma:
        return _fused()
    from numba import njit

    known = function.__globals__
    called = [name for name in function.__code__.co_names if isinstance(known.get(name), FunctionType)]
    plain = FunctionType(function.__code__, known | {name: _helper(known[name]) for name in called}, function.__name__)
    options = {"error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    return njit(**options, inline="always" if hasattr(function, "part_of_kernel") else "never")(plain)


def _fused() -> Any:
    """The processor's own multiplication and addition with one rounding."""
    from numba import types
    from numba.extending import intrinsic

    def typed(_: Any, a: Any, b: Any, c: Any) -> tuple[Any, Any]:
        return types.float64(a, b, c), lambda _, builder, __, values: builder.fma(*values)

    return intrinsic(typed)
