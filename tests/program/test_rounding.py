"""What another library does to the processor's settings changes no bit, and is left as it was."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest

from candlewick.lower import lower
from candlewick.program import Live, run
from candlewick.program.machine import linked, target
from candlewick.trace import tracing

FLUSHED, DOWN, UP = 0x8040, 0x2000, 0x4000  # of MXCSR: smallest numbers are zero, rounded down, rounded up

pytestmark = pytest.mark.skipif(not str(target().triple).startswith("x86_64"), reason="MXCSR is Intel's")


@pytest.fixture
def word():
    """Read and write the thread's settings; they are the usual ones afterwards."""
    functions = []
    for what in ("stmxcsr", "ldmxcsr"):
        text = f"""declare void @llvm.x86.sse.{what}(ptr)
define void @test_{what}(ptr %word) {{
  call void @llvm.x86.sse.{what}(ptr %word)
  ret void
}}"""
        functions.append(ctypes.CFUNCTYPE(None, ctypes.c_void_p)(linked(text, [], f"test_{what}")))
    number = ctypes.c_uint32()

    def write(value: int) -> None:
        number.value = value
        functions[1](ctypes.byref(number))

    def read() -> int:
        functions[0](ctypes.byref(number))
        return number.value

    yield read, write
    write(0x1F80)


@pytest.fixture(scope="module")
def program():
    """Means that fade into the smallest numbers, their ratio, and sums that are rounded."""
    with tracing() as trace:
        close = trace.input("close")
        slow, fast = close.ewm(span=9, adjust=False).mean(), close.ewm(span=3, adjust=False).mean()
        columns = {"slow": slow, "ratio": fast / slow, "sum": (close / 3.0).rolling(4).sum(), "log": np.log1p(close)}
        graph = trace.graph(columns)
    return lower(graph, ("close",))


@pytest.mark.parametrize("change", [FLUSHED, DOWN, UP, FLUSHED | UP])
@pytest.mark.parametrize("lanes", [1, 8])
def test_settings_of_the_thread_change_no_bit_and_stay(word, program, change, lanes):
    read, write = word
    fading = np.concatenate([np.linspace(1e-300, 2e-300, 20), np.zeros(300)])[None]
    expected = run(program, {"s": fading})[0]["s"]
    assert 0.0 < expected[0, -1] < 1e-308
    write(0x1F80 | change)
    settings = read()
    blocks = run(program, {f"s{k}": fading for k in range(lanes)})[0]
    live, rows = Live(program), []
    for value in fading[0].tolist():
        live.update(value)
        rows.append(live.emit())
    assert read() & ~0x3F == settings & ~0x3F
    write(0x1F80)
    assert all(results.tobytes() == expected.tobytes() for results in blocks.values())
    assert np.array(rows).T.tobytes() == expected.tobytes()
