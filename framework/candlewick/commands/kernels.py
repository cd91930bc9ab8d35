"""Kernels are compiled before anything needs them: once per machine and catalogue, and said so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from candlewick.program import load_dispatcher
from candlewick.program.cache import on_compile

if TYPE_CHECKING:
    from collections.abc import Callable


def load_kernels(compiling: Callable[[], None]) -> None:
    """Load the kernels; ``compiling`` is called when they must be compiled first."""
    on_compile.append(compiling)
    try:
        load_dispatcher()
    finally:
        on_compile.remove(compiling)
