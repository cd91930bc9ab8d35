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
    chain,
    frame_methods,
    functions,
    groups,
    methods,
    position,
    sliding,
    stand,
    times,
    whole,
    window,
)
from candlewick.trace import frame as frames
from candlewick.trace import index as indexes
from candlewick.trace.column import begins, whole_result
from candlewick.trace.routes import LISTS
from candlewick.trace.tracing import active

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LIBRARIES = {"pandas", "numpy", "candlewick", "hamilton", "numba", "llvmlite", "pytest", "_pytest", "hypothesis"}
FILL_TABLES = (
    chain,
    frame_methods,
    functions,
    groups,
    indexes,
    methods,
    times,
    whole,
    window,
)  # what importing them is for
OF_PANDAS = ("concat", "isna", "isnull", "notna", "notnull", "to_numeric")
OF_MATH = ("sqrt", "log", "log2", "log10", "log1p", "exp", "expm1", "sin", "cos", "tan", "asin", "acos", "atan",
           "atan2", "tanh", "hypot", "fabs", "floor", "ceil", "trunc", "isnan", "isinf", "isfinite", "pow")  # fmt: skip
AS_NUMPY = {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2", "pow": "power"}
OF_NUMPY = ("arange", "array", "asarray", "asanyarray", "ascontiguousarray", "zeros", "ones", "empty", "full")


@contextmanager
def patched() -> Iterator[None]:
    """Constructors and functions route stand-ins to the trace, and everything else to where it belongs."""
    undo: list[Callable[[], None]] = []
    try:
        _replace(pd.Series, "__init__", _series_init(pd.Series.__init__), undo)
        _replace(pd.DataFrame, "__init__", _frame_init(pd.DataFrame.__init__), undo)
        _replace(pd.DataFrame, "__setitem__", _frame_setitem(pd.DataFrame.__setitem__), undo)
        routed = [(pd, name, _of_pandas(name, getattr(pd, name))) for name in OF_PANDAS]
        routed += [(np, name, _of_numpy(name, getattr(np, name))) for name in OF_NUMPY]
        strides = np.lib.stride_tricks
        routed += [(strides, "as_strided", _of_strides(strides.as_strided))]
        routed += [(np, key[3:], _of_list(key, getattr(np, key[3:]))) for key in LISTS]
        routed += [(math, name, _of_math(name, getattr(math, name))) for name in OF_MATH]
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


def _series_init(original: Any) -> Any:
    def __init__(  # noqa: N807 - it replaces one
        self: Any,
        data: Any = None,
        index: Any = None,
        dtype: Any = None,
        name: Any = None,
        copy: Any = None,
        **rest: Any,
    ) -> None:
        """Build a Series, or a stand-in when it is made of one."""
        data = _in_full(data, index)
        if not (stand.state_of(data) or isinstance(index, indexes.IndexToken)):
            if copy is not None:
                rest["copy"] = copy
            original(self, data, index, dtype, name, **rest)
            return
        if rest:
            active().refuse(f"pd.Series({', '.join(rest)}=...)", "write pd.Series(values, index=close.index)")
        if index is not None and not isinstance(index, indexes.IndexToken):
            active().refuse("pd.Series of a column with another index", "write index=close.index", "trace-index")
        state = _state(data)
        if name is not None or not isinstance(data, stand.StandSeries):
            state.name = name
        if copy:
            state = stand.State(state.node, state.owner, state.name)
        if dtype is not None:
            typed = stand.series_of(state).astype(dtype)
            state = stand.State(stand.node_of(typed), state.owner, state.name)
        object.__setattr__(self, "__class__", stand.StandSeries)
        object.__getattribute__(self, "__dict__")["state"] = state

    return __init__


def _is_whole(value: Any) -> bool:
    return isinstance(value, int | np.integer)


def numbered(numbers: Any) -> Any:
    """Numbers that count the candles, ``np.arange(len(x))``, as a column; None of other numbers."""
    run = active()
    if run.asked is None or not isinstance(numbers, range) or len(numbers) != run.history or numbers.step != 1:
        return None
    counted = stand.series(stand.constant_column(1.0), None).cumsum() + float(numbers.start - 1)
    return whole_result(counted)


def _in_full(data: Any, index: Any) -> Any:
    """An array that lacks the first candles, under the index that lacks them, as a column; anything else as it is."""
    if isinstance(data, indexes.IndexToken):
        return data.to_series()
    if isinstance(data, range):
        made = numbered(data)
        return data if made is None else made
    short = isinstance(index, indexes.IndexToken) and not indexes.is_index(index)
    skip = getattr(data, "skip", None) if stand.stands_aside(data) else None
    if isinstance(data, position.Single):
        return stand.series(data.used_as_value(), None)
    if skip is None and not short:
        return data
    if not short or index.span.stop is not None or (skip is None) != stand.is_column(data):
        active().refuse(
            "a Series of fewer candles than its index", "put them after np.nan: out[n:] = values", "trace-index"
        )
    if skip not in (None, index.skip):
        active().refuse("a Series of fewer candles than its index", "write index=close.index[n:]", "trace-index")
    return indexes.from_label(stand.node_of(data if skip is None else data.column), index.span)


def _state(data: Any) -> stand.State:
    """What a new Series of a column, or of one number for every candle, holds."""
    known = stand.state_of(data)
    owner = stand.entry_frame()
    if known is not None:
        made = stand.node_of(data)
        return stand.State(made, owner, known.name) if stand.COPY_ON_WRITE else known.sharing(owner)
    number = active().same_everywhere(data)
    if number is not None and not stand.is_number(number):
        active().refuse(
            f"pd.Series of a {type(data).__name__} at every candle", "use columns and numbers", "trace-values"
        )
    return stand.State(stand.constant_column(float("nan") if number is None else number), owner)


def _frame_init(original: Any) -> Any:
    def __init__(self: Any, data: Any = None, *given: Any, **keywords: Any) -> None:  # noqa: N807 - it replaces one
        """Build a DataFrame, or a stand-in when it is made of columns that are."""
        index = keywords.get("index", given[0] if given else None)
        if isinstance(data, stand.StandFrame):
            data = frames.columns_of(data)
        if stand.is_column(data):
            name = stand.name_of(data)
            data = {0 if name is None else name: data}
        held = data.values() if isinstance(data, dict) else ()
        ours = any(stand.is_column(item) for item in held)
        if ours and index is None and all(stand.is_column(item) and begins(item) for item in held):
            active().refuse("a DataFrame of columns that all begin later", "write index=close.index", "trace-index")
        if not ours and not isinstance(index, indexes.IndexToken):
            original(self, data, *given, **keywords)
            return
        names = keywords.get("columns")
        if set(keywords) - {"index", "columns", "copy"} or given[1:] or not isinstance(data, dict | None):
            active().refuse("pd.DataFrame of columns with more than index= and columns=", "write pd.DataFrame({...})")
        if index is not None and not isinstance(index, indexes.IndexToken):
            active().refuse("pd.DataFrame of columns with another index", "write index=close.index", "trace-index")
        data = data or {}
        if names is not None and len(data) == 1 and 0 in data:
            data = dict(zip(names, data.values(), strict=True))
        elif names is not None:
            data = {name: data.get(name, float("nan")) for name in names}
        object.__setattr__(self, "__class__", stand.StandFrame)
        frames.become(self, data)

    return __init__


def _frame_setitem(original: Any) -> Any:
    def __setitem__(self: Any, key: Any, value: Any) -> None:  # noqa: N807 - it replaces one
        """Set a column; a frame without any becomes a stand-in when it is given one."""
        if stand.is_column(value) and not len(self.columns) and not len(self.index):
            object.__setattr__(self, "__class__", stand.StandFrame)
            frames.become(self, {key: value})
        elif stand.is_column(value):
            active().refuse("a column in a frame that holds values", "make the frame of columns", "trace-values")
        else:
            original(self, key, value)

    return __setitem__


def _of_pandas(name: str, original: Any) -> Any:
    def function(*given: Any, **keywords: Any) -> Any:
        if name == "concat" and frames.takes_concat(*given, **keywords):
            return frames.concat(*given, **keywords)
        if given and isinstance(given[0], stand.StandFrame):
            return getattr(given[0], {"isnull": "isna", "notnull": "notna"}.get(name, name))(*given[1:], **keywords)
        if given and stand.is_column(given[0]):
            if f"pd.{name}" in spellings():
                return stand.call(f"pd.{name}", None, (given, keywords))
            if name == "to_numeric" and keywords.get("errors", "raise") in {"raise", "coerce"}:
                return methods.again(given[0])
            active().refuse(f"pd.{name} of a column", "`wick operators` lists what is covered")
        return original(*given, **keywords)

    function.__name__ = name
    return function


def _of_numpy(name: str, original: Any) -> Any:
    """Arrays of a column, and arrays as long as the candles."""
    filled = {"zeros": 0.0, "ones": 1.0, "empty": float("nan")}

    def function(*arguments: Any, **keywords: Any) -> Any:
        if not arguments:
            return original(**keywords)
        first, *given = arguments
        if name == "arange":
            extra = set(keywords) - {"dtype"}
            made = None if extra else numbered(range(*arguments) if all(map(_is_whole, arguments)) else None)
            return original(*arguments, **keywords) if made is None else made.to_numpy(**keywords)
        if name in filled or name == "full":
            run = active()
            if run.asked is None or first not in (run.history, (run.history,), [run.history]):
                return original(first, *given, **keywords)
            value, *more = given if name == "full" else (filled[name], *given)
            dtype = keywords.get("dtype", more[0] if more else None)
            made = functions.full(value)
            return made if dtype is None else methods.astype(made, (((dtype,), {}),))
        if stand.is_column(first):
            if set(keywords) - {"dtype", "copy"} or given[1:]:
                active().refuse(f"np.{name} of a column with {', '.join(keywords)}", f"write np.{name}(x)")
            dtype = keywords.get("dtype", given[0] if given else None)
            return functions.as_array(first, dtype, copy=name == "array" and keywords.get("copy", True) is not False)
        return original(first, *given, **keywords)

    function.__name__ = name
    return function


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
    return function


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
