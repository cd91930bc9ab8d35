"""The trace itself: inputs that stand in for candles, refusals that cannot be swallowed, and the graph at the end."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from candlewick.errors import Location, TraceError
from candlewick.operators.operator import OBJECT
from candlewick.operators.source import Column
from candlewick.trace.graph import Graph, Node, Output, check, node
from candlewick.trace.history import LONG, settled
from candlewick.trace.place import handed_to, here, in_loop, is_foreign, place_of, places

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence


_lock = threading.RLock()
_active: list[Trace] = []


@dataclass(frozen=True)
class Guess:
    """One answer that a whole column gave: whether any, or whether all of a condition, and where it was asked."""

    condition: Node | None
    usual: bool
    place: Location | None


class Trace:
    """One run of the author's functions on stand-ins: the places of its nodes, and what was refused."""

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = tuple(columns)
        self.places: dict[str, Location] = {}
        self.refusals: list[TraceError] = []
        self.history = LONG
        self.deciding: Any = None
        """The decisions of a function of single values that runs; see `candlewick.trace.branches`."""
        self.answers: dict[str, bool] = {}
        """What whole columns are taken to say; by the hash of the condition, other than they usually are."""
        self.unusual = False
        """Whether whole columns say what they usually do not, because the author's code complains otherwise."""
        self.guesses: dict[str, Guess] = {}
        """What whole columns were asked; see `candlewick.trace.guards`."""
        self.asked: Location | None = None
        """Where the number of candles was first asked for."""
        self.named: dict[Location | None, set[int]] = {}
        """The places in the history that each line has named."""

    def input(self, column: str) -> Any:
        """The stand-in of a candle column: a `pd.Series` without data."""
        from candlewick.trace.stand import series

        return series(node(Column(column)), owner=None, name=column)

    def inputs(self) -> dict[str, Any]:
        """A stand-in for every column of the candles."""
        return {column: self.input(column) for column in self.columns}

    def placed(self, made: Node) -> Node:
        """Remember where a node was written: the first place wins."""
        if made.hash not in self.places:
            place = here()
            if place is not None:
                self.places[made.hash] = place
        return made

    def length(self) -> int:
        """The number of candles, as the author's code asks for it; see `candlewick.trace.history`."""
        self.asked = self.asked or here() or Location("", 0)
        return self.history

    def same_everywhere(self, value: Any) -> Any:
        """The number in an array of one number for every candle, such as ``np.zeros(len(close))``."""
        if self.asked is not None and isinstance(value, list | np.ndarray) and np.shape(value) == (self.history,):
            array = np.asarray(value)
            if array.dtype.kind in "bif" and ((array == array[0]).all() or np.isnan(array).all()):
                return array[0]
        return value

    @property
    def is_long(self) -> bool:
        """Whether the stand-ins claim a history that no place counted from the start comes near the end of."""
        return self.history >= LONG

    def named_places(self, place: int) -> int:
        """How many candles the running line has named by their places, this one included."""
        named = self.named.setdefault(next(reversed(places()), None), set())
        named.add(place)
        return len(named)

    def refuse_here(self, what: str, hint: str, code: str) -> NoReturn:
        """Refuse what one candle after the other is done with: in a loop, the loop is the reason."""
        line = next(reversed(places()), None)
        if in_loop(line):
            self.refuse(f"{what}: a loop over rows", hint, "trace-loop")
        self.refuse(what, hint, code)

    def refuse(self, what: str, hint: str = "", code: str = "trace-unsupported") -> NoReturn:
        """Raise, and remember: a refusal that the author's code swallows still refuses the graph."""
        library = handed_to()
        if library and code != "trace-window-function":
            what, hint, code = of_library(library)
        error = TraceError(what, code=code, where=places(), hint=hint)
        self.refusals.append(error)
        raise error

    def graph(self, outputs: Mapping[str, Any]) -> Graph:
        """The checked graph of named results; raises the first refusal, or for a result that is no column."""
        from candlewick.trace.stand import named_nodes

        if self.refusals:
            raise self.refusals[0]
        found = {
            full: Output(made, self.places.get(made.hash))
            for name, value in outputs.items()
            for full, made in named_nodes(name, value)
        }
        for name, output in found.items():
            if output.node.dtype == OBJECT:
                raise TraceError(
                    f"{name!r} is a column of Python objects in pandas: bools that were shifted",
                    code="trace-not-a-column",
                    where=[output.place] if output.place else [],
                    hint="write .shift(1, fill_value=False), or .astype(float) at the end",
                )
        return check(Graph(found, dict(self.places)))


