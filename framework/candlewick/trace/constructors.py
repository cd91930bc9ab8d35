"""What becomes a stand-in when it is built of one: ``pd.Series(values)``, ``pd.DataFrame({...})``."""

from __future__ import annotations

from typing import Any

from candlewick.trace import frame as frames
from candlewick.trace import index as indexes
from candlewick.trace import position, stand
from candlewick.trace.column import begins, whole_result
from candlewick.trace.tracing import active


def series_init(original: Any) -> Any:
    """``pd.Series.__init__`` that knows stand-ins."""

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


def frame_init(original: Any) -> Any:
    """``pd.DataFrame.__init__`` that knows stand-ins."""

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


def frame_setitem(original: Any) -> Any:
    """``pd.DataFrame.__setitem__`` that knows stand-ins."""

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
