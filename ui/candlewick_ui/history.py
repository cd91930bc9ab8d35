"""The runs a store remembers, for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from candlewick.errors import StoreError
from candlewick.store.failures import read_failures
from candlewick.store.publish import read_runs

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class RunLine:
    """One published run. Units: ``seconds`` from its start to its publication."""

    id: str
    command: str
    status: str
    started: str
    seconds: float
    arm: str
    engine: str
    groups: str


@dataclass(frozen=True)
class History:
    """The runs, the latest first; or the ``problem`` that keeps them from being read."""

    runs: tuple[RunLine, ...] = ()
    problem: str = ""


def read_history(store: Path, target: Path) -> History:
    """The runs that published and those that failed; the store is opened read-only for one query and closed again."""
    try:
        runs = sorted([*read_runs(store), *read_failures(target)], key=lambda run: run.started)
    except StoreError as error:
        return History(problem=str(error))
    lines = [
        RunLine(
            run.id,
            run.command,
            run.status,
            f"{run.started:%Y-%m-%d %H:%M:%S}",
            (run.finished - run.started).total_seconds(),
            str(run.facts.get("arm", "")),
            str(run.facts.get("engine", "")),
            ", ".join(map(str, _listed(run.facts.get("toggles")))),
        )
        for run in reversed(runs)
    ]
    return History(tuple(lines))


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, (list, tuple)) else []