ONE_BY_ONE = ("special", "cdf", "sf", "ppf", "pdf", "lfilter", "sosfilt")


def of_library(name: str) -> tuple[str, str, str]:
    """Why a function of a scientific library is refused: what, hint and code."""
    if any(part in name.split(".") for part in ONE_BY_ONE):
        return (
            f"{name} of a column has no streaming form",
            "write it with numpy's functions, ewm and cumulative operators, or declare @opaque(lookback=...)",
            "trace-unknown-spelling",
        )
    return (
        f"{name} reads every candle, those still to come included: it looks ahead",
        "x.rolling(n).apply(f, raw=True) hands f the last n candles; what knows the past only is @opaque(lookback=...)",
        "trace-whole-column",
    )


TAKEN = "np.where and ufuncs work on columns; what computes on arrays (TA-Lib, C, Cython) is @opaque(lookback=...)"


def takes_values(error: BaseException) -> bool:
    """Whether compiled code complains that it was handed a stand-in."""
    return isinstance(error, TypeError) and any(f"Stand{kind}" in str(error) for kind in ("Series", "Array", "Frame"))


def _taken(error: BaseException) -> TraceError:
    """The complaint of compiled code, at the line of Python that called it."""
    frames = []
    step = error.__traceback__
    while step is not None:
        frames.append(step.tb_frame)
        step = step.tb_next
    own = [place for frame in frames if not is_foreign(frame) and (place := place_of(frame)) is not None]
    return TraceError(
        "a column is handed to compiled code, which reads its values", code="trace-values", where=own[-1:], hint=TAKEN
    )


def active() -> Trace:
    """The trace that is running."""
    if not _active:
        raise TraceError(
            "a stand-in column outlived its trace", code="trace-outside", hint="keep no column in a global or a cache"
        )
    return _active[-1]


@contextmanager
def tracing(columns: Sequence[str] = ("ts", "open", "high", "low", "close", "volume")) -> Iterator[Trace]:
    """Within the block pandas and numpy understand stand-ins; one trace at a time in the process.

    >>> with tracing() as run:
    ...     close = run.input("close")
    ...     graph = run.graph({"mean": close.rolling(20).mean()})
    >>> str(graph.outputs["mean"].node)
    'rolling_mean(close, window=20, min_periods=20)'
    """
    from candlewick.trace.patches import patched

    with _lock:
        run = Trace(columns)
        _active.append(run)
        try:
            with patched():
                yield run
        finally:
            _active.remove(run)


def trace(
    execute: Callable[[Mapping[str, Any]], Mapping[str, Any]],
    columns: Sequence[str] = ("ts", "open", "high", "low", "close", "volume"),
) -> Graph:
    """The graph of what ``execute`` computes from stand-in columns. Traced twice: two graphs mean an impure function.

    ``execute`` receives a stand-in for each column by name and returns columns (or frames) by name.

    Errors: `TraceError` at the author's line for what has no streaming form; ``trace-impure`` when two runs differ
    """
    graphs = []
    for _ in range(2):
        with tracing(columns) as run:
            try:
                outputs = settled(run, execute, run.inputs())
            except Exception as error:
                if run.refusals:
                    raise run.refusals[0] from None
                if takes_values(error):
                    raise _taken(error) from None
                raise
            graphs.append(run.graph(outputs))
    first, second = graphs
    for name, output in first.outputs.items():
        again = second.outputs.get(name)
        if again is None or again.node != output.node:
            raise TraceError(
                f"{name!r} traced to two different expressions: {output.node} and {again.node if again else 'nothing'}",
                code="trace-impure",
                where=[output.place] if output.place else [],
                hint="a feature reads its arguments only: no clock, no random numbers, no environment, no global state",
            )
    if set(first.outputs) != set(second.outputs):
        raise TraceError("two runs returned different columns", code="trace-impure")
    return first
