"""What pandas itself must understand during a trace: constructors and module functions. All undone after."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pandas as pd

from candlewick.operators.catalogue import spellings
from candlewick.trace import frame as frames
from candlewick.trace import functions, standin, window
from candlewick.trace.tracing import active

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


ROUTED = (functions.FUNCTIONS, standin.ROUTES, window.apply)  # importing them fills the tables of the stand-ins


@contextmanager
def patched() -> Iterator[None]:
    """Constructors and functions of pandas route stand-ins to the trace, and everything else to pandas."""
    undo: list[Callable[[], None]] = []
    try:
        _replace(pd.Series, "__init__", _series_init(pd.Series.__init__), undo)
        _replace(pd.DataFrame, "__init__", _frame_init(pd.DataFrame.__init__), undo)
        for name in ("concat", "isna", "isnull", "notna", "notnull", "to_numeric"):
            original = getattr(pd, name)
            route = _routed(name, original)
            for module in list(sys.modules.values()):
                # a project may have written `from pandas import concat`; library modules keep their own
                own = getattr(module, "__name__", "").partition(".")[0]
                if module is pd or (own not in {"pandas", "numpy"} and vars_of(module).get(name) is original):
                    _replace(module, name, route, undo)
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
        if not (standin.state_of(data) or isinstance(index, standin.IndexToken)):
            if copy is not None:
                rest["copy"] = copy
            original(self, data, index, dtype, name, **rest)
            return
        if rest:
            active().refuse(f"pd.Series({', '.join(rest)}=...)", "write pd.Series(values, index=close.index)")
        if index is not None and not isinstance(index, standin.IndexToken):
            active().refuse("pd.Series of a column with another index", "write index=close.index", "trace-index")
        made = standin.node_of(data)
        if made is None:
            if data is not None and not standin.is_number(data):
                active().refuse(f"pd.Series of a {type(data).__name__} at every candle", "use columns and numbers")
            made = standin.constant_column(float("nan") if data is None else data)
        object.__setattr__(self, "__class__", standin.StandSeries)
        object.__getattribute__(self, "__dict__")["state"] = standin.State(
            made, standin.entry_frame(), data if isinstance(data, standin.StandArray) else None
        )
        if dtype is not None:
            standin.replace(self, self.astype(dtype))

    return __init__


def _frame_init(original: Any) -> Any:
    def __init__(self: Any, data: Any = None, *given: Any, **keywords: Any) -> None:  # noqa: N807 - it replaces one
        """Build a DataFrame, or a stand-in when it is made of columns that are."""
        if isinstance(data, standin.StandFrame):
            data = frames.columns_of(data)
        held = data.values() if isinstance(data, dict) else ()
        if not any(standin.is_column(item) for item in held):
            original(self, data, *given, **keywords)
            return
        index = keywords.pop("index", given[0] if given else None)
        if keywords or given[1:] or (index is not None and not isinstance(index, standin.IndexToken)):
            active().refuse("pd.DataFrame of columns with more than index=", "write pd.DataFrame({...})")
        if not all(isinstance(key, str) for key in data):
            active().refuse("pd.DataFrame with column names that are no strings", "name the columns")
        columns = {
            key: item if standin.is_column(item) else standin.series(standin.constant_column(item), None)
            for key, item in data.items()
        }
        object.__setattr__(self, "__class__", standin.StandFrame)
        own = object.__getattribute__(self, "__dict__")
        own["columns_by_name"] = {key: standin.node_of(item) for key, item in columns.items()}
        own["owner"] = standin.entry_frame()

    return __init__


def _routed(name: str, original: Any) -> Any:
    def function(*given: Any, **keywords: Any) -> Any:
        if name == "concat" and frames.takes_concat(*given, **keywords):
            return frames.concat(*given, **keywords)
        if given and isinstance(given[0], standin.StandFrame):
            return getattr(given[0], {"isnull": "isna", "notnull": "notna"}.get(name, name))(*given[1:], **keywords)
        if given and standin.is_column(given[0]):
            if f"pd.{name}" in spellings():
                return standin.call(f"pd.{name}", None, (given, keywords))
            active().refuse(f"pd.{name} of a column", "`wick operators` lists what is covered")
        return original(*given, **keywords)

    function.__name__ = name
    return function
