"""One symbol's share of a run while it is worked on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from candlewick.run.pandas_columns import Failures

if TYPE_CHECKING:
    import pandas as pd

    from candlewick.run.task import Columns, Task
    from candlewick.run.units import Method
    from candlewick.store.ledger import Holding
    from candlewick.store.states import States

Key = tuple[str, str | None]


@dataclass
class Share:
    """One symbol's share of a run while it is worked on.

    Shape: ``candles`` are those from `first_candle` on. ``wanted`` are the columns that pandas computes, and those that
    these read and nobody has: how, and from which row on.
    """

    task: Task
    candles: pd.DataFrame
    columns: Columns
    wanted: dict[str, tuple[Method, int]]
    states: States | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    failures: Failures = field(default_factory=Failures)
    holdings: dict[Key, Holding] = field(default_factory=dict)
    actions: dict[Key, tuple[str, int]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
