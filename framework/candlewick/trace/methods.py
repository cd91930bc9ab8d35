"""Methods of a column whose shape no spelling string can say: dtypes, callables, other ways to say the same."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from candlewick.operators.cast import AsFloat, AsInteger, named_dtype
from candlewick.operators.ewm import EwmMean
from candlewick.operators.operator import BOOL, FLOAT, INT, OBJECT, Unsupported
from candlewick.trace.branches import column_of, either, per_value
from candlewick.trace.column import begins
from candlewick.trace.dispatch import Call, applied
from candlewick.trace.missing import never_missing
from candlewick.trace.part import cut_off
from candlewick.trace.position import Single, opened, whole
from candlewick.trace.routes import ROUTES, route
from candlewick.trace.stand import (
    COPY_ON_WRITE,
    StandArray,
    State,
    call,
    entry_frame,
    is_column,
    is_number,
    name_of,
    node_of,
    series,
    series_of,
    state_of,
    wrapped,
)
from candlewick.trace.tracing import active

if TYPE_CHECKING:
    from collections.abc import Mapping


def again(subject: Any, *, shares: bool = False) -> Any:
    """The same column once more; in pandas 2 it may share its memory."""
    state = state_of(subject)
    if state is not None and shares and not COPY_ON_WRITE:
        return series_of(state.sharing(entry_frame()))
    return wrapped(node_of(subject), array=isinstance(subject, StandArray), name=name_of(subject))


def only_keywords(keywords: Mapping[str, Any], *allowed: str) -> None:
    """Refuse keywords that are not covered."""
    extra = sorted(set(keywords) - set(allowed))
    if extra:
        active().refuse(f"{', '.join(extra)}= is not covered here", "leave it out", "trace-unsupported-argument")


SHORT = ("int32", np.int32, np.dtype("int32"))  # good for marks, which are 0 and 1


@route("x.astype(dtype)")
def astype(subject: Any, calls: tuple[Call, ...]) -> Any:
    """The same values as float, bool, or int where nothing is missing."""
    given, keywords = calls[0]
    only_keywords(keywords, "dtype", "copy", "errors")
    if len(given) > 1:
        active().refuse("astype with more arguments", "write astype(float)")
    array = isinstance(subject, StandArray)
    own = node_of(subject)
    try:
        wanted = keywords.get("dtype", given[0] if given else None)
        short = own is not None and own.dtype == BOOL and wanted in SHORT
        target = INT if short else named_dtype(wanted)
        if own is None or own.dtype == target:
            return again(subject, shares=keywords.get("copy") is False)
        if target == BOOL:
            return call("NotEq", None, ((subject, 0.0), {}))
        if target == INT and own.dtype in {FLOAT, OBJECT}:
            subject = whole_part(subject)
        operator = AsFloat() if target == FLOAT else AsInteger()
        return wrapped(applied(operator, [subject], node_of), array=array, name=name_of(subject))
    except Unsupported as verdict:
        return active().refuse(f"astype: {verdict.what}", verdict.hint, verdict.code)


def whole_part(subject: Any) -> Any:
    """The whole part of a column that is never missing: pandas makes no integer of a missing value."""
    own = node_of(subject)
    if own is None or not never_missing(own):
        raise Unsupported(
            "float to int raises in pandas where a value is missing", "leave it a float, or fillna(0) first"
        )
    return subject if own.dtype == OBJECT else call("np.trunc", None, ((subject,), {}))


@route("x.copy()")
def copy(subject: Any, calls: tuple[Call, ...]) -> Any:
    """The column itself, which the function may then change."""
    given, keywords = calls[0]
    only_keywords(keywords, "deep")
    return again(subject, shares=not keywords.get("deep", given[0] if given else True))


@route("x.infer_objects()", "x.squeeze()", "x.convert_dtypes()")
def same(subject: Any, calls: tuple[Call, ...]) -> Any:
    """The column itself."""
    only_keywords(calls[0][1], "copy")
    return again(subject, shares=True)


@route("x.rename(name)")
def rename(subject: Any, calls: tuple[Call, ...]) -> Any:
    """The column under another name."""
    given, keywords = calls[0]
    only_keywords(keywords, "index", "copy")
    name = keywords.get("index", given[0] if given else None)
    if not (name is None or isinstance(name, str | int)):
        active().refuse("rename() of something else than the column", 'write rename("name")')
    return series(node_of(subject), entry_frame(), name)


@route("x.to_frame(name)")
def to_frame(subject: Any, calls: tuple[Call, ...]) -> Any:
    """A frame of this one column."""
    from candlewick.trace.frame import frame

    given, keywords = calls[0]
    only_keywords(keywords, "name")
    name = keywords.get("name", given[0] if given else name_of(subject))
    return frame({0 if name is None else name: subject})


@route("x.to_numpy()")
def to_numpy(subject: Any, calls: tuple[Call, ...]) -> Any:
    """The values of the column, for functions of single candles."""
    given, keywords = calls[0]
    only_keywords(keywords, "dtype", "copy")
    wanted = keywords.get("dtype", given[0] if given else None)
    if wanted is not None:
        subject = astype(subject, (((wanted,), {}),))
    state = state_of(subject)
    if begins(subject):
        return cut_off(subject, begins(subject), 0)
    if state is None or keywords.get("copy"):
        return wrapped(node_of(subject), array=True)
    return StandArray(State(node_of(subject), None) if COPY_ON_WRITE else state.sharing(state.owner))


@route("x.pipe(function)")
def pipe(subject: Any, calls: tuple[Call, ...]) -> Any:
    """What the function makes of the column."""
    (function, *given), keywords = calls[0]
    # since pandas 3 of a copy, so that f cannot change x
    own = again(subject) if COPY_ON_WRITE else subject
    return function(own, *given, **keywords)


@route("x.apply(function)", "x.map(function)", "x.transform(function)")
def apply(subject: Any, calls: tuple[Call, ...]) -> Any:
    """The function of each value, whose branches become choices per candle."""
    given, keywords = calls[0]
    function, *rest = given or (keywords.get("func"),)
    extra, named = keywords.get("args", ()), {key: value for key, value in keywords.items() if key not in APPLY}
    if isinstance(function, np.ufunc) and not (rest or extra or named):
        return function(subject)
    if isinstance(function, dict):
        return mapping(subject, function)
    if rest or not callable(function):
        active().refuse(
            "apply() of something else than a function", "write it with whole columns", "trace-python-per-value"
        )
    value = series(node_of(subject), None)
    return series(node_of(column_of(per_value(function, value, *extra, **named))), entry_frame(), name_of(subject))


MOST_KEYS = 64
APPLY = {"func", "args", "convert_dtype", "by_row", "na_action"}


def mapping(subject: Any, values: dict[Any, Any]) -> Any:
    """``x.map({True: 1, False: -1})``, ``x.map({0: 1.0, 4: 0.5})``: missing where a number is not among the keys."""
    own = node_of(subject)
    known = own is not None and 0 < len(values) <= MOST_KEYS and all(map(is_number, (*values, *values.values())))
    if not known or any(key != key for key in values):  # noqa: PLR0124 - a missing key
        active().refuse("map() of a mapping, but from numbers to numbers", "use np.where", "trace-python-per-value")
    if own is not None and own.dtype == BOOL and set(values) == {True, False}:
        return column_of(either(own, values[True], values[False]))
    if own is None or own.dtype not in {FLOAT, INT}:
        active().refuse("map() of bools but for both of them", "use np.where", "trace-python-per-value")
    result = subject.astype(float) * math.nan
    for key, value in values.items():
        result = result.mask(subject == key, float(value))
    return series(node_of(result), entry_frame(), name_of(subject))


@route("x.replace(old, new)")
def replace_values(subject: Any, calls: tuple[Call, ...]) -> Any:
    """Numbers replaced by a number: ``x.replace([np.inf, -np.inf], np.nan)``."""
    given, keywords = calls[0]
    keywords = dict(keywords)
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


@route("x.combine_first(other)")
def combine_first(subject: Any, calls: tuple[Call, ...]) -> Any:
    """Value, or that of the other column where it is missing."""
    (other, *rest), keywords = calls[0]
    if rest or keywords or not is_column(other):
        active().refuse("combine_first() of something else than one column", "write x.fillna(other)")
    return call(".fillna", subject, ((other,), {}))


@route("x.combine(other, function)")
def combine(subject: Any, calls: tuple[Call, ...]) -> Any:
    """The function of both values of each candle."""
    given, keywords = calls[0]
    named = [keywords[name] for name in ("other", "func") if name in keywords]
    other, function, *rest = [*given, *named, None, None]
    if keywords.get("fill_value") is not None or any(item is not None for item in rest) or not callable(function):
        active().refuse("combine() with more than another column and a function", "write x.combine(other, max)")
    if isinstance(function, np.ufunc):
        return function(subject, other)
    value = series(node_of(subject), None)
    beside = series(node_of(other), None) if is_column(other) else other
    return series(node_of(column_of(per_value(function, value, beside))), entry_frame(), name_of(subject))


def _filled(name: str) -> Any:
    """Arithmetic and comparisons that take ``fill_value`` for one missing side, not for both."""

    def method(subject: Any, calls: tuple[Call, ...]) -> Any:
        given, keywords = calls[0]
        keywords = dict(keywords)
        fill = keywords.pop("fill_value", None)
        other: Any = given[0] if given else keywords.get("other")
        if fill is None:
            return call(f".{name}", subject, (given, keywords))
        if not is_number(fill):
            active().refuse(f"{name}() with fill_value that is no number", f"write {name}(other, fill_value=0)")
        if not is_column(other):
            return call(f".{name}", subject.fillna(fill), ((other,), {}))
        if begins(subject) != begins(other):  # aligned first, so that what one lacks is filled as well
            subject, other = whole(subject), whole(other)
        x = subject.where(subject.notna() | other.isna(), float(fill))
        other = other.where(other.notna() | subject.isna(), float(fill))
        return call(f".{name}", x, ((other,), {}))

    method.__name__, method.__doc__ = name, "The operation, with a number for the side that is missing."
    return method


for _name in ("add", "sub", "subtract", "mul", "multiply", "div", "divide", "truediv", "pow", "mod", "floordiv",
              "lt", "le", "gt", "ge", "eq", "ne"):  # fmt: skip
    route(f"x.{_name}(other, fill_value=number)")(_filled(_name))


def shift(subject: Any, calls: tuple[Call, ...]) -> Any:
    """``x.shift(n, fill_value=x.iloc[0])``: the first value before the first candle."""
    given, keywords = calls[0]
    fill = keywords.get("fill_value")
    if not isinstance(fill, Single):
        return call(".shift", subject, calls[0])
    words = {name: value for name, value in keywords.items() if name != "fill_value"}
    moved = call(".shift", subject, (given, words))
    periods: Any = words.get("periods", given[0] if given else 1)
    first = series(fill.used_as_value(), None)
    return series(node_of(opened(moved, first, 0, periods)), entry_frame(), name_of(subject))


def ewm_mean(subject: Any, calls: tuple[Call, ...]) -> Any:
    """Exponentially weighted mean; of ``com=1`` without ``adjust`` as the pandas that is installed computes it."""
    mean = call(".ewm.mean", subject, *calls)
    made = node_of(mean)
    operator = made.operator if made is not None else None
    if isinstance(operator, EwmMean) and operator.com == 1.0 and not operator.adjust and not operator.ignore_na:
        irregular = replace(operator, irregular=weighs_gaps_by_loss())
        return wrapped(applied(irregular, [subject], node_of), array=False, name=name_of(subject))
    return mean


@cache
def weighs_gaps_by_loss() -> bool:
    """Whether this pandas gives the candle after a gap the weight that the past has lost, when ``com`` is 1.

    pandas 3 does (it takes such a mean for one at irregular times), pandas 2 does not.
    """
    mean = pd.Series([0.0, math.nan, 1.0]).ewm(com=1, adjust=False).mean()
    return bool(mean.iloc[-1] > 0.7)  # noqa: PLR2004 - 3/4, else 2/3


ROUTES[".ewm.mean"] = ewm_mean  # the catalogue spells them
ROUTES[".shift"] = shift


def _swapped(key: str) -> Any:
    def method(subject: Any, calls: tuple[Call, ...]) -> Any:
        (other, *rest), keywords = calls[0]
        if rest or keywords:
            active().refuse("an operation with more than the other operand", "write it with the operator: other - x")
        return call(key, None, ((other, subject), {}))

    return method


for _name, _key in {"radd": "Add", "rsub": "Sub", "rmul": "Mult", "rdiv": "Div", "rtruediv": "Div", "rpow": "Pow",
                    "rfloordiv": "FloorDiv", "rmod": "Mod"}.items():  # fmt: skip
    _method = _swapped(_key)
    _method.__name__, _method.__doc__ = _name, "The operation with its operands exchanged."
    route(f"x.{_name}(other)")(_method)
