"""Functions of numpy that choose, make arrays, or take a list of columns."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np

from candlewick.operators.operator import BOOL, INT, Unsupported
from candlewick.operators.source import constant
from candlewick.trace.graph import node
from candlewick.trace.methods import astype
from candlewick.trace.missing import never_missing
from candlewick.trace.part import OF_PARTS, differences
from candlewick.trace.places import of_condition
from candlewick.trace.position import Single, opened
from candlewick.trace.routes import FUNCTIONS, LISTS, route
from candlewick.trace.sliding import convolved, sliding
from candlewick.trace.stand import (
    StandArray,
    StandSeries,
    State,
    call,
    entry_frame,
    is_column,
    is_number,
    node_of,
    series,
    wrapped,
)
from candlewick.trace.tracing import active
from candlewick.trace.verdicts import refuse_position
from candlewick.trace.whole import whole

if TYPE_CHECKING:
    from collections.abc import Sequence


@route("np.where(condition, x, other)")
def where(condition: Any, *choices: Any) -> Any:
    """The first value where the condition holds, else the second."""
    if not choices and is_column(condition):
        return (of_condition(condition, "np.where(condition), without values,"),)
    if len(choices) != 2:  # noqa: PLR2004 - x and y
        return refuse_position("np.where(condition), without values,")
    first, second = (_whole(active().same_everywhere(item)) for item in choices)
    if is_number(condition) or not (is_number(first) or is_column(first)):
        active().refuse(
            "np.where of something else than columns and numbers", "compare columns: np.where(x > 0, x, 0.0)"
        )
    return call(".where", as_column(first), ((condition, second), {}), array=True)


def _whole(value: Any) -> Any:
    """The value of the first candle as a column; anything else as it is."""
    return series(value.used_as_value(), None) if isinstance(value, Single) else value


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


def _running(name: str, what: str) -> Any:
    def function(a: Any, axis: Any = None, **rest: Any) -> Any:
        if rest or axis not in (None, 0):
            active().refuse(f"np.{name} with more than the column", f"write x.{name}()")
        return getattr(a, name)() if isinstance(a, StandSeries) else running(a, name)

    function.__name__, function.__doc__ = (
        name,
        f"{what} of every candle so far; of an array, missing after the first gap.",
    )
    return function


def running(array: Any, name: str) -> Any:
    """A running statistic as numpy has it: whatever is missing, all that comes after is."""
    column = series(node_of(array), None)
    made = node_of(column)
    if made is not None and made.dtype == "bool":
        column = column.astype(int)
    result = getattr(column, name)()
    made = node_of(column)
    if made is None or not never_missing(made):
        result = result.where(column.isna().astype(float).cumsum() == 0.0)
    return wrapped(node_of(result), array=True)


for _name, _what in {"cumsum": "Sum", "cumprod": "Product"}.items():
    route(f"np.{_name}(x)")(_running(_name, _what))


def nan_to_num(x: Any, *given: Any, **keywords: Any) -> Any:
    """An array of integers as it is: it misses nothing."""
    made = node_of(x)
    if made is not None and made.dtype in {INT, BOOL}:
        return as_array(x, copy=True)
    return call("np.nan_to_num", None, ((x, *given), keywords), array=True)


FUNCTIONS["np.nan_to_num"] = nan_to_num  # the catalogue spells it


@route("np.any(x)")
def any_of(a: Any) -> Any:
    """One answer of all candles, in an if that makes no difference."""
    return whole("any", a)


@route("np.all(x)")
def all_of(a: Any) -> Any:
    """One answer of all candles, in an if that makes no difference."""
    return whole("all", a)


@route("np.nancumsum(x)")
def nancumsum(a: Any, axis: Any = None, **rest: Any) -> Any:
    """Sum of every candle so far that is there."""
    if rest or axis not in (None, 0):
        active().refuse("np.nancumsum with more than the column", "write x.fillna(0).cumsum()")
    return wrapped(node_of(series(node_of(a), None).fillna(0.0).cumsum()), array=True)


@route("np.diff(x, prepend=number)", "np.diff(x)")
def diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, **rest: Any) -> Any:
    """Difference from the candle before; before the first there is the number, or there is one candle fewer."""
    if rest or axis not in (-1, 0):
        active().refuse("np.diff with more than n and prepend", "write x.diff()", "trace-unsupported-argument")
    if prepend is None or prepend is np._NoValue:  # noqa: SLF001 - numpy's own sign of no argument
        return differences(a, n)
    if n != 1 or not (is_number(prepend) or isinstance(prepend, Single)):
        active().refuse("np.diff before something else than one number", "write x.diff()", "trace-index")
    before = series(node_of(a), None).shift(1)
    first = prepend.used_as_value() and prepend.column if isinstance(prepend, Single) else float(prepend)
    return call("Sub", None, ((a, opened(before, first, 0, 1)), {}), array=True)


@route("np.roll(x, n)")
def roll(a: Any, shift: Any, axis: Any = None) -> Any:
    """Value ``n`` candles ago, once something else was put where the last candles have come to the front."""
    if axis not in (None, 0, -1) or not isinstance(shift, int | np.integer) or shift < 0:
        active().refuse(
            f"np.roll(x, {shift}) reads later candles: it looks ahead", "write x.shift(n)", "trace-looks-ahead"
        )
    if not shift:
        return as_array(a, copy=True)
    made = series(node_of(a), None).shift(int(shift))
    return StandArray(State(node_of(made), entry_frame(), rolled=int(shift)))


@route("np.lib.stride_tricks.sliding_window_view(x, n)")
def windows(x: Any, window_shape: Any, axis: Any = None, **rest: Any) -> Any:
    """The full windows, one below the other; statistics of them with ``axis=1``."""
    return sliding(x, window_shape, axis, **rest)


@route("np.convolve(x, weights, mode='valid')")
def convolve(a: Any, v: Any, mode: str = "full") -> Any:
    """Sum of the last candles, each times a weight of its own, the newest times the first."""
    return convolved(a, v, mode)


def _concatenated(name: str) -> Any:
    def function(*given: Any, **keywords: Any) -> Any:
        if name == "append":
            return OF_PARTS[name](*given, **keywords)
        return refuse_position(f"np.{name} of a whole column")

    function.__name__, function.__doc__ = name, "What is missing at the start, and then the rest of a column."
    return function


for _name in ("concatenate", "hstack", "append", "insert", "pad"):
    FUNCTIONS[f"np.{_name}"] = _concatenated(_name)
FUNCTIONS["np.sliding_window_view"] = windows


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


@route("np.polyval([x, other], value)")
def polyval(p: Any, x: Any) -> Any:
    """The polynomial of these coefficients, the highest power first, at a value."""
    result = p[0]
    for coefficient in p[1:]:
        result = result * x + coefficient
    return result


@route("np.poly1d([x, other])")
def poly1d(c_or_r: Any) -> Any:
    """The polynomial of these coefficients, to be taken at a value."""
    return lambda value: polyval(c_or_r, value)


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
