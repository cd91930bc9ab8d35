"""Functions of numpy that choose, make arrays, or take a list of columns."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np

from candlewick.operators.operator import Unsupported
from candlewick.operators.source import constant
from candlewick.trace.column import StandArray, State, call, entry_frame, is_column, is_number, node_of, series
from candlewick.trace.graph import node
from candlewick.trace.methods import astype
from candlewick.trace.routes import LISTS, route
from candlewick.trace.tracing import active
from candlewick.trace.verdicts import refuse_position

if TYPE_CHECKING:
    from collections.abc import Sequence


@route("np.where(condition, x, other)")
def where(condition: Any, *choices: Any) -> Any:
    """The first value where the condition holds, else the second."""
    if len(choices) != 2:  # noqa: PLR2004 - x and y
        return refuse_position("np.where(condition), without values,")
    first, second = (active().same_everywhere(item) for item in choices)
    if is_number(condition) or not (is_number(first) or is_column(first)):
        active().refuse(
            "np.where of something else than columns and numbers", "compare columns: np.where(x > 0, x, 0.0)"
        )
    return call(".where", as_column(first), ((condition, second), {}), array=True)


def as_column(value: Any) -> Any:
    """A stand-in column of a column or a number."""
    return value if is_column(value) else series(node(constant(value)), None)


@route("np.select(conditions, choices, default=0)")
def select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    """The choice of the first condition that holds, else the default."""
    if len(condlist) != len(choicelist) or not condlist:
        active().refuse("np.select with as many conditions as choices", "give one choice per condition")
    result = default
    for condition, choice in reversed(list(zip(condlist, choicelist, strict=True))):
        result = where(condition, choice, result)
    return result


@route("np.zeros_like(x)")
def zeros_like(x: Any, dtype: Any = None, **rest: Any) -> Any:
    """A column of zeros."""
    return full_like(x, 0, dtype, **rest)


@route("np.ones_like(x)")
def ones_like(x: Any, dtype: Any = None, **rest: Any) -> Any:
    """A column of ones."""
    return full_like(x, 1, dtype, **rest)


@route("np.empty_like(x)")
def empty_like(x: Any, dtype: Any = None, **rest: Any) -> Any:
    """A column of missing values, to be filled."""
    return full_like(x, float("nan"), dtype, **rest)


@route("np.full_like(x, value)")
def full_like(x: Any, fill_value: Any, dtype: Any = None, **rest: Any) -> Any:
    """A column of one number; of the dtype of the other column, as in numpy."""
    if rest or not is_number(fill_value):
        active().refuse("an array like a column, with more than a number and a dtype", "write np.full_like(x, 0.0)")
    like = node_of(x)
    made = full(fill_value)
    if dtype is None and like is not None and like.dtype == "float":
        dtype = float
    return made if dtype is None else astype(made, (((dtype,), {}),))


def full(value: Any) -> StandArray:
    """An array of one number for every candle."""
    return StandArray(State(node(constant(value)), entry_frame()))


@route("np.degrees(x)", "np.rad2deg(x)")
def degrees(x: Any) -> Any:
    """Radians in degrees."""
    return x * (180.0 / np.pi)


@route("np.radians(x)", "np.deg2rad(x)")
def radians(x: Any) -> Any:
    """Degrees in radians."""
    return x * (np.pi / 180.0)


@route("np.cumsum(x)")
def cumsum(a: Any, axis: Any = None, **rest: Any) -> Any:
    """Sum of every candle so far."""
    if rest or axis not in (None, 0) or isinstance(a, StandArray):
        active().refuse("np.cumsum of an array", "write it on the Series: x.cumsum()")
    return a.cumsum()


@route("np.cumprod(x)")
def cumprod(a: Any, axis: Any = None, **rest: Any) -> Any:
    """Product of every candle so far."""
    if rest or axis not in (None, 0) or isinstance(a, StandArray):
        active().refuse("np.cumprod of an array", "write it on the Series: x.cumprod()")
    return a.cumprod()


@route("np.diff(x, prepend=number)")
def diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, **rest: Any) -> Any:
    """Difference from the candle before; before the first there is the number."""
    if rest or n != 1 or axis not in (-1, 0) or not is_number(prepend):
        active().refuse("np.diff of a column has one candle fewer", "write x.diff()", "trace-index")
    before = series(node_of(a), None).shift(1, fill_value=float(prepend))
    return call("Sub", None, ((a, before), {}), array=True)


def _folded(columns: Sequence[Any], key: str) -> Any:
    arrays = [active().same_everywhere(column) for column in columns]
    return reduce(lambda x, y: call(key, None, ((x, y), {}), array=True), arrays)


def of_list(function: Any) -> Any:
    """A function of a list of columns: along the list, candle by candle."""

    def wrapped(columns: Sequence[Any], axis: Any = None, **rest: Any) -> Any:
        if axis != 0 or any(value is not np._NoValue for value in rest.values()):  # noqa: SLF001
            active().refuse("columns in a list, over another axis than the list", "write np.max([x, y], axis=0)")
        return function(columns)

    wrapped.__name__, wrapped.__doc__ = function.__name__, function.__doc__
    return wrapped


@route("np.max([x, other], axis=0)", "np.amax([x, other], axis=0)")
@of_list
def largest(columns: Sequence[Any]) -> Any:
    """Largest of several columns; missing where any is."""
    return _folded(columns, "np.maximum")


@route("np.min([x, other], axis=0)", "np.amin([x, other], axis=0)")
@of_list
def smallest(columns: Sequence[Any]) -> Any:
    """Smallest of several columns; missing where any is."""
    return _folded(columns, "np.minimum")


@route("np.nanmax([x, other], axis=0)")
@of_list
def largest_present(columns: Sequence[Any]) -> Any:
    """Largest of the columns that are there."""
    return _folded(columns, "np.fmax")


@route("np.nanmin([x, other], axis=0)")
@of_list
def smallest_present(columns: Sequence[Any]) -> Any:
    """Smallest of the columns that are there."""
    return _folded(columns, "np.fmin")


@route("np.sum([x, other], axis=0)")
@of_list
def total(columns: Sequence[Any]) -> Any:
    """Sum of several columns; missing where any is."""
    return _folded(columns, "Add")


@route("np.mean([x, other], axis=0)")
@of_list
def mean(columns: Sequence[Any]) -> Any:
    """Mean of several columns; missing where any is."""
    return _folded(columns, "Add") / float(len(columns))


def takes_list(name: str, given: tuple[Any, ...]) -> bool:
    """Whether a call is of a numpy function on a list that holds columns."""
    return name in LISTS and bool(given) and isinstance(given[0], list | tuple) and any(is_column(x) for x in given[0])


def as_array(value: Any, dtype: Any = None, *, copy: bool = False) -> Any:
    """``np.asarray(x)``: the array of a column."""
    if isinstance(value, StandArray) and not copy:
        result = value
    else:
        result = StandArray(State(node_of(value), entry_frame())) if copy else value.to_numpy()
    try:
        return result if dtype is None else astype(result, (((dtype,), {}),))
    except Unsupported as verdict:
        return active().refuse(verdict.what, verdict.hint, verdict.code)
