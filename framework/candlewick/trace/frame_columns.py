"""Which columns a frame has: put in, taken away, renamed, joined."""

from __future__ import annotations

from typing import Any

from candlewick.trace.frame import column_node, columns_of, frame, held_by, owned
from candlewick.trace.routes import route
from candlewick.trace.stand import StandFrame, is_column, series
from candlewick.trace.tracing import active

ACROSS = (1, "columns")


@route("frame.copy()")
def copy(self: Any, deep: bool = True) -> Any:
    """The same columns in a frame that may be changed."""
    del deep
    return frame(columns_of(self))


@route("frame.assign(name=column)")
def assign(self: Any, **columns: Any) -> Any:
    """The frame with more columns."""
    result = dict(columns_of(self))
    for name, value in columns.items():
        item = value(frame(result)) if callable(value) and not is_column(value) else value
        result[name] = item if is_column(item) else series(column_node(item), None)
    return frame(result)


@route("frame.rename(columns=names)")
def rename(self: Any, columns: Any = None, axis: Any = None, inplace: bool = False, **rest: Any) -> Any:
    """The frame with its columns under other names."""
    if rest or columns is None or axis not in (None, *ACROSS):
        active().refuse("rename() of something else than columns", 'write frame.rename(columns={"Close": "close"})')
    new = columns if callable(columns) else lambda name: columns.get(name, name)
    renamed = {new(name): made for name, made in held_by(self).items()}
    if len(renamed) != len(held_by(self)):
        active().refuse("rename() that gives two columns one name", "keep names apart", "trace-columns")
    return held_in(self, renamed, inplace=inplace)


@route("frame.drop(columns=names)")
def drop(self: Any, labels: Any = None, axis: Any = 0, columns: Any = None, inplace: bool = False, **rest: Any) -> Any:
    """The frame without some columns."""
    names = columns if columns is not None else labels if axis in ACROSS else None
    if rest or names is None:
        active().refuse("drop() of candles", "keep every candle: where(condition)", "trace-index")
    gone = [names] if isinstance(names, str) else list(names)
    missing = [name for name in gone if name not in held_by(self)]
    if missing:
        active().refuse(f"drop({missing[0]!r}): no such column", f"columns: {', '.join(map(str, held_by(self)))}")
    return held_in(self, {name: made for name, made in held_by(self).items() if name not in gone}, inplace=inplace)


@route("frame.pop(name)")
def pop(self: Any, name: Any) -> Any:
    """A column, which the frame loses."""
    column = self[name]
    owned(self)["columns_by_name"] = {key: made for key, made in held_by(self).items() if key != name}
    return column


def held_in(self: Any, nodes: dict[Any, Any], *, inplace: bool) -> Any:
    """Another frame of these columns, or this one, which has them from now on."""
    if inplace:
        owned(self)["columns_by_name"] = nodes
        return None
    return frame({name: series(made, None) for name, made in nodes.items()})


@route("frame.join(other)")
def join(self: Any, other: Any, **rest: Any) -> Any:
    """The frame with the columns of another."""
    others = {other.name: other} if is_column(other) else columns_of(other)
    if rest or set(others) & set(held_by(self)) or None in others:
        active().refuse("join() with more than another frame of other columns", "write frame.join(other)")
    return frame({**columns_of(self), **others})


@route("frame.get(name)")
def get(self: Any, key: Any, default: Any = None) -> Any:
    """A column, or the default where there is none of this name."""
    return self[key] if not isinstance(key, str) or key in held_by(self) else default


@route("frame.insert(place, name, column)")
def insert(self: Any, loc: Any, column: Any, value: Any, allow_duplicates: bool = False) -> None:
    """One more column, at a place among them."""
    items = list(held_by(self).items())
    if allow_duplicates or column in held_by(self) or not isinstance(loc, int) or not 0 <= loc <= len(items):
        active().refuse("insert() but of a new column among the others", 'write frame["name"] = column')
    owned(self)["columns_by_name"] = dict([*items[:loc], (column, column_node(value)), *items[loc:]])


@route("frame.add_prefix(text)")
def add_prefix(self: Any, prefix: str, axis: Any = None) -> Any:
    """The frame with longer names."""
    return rename(self, columns=lambda name: f"{prefix}{name}", axis=axis)


@route("frame.add_suffix(text)")
def add_suffix(self: Any, suffix: str, axis: Any = None) -> Any:
    """The frame with longer names."""
    return rename(self, columns=lambda name: f"{name}{suffix}", axis=axis)


@route("frame.merge(other, left_index=True, right_index=True)")
def merge(self: Any, right: Any, how: str = "inner", **rest: Any) -> Any:
    """The frame with the columns of another of the same candles."""
    if rest != {"left_index": True, "right_index": True} or how not in {"inner", "left", "outer", "right"}:
        active().refuse("merge() but by the index", "write frame.join(other)", "trace-index")
    if not isinstance(right, StandFrame) and not is_column(right):
        active().refuse("merge() with something else than a frame of columns", "write frame.join(other)")
    return join(self, right)


@route("frame.filter(names)")
def filter_columns(self: Any, items: Any = None, **rest: Any) -> Any:
    """The columns of these names that there are."""
    if rest or items is None:
        active().refuse("filter() of a frame but by names", 'write frame[["open", "close"]]')
    return self[[name for name in items if name in held_by(self)]]


@route("frame.squeeze()")
def squeeze(self: Any, axis: Any = None) -> Any:
    """The only column of a frame, or the frame."""
    names = list(held_by(self))
    return self[names[0]] if len(names) == 1 and axis in (None, *ACROSS) else self.copy()
