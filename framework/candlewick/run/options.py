"""What a user can ask of a run, as the command line names it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from candlewick.errors import UsageError
from candlewick.project.project import MAIN

_TAKEN = {"wick", "previous", "information_schema", "pg_catalog", "temp", "system"}


@dataclass(frozen=True)
class Options:
    """The options of `wick run`, `build`, `test` and `plan`; ``arm`` is where a run publishes.

    An arm is a schema of the store and part of a file's name. ``pair`` is a name that the runs of one comparison share;
    a tracking server keeps it.

    Errors: UsageError ``usage-arm`` for a name that is none.
    """

    select: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    enable: tuple[str, ...] = ()
    disable: tuple[str, ...] = ()
    threads: int = field(default_factory=lambda: os.cpu_count() or 1)
    engine: str = "program"
    full_refresh: bool = False
    allow_empty: bool = False
    arm: str = MAIN
    pair: str = ""

    def __post_init__(self) -> None:
        if not self.arm.isidentifier() or not self.arm.isascii() or self.arm != self.arm.lower() or self.arm in _TAKEN:
            raise UsageError(
                f"'{self.arm}' cannot be the name of an arm",
                code="usage-arm",
                hint=f"use small letters, digits and _; taken are {', '.join(sorted(_TAKEN))}",
            )
