"""wick.yml: what a project says about itself, validated, with errors that point at the line."""

from __future__ import annotations

import datetime as dt
import re
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from candlewick.errors import ConfigError, Location, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FILENAME = "wick.yml"
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
TRACKED = ("off", "file", "databricks")
"""The words that say where runs are recorded; anything else is a URI."""


class Section(BaseModel):
    """A part of wick.yml: unknown keys are errors, values never change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Candles(Section):
    """Where OHLCV comes from, and what is done with candles that are not sound."""

    path: str | tuple[str, ...] = Field(min_length=1)
    interval: str
    columns: dict[str, str] = Field(default_factory=dict)
    stamp: Literal["open", "close"] = "open"
    gaps: Literal["allow", "warn", "error"] = "warn"
    invalid: Literal["error", "drop"] = "error"
    volume: Literal["required", "optional"] = "required"

    @field_validator("interval")
    @classmethod
    def _interval(cls, value: str) -> str:
        from candlewick.candles import Interval

        try:
            return Interval.parse(value).name
        except ConfigError as error:
            raise ValueError(f"{error.what}. {error.hint}") from None

    @field_validator("columns")
    @classmethod
    def _columns(cls, value: dict[str, str]) -> dict[str, str]:
        known = ("symbol", "ts", "open", "high", "low", "close", "volume")
        for ours in value:
            if ours not in known:
                raise ValueError(
                    f"'{ours}' is not a candle column; write ours: theirs, where ours is {', '.join(known)}"
                )
        return value


class Models(Section):
    """The folders that hold the project's modules."""

    features: str = "features"
    labels: str = "labels"
    fit: str = "fit"

    @model_validator(mode="after")
    def _apart(self) -> Self:
        folders = [("features", Path(self.features)), ("labels", Path(self.labels)), ("fit", Path(self.fit))]
        for (first, one), (second, other) in combinations(folders, 2):
            if one.is_relative_to(other) or other.is_relative_to(one):
                raise ValueError(f"{first} ({one}) and {second} ({other}) must be folders apart")
        return self

    @field_validator("features", "labels", "fit")
    @classmethod
    def _package(cls, value: str) -> str:
        parts = Path(value).parts
        if not parts or not all(part.isidentifier() for part in parts):
            raise ValueError(f"'{value}' cannot be imported from: use a folder inside the project, letters and _ only")
        return value


