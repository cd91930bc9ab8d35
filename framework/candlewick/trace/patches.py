"""What pandas and numpy must understand during a trace: constructors and module functions. All undone after."""

from __future__ import annotations

import math
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from candlewick.operators.catalogue import spellings
from candlewick.trace import (
    bins,
    chain,
    clock,
    concat,
    frame_across,
    frame_columns,
    frame_methods,
    frame_windows,
    functions,
    groups,
    methods,
    pandas_2,
    scipy_names,
    sliding,
    stack,
    stand,
    times,
    whole,
    window,
)
from candlewick.trace import index as indexes
from candlewick.trace.constructors import frame_init, frame_setitem, numbered, series_init
from candlewick.trace.part import put_together
from candlewick.trace.routes import LISTS, PANDAS
from candlewick.trace.tracing import active

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LIBRARIES = {"pandas", "numpy", "candlewick", "hamilton", "numba", "llvmlite", "pytest", "_pytest", "hypothesis"}
FILL_TABLES = (bins, chain, clock, concat, frame_across, frame_columns, frame_methods, frame_windows, functions,
               groups, indexes, methods, pandas_2, stack, times, whole, window)  # fmt: skip
"""What importing them is for."""
OF_PANDAS = ("cut", "qcut", "concat", "isna", "isnull", "notna", "notnull", "to_numeric")
CUT = {"cut", "qcut"}
OF_MATH = ("sqrt", "log", "log2", "log10", "log1p", "exp", "expm1", "sin", "cos", "tan", "asin", "acos", "atan",
           "atan2", "tanh", "hypot", "fabs", "floor", "ceil", "trunc", "isnan", "isinf", "isfinite", "pow")  # fmt: skip
