"""Functions of numpy of single values, of columns and of what stands beside them."""

from __future__ import annotations

from typing import Any

import numpy as np

from candlewick.operators.catalogue import spellings
from candlewick.trace.routes import FUNCTIONS
from candlewick.trace.stand import call, is_column, node_of, series
from candlewick.trace.tracing import active
from candlewick.trace.verdicts import refuse_function

ALIASES = {"np.true_divide": "np.divide", "np.conjugate": "np.positive"}


def called(key: str, inputs: tuple[Any, ...]) -> Any:
    """A function of numpy's of single values."""
    key = ALIASES.get(key, key)
    arrays = [item for item in inputs if isinstance(item, np.ndarray) and item.ndim == 1]
    columns = [item for item in inputs if is_column(item)]
    if arrays and columns and len(inputs) == 2 and in_window():  # noqa: PLR2004 - one number of a window, and its values
        return beside_array(key, columns[0], arrays[0], swap=inputs[0] is arrays[0])
    if key in FUNCTIONS:
        return FUNCTIONS[key](*inputs)
    return call(key, None, (inputs, {})) if key in spellings() else refuse_function(key)


def beside_array(key: str, column: Any, array: Any, *, swap: bool) -> Any:
    """One number of a window with each number of an array."""
    from candlewick.trace.each import Each

    return Each([column] * len(array)).combined(key, array, swap=swap)


def written(ufunc: np.ufunc, inputs: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """``np.divide(x, y, out=zeros, where=y != 0)``: an array of the function's own that is written over in part."""
    out, where = keywords.pop("out", None), keywords.pop("where", True)
    target = out[0] if isinstance(out, tuple) else out
    if keywords or (target is None and where is not True):
        return active().refuse(
            f"np.{ufunc.__name__} with {', '.join(keywords) or 'where, and no out'}", "write np.where"
        )
    result = ufunc(*inputs)
    if target is None:
        return result
    from candlewick.trace.change import EVERY, assign

    assign(target, EVERY, series(node_of(result if where is True else np.where(where, result, target)), None))
    return target


def in_window() -> bool:
    """Whether a function of the candles of a window runs: there a column is one number beside an array of them."""
    deciding = active().deciding
    return deciding is not None and not deciding.scalar
