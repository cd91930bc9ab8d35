"""Computing what is not traced: opaque features, labels, and every feature under the Hamilton engine."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from candlewick.run.compute import Computed, compute, failed
from candlewick.run.units import CHUNK, Method, column_inputs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from candlewick.errors import WickError
    from candlewick.project.dag import Dag
    from candlewick.run.task import Columns


@dataclass
class Failures:
    """What did not work, by node, and which columns could not be computed for it; seconds of computing by node."""

    errors: dict[str, WickError] = field(default_factory=dict)
    blocked: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def add(self, computed: Computed) -> None:
        """Take over what one execution says."""
        self.errors.update(computed.errors)
        self.blocked.update(computed.blocked)
        for name, seconds in computed.seconds.items():
            self.seconds[name] = self.seconds.get(name, 0.0) + seconds


def compute_pandas(
    dag: Dag, candles: pd.DataFrame, columns: Columns, wanted: Mapping[str, tuple[Method, int]]
) -> Failures:
    """Compute columns into ``columns.fresh``; ``wanted`` gives for each how, and the first row that is asked for.

    Shape: ``candles`` begin at candle number ``columns.first``.
    """
    failures = Failures()
    for how, names in _waves(dag, wanted):
        start = min(wanted[name][1] for name in names)
        inputs = set().union(*(column_inputs(dag, name) for name in names)) - set(names)
        work = _Wave(dag, candles, columns, names, inputs, failures)
        work.whole() if how.kind == "whole" else work.chunks(how, start)
    return failures


def _waves(dag: Dag, wanted: Mapping[str, tuple[Method, int]]) -> Iterator[tuple[Method, list[str]]]:
    """The columns in the order of computing, those together that one execution can compute.

    Over whole columns one execution computes a column and what it needs; in chunks every input is given.
    """
    inputs = {name: column_inputs(dag, name) & wanted.keys() for name in wanted}
    waiting = dict.fromkeys(wanted)
    while waiting:
        ready = [name for name in waiting if not inputs[name] & waiting.keys()]
        how = wanted[ready[0]][0]
        wave = [name for name in ready if wanted[name][0] == how]
        if how.kind == "whole":  # and what follows from these, as long as it is whole as well
            grown = True
            while grown:
                more = [
                    name for name in waiting
                    if name not in wave and wanted[name][0].kind == "whole"
                    and not (inputs[name] & waiting.keys()) - set(wave)
                ]  # fmt: skip
                wave += more
                grown = bool(more)
        yield how, wave
        for name in wave:
            del waiting[name]


@dataclass(frozen=True)
class _Wave:
    dag: Dag
    candles: pd.DataFrame
    columns: Columns
    names: list[str]
    inputs: set[str]
    failures: Failures

    def whole(self) -> None:
        """Over every candle at once: the reference's own way."""
        computed = self._execute(0, self.columns.task.candles)
        for name, column in computed.columns.items():
            self.columns.fresh[name] = (0, column)

    def chunks(self, how: Method, start: int) -> None:
        """Chunk by chunk, counted from the first candle: whoever computes a chunk computes the same bits."""
        found: dict[str, list[pd.Series]] = {name: [] for name in self.names}
        count = self.columns.task.candles
        for begin in range(start, count, CHUNK):
            end = min(begin + CHUNK, count)
            first = max(begin - how.lookback, 0)
            computed = self._execute(first, min(end + (how.horizon or 0), count))
            for name, column in computed.columns.items():
                found[name].append(column.iloc[begin - first : end - first])
        for name, pieces in found.items():
            if name not in self.failures.errors and name not in self.failures.blocked:
                self.columns.fresh[name] = (start, pd.concat(pieces) if pieces else _empty(self.candles))

    def _execute(self, start: int, stop: int) -> Computed:
        """The columns over the candles ``start`` to ``stop``."""
        rows = self.candles.iloc[start - self.columns.first : stop - self.columns.first]
        given = {name: self._given(name, start, len(rows)) for name in self.inputs}
        computed = compute(self.dag, self.columns.task.symbol, rows, self.names, given)
        self.failures.add(computed)
        return computed

    def _given(self, name: str, start: int, count: int) -> object:
        if name in self.failures.errors or name in self.failures.blocked:
            return failed(self.failures.blocked.get(name, name))
        return self.columns.get(name, start).iloc[:count]


def _empty(candles: pd.DataFrame) -> pd.Series:
    return pd.Series(dtype="float64", index=candles.index[:0])