AS_NUMPY = {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2", "pow": "power"}
OF_NUMPY = ("arange", "array", "asarray", "asanyarray", "ascontiguousarray", "zeros", "ones", "empty", "full")


@contextmanager
def patched() -> Iterator[None]:
    """Constructors and functions route stand-ins to the trace, and everything else to where it belongs."""
    undo: list[Callable[[], None]] = []
    try:
        _replace(pd.Series, "__init__", series_init(pd.Series.__init__), undo)
        _replace(pd.DataFrame, "__init__", frame_init(pd.DataFrame.__init__), undo)
        _replace(pd.DataFrame, "__setitem__", frame_setitem(pd.DataFrame.__setitem__), undo)
        routed = [(pd, name, _of_pandas(name, getattr(pd, name))) for name in OF_PANDAS]
        routed += [(np, name, _of_numpy(name, getattr(np, name))) for name in OF_NUMPY]
        strides = np.lib.stride_tricks
        routed += [(strides, "as_strided", _of_strides(strides.as_strided))]
        routed += [(np, key[3:], _of_list(key, getattr(np, key[3:]))) for key in LISTS]
        routed += [(np, name, stack.Folding(getattr(np, name))) for name in stack.FOLDED]
        routed += [(np, "r_", Joined(np.r_, put_together)), (np, "c_", Joined(np.c_, stack.column_stack))]
        routed += [(math, name, _of_math(name, getattr(math, name))) for name in OF_MATH]
        routed += scipy_names.of_windows()
        for module, called, new in _uses(routed):
            _replace(module, called, new, undo)
        yield
    finally:
        for restore in reversed(undo):
            restore()


def _uses(routed: list[tuple[Any, str, Any]]) -> list[tuple[Any, str, Any]]:
    """Where the functions are known, and by which names: a project may say `from pandas import concat as join`."""
    wanted = {id(owner.__dict__[name]): (owner.__dict__[name], new) for owner, name, new in routed}
    found = list(routed)
    for module in list(sys.modules.values()):
        package = getattr(module, "__name__", "").partition(".")[0]
        if package in LIBRARIES or package in sys.stdlib_module_names:  # library modules keep their own
            continue
        for called, value in list(vars_of(module).items()):
            original, new = wanted.get(id(value), (None, None))
            if original is not None and original is value:
                found.append((module, called, new))
    return found


def vars_of(module: Any) -> dict[str, Any]:
    """The names of a module, of which ``sys.modules`` may hold strange ones."""
    names = getattr(module, "__dict__", None)
    return names if isinstance(names, dict) else {}


def _replace(owner: Any, name: str, value: Any, undo: list[Callable[[], None]]) -> None:
    original = owner.__dict__[name]
    setattr(owner, name, value)
    undo.append(lambda: setattr(owner, name, original))


def _is_whole(value: Any) -> bool:
    return isinstance(value, int | np.integer)


def _of_pandas(name: str, original: Any) -> Any:
    def function(*given: Any, **keywords: Any) -> Any:
        if name == "concat" and concat.takes_concat(*given, **keywords):
            return concat.concat(*given, **keywords)
        if given and isinstance(given[0], stand.StandFrame):
            return getattr(given[0], {"isnull": "isna", "notnull": "notna"}.get(name, name))(*given[1:], **keywords)
        if name in CUT and any(stand.is_column(item) for item in (*given, *keywords.values())):
            return PANDAS[name](*given, **keywords)
        if given and stand.is_column(given[0]):
            if f"pd.{name}" in spellings():
                return stand.call(f"pd.{name}", None, (given, keywords))
            if name == "to_numeric" and keywords.get("errors", "raise") in {"raise", "coerce"}:
                return methods.again(given[0])
            active().refuse(f"pd.{name} of a column", "`wick operators` lists what is covered")
        return original(*given, **keywords)

    function.__name__ = name
    return function


FILLED = {"zeros": 0.0, "ones": 1.0, "empty": float("nan")}


def _of_numpy(name: str, original: Any) -> Any:
    """Arrays of a column, and arrays as long as the candles."""
    if name == "arange":
        made_of: Callable[..., Any] = _counting
    else:
        made_of = _as_long if name in FILLED or name == "full" else _array

    def function(*given: Any, **keywords: Any) -> Any:
        made = made_of(name, *given, **keywords) if given else None
        return original(*given, **keywords) if made is None else made

    function.__name__ = name
    return function


def _counting(name: str, *given: Any, **keywords: Any) -> Any:
    """``np.arange(len(x))``; None of other numbers."""
    del name
    made = None if set(keywords) - {"dtype"} or not all(map(_is_whole, given)) else numbered(range(*given))
    return None if made is None else made.to_numpy(**keywords)


def _as_long(name: str, shape: Any, *given: Any, **keywords: Any) -> Any:
    """``np.zeros(len(x))``; None of another length."""
    run = active()
    if run.asked is None or shape not in (run.history, (run.history,), [run.history]):
        return None
    value, *more = given if name == "full" else (FILLED[name], *given)
    dtype = keywords.get("dtype", more[0] if more else None)
    made = functions.full(value)
    return made if dtype is None else methods.astype(made, (((dtype,), {}),))


def _array(name: str, value: Any, *given: Any, **keywords: Any) -> Any:
    """``np.array(x)`` and ``np.array([x, y])``; None of what is no column."""
    if isinstance(value, list | tuple) and any(map(stand.is_column, value)):
        return stack.vstack(value)
    if not stand.is_column(value):
        return None
    if set(keywords) - {"dtype", "copy"} or given[1:]:
        active().refuse(f"np.{name} of a column with {', '.join(keywords)}", f"write np.{name}(x)")
    dtype = keywords.get("dtype", given[0] if given else None)
    return functions.as_array(value, dtype, copy=name == "array" and keywords.get("copy", True) is not False)


class Joined:
    """``np.r_[nan, x[1:]]`` and ``np.c_[x, y]``."""

    def __init__(self, original: Any, function: Callable[..., Any]) -> None:
        self._original, self._function = original, function

    def __getitem__(self, key: Any) -> Any:
        items = key if isinstance(key, tuple) else (key,)
        ours = any(stand.is_column(item) or stand.stands_aside(item) for item in items)
        return self._function(list(items)) if ours else self._original[key]


def _of_strides(original: Any) -> Any:
    """``as_strided`` of an array of a column."""

    def as_strided(x: Any, *given: Any, **keywords: Any) -> Any:
        if stand.is_column(x):
            return sliding.strided(x, *given, **keywords)
        return original(x, *given, **keywords)

    return as_strided


def _of_list(key: str, original: Any) -> Any:
    def function(*given: Any, **keywords: Any) -> Any:
        if functions.takes_list(key, given):
            return LISTS[key](*given, **keywords)
        return original(*given, **keywords)

    function.__name__ = key[3:]
    return _as_class(original, function) if isinstance(original, type) else function


def _as_class(original: type, made_by: Callable[..., Any]) -> type:
    """A class whose calls are routed: a library that is imported during a trace may derive from it all the same."""

    class Routed(type):
        def __call__(cls, *given: Any, **keywords: Any) -> Any:
            return made_by(*given, **keywords) if cls is routed else super().__call__(*given, **keywords)

        def __instancecheck__(cls, value: Any) -> bool:
            return isinstance(value, original) if cls is routed else super().__instancecheck__(value)

    routed = Routed(original.__name__, (original,), {})
    return routed


def _of_math(name: str, original: Any) -> Any:
    """Functions of Python's math, which take one value: only a function that runs on single values may call them."""
    same = getattr(np, AS_NUMPY.get(name, name))

    def function(*given: Any) -> Any:
        if any(stand.is_column(item) for item in given):
            if active().deciding is None:
                active().refuse(f"math.{name} of a column", f"write np.{AS_NUMPY.get(name, name)}(x)", "trace-values")
            return same(*given)
        return original(*given)

    function.__name__ = name
    return function
