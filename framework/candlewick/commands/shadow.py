"""`wick shadow`: a legacy function beside the artifact, candle by candle, and how far the two are apart."""

from __future__ import annotations

import contextlib
import importlib
import sys
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from candlewick.commands.replay import one_by_one
from candlewick.differences import Differences, differences
from candlewick.errors import NodeError, UsageError, WickWarning, nearest
from candlewick.live import load
from candlewick.program import FEATURES
from candlewick.project.source import raised_at, said
from candlewick.store.candles import load_many, some_candles

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from candlewick.live import Candle, Features
    from candlewick.project.project import Project

    Legacy = Callable[[Candle], Any]


@dataclass(frozen=True)
class Budget:
    """How far two values may be apart, by any of three measures, and how many rows of a column may be further."""

    absolute: float = 0.0
    relative: float = 1e-9
    ulp: int = 0
    rows: int = 0


@dataclass(frozen=True)
class Divergence:
    """The first candle at which the two are too far apart."""

    symbol: str
    ts: int
    legacy: float
    ours: float


@dataclass(frozen=True)
class Compared:
    """One column: how the two differ, and the first candle that lies beyond the budget."""

    name: str
    differences: Differences
    first: Divergence | None
    within: bool


def shadow(
    project: Project,
    artifact: Path,
    legacy: str,
    *,
    symbols: Sequence[str] = (),
    stage: str = FEATURES,
    budget: Budget = Budget(),
) -> list[Compared]:
    """Give every candle of the store to both, and compare the columns that the legacy function returns.

    ``legacy`` is module:function, found from the project's folder: a candle (ts, open, high, low, close, volume,
    symbol) to a dict of values by column name; or module:Class, made anew for each symbol and called likewise. A
    column is compared after its warm-up, where the dict has it.

    Errors: UsageError ``shadow-legacy``, ``shadow-column``, ``shadow-nothing``; NodeError ``shadow-raised``
    """
    some_candles(project.store)
    make = _legacy(project, legacy)
    features = load(artifact).open(interval=project.config.candles.interval)
    columns = {column.name: _Pair(at, column.warm_up or 0) for at, column in enumerate(features.columns(stage))}
    with warnings.catch_warnings(), contextlib.redirect_stdout(sys.stderr):  # what the function prints is no output
        warnings.simplefilter("ignore", WickWarning)  # of gaps the ingest has told
        for symbol, frame in load_many(project.store, symbols or None):
            features.reset(symbol)
            one = make()
            for candle in one_by_one(symbol, frame):
                _compare(project, features, stage, one, candle, columns)
    compared = [_judged(name, pair, budget) for name, pair in columns.items() if pair.rows]
    if not compared:
        raise UsageError(
            f"{legacy} returned no column after its warm-up",
            code="shadow-nothing",
            hint=f"return a dict with names such as {', '.join(list(columns)[:3])}",
        )
    return compared


@dataclass
class _Pair:
    """The values of one column from both sides, where the legacy function gave one."""

    at: int
    warm_up: int
    rows: list[tuple[str, int, float, float]] = field(default_factory=list)


def _compare(
    project: Project, features: Features, stage: str, legacy: Legacy, candle: Candle, columns: dict[str, _Pair]
) -> None:
    features.update(candle.symbol, candle)
    try:
        theirs = {str(name): float(value) for name, value in dict(legacy(candle)).items() if value is not None}
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # sys.exit() must not end a comparison as fine
        place = raised_at(error, project)
        raise NodeError(
            f"the legacy function failed at {candle}: {said(error)}",
            code="shadow-raised",
            where=[place] if place else [],
            hint="return a dict of numbers by column name; None for what is not there yet",
        ) from error
    seen, vector = features.candles(candle.symbol), None
    for name, value in theirs.items():
        if name not in columns:
            hint = nearest(name, columns) or f"the columns are {', '.join(list(columns)[:10])}"
            raise UsageError(f"the artifact has no column {name!r} in stage {stage}", code="shadow-column", hint=hint)
        pair = columns[name]
        if seen > pair.warm_up:
            vector = features.emit(candle.symbol, stage) if vector is None else vector
            pair.rows.append((candle.symbol, candle.ts, value, float(vector[pair.at])))


def _judged(name: str, pair: _Pair, budget: Budget) -> Compared:
    theirs, ours = ([row[side] for row in pair.rows] for side in (2, 3))
    found = differences(theirs, ours, absolute=budget.absolute, relative=budget.relative, ulp=budget.ulp)
    first = None if found.first is None else Divergence(*pair.rows[found.first])
    return Compared(name, found, first, found.beyond <= budget.rows)


def _legacy(project: Project, legacy: str) -> Callable[[], Legacy]:
    """What gives the function for a symbol."""
    module, _, name = legacy.partition(":")
    if not module or not name:
        raise UsageError(f"{legacy!r} names no function", code="shadow-legacy", hint="write module:function")
    sys.path.insert(0, str(project.root))
    try:
        found = getattr(importlib.import_module(module), name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        place = raised_at(error, project)
        raise UsageError(
            f"{legacy} cannot be imported: {said(error)}",
            code="shadow-legacy",
            where=[place] if place else [],
            hint=f"the module is looked for in {project.root} and in this environment",
        ) from error
    finally:
        sys.path.remove(str(project.root))
    if not callable(found):
        raise UsageError(f"{legacy} is not a function", code="shadow-legacy", hint="write module:function")
    return found if isinstance(found, type) else lambda: found
