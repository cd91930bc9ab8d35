"""What operators on windows read: constants beside columns, bools as numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from candlewick.trace.dispatch import applied
from candlewick.trace.stand import StandSeries, node_of, wrapped

if TYPE_CHECKING:
    from candlewick.operators.window import Window


SAFE_BINARY = {"Add", "Sub", "Mult", "Lt", "LtE", "Gt", "GtE", "Eq", "NotEq", "BitAnd", "BitOr"}
SAFE_FUNCTIONS = {"np.absolute", "np.fabs", "np.square", "np.sign", "np.negative", "np.maximum", "np.minimum", "np.add",
                  "np.greater", "np.less", "np.greater_equal", "np.less_equal"}  # fmt: skip
"""What keeps finite values finite."""
UFUNCS = {"np.multiply": "Mult", "np.subtract": "Sub", "np.true_divide": "Div", "np.divide": "Div", "np.power": "Pow"}


def is_constant(value: Any) -> bool:
    """Whether a value is a list of numbers."""
    return isinstance(value, np.ndarray | list | tuple | pd.Series) and not isinstance(value, StandSeries)


def numeric(column: Any) -> Any:
    """A bool column as numbers, which is what its sum adds."""
    made = node_of(column)
    return column.astype(float) if made is not None and made.dtype == "bool" else column


def use(operator: Window, column: Any) -> Any:
    """A window operator on a column."""
    return wrapped(applied(operator, [numeric(column)], node_of), array=False)
