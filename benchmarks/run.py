"""The whole comparison, as results that `benchmarks.report` renders."""

from __future__ import annotations

import importlib
import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks import accuracy, machine, measure, ours, rivals
from benchmarks.contender import Absent
from benchmarks.report import ColumnRow, LiveRow, Results
from benchmarks.workload import FEATURES, candles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


@dataclass(frozen=True)
class Size:
    """How much is measured."""

    candles: int
    symbols: int
    rounds: int
    accuracy: int
    live: int


FULL = Size(candles=100_000, symbols=50, rounds=5, accuracy=40_000, live=100_000)
QUICK = Size(candles=4_000, symbols=3, rounds=2, accuracy=6_000, live=2_000)


def compare(size: Size, chosen: str = "", say: Callable[[str], None] = lambda _: None) -> Results:
    """Measure every rival whose name holds ``chosen``, and candlewick beside each on the same features."""
    found = rivals.columns(chosen), rivals.live(chosen)
    columns = _columns(found[0], size, say)
    live = _live(found[1], size, say)
    notes = {
        name: _note(module) for name, module in (rivals.COLUMNS | rivals.LIVE).items() if chosen.lower() in name.lower()
    }
    return Results(size.candles, size.symbols, columns, live, machine.describe(), notes)


def _columns(found: list, size: Size, say: Callable[[str], None]) -> list[ColumnRow]:
    present = [rival for rival in found if not isinstance(rival, Absent)]
    own = {features: ours.columns(features) for features in _subsets(present)}
    contenders = [*own.values(), *present]
    for contender in contenders:  # compiled, imported and cached before the clock runs
        for together in {1, min(size.symbols, measure.AT_ONCE), size.symbols % measure.AT_ONCE or 1}:
            contender.compute([contender.prepare(candles(300, seed)) for seed in range(together)])
    say(f"whole columns: {len(contenders)} contenders, 1 x {size.candles:,}")
    one = dict(zip(map(id, contenders), measure.one_symbol(contenders, size.candles, size.rounds), strict=True))
    say(f"whole columns: {size.symbols} x {size.candles:,}")
    many = dict(zip(map(id, contenders), measure.many_symbols(contenders, size.candles, size.symbols), strict=True))
    say("accuracy")
    truth = accuracy.truth(size.accuracy)
    rows = []
    for rival in [own[FEATURES], *found]:
        if isinstance(rival, Absent):
            rows.append(ColumnRow(rival.name))
            continue
        same, errors = id(own[rival.features]), accuracy.errors(rival, truth)
        rows.append(
            ColumnRow(rival.name, len(rival.features), one[id(rival)], many[id(rival)], one[same], many[same], errors)
        )
    return rows


def _live(found: list, size: Size, say: Callable[[str], None]) -> list[LiveRow]:
    present = [rival for rival in found if not isinstance(rival, Absent)]
    own = {features: ours.live(features) for features in _subsets(present)}
    contenders = [*own.values(), *present]
    say(f"candle by candle: {len(contenders)} contenders, {size.live:,} candles")
    times = dict(zip(map(id, contenders), measure.live(contenders, size.live, max(size.rounds * 4, 1)), strict=True))
    rows = []
    for rival in [own[FEATURES], *found]:
        if isinstance(rival, Absent):
            rows.append(LiveRow(rival.name))
        else:
            rows.append(LiveRow(rival.name, len(rival.features), times[id(rival)], times[id(own[rival.features])]))
    return rows


def _subsets(present: Iterable) -> list[tuple[str, ...]]:
    """All features first, then whatever fewer a rival covers."""
    return list(dict.fromkeys([FEATURES, *(rival.features for rival in present)]))


def _note(module: str) -> str:
    """What a rival's own file says about it."""
    try:
        text = inspect.getdoc(importlib.import_module(f"benchmarks.rivals.{module}")) or ""
    except ModuleNotFoundError:
        return "not installed"
    return " ".join(text.split())
