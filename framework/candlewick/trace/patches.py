"""What pandas and numpy must understand during a trace: constructors and module functions. All undone after."""

from __future__ import annotations

import math
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from candlewick.operators.catalogue import spellings
from candlewick.trace import chain, frame_methods, functions, methods, window
from candlewick.trace import column as columns
from candlewick.trace import frame as frames
from candlewick.trace.routes import LISTS
from candlewick.trace.tracing import active

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FILL_TABLES = (frame_methods, functions, methods, window)  # what importing them is for
OF_PANDAS = ("concat", "isna", "isnull", "notna", "notnull", "to_numeric")
OF_MATH = ("sqrt", "log", "log2", "log10", "log1p", "exp", "expm1", "sin", "cos", "tan", "asin", "acos", "atan",
           "atan2", "tanh", "hypot", "fabs", "floor", "ceil", "trunc", "isnan", "isinf", "isfinite", "pow")  # fmt: skip
AS_NUMPY = {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2", "pow": "power"}
OF_NUMPY = ("array", "asarray", "asanyarray", "ascontiguousarray", "zeros", "ones", "empty", "full")


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
        routed += [(np, key[3:], _of_list(key, getattr(np, key[3:]))) for key in LISTS]
        routed += [(math, name, _of_math(name, getattr(math, name))) for name in OF_MATH]
        for owner, name, new in routed:
            original = getattr(owner, name)
            for module in list(sys.modules.values()):
                # a project may have written `from pandas import concat`; library modules keep their own
                own = getattr(module, "__name__", "").partition(".")[0]
                if module is owner or (own not in {"pandas", "numpy"} and vars_of(module).get(name) is original):
                    _replace(module, name, new, undo)
        yield
    finally:
        for restore in reversed(undo):
            restore()


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
        if not (columns.state_of(data) or isinstance(index, chain.IndexToken)):
            if copy is not None:
                rest["copy"] = copy
            original(self, data, index, dtype, name, **rest)
            return
        if rest:
            active().refuse(f"pd.Series({', '.join(rest)}=...)", "write pd.Series(values, index=close.index)")
        if index is not None and not isinstance(index, chain.IndexToken):
            active().refuse("pd.Series of a column with another index", "write index=close.index", "trace-index")
        state = _state(data)
        if name is not None or not isinstance(data, columns.StandSeries):
            state.name = name
        if copy:
            state = columns.State(state.node, state.owner, state.name)
        if dtype is not None:
            typed = columns.series_of(state).astype(dtype)
            state = columns.State(columns.node_of(typed), state.owner, state.name)
        object.__setattr__(self, "__class__", columns.StandSeries)
        object.__getattribute__(self, "__dict__")["state"] = state

    return __init__


def _state(data: Any) -> columns.State:
    """What a new Series of a column, or of one number for every candle, holds."""
    known = columns.state_of(data)
    owner = columns.entry_frame()
    if known is not None:
        made = columns.node_of(data)
        return columns.State(made, owner, known.name) if columns.COPY_ON_WRITE else known.sharing(owner)
    number = active().same_everywhere(data)
    if number is not None and not columns.is_number(number):
        active().refuse(
            f"pd.Series of a {type(data).__name__} at every candle", "use columns and numbers", "trace-values"
        )
    return columns.State(columns.constant_column(float("nan") if number is None else number), owner)


def _frame_init(original: Any) -> Any:
    def __init__(self: Any, data: Any = None, *given: Any, **keywords: Any) -> None:  # noqa: N807 - it replaces one
        """Build a DataFrame, or a stand-in when it is made of columns that are."""
        index = keywords.get("index", given[0] if given else None)
        if isinstance(data, columns.StandFrame):
            data = frames.columns_of(data)
        if columns.is_column(data):
            name = columns.name_of(data)
            data = {0 if name is None else name: data}
        held = data.values() if isinstance(data, dict) else ()
        ours = any(columns.is_column(item) for item in held)
        if not ours and not isinstance(index, chain.IndexToken):
            original(self, data, *given, **keywords)
            return
        names = keywords.get("columns")
        if set(keywords) - {"index", "columns", "copy"} or given[1:] or not isinstance(data, dict | None):
            active().refuse("pd.DataFrame of columns with more than index= and columns=", "write pd.DataFrame({...})")
        if index is not None and not isinstance(index, chain.IndexToken):
            active().refuse("pd.DataFrame of columns with another index", "write index=close.index", "trace-index")
        data = data or {}
        if names is not None and len(data) == 1 and 0 in data:
            data = dict(zip(names, data.values(), strict=True))
        elif names is not None:
            data = {name: data.get(name, float("nan")) for name in names}
        object.__setattr__(self, "__class__", columns.StandFrame)
        frames.become(self, data)

    return __init__


def _frame_setitem(original: Any) -> Any:
    def __setitem__(self: Any, key: Any, value: Any) -> None:  # noqa: N807 - it replaces one
        """Set a column; a frame without any becomes a stand-in when it is given one."""
        if columns.is_column(value) and not len(self.columns) and not len(self.index):
            object.__setattr__(self, "__class__", columns.StandFrame)
            frames.become(self, {key: value})
        elif columns.is_column(value):
            active().refuse("a column in a frame that holds values", "make the frame of columns", "trace-values")
        else:
            original(self, key, value)

    return __setitem__


def _of_pandas(name: str, original: Any) -> Any:
    def function(*given: Any, **keywords: Any) -> Any:
        if name == "concat" and frames.takes_concat(*given, **keywords):
            return frames.concat(*given, **keywords)
        if given and isinstance(given[0], columns.StandFrame):
            return getattr(given[0], {"isnull": "isna", "notnull": "notna"}.get(name, name))(*given[1:], **keywords)
        if given and columns.is_column(given[0]):
            if f"pd.{name}" in spellings():
                return columns.call(f"pd.{name}", None, (given, keywords))
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
        if name in filled or name == "full":
            run = active()
            if run.asked is None or first not in (run.history, (run.history,), [run.history]):
                return original(first, *given, **keywords)
            value, *more = given if name == "full" else (filled[name], *given)
            dtype = keywords.get("dtype", more[0] if more else None)
            made = functions.full(value)
            return made if dtype is None else methods.astype(made, (((dtype,), {}),))
        if columns.is_column(first):
            if set(keywords) - {"dtype", "copy"} or given[1:]:
                active().refuse(f"np.{name} of a column with {', '.join(keywords)}", f"write np.{name}(x)")
            dtype = keywords.get("dtype", given[0] if given else None)
            return functions.as_array(first, dtype, copy=name == "array" and keywords.get("copy", True) is not False)
        return original(first, *given, **keywords)

    function.__name__ = name
    return function


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
        if any(columns.is_column(item) for item in given):
            if active().deciding is None:
                active().refuse(f"math.{name} of a column", f"write np.{AS_NUMPY.get(name, name)}(x)", "trace-values")
            return same(*given)
        return original(*given)

    function.__name__ = name
    return function
