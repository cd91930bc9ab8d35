"""Columns in one array of two axes: ``np.vstack([x, y])``, ``np.column_stack([x, y])``, ``frame.values``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from candlewick.trace.each import REDUCTIONS, Each, elementwise, truth
from candlewick.trace.frame import columns_of
from candlewick.trace.missing import never_missing
from candlewick.trace.part import as_array
from candlewick.trace.routes import route
from candlewick.trace.stand import BINARY, COMPARISON, describe, is_column, is_number, node_of, series
from candlewick.trace.tracing import active
from candlewick.trace.verdicts import refuse_position, refuse_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

FOLDED = {"maximum": "max", "minimum": "min", "add": "sum", "multiply": "prod", "fmax": "nanmax", "fmin": "nanmin",
          "logical_and": "all", "logical_or": "any"}  # fmt: skip
"""What a function of two values makes of many of them, as in ``np.maximum.reduce([x, y, z])``."""
ALSO = {"amax": "max", "amin": "min", "nanmedian": "median", "any": "any", "all": "all", "argmax": "argmax",
        "argmin": "argmin", "ptp": "ptp"}  # fmt: skip


@dataclass(eq=False)
class Stack:
    """Columns as the rows (``side`` 0) or as the columns (1) of an array."""

    spoken = "columns in one array"

    items: Sequence[Any]
    side: int

    __pandas_priority__ = 6000
    answers_operators = True
    __array_priority__ = 6000

    def reduce(self, name: str, *, axis: Any = None, ddof: int = 0, keepdims: Any = False) -> Any:
        """One number for each candle."""
        if axis not in (self.side, self.side - 2):
            refuse_whole(f"{name}() of columns in one array, over the candles,")
        items = [truth(item) for item in self.items] if name in {"any", "all"} else list(self.items)
        nodes = [node_of(item) for item in items]
        if name in {"argmax", "argmin"} and not all(made is not None and never_missing(made) for made in nodes):
            active().refuse(f"np.{name} of columns of which one may be missing", "fill them first: x.fillna(0)")
        skips = name.startswith("nan")
        if keepdims not in (False, np._NoValue):  # noqa: SLF001 - numpy's own sign of no argument
            active().refuse(f"{name}(keepdims=True) of columns in one array", "leave keepdims out")
        plain = REDUCTIONS.get(name) or ALSO.get(name) or name
        if skips and plain == "median":
            active().refuse("np.nanmedian of columns", "write pd.concat([x, y], axis=1).median(axis=1)")
        return as_array(Each(items, skips=skips).reduce(plain, ddof=ddof))

    def combined(self, key: str, other: Any, *, swap: bool) -> Stack:
        """An operation on each value, with a number or with as many columns."""
        if isinstance(other, Stack) and (other.side, len(other.items)) == (self.side, len(self.items)):
            beside = list(other.items)
        elif is_number(other) or (is_column(other) and self.side == 0):
            beside = [other] * len(self.items)
        else:
            return refuse_position("columns in one array beside something else")  # type: ignore[no-any-return]
        pairs = zip(self.items, beside, strict=True)
        return replace(self, items=[elementwise(key, (b, a) if swap else (a, b)) for a, b in pairs])

    @property
    def T(self) -> Stack:  # noqa: N802 - numpy's name
        """The other way round."""
        return replace(self, side=1 - self.side)

    def __getitem__(self, key: Any) -> Any:
        if self.side and isinstance(key, tuple) and len(key) == 2 and key[0] == slice(None):  # noqa: PLR2004 - two axes
            key = key[1]
        elif self.side or isinstance(key, tuple):
            return refuse_position(f"columns in one array [{describe(key)}]")
        found = self.items[key]
        return replace(self, items=found) if isinstance(key, slice) else as_array(found)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in {"max", "min", "sum", "mean", "std", "var", "prod", "any", "all", "argmax", "argmin", "ptp"}:
            return lambda axis=None, **words: self.reduce(name, axis=axis, **words)
        match name:
            case "shape":
                sizes = (len(self.items), active().length())
                return sizes[::-1] if self.side else sizes
            case "ndim":
                return 2
            case "copy":
                return lambda: self
            case "astype":
                return lambda dtype: replace(self, items=[item.astype(dtype) for item in self.items])
        return refuse_position(f"{name} of columns in one array")

    def __iter__(self) -> Any:
        if self.side:
            active().refuse(
                "the candles of several columns are iterated over: a loop over rows",
                "write it with whole columns: np.where, rolling, ewm",
                "trace-loop",
            )
        return iter([as_array(item) for item in self.items])

    def __len__(self) -> int:
        return active().length() if self.side else len(self.items)

    def __neg__(self) -> Stack:
        return replace(self, items=[-item for item in self.items])

    def __abs__(self) -> Stack:
        return replace(self, items=[abs(item) for item in self.items])

    def __invert__(self) -> Stack:
        return replace(self, items=[~item for item in self.items])

    def used(self, *_: Any, **__: Any) -> Any:
        """Refused."""
        return refuse_position("columns in one array")

    __bool__ = __array__ = __setitem__ = __float__ = used

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **keywords: Any) -> Any:
        if method != "__call__" or keywords or len(inputs) > 2:  # noqa: PLR2004 - of one and of two
            return self.used()
        key = f"np.{ufunc.__name__}"
        if len(inputs) == 1:
            return replace(self, items=[elementwise(key, (item,)) for item in self.items])
        swap = inputs[0] is not self
        return self.combined(key, inputs[0] if swap else inputs[1], swap=swap)

    def __array_function__(self, function: Any, types: Any, given: Any, keywords: Any) -> Any:
        del types
        name = function.__name__
        if given[0] is self and (name in REDUCTIONS or name in ALSO) and len(given) <= 2:  # noqa: PLR2004 - and axis
            words = {"axis": given[1]} if len(given) > 1 else {}
            return self.reduce(name, **{k: v for k, v in (words | keywords).items() if v is not None})
        if name == "transpose" and len(given) == 1:
            return self.T
        return refuse_position(f"np.{name} of columns in one array")


def _operator(key: str, *, swap: bool) -> Callable[[Stack, Any], Any]:
    return lambda self, other: self.combined(key, other, swap=swap)


for _name, _key in {**BINARY, **COMPARISON}.items():
    setattr(Stack, f"__{_name}__", _operator(_key, swap=False))
    setattr(Stack, f"__r{_name}__", _operator(_key, swap=True))
Stack.__hash__ = object.__hash__  # type: ignore[method-assign]


def stacked(columns: Sequence[Any], side: int) -> Stack:
    """Columns, each as it is, in one array."""
    for item in columns:
        if not is_column(item):
            active().refuse(f"an array of columns and a {type(item).__name__}", "put columns only in it")
    return Stack([series(node_of(item), None) for item in columns], side)


@route("np.vstack([x, other])")
def vstack(columns: Sequence[Any], **rest: Any) -> Any:
    """Columns as rows of one array, good for statistics of each candle: ``.max(axis=0)``."""
    return stacked(columns, 0) if not rest else refuse_position(f"np.vstack with {', '.join(rest)}")


@route("np.column_stack([x, other])")
def column_stack(columns: Sequence[Any]) -> Any:
    """Columns side by side in one array, good for statistics of each candle: ``.max(axis=1)``."""
    return stacked(columns, 1)


@route("np.stack([x, other], axis=0)")
def stack(columns: Sequence[Any], axis: int = 0, **rest: Any) -> Any:
    """Columns as rows, or side by side, of one array."""
    return stacked(columns, axis % 2) if not rest else refuse_position(f"np.stack with {', '.join(rest)}")


def _of_list(name: str) -> Any:
    def statistic(columns: Sequence[Any], axis: Any = None, **rest: Any) -> Any:
        given = {key: value for key, value in rest.items() if value is not np._NoValue}  # noqa: SLF001 - not given
        return stacked(columns, 0).reduce(name, axis=axis, **given)

    statistic.__name__, statistic.__doc__ = name, "The statistic of several columns at each candle."
    return statistic


for _name in ("nansum", "nanmean", "nanstd", "std", "var", "median", "prod", "argmax", "argmin", "any", "all"):
    route(f"np.{_name}([x, other], axis=0)")(_of_list(_name))


@route("frame.to_numpy()")
def frame_to_numpy(self: Any, dtype: Any = None, copy: bool = False, na_value: Any = None) -> Any:
    """The columns side by side in one array."""
    del copy
    if dtype not in (None, float) or na_value is not None:
        active().refuse("to_numpy() of a frame with more than dtype=float", "write frame.to_numpy()")
    return stacked(list(columns_of(self).values()), 1)


class Folding:
    """``np.maximum`` while tracing: the function itself, whose ``reduce`` also takes a list of columns."""

    def __init__(self, original: Any) -> None:
        self.__dict__["original"] = original

    def __call__(self, *given: Any, **keywords: Any) -> Any:
        """The function of two values."""
        return self.original(*given, **keywords)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.original, name)

    def reduce(self, array: Any, axis: Any = 0, *given: Any, **keywords: Any) -> Any:
        """All of them, from the first to the last."""
        if isinstance(array, list | tuple) and any(map(is_column, array)):
            array = stacked(array, 0)
        if isinstance(array, Stack) and not given and not keywords:
            return array.reduce(FOLDED[self.original.__name__], axis=axis)
        return self.original.reduce(array, axis, *given, **keywords)
