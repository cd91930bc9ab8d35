"""Deciding, before anything is computed, what is reused, continued and built: per model, group and symbol."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from candlewick.project.fingerprints import explained
from candlewick.store.snapshots import since

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from candlewick.run.units import Unit
    from candlewick.store.ledger import Holding, Ledger, Recipe
    from candlewick.store.snapshots import Since, Snapshot

Action = Literal["REUSED", "APPENDED", "BUILT"]


@dataclass(frozen=True)
class Decision:
    """What is to be done for one unit and symbol, and why; of what is reused, why it is not what the arm shows already.

    ``held`` is what is reused or continued, or what a built unit takes the place of; of what is built, ``kept`` are the
    columns that are still right as far as they go, each with a holding that has it. ``rows`` are to be computed.
    """

    unit: Unit
    symbol: str
    action: Action
    rows: int
    why: tuple[str, ...] = ()
    held: Holding | None = None
    kept: Mapping[str, Holding] = field(default_factory=dict)


def decide(
    ledger: Ledger,
    arm: str,
    units: Iterable[Unit],
    can_continue: Callable[[Unit, Holding], bool],
    *,
    full_refresh: bool = False,
) -> Iterator[Decision]:
    """A decision for every unit and symbol.

    ``can_continue`` says whether the saved state of every node under a unit is there. A holding of another arm is as
    good as one of this, and so is a former one.
    """
    shelf = _Shelf(ledger, arm)
    for unit in units:
        for symbol, now in ledger.now.items():
            if full_refresh:
                yield Decision(unit, symbol, "BUILT", now.candles, ("a full refresh was asked for",))
            elif unit.problem:
                yield Decision(unit, symbol, "BUILT", now.candles, (f"it cannot be hashed: {unit.problem}",))
            else:
                yield _decide(shelf, unit, now, can_continue)


class _Shelf:
    """Every holding of a ledger, found by place and by fingerprint; those of the ``arm`` first."""

    def __init__(self, ledger: Ledger, arm: str) -> None:
        self.ledger = ledger
        self.mine = ledger.of(arm)
        others = [name for name in ledger.holdings if name != arm]
        self._every = [holding for name in (arm, *others) for holding in ledger.holdings.get(name, ())]

    @cached_property
    def in_place(self) -> dict[tuple[str, str | None, str], Holding]:
        """By model, group and symbol."""
        return {holding.key: holding for holding in reversed(self._every)}

    @cached_property
    def of_recipe(self) -> dict[tuple[str, str], list[Holding]]:
        """By recipe and symbol: what was computed by the same code, under whatever name of a model."""
        found: dict[tuple[str, str], list[Holding]] = defaultdict(list)
        for holding in self._every:
            found[holding.recipe, holding.symbol].append(holding)
        return found

    @cached_property
    def of_column(self) -> dict[tuple[str, str, str], list[Holding]]:
        """By the name of a column, its fingerprint, and symbol."""
        found: dict[tuple[str, str, str], list[Holding]] = defaultdict(list)
        for holding in self._every:
            for name, column in self.ledger.recipes.get(holding.recipe, {}).items():
                found[name, column["hash"], holding.symbol].append(holding)
        return found


def _decide(shelf: _Shelf, unit: Unit, now: Snapshot, can_continue: Callable[[Unit, Holding], bool]) -> Decision:
    symbol, ledger = now.symbol, shelf.ledger
    key = unit.model, unit.group, symbol
    reads = frozenset().union(*unit.reads.values())
    right = [(_moved(one, unit), _since(ledger, one, now, reads)) for one in shelf.of_recipe.get((unit.id, symbol), ())]
    for holding, became in right:
        if became.kind == "same":
            return Decision(unit, symbol, "REUSED", 0, _again(holding, shelf.mine.get(key)), holding)
    for holding, became in right:
        if became.kind == "more" and can_continue(unit, holding):
            fresh = now.candles - holding.rows
            return Decision(
                unit,
                symbol,
                "APPENDED",
                now.candles - holding.final,
                (f"{fresh:,} new candle{'' if fresh == 1 else 's'}",),
                holding,
            )
    before = shelf.in_place.get(key)
    if before is None:
        why = ["a file of it is gone or damaged" if key in ledger.lost else "it is new"]
    else:
        why = list(_why(ledger, unit, now, before))
    return Decision(unit, symbol, "BUILT", now.candles, tuple(why), before, dict(_kept(shelf, unit, now)))


def _kept(shelf: _Shelf, unit: Unit, now: Snapshot) -> Iterator[tuple[str, Holding]]:
    """The columns of a unit that need not be computed, or not from the first candle on, with what holds them."""
    for name, how in unit.methods.items():
        found: dict[str, Holding] = {}
        for holding in shelf.of_column.get((name, unit.recipe[name]["hash"], now.symbol), ()):
            found.setdefault(_since(shelf.ledger, holding, now, unit.reads[name]).kind, holding)
        if "same" in found:
            yield name, found["same"]
        elif "more" in found and how.kind == "window":
            yield name, found["more"]


def _moved(holding: Holding, unit: Unit) -> Holding:
    """A holding as that of a unit, whose model or group may have another name now."""
    if (holding.model, holding.group) == unit.key:
        return holding
    parts = tuple(replace(part, model=unit.model, group=unit.group) for part in holding.parts)
    return replace(holding, model=unit.model, group=unit.group, parts=parts)


def _again(holding: Holding, mine: Holding | None) -> tuple[str, ...]:
    """Why a holding that is reused is news to those who query the arm, which holds ``mine``."""
    if holding is not mine:
        return ("it was computed before, or for another arm",)
    return () if holding.shown else ("its group is on again",)


def _since(ledger: Ledger, holding: Holding, now: Snapshot, reads: frozenset[str]) -> Since:
    return since(ledger.snapshots[holding.snapshot], now, reads, ledger.began.get(holding.snapshot))


def _why(ledger: Ledger, unit: Unit, now: Snapshot, holding: Holding) -> Iterator[str]:
    """What is different from what the ledger holds, in words."""
    yield from _edits(ledger.recipes.get(holding.recipe, {}), unit.recipe)
    became = _since(ledger, holding, now, frozenset().union(*unit.reads.values()))
    if became.kind == "changed":
        at = ledger.restated.get((now.symbol, became.month))
        yield f"candles of {now.symbol} changed, the first {_moment(at) if at is not None else _month(became.month)}"
    elif became.kind == "more":
        endless = [name for name, how in unit.methods.items() if how.kind == "whole" and how.horizon is None]
        reason = f"all rows of '{endless[0]}' may change" if endless else "no state to go on from was saved"
        yield f"{now.candles - ledger.snapshots[holding.snapshot].candles:,} new candles, and {reason}"


def _edits(before: Recipe, now: Recipe) -> Iterator[str]:
    """How the columns differ: by name, those of which the same is to be said together."""
    alike: dict[str, list[str]] = defaultdict(list)
    renamed = _renamed(before, now)
    for name in sorted(before.keys() | now.keys()):
        if name in renamed:
            yield f"'{name}' is called '{renamed[name]}' now"
        elif name not in now:
            alike[" gone"].append(name)
        elif name not in before and name not in renamed.values():
            alike[" new"].append(name)
        elif name in before and before[name]["hash"] != now[name]["hash"]:
            alike[f": {'; '.join(explained(before[name], now[name]))}"].append(name)
    for words, names in alike.items():
        verb = "" if words.startswith(":") else " is" if len(names) == 1 else " are"
        yield ", ".join(f"'{name}'" for name in names) + verb + words


def _renamed(before: Recipe, now: Recipe) -> dict[str, str]:
    """The columns that have another name now, with that name: what they are computed by is the same."""
    gone = {before[name]["hash"]: name for name in before.keys() - now.keys()}
    return {gone[now[name]["hash"]]: name for name in sorted(now.keys() - before.keys()) if now[name]["hash"] in gone}


def _moment(ts: int) -> str:
    return f"at {datetime.fromtimestamp(ts / 1_000, UTC):%Y-%m-%d %H:%M}"


def _month(month: int) -> str:
    return f"in {1970 + month // 12}-{month % 12 + 1:02d}"
