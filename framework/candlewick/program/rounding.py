"""The processor's settings for floating point, which any library of a process may have changed for a thread.

Those compiled for speed at any price have the smallest numbers taken for zero by the thread that loads them. Batch runs
in other threads than a trading loop: so compiled code works with the usual settings, and puts back what it found.
"""

from __future__ import annotations

from candlewick.program.machine import target

USUAL, FLAGS = 0x1F80, 0x3F  # of MXCSR: nothing trapped, rounded to nearest, nothing flushed; what has happened so far


def guarded(name: str, inner: str, arguments: int) -> str:
    """``name`` calls ``inner``, a function of so many pointers, with the usual settings.

    On other processors than Intel's and their like it is a call and nothing else.
    """
    taken = ", ".join(f"ptr %a{k}" for k in range(arguments))
    call = f"  call void @{inner}({taken})"
    if not str(target().triple).startswith("x86_64"):
        return f"define void @{name}({taken}) nounwind {{\n{call}\n  ret void\n}}\n"
    return f"""declare void @llvm.x86.sse.stmxcsr(ptr)
declare void @llvm.x86.sse.ldmxcsr(ptr)
define void @{name}({taken}) nounwind {{
begin:
  %word = alloca i32
  call void @llvm.x86.sse.stmxcsr(ptr %word)
  %found = load i32, ptr %word
  %set = and i32 %found, {0xFFFF ^ FLAGS}
  %usual = icmp eq i32 %set, {USUAL}
  br i1 %usual, label %go, label %change
go:
{call}
  ret void
change:
  store i32 {USUAL}, ptr %word
  call void @llvm.x86.sse.ldmxcsr(ptr %word)
{call}
  store i32 %found, ptr %word
  call void @llvm.x86.sse.ldmxcsr(ptr %word)
  ret void
}}
"""
