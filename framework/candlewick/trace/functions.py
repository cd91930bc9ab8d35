"""Functions and methods whose shape no spelling string can say: lists of columns, callables, dtypes."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from candlewick.operators.cast import AsFloat, AsInteger, named_dtype
from candlewick.operators.ewm import EwmMean
from candlewick.operators.operator import BOOL, FLOAT, INT, Unsupported
from candlewick.operators.source import constant
from candlewick.trace.dispatch import Call, applied
from candlewick.trace.graph import node
from candlewick.trace.standin import (
    ATTRIBUTES,
    ROUTES,
    StandArray,
    call,
    entry_frame,
    is_column,
    is_number,
    node_of,
    series,
    wrapped,
)
from candlewick.trace.tracing import active

COPY_ON_WRITE = int(pd.__version__.partition(".")[0]) >= 3  # noqa: PLR2004 - pandas 3: no two columns share memory


def where(condition: Any, *choices: Any) -> Any:
    """``np.where(condition, x, y)`` per candle."""
    if len(choices) != 2:  # noqa: PLR2004 - x and y
        active().refuse("np.where(condition) gives positions", "write np.where(condition, x, y)")
    first, second = choices
    if is_number(condition) or not (is_number(first) or is_column(first)):
        active().refuse(
            "np.where of something else than columns and numbers", "compare columns: np.where(x > 0, x, 0.0)"
        )
    return call(".where", column(first), ((condition, second), {}), array=True)


def column(value: Any) -> Any:
    """A stand-in column of a column or a number."""
    if is_column(value):
        return value

    return series(node(constant(value)), None)


def select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    """``np.select``: the choice of the first condition that holds."""
    if len(condlist) != len(choicelist) or not condlist:
        active().refuse("np.select with as many conditions as choices", "give one choice per condition")
    result = default
    for condition, choice in reversed(list(zip(condlist, choicelist, strict=True))):
        result = where(condition, choice, result)
    return result


def astype(subject: Any, calls: tuple[Call, ...]) -> Any:
    """``x.astype(float)``, of bool also int, and bool."""
    given, keywords = calls[0]
    extra = set(keywords) - {"dtype", "copy"}
    wanted = keywords.get("dtype", given[0] if given else None)
    if extra or len(given) > 1:
        active().refuse(f"astype with {', '.join(extra) or 'more arguments'}", "write astype(float)")
    own = node_of(subject)
    try:
        target = named_dtype(wanted)
        if own is None or own.dtype == target:
            return wrapped(own, array=isinstance(subject, StandArray))
        if target == BOOL:
            return call("NotEq", None, ((subject, 0.0), {}))
        operator = AsFloat() if target == FLOAT else AsInteger()
        return wrapped(applied(operator, [subject], node_of), array=isinstance(subject, StandArray))
    except Unsupported as verdict:
        return active().refuse(f"astype: {verdict.what}", verdict.hint, verdict.code)


def same_column(*allowed: str) -> Any:
    """A method that gives the column again."""

    def method(subject: Any, calls: tuple[Call, ...]) -> Any:
        _, keywords = calls[0]
        if set(keywords) - set(allowed):
            active().refuse(f"{', '.join(sorted(set(keywords) - set(allowed)))}= is not covered here", "leave it out")
        return series(node_of(subject), entry_frame())

    return method


def to_numpy(subject: Any, calls: tuple[Call, ...]) -> Any:
    """``x.to_numpy()`` and ``x.to_numpy(dtype=float)``: elementwise only."""
    given, keywords = calls[0]
    if set(keywords) - {"dtype", "copy"} or len(given) > 1:
        active().refuse("to_numpy with more than a dtype", "write to_numpy()")
    wanted = keywords.get("dtype", given[0] if given else None)
    if wanted is not None:
        subject = astype(subject, (((wanted,), {}),))
    return wrapped(node_of(subject), array=True)


def pipe(subject: Any, calls: tuple[Call, ...]) -> Any:
    """``x.pipe(f, ...)`` is ``f(x, ...)``; since pandas 3 of a copy, so that f cannot change x."""
    (function, *given), keywords = calls[0]
    own = wrapped(node_of(subject), array=False) if COPY_ON_WRITE else subject
    return function(own, *given, **keywords)


def apply_ufunc(subject: Any, calls: tuple[Call, ...]) -> Any:
    """``x.apply(np.log)``: a numpy function of each value."""
    given, keywords = calls[0]
    if len(given) == 1 and not keywords and isinstance(given[0], np.ufunc):
        return given[0](subject)
    return active().refuse(
        "apply() calls Python on every value",
        "write it on the whole column: np.where(x > 0, x, 0.0)",
        "trace-python-per-value",
    )


def replace_values(subject: Any, calls: tuple[Call, ...]) -> Any:
    """``x.replace([np.inf, -np.inf], np.nan)``: numbers by a number."""
    given, keywords = calls[0]
    old = keywords.pop("to_replace", given[0] if given else None)
    new = keywords.pop("value", given[1] if len(given) > 1 else None)
    olds = old if isinstance(old, list | tuple) else [old]
    own = node_of(subject)
    if keywords or given[2:] or not is_number(new) or not all(is_number(item) for item in olds):
        active().refuse(
            "replace() with something else than numbers by a number", "write replace([np.inf, -np.inf], np.nan)"
        )
    if own is None or own.dtype not in {FLOAT, INT}:
        active().refuse("replace() in a column that holds no numbers", "use where(condition, value)")
    result = subject
    for item in olds:
        found = call(".isna", subject, ((), {})) if math.isnan(item) else call("Eq", None, ((subject, float(item)), {}))
        result = call(".mask", result, ((found, float(new)), {}))
    return result


def ewm_mean(subject: Any, calls: tuple[Call, ...]) -> Any:
    """``x.ewm(...).mean()``; of ``com=1`` without ``adjust`` as the pandas that is installed computes it."""
    mean = call(".ewm.mean", subject, *calls)
    made = node_of(mean)
    operator = made.operator if made is not None else None
    if isinstance(operator, EwmMean) and operator.com == 1.0 and not operator.adjust and not operator.ignore_na:
        irregular = replace(operator, irregular=weighs_gaps_by_loss())
        return wrapped(applied(irregular, [subject], node_of), array=False)
    return mean


@cache
def weighs_gaps_by_loss() -> bool:
    """Whether this pandas gives the candle after a gap the weight that the past has lost, when ``com`` is 1.

    pandas 3 does (it takes such a mean for one at irregular times), pandas 2 does not.
    """
    mean = pd.Series([0.0, math.nan, 1.0]).ewm(com=1, adjust=False).mean()
    return bool(mean.iloc[-1] > 0.7)  # noqa: PLR2004 - 3/4, else 2/3


FUNCTIONS: dict[Any, Any] = {np.where: where, np.select: select}
ROUTES.update(
    {
        ".astype": astype,
        ".copy": same_column("deep"),
        ".rename": same_column("index", "copy"),
        ".infer_objects": same_column("copy"),
        ".to_numpy": to_numpy,
        ".pipe": pipe,
        ".apply": apply_ufunc,
        ".replace": replace_values,
        ".ewm.mean": ewm_mean,
    }
)
ATTRIBUTES["name"] = lambda _: None
