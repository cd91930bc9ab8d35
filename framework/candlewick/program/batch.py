"""Blocks of rows: one or many symbols in lanes, the same kernels and the same state as candle by candle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from candlewick.program import block
from candlewick.program.layout import VALUES, load, memory, save
from candlewick.program.sinks import Sinks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from candlewick.program.layout import Floats
    from candlewick.program.program import Program

LANES = 8
WORTH = 4  # symbols from which on eight lanes cost less than one symbol after another


class Batch:
    """A program running on ``lanes`` symbols at once, at most ``rows`` candles per block.

    There is code for one lane and for eight. Where symbols are fewer than eight, the last one fills the lanes that are
    left over: it is computed more than once, and laid down at one place.
    """

    def __init__(
        self, program: Program, *, lanes: int = 1, rows: int | None = None, states: Sequence[Any] = ()
    ) -> None:
        if not 1 <= lanes <= LANES:
            raise ValueError(f"{lanes} lanes: there are 1 to {LANES}")
        self.program, self.lanes = program, lanes
        self.width = 1 if lanes == 1 else LANES
        self.rows = min(rows or VALUES, VALUES // self.width)
        self._layout = program.native.block_layout(self.width)
        self._execute = program.native.block(self.width)
        self._memory = memory(program, self._layout)
        self._table = np.array(block.table(program, self.width), dtype=np.int64)
        self.restore(states or [program.native.initial] * lanes)

    def run(self, sources: Sequence[Floats], sinks: Sequence[Floats], rows: tuple[int, int]) -> None:
        """Advance every lane over candles ``rows[0]`` to ``rows[1]`` of its source, results into its sink.

        A source is an array (columns, candles), a sink (results, candles); the candles of a row lie side by side.
        """
        given = self.aim(sources, sinks)
        for at in range(rows[0], rows[1], self.rows):
            self._table[block.AT], self._table[block.ROWS] = at, min(self.rows, rows[1] - at)
            self._execute(*given)

    def aim(self, sources: Sequence[Floats], sinks: Sequence[Floats]) -> tuple[int, int]:
        """Say where candles come from and results go to; what the compiled function is called with."""
        places: list[int] = []
        for arrays in (sources, sinks):
            begins = [(array.ctypes.data, array.strides[0]) for array in self._filled(arrays)]
            places += [begin + apart * row for row in range(len(arrays[0])) for begin, apart in begins]
        self._table[block.HEADER :] = places
        return self._memory.ctypes.data, self._table.ctypes.data

    def snapshot(self) -> list[Floats]:
        """The state of every lane, as `Live.snapshot` gives it."""
        candle, filled = int(self._table[block.CANDLE]), int(self._table[block.PREVIOUS])
        whole = save(self.program, self._layout, self._memory, candle, filled)
        return [whole[:, lane].copy() for lane in range(self.lanes)]

    def restore(self, states: Sequence[Any]) -> None:
        """Resume every lane from its state; all must have seen as many candles."""
        whole = np.stack([np.asarray(state, dtype=np.float64) for state in self._filled(states)], axis=1)
        if whole.shape != (self.program.state_size, self.width):
            raise ValueError(f"states of {whole.shape} for {self.width} lanes of {self.program.state_size}")
        if len(set(whole[0].tolist())) != 1:
            raise ValueError("lanes that have seen different numbers of candles cannot run together")
        load(self.program, self._layout, self._memory, whole)
        self._table[block.CANDLE], self._table[block.PREVIOUS] = int(whole[0, 0]), 1

    def _filled(self, given: Sequence[Any]) -> list[Any]:
        """What is given for each symbol, the last for every lane that is left over as well."""
        if len(given) != self.lanes:
            raise ValueError(f"{len(given)} given for {self.lanes} symbols")
        return [*given, *[given[-1]] * (self.width - self.lanes)]


def run(
    program: Program,
    symbols: Mapping[str, Floats],
    *,
    lanes: int = LANES,
    rows: int | None = None,
    states: Mapping[str, Floats] | None = None,
    sinks: Sinks | None = None,
) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Every output of every symbol, and the states after the last candle.

    ``symbols`` holds for each symbol an array (columns, candles) in the order of ``program.columns``; the results are
    arrays (outputs, candles). Symbols that have seen as many candles run side by side, at most ``lanes`` at a time and
    as long as all of them last; the rest of each runs alone, as do symbols too few to be worth it. ``sinks`` lends the
    memory of results, for those who run often.
    """
    lender = sinks or Sinks()
    given = states or {}
    sources = {name: np.require(x, np.float64, ("C", "A")) for name, x in symbols.items()}
    results = {name: lender.columns(len(program.results), x.shape[1]) for name, x in sources.items()}
    after = {name: given[name] if name in given else program.native.initial.copy() for name in symbols}
    done = dict.fromkeys(symbols, 0)
    most = min(lanes, LANES)
    for group in _side_by_side(sources, after, most):
        alone = [[name] for name in group]
        for names in [group, *alone] if len(group) >= min(most, WORTH) else alone:
            start, stop = done[names[0]], min(sources[name].shape[1] for name in names)
            if start == stop:
                continue
            batch = Batch(program, lanes=len(names), rows=rows, states=[after[name] for name in names])
            batch.run([sources[name] for name in names], [results[name] for name in names], (start, stop))
            after.update(zip(names, batch.snapshot(), strict=True))
            done.update(dict.fromkeys(names, stop))
    return results, after


def _side_by_side(sources: Mapping[str, Floats], states: Mapping[str, Floats], lanes: int) -> Iterator[list[str]]:
    """Groups of up to ``lanes`` symbols that have seen as many candles; those of like lengths go together."""
    pending: dict[float, list[str]] = {}
    for name in sorted(sources, key=lambda name: sources[name].shape[1]):
        pending.setdefault(float(states[name][0]), []).append(name)
    for names in pending.values():
        for start in range(0, len(names), lanes):
            yield names[start : start + lanes]
