"""Deciding, before anything is computed, what is reused, continued and built: per model, group and symbol."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from candlewick.project.fingerprints import changes
from candlewick.store.snapshots import since

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from candlewick.run.units import Unit
    from candlewick.store.ledger import Holding, Ledger
    from candlewick.store.snapshots import Since, Snapshot

Action = Literal["REUSED", "APPENDED", "BUILT"]


@dataclass(frozen=True)
class Decision:
    """What is to be done for one unit and symbol, and why; of what is reused, why it is not what the arm shows already.

    ``held`` is what is reused or continued; of what is built, ``kept`` are the columns that it holds and that are still
    right, as far as they go. ``rows`` are to be computed.
    """

    unit: Unit
    symbol: str
    action: Action
    rows: int
    why: tuple[str, ...] = ()
    held: Holding | None = None
    kept: frozenset[str] = frozenset()


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
    others = [name for name in ledger.holdings if name != arm]
    held = [ledger.of(name) for name in (arm, *others)]
    for unit in units:
        for symbol, now in ledger.now.items():
            key = unit.model, unit.group, symbol
            found = [each[key] for each in held if key in each]
            if full_refresh:
                yield Decision(unit, symbol, "BUILT", now.candles, ("a full refresh was asked for",))
            else:
                yield _decide(ledger, unit, now, found, held[0].get(key), can_continue)


def _decide(
    ledger: Ledger,
    unit: Unit,
    now: Snapshot,
    found: list[Holding],
    mine: Holding | None,
    can_continue: Callable[[Unit, Holding], bool],
) -> Decision:
    symbol = now.symbol
    if unit.problem:
        return Decision(unit, symbol, "BUILT", now.candles, (f"it cannot be hashed: {unit.problem}",))
    reads = frozenset().union(*unit.reads.values())
    right = [(one, _since(ledger, one, now, reads)) for one in found if one.recipe == unit.id]
    for holding, became in right:
        if became.kind == "same":
            return Decision(unit, symbol, "REUSED", 0, _again(holding, mine), holding)
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
    if not found:
        lost = (unit.model, unit.group, symbol) in ledger.lost
        return Decision(unit, symbol, "BUILT", now.candles, ("a file of it is gone" if lost else "it is new",))
    holding = found[0]
    kept = frozenset(
        name
        for name, column in ledger.recipes.get(holding.recipe, {}).items()
        if name in unit.recipe
        and column["hash"] == unit.recipe[name]["hash"]
        and _since(ledger, holding, now, unit.reads[name]).kind == "same"
    )
    return Decision(unit, symbol, "BUILT", now.candles, tuple(_why(ledger, unit, now, holding)), holding, kept)


def _again(holding: Holding, mine: Holding | None) -> tuple[str, ...]:
    """Why a holding that is reused is news to those who query the arm, which holds ``mine``."""
    if holding is not mine:
        return ("it was computed before, or for another arm",)
    return () if holding.shown else ("its group is on again",)


def _since(ledger: Ledger, holding: Holding, now: Snapshot, reads: frozenset[str]) -> Since:
    return since(ledger.snapshots[holding.snapshot], now, reads, ledger.began.get(holding.snapshot))


def _why(ledger: Ledger, unit: Unit, now: Snapshot, holding: Holding) -> Iterator[str]:
    """What is different from what the ledger holds, in words."""
    before = ledger.recipes.get(holding.recipe, {})
    for name in sorted(before.keys() | unit.recipe.keys()):
        if name not in before or name not in unit.recipe:
            yield f"'{name}' is {'new' if name not in before else 'gone'}"
        elif before[name]["hash"] != unit.recipe[name]["hash"]:
            yield f"'{name}': {'; '.join(changes(before[name]['pieces'], unit.recipe[name]['pieces']))}"
    became = _since(ledger, holding, now, frozenset().union(*unit.reads.values()))
    if became.kind == "changed":
        at = ledger.restated.get((now.symbol, became.month))
        yield f"candles of {now.symbol} changed, the first {_moment(at) if at is not None else _month(became.month)}"
    elif became.kind == "more":
        endless = [name for name, how in unit.methods.items() if how.kind == "whole" and how.horizon is None]
        reason = f"all rows of '{endless[0]}' may change" if endless else "no state to go on from was saved"
        yield f"{now.candles - ledger.snapshots[holding.snapshot].candles:,} new candles, and {reason}"


def _moment(ts: int) -> str:
    return f"at {datetime.fromtimestamp(ts / 1_000, UTC):%Y-%m-%d %H:%M}"


def _month(month: int) -> str:
    return f"in {1970 + month // 12}-{month % 12 + 1:02d}"
