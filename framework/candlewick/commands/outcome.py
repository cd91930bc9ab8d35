"""What a run is about to do, what it did, and who is told meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from candlewick.project.dag import Dag
    from candlewick.run.options import Options
    from candlewick.run.planning import RunPlan
    from candlewick.run.report import Result
    from candlewick.run.work import SymbolRun, Work
    from candlewick.store.result import IngestResult
    from candlewick.track import TrackedRun

Verb = Literal["run", "test", "build"]


@dataclass(frozen=True)
class Plan:
    """What is about to be done; ``total`` counts its models and tests, ``ingested`` is what a build did before."""

    dag: Dag
    work: Work
    run: RunPlan
    symbols: tuple[str, ...]
    rows: int
    total: int
    ingested: IngestResult | None = None


@dataclass(frozen=True)
class Outcome:
    """What a run did; where something failed the store is as it was."""

    run_id: str
    verb: Verb
    options: Options
    dag: Dag
    results: tuple[Result, ...]
    symbols: tuple[str, ...]
    started: datetime
    seconds: float
    node_seconds: dict[str, float] = field(default_factory=dict)
    facts: dict[str, dict[str, Any]] = field(default_factory=dict)
    costs: dict[str, float] = field(default_factory=dict)
    fingerprints: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether any model or test failed."""
        return any(result.failed for result in self.results)

    @property
    def published(self) -> bool:
        """Whether users now query what this run computed."""
        return self.verb != "test" and not self.failed


@dataclass(frozen=True)
class Listener:
    """Callbacks for whoever shows the run while it happens."""

    ingested: Callable[[IngestResult], None] = lambda _: None
    planned: Callable[[Plan], None] = lambda _: None
    symbol: Callable[[SymbolRun], None] = lambda _: None
    result: Callable[[Result], None] = lambda _: None
    tracked: Callable[[TrackedRun], None] = lambda _: None
    compiling: Callable[[int], None] = lambda _: None


SILENT = Listener()
