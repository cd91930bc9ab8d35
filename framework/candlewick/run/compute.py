"""Computing the nodes of one symbol through Hamilton: the reference every other engine is measured against."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from candlewick.errors import NodeError, WickError
from candlewick.project.source import raised_at, said

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from candlewick.project.dag import Dag
    from candlewick.project.node import Node


@dataclass(frozen=True)
class Computed:
    """What one symbol's candles gave: the columns that worked, the errors of the nodes that did not.

    ``blocked`` names, for each column that was not computed, the failed node it needs. ``seconds`` is per node.
    """

    columns: Mapping[str, pd.Series]
    errors: Mapping[str, WickError]
    blocked: Mapping[str, str]
    seconds: Mapping[str, float]


def compute(
    dag: Dag, symbol: str, candles: pd.DataFrame, names: Collection[str], given: Mapping[str, Any] | None = None
) -> Computed:
    """The columns ``names`` for one symbol; those in ``given`` are known already.

    Shape: ``candles`` has a UTC DatetimeIndex and the columns open, high, low, close, volume; each column of the
    result has that index. A node that raises, or returns what a column cannot be, fails alone: what does not need it
    is still computed.
    """
    calls = _Calls(dag, symbol, candles.index)
    inputs = {column: candles[column] for column in candles.columns}
    inputs["ts"] = pd.Series(candles.index, index=candles.index, name="ts")
    values = dag.execute(names, inputs, calls, given) if names else {}
    columns = {name: value for name, value in values.items() if not isinstance(value, _Failed)}
    blocked = {name: value.cause for name, value in values.items() if isinstance(value, _Failed)}
    return Computed(columns, calls.errors, blocked, calls.seconds)


def failed(cause: str) -> Any:
    """What to give in the place of a column that could not be computed: what needs it is blocked by ``cause``."""
    return _Failed(cause)


@dataclass(frozen=True)
class _Failed:
    """Stands for the value of a node that failed, or that needs one that did."""

    cause: str


@dataclass
class _Calls:
    """Runs each node: hands it copies, times it, checks what it returns."""

    dag: Dag
    symbol: str
    index: pd.Index
    errors: dict[str, WickError] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def __call__(self, name: str, function: Callable[..., Any], arguments: dict[str, Any]) -> Any:
        failed = next((value for value in arguments.values() if isinstance(value, _Failed)), None)
        if failed is not None:
            return failed
        node = self.dag.nodes.get(name)
        start = time.perf_counter()
        try:
            # A copy: a node that assigns into its input must not change what others read.
            value = function(**{key: _copy(each) for key, each in arguments.items()})
            if node is not None:
                value = _check_value(node, value, self.index, self.symbol)
        except WickError as error:
            self.errors[name] = error
        except BaseException as error:  # whatever the user's function raises belongs to its node: sys.exit() as well
            if isinstance(error, KeyboardInterrupt) and threading.current_thread() is threading.main_thread():
                raise  # Ctrl-C reaches the main thread only
            self.errors[name] = self._raised(name, node, error)
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start
        return _Failed(name) if name in self.errors else value

    def _raised(self, name: str, node: Node | None, error: BaseException) -> NodeError:
        where = raised_at(error, self.dag.project) or (node.location if node else None)
        return NodeError(
            f"'{name}' raised {said(error, self.symbol)}",
            code="node-raised",
            where=[where] if where else [],
            hint=f"correct this line for the candles of {self.symbol}; target/logs/wick.log has the whole traceback",
        ).with_traceback(error.__traceback__)


def _copy(value: Any) -> Any:
    return value.copy() if isinstance(value, pd.Series | pd.DataFrame) else value


def _check_value(node: Node, value: Any, index: pd.Index, symbol: str) -> Any:
    if node.type == "pd.Series":
        return check_column(node, value, index, symbol)
    if node.is_number and isinstance(value, pd.Series | pd.DataFrame | np.ndarray):
        raise NodeError(
            f"'{node.name}' returned {_kind(value)}, not {node.type} (symbol {symbol})",
            code="node-not-a-number",
            where=[node.location],
            hint="annotate what it really returns",
        )
    return value


def check_column(node: Node, value: Any, index: pd.Index, symbol: str) -> pd.Series:
    """The column under its node's name, when it is one value per candle of a kind that can be stored.

    Errors: NodeError ``node-not-a-series``, ``node-length``, ``node-index``, ``node-dtype``.
    """
    what, code, hint = "", "", ""
    if value is None:
        what, code = "returned nothing", "node-not-a-series"
        hint = "end every path through the function with a return of a pd.Series"
    elif not isinstance(value, pd.Series):
        what, code = f"returned {_kind(value)}, not a pd.Series", "node-not-a-series"
        hint = "return one value per candle, or annotate what it really returns"
    elif len(value) != len(index):
        what, code = f"returned {len(value)} values for {len(index)} candles", "node-length"
        hint = "return one value per candle: NaN where there is none, never fewer rows"
    elif not value.index.equals(index):
        what, code = "returned values under another index than the candles'", "node-index"
        hint = "keep the index of the inputs: build a Series with index=close.index"
    elif not _storable(value.dtype, node.kind):
        what, code = f"returned values of dtype {value.dtype}", "node-dtype"
        hint = "a feature is a number or a truth value: float64, int64 or bool"
    if what:
        raise NodeError(f"'{node.name}' {what} (symbol {symbol})", code=code, where=[node.location], hint=hint)
    column: pd.Series = value.rename(node.name)
    return column


def _kind(value: Any) -> str:
    shape = getattr(value, "shape", None)
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}" + (f" of shape {shape}" if shape is not None else "")


def _storable(dtype: Any, kind: str) -> bool:
    number = pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_complex_dtype(dtype)
    moment = isinstance(dtype, pd.DatetimeTZDtype) and kind == "label"
    return bool(number or pd.api.types.is_bool_dtype(dtype) or moment)
