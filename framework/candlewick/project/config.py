"""wick.yml: what a project says about itself, validated, with errors that point at the line."""

from __future__ import annotations

import datetime as dt
import math
import re
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from candlewick.candles import EPOCH, Interval
from candlewick.errors import ConfigError, Location, nearest
from candlewick.project.document import Document, explain

if TYPE_CHECKING:
    from collections.abc import Sequence

FILENAME = "wick.yml"
STORES = (".duckdb", ".db")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_FIRST_YEAR, _LAST_YEAR = 1678, 2261  # of times in nanoseconds, as pandas holds them
_MILLISECOND = dt.timedelta(milliseconds=1)
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
    def _a_date(cls, value: object) -> object:
        """A number is no date: pydantic would take 20141231 for seconds since 1970."""
        found = _moment(value) if isinstance(value, str) else value
        if not isinstance(found, dt.date):  # which a datetime is, too
            raise ValueError("it should be a date, such as 2014-12-31")  # noqa: TRY004 - pydantic hands on ValueErrors
        if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
            raise ValueError(f"candles open between {_FIRST_YEAR} and {_LAST_YEAR}")
        return found

    @property
    def last_ms(self) -> int:
        """The last millisecond (since 1970) at which a candle of the training rows may open."""
        end = self.train_end
        if isinstance(end, dt.datetime):
            moment = end if end.tzinfo else end.replace(tzinfo=dt.UTC)
            return (moment - EPOCH) // _MILLISECOND
        midnight = dt.datetime.combine(end + dt.timedelta(days=1), dt.time(), dt.UTC)
        return (midnight - EPOCH) // _MILLISECOND - 1


def _moment(text: str) -> dt.date | None:
    """A date, or with a time behind it a datetime; None for anything else."""
    if not _DATE.match(text):
        return None
    try:
        return (dt.date if _DATE.fullmatch(text) else dt.datetime).fromisoformat(text)
    except ValueError:
        return None


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
        wrong = [f"'{name}' is {each!r}" for name, each in given if not _is_setting(each)]
        if wrong:
            raise ValueError(f"{wrong[0]}; a setting is a finite number, a text, true or false")
        return value


def _is_setting(value: object) -> bool:
    return isinstance(value, bool | int | str) or (isinstance(value, float) and math.isfinite(value))


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

    @field_validator("store")
    @classmethod
    def _store(cls, value: str) -> str:
        """`wick clean --store` removes it: a name that cannot be that of anything else."""
        if Path(value).suffix not in STORES:
            raise ValueError(f"it should name a DuckDB file that ends in {' or '.join(STORES)}")
        return value


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
    document = Document(path.name, text)
    try:
        return Config.model_validate(document.value)
    except ValidationError as error:
        raise explain(document, error, Config) from None


def place_of(path: Path, keys: Sequence[str | int]) -> Location | None:
    """Where a wick.yml that was read before holds a key, or the nearest of its parents; None when it has none."""
    return Document(path.name, path.read_text(encoding="utf-8")).find(keys)
