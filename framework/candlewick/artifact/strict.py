"""JSON as this project writes it, and the strict reading of it: one spelling per value, no surprises."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NoReturn

from candlewick.errors import ArtifactError

if TYPE_CHECKING:
    from collections.abc import Collection


def canonical(value: Any) -> str:
    """The one text of a value: sorted keys, no spaces, ASCII, no NaN.

    >>> canonical({"b": 1, "a": [True, None]})
    '{"a":[true,null],"b":1}'
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def parse(text: str | bytes, what: str) -> Any:
    """The value of a JSON text.

    Errors: ArtifactError ``artifact-duplicate-key``, ``artifact-not-finite``, ``artifact-json``
    """

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(items)
        if len(found) != len(items):
            names = [name for name, _ in items]
            twice = next(name for name in names if names.count(name) > 1)
            raise ArtifactError(f"{what} has the key {twice!r} twice", code="artifact-duplicate-key")
        return found

    def constant(word: str) -> NoReturn:
        raise ArtifactError(f"{what} has the number {word}", code="artifact-not-finite")

    try:
        return json.loads(text, object_pairs_hook=pairs, parse_constant=constant)
    except (ValueError, RecursionError) as problem:  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        raise ArtifactError(f"{what} is not JSON: {problem}", code="artifact-json") from None


def record(value: Any, keys: Collection[str], what: str) -> dict[str, Any]:
    """A JSON object with exactly these keys.

    Errors: ArtifactError ``artifact-unknown-field``, ``artifact-missing-field``, ``artifact-schema``
    """
    if not isinstance(value, dict):
        raise ArtifactError(f"{what} is not an object", code="artifact-schema")
    unknown, missing = sorted(set(value) - set(keys)), sorted(set(keys) - set(value))
    if unknown:
        raise ArtifactError(f"{what} has the unknown field {unknown[0]!r}", code="artifact-unknown-field")
    if missing:
        raise ArtifactError(f"{what} has no field {missing[0]!r}", code="artifact-missing-field")
    return value


def typed(value: Any, kind: type | tuple[type, ...], what: str) -> Any:
    """A value of this type; a bool is no number.

    Errors: ArtifactError ``artifact-schema``
    """
    kinds = kind if isinstance(kind, tuple) else (kind,)
    if type(value) not in kinds:
        names = " or ".join("null" if each is type(None) else each.__name__ for each in kinds)
        raise ArtifactError(f"{what} is {value!r:.80}, not {names}", code="artifact-schema")
    return value


def texts(value: Any, what: str) -> tuple[str, ...]:
    """A list of texts."""
    return tuple(typed(item, str, f"an item of {what}") for item in typed(value, list, what))


def mapping(value: Any, kind: type | tuple[type, ...], what: str) -> dict[str, Any]:
    """An object whose values are all of one type."""
    return {key: typed(item, kind, f"{what}.{key}") for key, item in typed(value, dict, what).items()}
