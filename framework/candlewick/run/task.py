"""What is to be done for one symbol, and what is known of its columns while it is done."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from candlewick.run.units import chunk_start
from candlewick.store.parts import read_parts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from candlewick.run.decide import Decision
    from candlewick.store.ledger import Holding
    from candlewick.store.snapshots import Snapshot
    from candlewick.store.states import States


@dataclass(frozen=True)
class Task:
    """One symbol's share of a run.

    ``decisions`` are those of the units to be published; ``beside`` those of all others, whose columns may be read.
    ``states`` are the saved states by snapshot.
    """

    symbol: str
    now: Snapshot
    decisions: tuple[Decision, ...]
    beside: tuple[Decision, ...]
    states: Mapping[str, States]

    @property
    def builds(self) -> bool:
        """Whether something is built of all candles."""
        return any(decision.action == "BUILT" for decision in self.decisions)

    @property
    def candles(self) -> int:
        """How many candles the symbol has."""
        return self.now.candles


def first_candle(task: Task) -> int:
    """The number of the first candle that a symbol's share of a run reads; all candles when none."""
    first = task.candles
    for decision in (*task.decisions, *task.beside):
        beside = decision in task.beside
        if beside and decision.action != "REUSED":
            return 0
        if decision.action == "BUILT" and any(
            how.kind == "program" or name not in decision.kept or decision.kept[name].rows < task.candles
            for name, how in decision.unit.methods.items()
        ):
            return 0
        if decision.action == "APPENDED" and decision.held is not None:
            for method in decision.unit.methods.values():
                starts = {
                    "program": decision.held.rows,
                    "window": max(chunk_start(decision.held.final) - method.lookback, 0),
                    "whole": 0,
                }
                first = min(first, starts[method.kind])
    return first


@dataclass
class Columns:
    """The columns of one symbol: rows computed by this run, and stored rows, which are read when somebody asks.

    ``index`` are the times of the candles from number ``first`` on; ``fresh`` holds computed columns, arrays or Series,
    with the number of their first row.
    """

    target: Path
    task: Task
    index: pd.Index
    first: int
    fresh: dict[str, tuple[int, Any]] = field(default_factory=dict)
    _stored: dict[str, Holding] = field(default_factory=dict)
    _read: dict[int, pd.DataFrame] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for decision in (*self.task.beside, *self.task.decisions):
            if decision.action == "BUILT":
                self._stored.update(decision.kept)
            elif decision.held is not None:
                self._stored.update(dict.fromkeys(decision.unit.columns, decision.held))

    def known(self, name: str) -> bool:
        """Whether every row of a column is computed or stored."""
        return name in self.fresh or (name in self._stored and self._stored[name].rows == self.task.candles)

    def get(self, name: str, start: int) -> pd.Series:
        """The rows of a column from candle number ``start`` on."""
        begins, computed = self.fresh.get(name, (self.task.candles, None))
        if isinstance(computed, np.ndarray):
            computed = pd.Series(computed, index=self.index[begins - self.first :], name=name)
        if computed is not None and start >= begins:
            rows: pd.Series = computed.iloc[start - begins :]
            return rows
        stored = self._stored_rows(name, start, begins)
        return stored if computed is None else pd.concat([stored, computed])

    def values(self, name: str, start: int) -> Any:
        """As `get`, without an index where the program computed all of them: an array."""
        begins, computed = self.fresh.get(name, (self.task.candles, None))
        if isinstance(computed, np.ndarray) and start >= begins:
            return computed[start - begins :]
        return self.get(name, start)

    def times(self, start: int, name: str) -> np.ndarray[Any, np.dtype[np.int64]]:
        """When the candles from number ``start`` on open, in milliseconds since 1970.

        Where the candles themselves were not needed, the store says it of the column ``name``.
        """
        if start >= self.first:
            return self._times[start - self.first :]
        return _milliseconds(self.get(name, start).index)

    @cached_property
    def _times(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        return _milliseconds(self.index)

    def forget(self) -> None:
        """Let go of the rows that were read."""
        self._read.clear()

    def _stored_rows(self, name: str, start: int, stop: int) -> pd.Series:
        """Stored rows of a column. Whoever wants all of them mostly wants other columns too: they are read at once."""
        held = self._stored[name]
        if start:
            return stored_rows(self.target, held, [name], start, stop)[name]
        if id(held) not in self._read:
            names = [each for each, holding in self._stored.items() if holding is held]
            self._read[id(held)] = stored_rows(self.target, held, names, 0, held.rows)
        rows: pd.Series = self._read[id(held)][name].iloc[:stop]
        return rows


def _milliseconds(index: pd.Index) -> np.ndarray[Any, np.dtype[np.int64]]:
    return pd.DatetimeIndex(index).as_unit("ms").asi8


def stored_rows(target: Path, holding: Holding, names: list[str], start: int, stop: int) -> pd.DataFrame:
    """Rows ``start`` to ``stop`` of some columns of a holding, counted from its first, indexed by time."""
    chosen, at = [], 0
    skipped = None
    for part in holding.parts:
        if at + part.rows > start and at < stop:
            skipped = at if skipped is None else skipped
            chosen.append(part)
        at += part.rows
    if not chosen or skipped is None:
        return pd.DataFrame({name: pd.Series(dtype="float64") for name in names}, index=pd.DatetimeIndex([], tz="UTC"))
    return read_parts(target, chosen, names).iloc[start - skipped : stop - skipped]
