"""What a project, or a library that it imports, has hung onto pandas and numpy: methods, accessors, other functions."""

from __future__ import annotations

import sys
from types import FunctionType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_THEIRS = {"pandas", "numpy", "candlewick", *sys.stdlib_module_names}


def patches() -> list[tuple[str, Any]]:
    """Everything on pandas and numpy that is not theirs, by name: functions use it without naming where it is from."""
    return [
        (f"{owner.__name__}.{name}", value)
        for owner in _owners()
        for name, held in list(vars(owner).items())
        for value in _values(held)
        if _home(value).partition(".")[0] not in _THEIRS and _is_current(value)
    ]


def options() -> str:
    """The options of pandas that decide how it computes: a module may set them for all that come after it."""
    pandas = sys.modules["pandas"]
    return repr([sorted(getattr(pandas.options, group).d.items()) for group in ("compute", "mode", "future")])


def _owners() -> Iterator[Any]:
    pandas, numpy = sys.modules.get("pandas"), sys.modules.get("numpy")
    if pandas is not None:
        yield from (pandas, pandas.Series, pandas.DataFrame, pandas.Index, pandas.DatetimeIndex)
        yield from (getattr(pandas.api.typing, name) for name in ("Rolling", "Expanding", "ExponentialMovingWindow"))
    if numpy is not None:
        yield numpy


def _values(held: Any) -> Iterator[Any]:
    """The code behind an attribute: a function, what a property calls, the class of an accessor."""
    accessor = getattr(held, "_accessor", None)
    if isinstance(accessor, type):
        yield accessor
    inner = held.fget if isinstance(held, property) else getattr(held, "__func__", held)
    if isinstance(inner, FunctionType):
        yield inner


def _home(value: Any) -> str:
    return str(value.__globals__.get("__name__", "") if isinstance(value, FunctionType) else value.__module__)


def _is_current(value: Any) -> bool:
    """Whether what defined it is still imported: where a module was imported anew, it has hung its own in the place."""
    module = sys.modules.get(_home(value))
    if isinstance(value, FunctionType):
        return module is not None and value.__globals__ is vars(module)
    return "<locals>" in value.__qualname__ or getattr(module, value.__qualname__.partition(".")[0], None) is value