class Groups(Section):
    """The feature groups that are on unless something says otherwise."""

    toggle_env: str = Field(default="WICK_ENABLED", pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    baseline: tuple[str, ...] = ()


class Split(Section):
    """How time is cut into training and what follows; a date includes its whole UTC day.

    ``label`` is what is learned; ``folds`` test spans are cut out of the training period.
    """

    train_end: dt.datetime | dt.date
    label: str | None = None
    folds: int = Field(default=5, ge=1, le=100)
    scheme: Literal["walk_forward", "kfold"] = "walk_forward"

    @field_validator("train_end", mode="before")
    @classmethod
    def _a_date_in_quotes_is_a_date(cls, value: object) -> object:
        return dt.date.fromisoformat(value) if isinstance(value, str) and _DATE.fullmatch(value) else value

    @property
    def last_ms(self) -> int:
        """The last millisecond (since 1970) at which a candle of the training rows may open."""
        end = self.train_end
        if isinstance(end, dt.datetime):
            moment = end if end.tzinfo else end.replace(tzinfo=dt.UTC)
            return int(moment.timestamp() * 1000)
        midnight = dt.datetime.combine(end + dt.timedelta(days=1), dt.time(), dt.UTC)
        return int(midnight.timestamp() * 1000) - 1


class Fit(Section):
    """What the fit hands to live trading, and the settings its functions read.

    ``settings`` are what ``@config.when(imputer="median")`` compares with, and values of parameters of fit functions.
    """

    output: str = "normalized"
    settings: dict[str, bool | int | float | str] = Field(default_factory=dict)

    @field_validator("settings", mode="before")
    @classmethod
    def _one_value_each(cls, value: object) -> object:
        given = value.items() if isinstance(value, dict) else ()
        wrong = [f"'{name}' is {each!r}" for name, each in given if not isinstance(each, bool | int | float | str)]
        if wrong:
            raise ValueError(f"{wrong[0]}; a setting is a number, a text, true or false")
        return value


class Tracking(Section):
    """Where runs are recorded besides target/: off, file, or an MLflow tracking URI."""

    mlflow: str = "off"

    @field_validator("mlflow", mode="before")
    @classmethod
    def _yaml_reads_off_as_false(cls, value: object) -> object:
        return "off" if value is False else value

    @field_validator("mlflow")
    @classmethod
    def _off_file_or_uri(cls, value: str) -> str:
        if value not in TRACKED and ":" not in value and "/" not in value:
            guess = nearest(value, TRACKED)
            raise ValueError(guess or "it should be off, file, or a tracking URI such as http://127.0.0.1:5000")
        return value


class Config(Section):
    """The whole of wick.yml."""

    name: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    candles: Candles
    models: Models = Models()
    groups: Groups = Groups()
    split: Split | None = None
    fit: Fit = Fit()
    store: str = "target/candlewick.duckdb"
    history: int = Field(default=5, ge=0, le=1000)
    tracking: Tracking = Tracking()
    tests: dict[str, tuple[str | dict[str, Any], ...]] = Field(default_factory=dict)


def load_config(path: Path) -> Config:
    """Read and validate a wick.yml.

    Errors: ConfigError ``config-missing``, ``config-yaml`` (not YAML), ``config-duplicate-key``, ``config-unknown-key``
    and ``config-value``, each at the line that says it.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        hint = "write it as UTF-8 text, or start from `wick init`"
        raise ConfigError(f"{path.name} cannot be read: {error}", code="config-missing", hint=hint) from None
    document = _Document(path.name, text)
    try:
        return Config.model_validate(document.value)
    except ValidationError as error:
        raise document.explain(error) from None


def place_of(path: Path, keys: Sequence[str | int]) -> Location | None:
    """Where a wick.yml that was read before holds a key, or the nearest of its parents; None when it has none."""
    return _Document(path.name, path.read_text(encoding="utf-8")).find(keys)


class _Document:
    """YAML text with the position of every key, so that an error can show its line."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.lines = text.splitlines()
        try:
            self.tree = yaml.compose(text, Loader=yaml.SafeLoader)
            self.value = yaml.safe_load(text)
            self._refuse_duplicates(self.tree)
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

    def explain(self, error: ValidationError) -> ConfigError:
        """The first problem pydantic found, in the words of this project."""
        first = error.errors(include_url=False)[0]
        path = [step for step in first["loc"] if isinstance(step, str | int) and not _is_union_tag(step)]
        dotted = ".".join(map(str, path))
        place = self.find(path)
        where = [place or Location(self.name, 1)]
        if first["type"] == "extra_forbidden":
            known = _known_keys(path[:-1])
            hint = nearest(str(path[-1]), known) or f"the keys here are {', '.join(known)}"
            return ConfigError(f"unknown key {dotted}", code="config-unknown-key", where=where, hint=hint)
        if first["type"] == "missing":
            return ConfigError(
                f"the key {dotted} is missing", code="config-value", where=where, hint=f"add {dotted} to {self.name}"
            )
        if first["type"] == "invalid_key":
            hint = "write it in quotes, or remove it: YAML reads on, off, yes and no as truth values"
            return ConfigError(f"the key {first['input']!r} is no text", code="config-value", where=where, hint=hint)
        reason = _REASONS.get(first["type"], first["msg"]).removeprefix("Value error, ")
        value = first["input"]
        return ConfigError(
            f"{dotted} is {value!r}: {reason[0].lower()}{reason[1:]}",
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


def _known_keys(path: Sequence[str | int]) -> list[str]:
    section: Any = Config
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
