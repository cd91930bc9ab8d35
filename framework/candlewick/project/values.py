"""How values that hold no code are written down, so that two texts are equal only where the values are."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import logging
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    Add = Callable[[Any], str]

LONGEST = 60  # a value longer than this is shown as its hash
PLAIN = (
    bool,
    int,
    float,
    str,
    bytes,
    complex,
    type(None),
    type(...),
    range,
    slice,
    dt.datetime,
    dt.date,
    dt.time,
    dt.timedelta,
    dt.tzinfo,
)


class Unhashable(Exception):  # noqa: N818 - a finding about a value, caught by whoever asked
    """A value of which nobody can say whether it is the same next time."""


def hashed(*texts: str) -> str:
    """BLAKE2b-128 of texts, each prefixed by its length."""
    whole = "".join(f"{len(text)}:{text}" for text in texts)
    return hashlib.blake2b(whole.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def shown(text: str) -> str:
    """A value as a piece: itself when it is short enough to be read, else its hash."""
    return text if len(text) <= LONGEST else hashed(text)


def container(value: Any, add: Add) -> str | None:
    """A sequence, a mapping, a set or a pattern, by what is in it; None for anything else."""
    if isinstance(value, dict):  # in its own order: whoever goes through it may add numbers up
        return "{" + ", ".join(f"{add(key)}: {add(each)}" for key, each in value.items()) + "}"
    if isinstance(value, (tuple, list)):
        return f"{type(value).__name__}({', '.join(map(add, value))})"
    if isinstance(value, (set, frozenset)):
        return "{" + ", ".join(sorted(map(add, value))) + "}"
    if isinstance(value, re.Pattern):
        return f"re({value.pattern!r}, {value.flags})"
    return f"logger {value.name}" if isinstance(value, logging.Logger) else None


def array(value: Any, add: Add) -> str | None:
    """An array, or a column or table of pandas; None for anything else of theirs."""
    home = type(value).__module__.partition(".")[0]
    if home == "numpy" and hasattr(value, "dtype") and hasattr(value, "tobytes"):
        if value.dtype.hasobject:
            return f"array{value.shape}{add(value.ravel().tolist())}"
        return f"{value.dtype}{value.shape} {hashlib.blake2b(value.tobytes(), digest_size=16).hexdigest()}"
    if home == "pandas" and hasattr(value, "to_numpy"):
        kinds = str(getattr(value, "dtypes", getattr(value, "dtype", "")))
        held: list[Any] = [kinds, value.to_numpy()]
        if hasattr(value, "index"):
            names: Any = getattr(value, "columns", getattr(value, "name", None))
            held += [value.index.to_numpy(), names.to_numpy() if hasattr(names, "to_numpy") else names]
        return f"{type(value).__name__}{add(held)}"
    return None


def held(value: Any) -> dict[str, Any] | None:
    """The attributes of an instance; None for one that keeps them out of sight."""
    if dataclasses.is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    slots = [name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())]
    if not hasattr(value, "__dict__") and not slots:
        return None
    found = {name: getattr(value, name) for name in slots if hasattr(value, name) and not name.startswith("__")}
    return found | dict(getattr(value, "__dict__", {}))
