"""Columns and frames put together: ``pd.concat([x, y], axis=1)``, and first candles before others."""

from __future__ import annotations

from typing import Any

from candlewick.trace.frame import columns_of, frame, unique
from candlewick.trace.missing import start_of
from candlewick.trace.position import Head, opened
from candlewick.trace.routes import route
from candlewick.trace.stand import StandFrame, entry_frame, is_column, name_of, node_of, series
from candlewick.trace.tracing import active


@route("pd.concat([x, other], axis=1)")
def concat(objs: Any, *, axis: Any = 0, keys: Any = None, join: str = "outer", **rest: Any) -> Any:
    """A frame of columns and of the columns of frames; one without a name gets a number, as in pandas."""
    if axis in (0, "index") and not rest and keys is None:
        return in_a_row(objs)
    if axis not in (1, "columns") or set(rest) - {"ignore_index", "copy", "sort"} or join not in {"outer", "inner"}:
        active().refuse("pd.concat of columns along candles", "write pd.concat([...], axis=1)", "trace-concat")
    items = list(objs.items()) if isinstance(objs, dict) else [(None, item) for item in objs]
    if keys is not None:
        items = list(zip(keys, (item for _, item in items), strict=True))
    columns: dict[Any, Any] = {}
    unnamed = 0
    for key, item in items:
        parts = columns_of(item) if isinstance(item, StandFrame) else {key: item}
        for given, part in parts.items():
            if not is_column(part):
                active().refuse("pd.concat of something else than columns", "concat columns only")
            name = given if given is not None else name_of(part)
            if name is None or rest.get("ignore_index"):
                name, unnamed = (len(columns) if rest.get("ignore_index") else unnamed), unnamed + 1
            columns[unique(columns, name)] = part
    return frame(columns)


def takes_concat(objs: Any = (), *_: Any, **__: Any) -> bool:
    """Whether a concat is ours: a list or mapping that holds a stand-in."""
    items = objs.values() if isinstance(objs, dict) else objs
    return isinstance(items, list | tuple | type({}.values())) and any(
        is_column(item) or isinstance(item, StandFrame | Head) for item in items
    )


def in_a_row(items: Any) -> Any:
    """``pd.concat([x.iloc[:n], y.iloc[n:]])``: the first candles of one column, and the others of another."""
    items = list(items)
    if len(items) == 2 and isinstance(items[0], Head) and is_column(items[1]):  # noqa: PLR2004 - the first, the others
        first, rest = items
        if not first.raw and first.start == 0 and start_of(node_of(rest)) == first.stop:
            return series(node_of(opened(rest, first.column, 0, first.stop)), entry_frame(), name_of(rest))
    return active().refuse("pd.concat of columns along candles", "write pd.concat([...], axis=1)", "trace-concat")
