"""YAML text with the position of every key, and what pydantic finds wrong with it, at its line."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import yaml

from candlewick.errors import ConfigError, Location, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pydantic import BaseModel, ValidationError


class Document:
    """YAML text with the position of every key, so that an error can show its line."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.lines = text.splitlines()
        try:
            self.tree = yaml.compose(text, Loader=yaml.SafeLoader)
            self._refuse_duplicates(self.tree)
            self.value = yaml.SafeLoader("").construct_document(self.tree) if self.tree else None
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            where = [self._location(mark.line, mark.column)] if mark else []
            raise ConfigError(
                f"{name} is not valid YAML: {error.problem}",
                code="config-yaml",
                where=where,
                hint="check the indentation and the colons around this line",
            ) from None
        except RecursionError:
            hint = "write the values out, without * and &"
            raise ConfigError(f"{name} is nested too deeply, or in itself", code="config-yaml", hint=hint) from None
        except ValueError as error:
            hint = "correct the date, or write it in quotes when it is none"
            where = [self._at(date) for date in _wrong_dates(self.tree)][:1]
            what = f"{name} holds a date that does not exist: {error}"
            raise ConfigError(what, code="config-value", where=where, hint=hint) from None
        except yaml.YAMLError as error:
            what = f"{name} is not valid YAML: {str(error).splitlines()[0]}"
            raise ConfigError(what, code="config-yaml", hint="write it as plain UTF-8 text") from None
        if not isinstance(self.value, dict):
            raise ConfigError(
                f"{name} holds no keys",
                code="config-value",
                where=[Location(name, 1)],
                hint="it needs at least name: and candles: (see `wick init`)",
            )

    def _location(self, line: int, column: int | None = None, end: int | None = None) -> Location:
        source = self.lines[line] if line < len(self.lines) else ""
        return Location(self.name, line + 1, source, column, end)

    def _refuse_duplicates(self, node: yaml.Node | None) -> None:
        if isinstance(node, yaml.MappingNode):
            seen: dict[str, yaml.Node] = {}
            for key, value in node.value:
                if not isinstance(key, yaml.ScalarNode):
                    hint = "write a name before the colon; text with brackets belongs in quotes"
                    raise ConfigError("this key is no text", code="config-value", where=[self._at(key)], hint=hint)
                if key.value in seen:
                    raise ConfigError(
                        f"the key '{key.value}' stands twice",
                        code="config-duplicate-key",
                        where=[self._at(seen[key.value]), self._at(key)],
                        hint="keep one of them",
                    )
                seen[key.value] = key
                self._refuse_duplicates(value)
        elif isinstance(node, yaml.SequenceNode):
            for child in node.value:
                self._refuse_duplicates(child)

    def _at(self, node: yaml.Node) -> Location:
        start, end = node.start_mark, node.end_mark
        return self._location(start.line, start.column, end.column if end.line == start.line else None)

    def find(self, path: Sequence[str | int]) -> Location | None:
        """The deepest key on ``path`` that the text holds."""
        node, found = self.tree, None
        for step in path:
            if isinstance(node, yaml.MappingNode):
                pair = next(((k, v) for k, v in node.value if k.value == step), None)
                if pair is None:
                    break
                found, node = pair
            elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
                found = node = node.value[step]
            else:
                break
        return self._at(found) if found is not None else None


def explain(document: Document, error: ValidationError, model: type[BaseModel]) -> ConfigError:
    """The first problem pydantic found, in the words of this project."""
    first = error.errors(include_url=False)[0]
    path = [step for step in first["loc"] if isinstance(step, str | int) and not _is_union_tag(step)]
    dotted = ".".join(map(str, path))
    place = document.find(path)
    where = [place or Location(document.name, 1)]
    if first["type"] == "extra_forbidden":
        known = _known_keys(model, path[:-1])
        hint = nearest(str(path[-1]), known) or f"the keys here are {', '.join(known)}"
        return ConfigError(f"unknown key {dotted}", code="config-unknown-key", where=where, hint=hint)
    if first["type"] == "missing":
        return ConfigError(
            f"the key {dotted} is missing", code="config-value", where=where, hint=f"add {dotted} to {document.name}"
        )
    if first["type"] == "invalid_key":
        hint = "write it in quotes, or remove it: YAML reads on, off, yes and no as truth values"
        return ConfigError(f"the key {first['input']!r} is no text", code="config-value", where=where, hint=hint)
    reason = _REASONS.get(first["type"], first["msg"]).removeprefix("Value error, ")
    value = first["input"]
    shown = str(value) if isinstance(value, dt.date) else repr(value)
    return ConfigError(
        f"{dotted} is {shown}: {reason[0].lower()}{reason[1:]}",
        code="config-value",
        where=where,
        hint=_value_hint(value, first.get("ctx", {}), dotted),
    )


_REASONS = {
    "tuple_type": "it should be a list, such as [a, b]",
    "model_type": "it should hold keys, or be left out",
    "dict_type": "it should hold keys, or be left out",
    "string_type": "it should be text",
    "string_pattern_mismatch": "it should be letters, digits and _, and begin with none of the digits",
    "string_too_short": "it should name something",
    "too_short": "it should name something",
    "datetime_from_date_parsing": "it should be a date, such as 2014-12-31",
}


def _wrong_dates(node: yaml.Node | None) -> Iterator[yaml.Node]:
    """The scalars that look like dates and are none."""
    if isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:timestamp":
        try:
            yaml.SafeLoader("").construct_yaml_timestamp(node)
        except ValueError:
            yield node
    for child in node.value if isinstance(node, yaml.SequenceNode) else ():
        yield from _wrong_dates(child)
    for _, child in node.value if isinstance(node, yaml.MappingNode) else ():
        yield from _wrong_dates(child)


def _is_union_tag(step: str | int) -> bool:
    """Pydantic puts the tried member of a union into the path; it is no key of the user's."""
    return isinstance(step, str) and (step in {"str", "int", "float", "bool", "date", "datetime"} or "[" in step)


def _known_keys(model: type[BaseModel], path: Sequence[str | int]) -> list[str]:
    section: Any = model
    for step in path:
        section = section.model_fields[step].annotation
        section = next(
            (arg for arg in getattr(section, "__args__", (section,)) if hasattr(arg, "model_fields")), section
        )
    return list(section.model_fields)


def _value_hint(value: object, context: dict[str, Any], dotted: str) -> str:
    expected = str(context.get("expected", ""))
    if expected:
        return nearest(str(value), expected.replace("'", "").replace(" or ", ", ").split(", ")) or f"use {expected}"
    return f"correct {dotted}, or see `wick init` for a file that works"
