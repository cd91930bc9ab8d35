"""`wick show NODE --facts`: what the graph proves about a feature."""

from __future__ import annotations

from typing import TYPE_CHECKING

from candlewick.commands.arms import chosen_groups
from candlewick.commands.lineage import lineage
from candlewick.errors import SelectionError
from candlewick.project.index import load_index

if TYPE_CHECKING:
    from candlewick.project.project import Project

CLASSES = {
    "S": "stateless: this candle only",
    "B": "bounded window",
    "R": "recursive: every candle since the first",
    "X": "opaque: pandas, in batch only; the lookback is declared",
}


def facts(project: Project, name: str, arm: str | None = None) -> list[tuple[str, str]]:
    """Pairs of a fact and its value, in the order they are read: class, lookback, warm-up, candle columns.

    Errors: SelectionError ``lineage-unknown-node``, ``facts-none`` for a node without a streaming form; UsageError
    ``arm-unknown``.
    """
    entry = lineage(project, arm=arm).neighbourhood(name, 0, 0).entries[name]
    known = load_index(project, **chosen_groups(project, arm).given).facts.get(name)
    if known is None:
        raise SelectionError(
            f"there are no facts about '{name}'",
            code="facts-none",
            hint="only enabled features with a streaming form have them; `wick run` says why another has none",
        )
    rows = [("class", f"{known['class']} ({CLASSES[known['class']]})"), ("lookback", _candles(known["lookback"]))]
    if known["class"] != "X":
        settled = known["warm_up"] is not None
        rows.append(
            ("warm-up", _candles(known["warm_up"]) if settled else "never settles: anchored at the first candle")
        )
        if known["class"] == "R" and settled:
            rows += [
                (f"  error below {level}", _candles(candles)) for level, candles in known["warm_up_by_error"].items()
            ]
        rows.append(("fingerprint", known["fingerprint"]))
    return [*rows, ("candle columns", ", ".join(entry.candles))]


def _candles(count: int | None) -> str:
    return "unbounded" if count is None else f"{count:,} candle{'' if count == 1 else 's'}"
