"""Running the functions that fit, on real training rows through Hamilton, and judging what they return."""

from __future__ import annotations

import math
import numbers
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from candlewick.errors import NodeError, WickError
from candlewick.project.node import TRAIN
from candlewick.project.source import raised_at, said

if TYPE_CHECKING:
    from collections.abc import Callable

    from candlewick.fit.fitted import Parameter
    from candlewick.fit.training import Training
    from candlewick.project.dag import Dag
    from candlewick.project.node import Node

_MOST_NAMED = 5


def fit_parameters(
    dag: Dag, training: Training, seen: Callable[[str, dict[str, Any], Any], None]
) -> tuple[dict[str, Any], dict[str, float]]:
    """The value of every fitting function and the seconds it took: what transforms read, and what is on the way to it.

    ``seen(name, arguments, value)`` is called for each function as it returns, and may raise.

    Errors: NodeError ``fit-raised``, ``fit-value`` at the function's line.
    """
    contract = dag.contract
    if contract is None:
        return {}, {}
    seconds: dict[str, float] = {}

    def call(name: str, function: Callable[..., Any], arguments: dict[str, Any]) -> Any:
        node = dag.nodes.get(name)
        start = time.perf_counter()
        try:
            value = function(**{key: _lent(each) for key, each in arguments.items()})
        except (WickError, KeyboardInterrupt):
            raise
        except BaseException as error:  # sys.exit() must not end a fit as fine
            raise fit_raised(dag, name, error, "it was fitted", "the training rows") from error
        seconds[name] = time.perf_counter() - start
        if node is not None and not node.internal:
            _check(node, value)
            seen(name, arguments, value)
        return value

    values = dag.execute(contract.fitting, {TRAIN: training.features}, call, training.labels)
    return {name: values[name] for name in contract.fitting}, seconds


def fit_raised(dag: Dag, name: str, error: BaseException, while_: str, for_: str) -> NodeError:
    """What a function of the fit raised, at its line."""
    node = dag.nodes.get(name)
    where = raised_at(error, dag.project) or (node.location if node else None)
    return NodeError(
        f"'{name}' raised {said(error)} while {while_}",
        code="fit-raised",
        where=[where] if where else [],
        hint=f"correct this line for {for_}; target/logs/wick.log has the whole traceback",
    )


def plain(value: Any) -> Parameter:
    """A fitted value as plain Python: what is stored, and compared."""
    if isinstance(value, pd.Series):
        return {str(name): float(number) for name, number in value.items()}
    if isinstance(value, list):
        return list(value)
    if isinstance(value, bool) or not hasattr(value, "item"):
        return value  # type: ignore[no-any-return]
    return value.item()  # type: ignore[no-any-return]


def _lent(value: Any) -> Any:
    """What a function may change without changing it for others: labels and rows are copied when written to."""
    if not isinstance(value, pd.Series | pd.DataFrame):
        return list(value) if isinstance(value, list) else value
    return value.copy(deep=int(pd.__version__.partition(".")[0]) < 3)  # noqa: PLR2004 - pandas 3 copies on write


def _check(node: Node, value: Any) -> None:
    """Refuse a value that is not of its annotation, or that no transform can use."""
    what = _problem(node.type, value)
    if what:
        raise NodeError(
            f"'{node.name}' {what}",
            code="fit-value",
            where=[node.location],
            hint="return a number, a pd.Series by column (train.median()), or a list of column names",
        )


def _problem(annotation: str, value: Any) -> str:
    if annotation == "pd.DataFrame":
        return "" if isinstance(value, pd.DataFrame) else f"returned a {type(value).__name__}, not a pd.DataFrame"
    if annotation == "list[str]":
        named = isinstance(value, list) and all(isinstance(name, str) for name in value)
        return "" if named and len(set(value)) == len(value) else "did not return a list of different column names"
    if annotation == "pd.Series":
        return _series_problem(value)
    if not isinstance(value, numbers.Real | np.bool_):
        return f"returned a {type(value).__name__}, not a number"
    try:
        return "fitted NaN" if math.isnan(float(value)) else ""
    except OverflowError:
        return "fitted a number that no float64 holds"


def _series_problem(value: Any) -> str:
    if not isinstance(value, pd.Series):
        return f"returned a {type(value).__name__}, not a pd.Series by column"
    if isinstance(value.index, pd.MultiIndex) or not all(isinstance(name, str) for name in value.index):
        return "returned a value for each row, not for each column"
    if not value.index.is_unique:
        return "returned two values for one column"
    if not (pd.api.types.is_numeric_dtype(value.dtype) or pd.api.types.is_bool_dtype(value.dtype)):
        return f"returned values of dtype {value.dtype}, not numbers"
    missing = [str(name) for name in value.index[value.isna()]]
    return f"fitted NaN for {listed(missing)}" if missing else ""


def listed(names: list[str]) -> str:
    """Names for a sentence, the first few of many."""
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more
