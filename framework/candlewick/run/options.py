"""What a user can ask of a run, as the command line names it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from candlewick.store.catalog import MAIN


@dataclass(frozen=True)
class Options:
    """The options of `wick run`, `build`, `test` and `plan`; ``arm`` is where a run publishes."""

    select: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    enable: tuple[str, ...] = ()
    disable: tuple[str, ...] = ()
    threads: int = field(default_factory=lambda: os.cpu_count() or 1)
    engine: str = "program"
    full_refresh: bool = False
    allow_empty: bool = False
    arm: str = MAIN
