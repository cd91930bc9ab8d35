"""Machine code as functions of the interpreter: what a candle costs is mostly the way from Python into it.

ctypes takes as long for one call as a dozen kernels, and numbers would have to be packed before. The interpreter's own
protocol for built-in functions has neither: the code is handed the objects, and asks the interpreter for their numbers.
"""

from __future__ import annotations

import ctypes
from functools import cache
from typing import TYPE_CHECKING, Any

from llvmlite import binding as llvm

if TYPE_CHECKING:
    from collections.abc import Callable

    from candlewick.program.layout import Floats

TAKING, GIVING = 0x80, 0x04  # METH_FASTCALL, METH_NOARGS
_FUNCTIONS = (
    "PyErr_BadArgument", "PyErr_Occurred", "PyFloat_AsDouble", "PyLong_AsVoidPtr", "PyObject_CallNoArgs",
    "PyTuple_GetItem", "Py_IncRef",
)  # fmt: skip

DECLARED = """
@_Py_NoneStruct = external global i8
declare i32 @PyErr_BadArgument()
declare ptr @PyErr_Occurred()
declare double @PyFloat_AsDouble(ptr)
declare ptr @PyLong_AsVoidPtr(ptr)
declare ptr @PyObject_CallNoArgs(ptr)
declare ptr @PyTuple_GetItem(ptr, i64)
declare void @Py_IncRef(ptr)
"""


@cache
def know_interpreter() -> None:
    """Tell LLVM's linker where the functions of the interpreter are that the code below calls."""
    for name in _FUNCTIONS:
        llvm.add_symbol(name, ctypes.cast(getattr(ctypes.pythonapi, name), ctypes.c_void_p).value)
    llvm.add_symbol("_Py_NoneStruct", id(None))


def bound(flags: int, code: int, memory: Floats, then: Callable[[], Any] | None = None) -> Callable[..., Any]:
    """The machine code at an address as a function bound to a symbol's memory, which lives as long as the function."""
    made: Callable[..., Any] = _NEW(_method(flags, code), (memory.ctypes.data, then, memory), None)
    return made


class _Method(ctypes.Structure):
    """PyMethodDef."""

    _fields_ = (("name", ctypes.c_char_p), ("code", ctypes.c_void_p), ("flags", ctypes.c_int), ("doc", ctypes.c_char_p))


_NEW = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.POINTER(_Method), ctypes.py_object, ctypes.c_void_p)(
    ("PyCFunction_NewEx", ctypes.pythonapi)
)


@cache
def _method(flags: int, address: int) -> _Method:
    """Kept for good: functions point to it."""
    return _Method(b"update" if flags == TAKING else b"emit", address, flags, None)


def taking(name: str, inner: str, count: int, at: int) -> str:
    """``name(*numbers)``, bound to a memory: lays ``count`` numbers down from ``at`` on and calls ``inner``."""
    lines = [
        f"define ptr @{name}(ptr %self, ptr %given, i64 %n) {{",
        f"  %wrong = icmp ne i64 %n, {count}",
        "  br i1 %wrong, label %bad, label %right",
        "bad:",
        "  %ignored = call i32 @PyErr_BadArgument()",
        "  ret ptr null",
        "right:",
        "  %address = call ptr @PyTuple_GetItem(ptr %self, i64 0)",
        "  %m = call ptr @PyLong_AsVoidPtr(ptr %address)",
    ]
    for k in range(count):
        lines += [
            f"  %p{k} = getelementptr ptr, ptr %given, i64 {k}",
            f"  %o{k} = load ptr, ptr %p{k}",
            f"  %v{k} = call double @PyFloat_AsDouble(ptr %o{k})",
        ]
    lines += [
        "  %error = call ptr @PyErr_Occurred()",
        "  %sound = icmp eq ptr %error, null",
        "  br i1 %sound, label %go, label %none",
        "none:",
        "  ret ptr null",
        "go:",
    ]
    for k in range(count):
        lines += [f"  %a{k} = getelementptr double, ptr %m, i64 {at + k}", f"  store double %v{k}, ptr %a{k}"]
    return "\n".join(
        [
            *lines,
            f"  call void @{inner}(ptr %m)",
            "  call void @Py_IncRef(ptr @_Py_NoneStruct)",
            "  ret ptr @_Py_NoneStruct",
            "}\n",
        ]
    )


def giving(name: str, inner: str) -> str:
    """``name()``, bound to a memory and a function: calls ``inner``, and gives what the function gives."""
    return f"""define ptr @{name}(ptr %self, ptr %nothing) {{
  %address = call ptr @PyTuple_GetItem(ptr %self, i64 0)
  %then = call ptr @PyTuple_GetItem(ptr %self, i64 1)
  %m = call ptr @PyLong_AsVoidPtr(ptr %address)
  call void @{inner}(ptr %m)
  %result = call ptr @PyObject_CallNoArgs(ptr %then)
  ret ptr %result
}}
"""
