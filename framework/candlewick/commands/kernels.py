"""Operators are compiled when a program first needs them, each once per machine; whoever waits is told."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from candlewick.program.cache import on_compile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def announced(compiling: Callable[[int], None]) -> Iterator[None]:
    """For a while, tell ``compiling`` how many operators are compiled before that begins."""
    on_compile.append(compiling)
    try:
        yield
    finally:
        on_compile.remove(compiling)
