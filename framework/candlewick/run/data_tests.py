"""Data tests: the ones that ship, one function each, and what a project declares.

To add one, write a function below and register it with ``@column_test`` or ``@table_test``: its name is the test's
name in wick.yml, its keyword arguments the test's arguments, and it returns True where a row offends.
"""

from __future__ import annotations

import fnmatch
import inspect
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from candlewick.errors import ConfigError, NodeError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from candlewick.errors import Location
    from candlewick.project.node import Node

Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]
COLUMN_TESTS: dict[str, Callable[..., Mask]] = {}
TABLE_TESTS: dict[str, Callable[..., Mask]] = {}
SEVERITIES = ("error", "warn")


def column_test(function: Callable[..., Mask]) -> Callable[..., Mask]:
    """Register a test of one column: it takes the column (a Series indexed by time) and its arguments."""
    COLUMN_TESTS[function.__name__] = function
    return function


def table_test(function: Callable[..., Mask]) -> Callable[..., Mask]:
    """Register a test of one symbol's table: it takes the table's index and its arguments."""
    TABLE_TESTS[function.__name__] = function
    return function


@column_test
def not_null(column: pd.Series, warm_up: int | None = None) -> Mask:
    """No value is missing after the first ``warm_up`` candles; by default, after the first value there is."""
    missing = column.isna().to_numpy()
    start = warm_up if warm_up is not None else int(np.argmin(missing))
    return np.asarray(missing & (np.arange(len(column)) >= start))


@column_test
def finite(column: pd.Series) -> Mask:
    """No value is infinite; missing values are the matter of ``not_null``."""
    return np.asarray(np.isinf(column.to_numpy(dtype="float64", na_value=np.nan)))


@column_test
def range(column: pd.Series, min: float = -np.inf, max: float = np.inf) -> Mask:  # noqa: A001 - the names in wick.yml
    """Every value lies between ``min`` and ``max``, both allowed."""
    if np.isnan(min) or np.isnan(max):
        raise ValueError("nothing is below or above NaN")
    return np.asarray(((column < min) | (column > max)).fillna(value=False), dtype=bool)


@column_test
def accepted_values(column: pd.Series, values: Iterable[Any] = ()) -> Mask:
    """Every value is one of ``values``."""
    return np.asarray(column.notna() & ~column.isin(list(values)), dtype=bool)


@column_test
def constant(column: pd.Series) -> Mask:
    """The column is not one and the same value throughout; every row offends when it is."""
    values = column.dropna()
    stuck = len(values) > 1 and bool((values == values.iloc[0]).all())
    return np.full(len(column), stuck)


@column_test
def all_nan(column: pd.Series) -> Mask:
    """The column has a value somewhere; every row offends when it has none."""
    return np.full(len(column), bool(column.isna().all()))


@table_test
def unique(index: pd.DatetimeIndex) -> Mask:
    """No time stands twice for a symbol."""
    return np.asarray(index.duplicated())


@table_test
def monotonic_ts(index: pd.DatetimeIndex) -> Mask:
    """Times only rise."""
    return np.concatenate([[False], np.diff(index.asi8) <= 0]) if len(index) else np.zeros(0, dtype=bool)


@table_test
def no_gaps(index: pd.DatetimeIndex, interval: pd.Timedelta) -> Mask:
    """Every candle follows the one before it by the project's interval; the row after a gap offends."""
    return np.concatenate([[False], np.diff(index) > interval]) if len(index) else np.zeros(0, dtype=bool)


SAME_COLUMNS = "same_columns_per_symbol"  # needs every symbol at once: see `report`
TRIPWIRES = ("all_nan", "constant")
_FEW = 4096


@dataclass(frozen=True)
class DataTest:
    """One line under ``tests:`` for one model: a test of some of its columns, or of its table when there are none."""

    title: str
    name: str
    model: str
    columns: tuple[str, ...] = ()
    arguments: Mapping[str, Any] = field(default_factory=dict)
    severity: str = "error"


@dataclass(frozen=True)
class Offending:
    """Rows of one symbol that fail a test: how many, and the first; ``lasting`` when rows to come change nothing."""

    symbol: str
    rows: int
    first_ts: str = ""
    first_value: str = ""
    lasting: bool = False


def declared_tests(
    tests: Mapping[str, Iterable[str | Mapping[str, Any]]],
    nodes: Iterable[Node],
    place: Callable[[str, int | None], Location | None] = lambda _target, _number: None,
) -> list[DataTest]:
    """The tests that ``tests:`` of wick.yml declares for these nodes, by column, glob of columns, or model.

    ``place`` finds the line of a target, or of an entry by its position there, for errors.

    Errors: ConfigError ``config-test`` for an unknown test, argument or severity, and for a name that nothing has.
    """
    columns = [node for node in nodes if node.is_column]
    found: list[DataTest] = []
    for target, entries in tests.items():
        at: int | None = None
        try:
            chosen = _chosen(target, columns)
            for at, entry in enumerate(entries):  # noqa: B007 - read where one of them is refused
                found += _expand(target, entry, chosen)
        except ConfigError as error:
            where = filter(None, [place(target, at)])
            raise ConfigError(error.what, code=error.code, where=where, hint=error.hint) from None
    titles = Counter[str]()
    for at, test in enumerate(found):
        titles[test.title] += 1
        if titles[test.title] > 1:
            found[at] = replace(test, title=f"{test.title}_{titles[test.title]}")
    return found


def tripwires(nodes: Iterable[Node]) -> Iterator[DataTest]:
    """The tests every feature gets without asking: not all missing, not constant. They warn."""
    for node in nodes:
        if node.is_column and node.kind == "feature":
            for name in TRIPWIRES:
                yield DataTest(f"{name}_{node.name}", name, node.model, (node.name,), {}, "warn")


def _chosen(target: str, columns: list[Node]) -> list[Node]:
    """The columns that a column's name, a glob or a model's name means."""
    models = dict.fromkeys(node.model for node in columns)
    chosen = [node for node in columns if fnmatch.fnmatchcase(node.name, target) or node.model == target]
    if not chosen:
        hint = nearest(target, [*models, *(node.name for node in columns)]) or "`wick ls` lists every column"
        raise _config(target, f"there is no model and no column '{target}'", hint)
    return chosen


def _expand(target: str, entry: str | Mapping[str, Any], chosen: list[Node]) -> list[DataTest]:
    name, arguments = _read(target, entry)
    severity = arguments.pop("severity", "error")
    known = [*COLUMN_TESTS, *TABLE_TESTS, SAME_COLUMNS]
    if name not in known:
        raise _config(
            target, f"there is no data test '{name}'", nearest(name, known) or f"use one of {', '.join(known)}"
        )
    if severity not in SEVERITIES:
        raise _config(target, f"the severity of '{name}' is {severity!r}", "use error or warn")
    _check_arguments(target, name, arguments)
    if name not in COLUMN_TESTS:
        if target not in {node.model for node in chosen}:
            raise _config(target, f"'{name}' tests a table, and '{target}' is no model", "put it under a model's name")
        return [DataTest(f"{name}_{target}", name, target, (), arguments, severity)]
    owners = dict.fromkeys(node.model for node in chosen)
    return [
        DataTest(
            f"{name}_{target}" + (f"_{model}" if len(owners) > 1 else ""), name, model,
            tuple(node.name for node in chosen if node.model == model), arguments, severity,
        )
        for model in owners
    ]  # fmt: skip


def _read(target: str, entry: str | Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    if isinstance(entry, str):
        return entry, {}
    if len(entry) != 1 or not isinstance(next(iter(entry.values())), dict | None):
        raise _config(
            target, f"the test {dict(entry)} is not a name with arguments", "write - range: {min: 0, max: 100}"
        )
    name, arguments = next(iter(entry.items()))
    return str(name), dict(arguments or {})


def _check_arguments(target: str, name: str, arguments: Mapping[str, Any]) -> None:
    function = COLUMN_TESTS.get(name) or TABLE_TESTS.get(name)
    allowed = list(inspect.signature(function).parameters)[1:] if function else []
    allowed = [each for each in allowed if each != "interval"]
    for argument in arguments:
        if argument not in allowed:
            hint = nearest(argument, allowed) or f"'{name}' takes {', '.join([*allowed, 'severity'])}"
            raise _config(target, f"'{name}' has no argument '{argument}'", hint)
    if name in COLUMN_TESTS:
        try:
            COLUMN_TESTS[name](pd.Series([1.0]), **arguments)
        except (TypeError, ValueError) as error:
            given = ", ".join(f"{key}: {value!r}" for key, value in arguments.items())
            raise _config(target, f"'{name}' cannot take {given}: {error}", "correct its arguments") from None


def _config(target: str, what: str, hint: str) -> ConfigError:
    return ConfigError(f"tests.{target}: {what}", code="config-test", hint=hint or "see `wick ls` for names")


def documented_warm_up(node: Node) -> int | None:
    """The candles that a docstring's ``Lookback:`` line says a feature needs; None when it is unbounded or unsaid."""
    match = re.search(r"^\s*Lookback:\s*(\d+)", node.doc, re.MULTILINE)
    return int(match[1]) if match else None


def offending(
    test: DataTest, table: pd.DataFrame, symbol: str, *, interval: pd.Timedelta, nodes: Mapping[str, Node]
) -> Offending:
    """How many rows of one symbol's table fail ``test``, with the first of them.

    Errors: NodeError ``test-dtype`` for a column that the test cannot judge, such as a range of times.
    """
    if not test.columns:
        extra = {"interval": interval} if test.name == "no_gaps" else {}
        mask = TABLE_TESTS[test.name](table.index, **test.arguments, **extra)
        at = int(np.argmax(mask)) if mask.any() else 0
        return Offending(symbol, int(mask.sum()), _moment(table, at) if mask.any() else "")
    found = Offending(symbol, 0)
    for name in test.columns:
        arguments = dict(test.arguments)
        if test.name == "not_null":
            arguments.setdefault("warm_up", documented_warm_up(nodes[name]))
        try:
            mask = COLUMN_TESTS[test.name](table[name], **arguments)
        except (TypeError, ValueError) as error:
            raise NodeError(
                f"the data test '{test.title}' cannot judge '{name}', a column of {table[name].dtype}: {error}",
                code="test-dtype",
                where=[nodes[name].location],
                hint=f"put '{test.name}' on the columns it can judge, by their names",
            ) from error
        if mask.any() and not found.rows:
            at = int(np.argmax(mask))
            found = Offending(symbol, 0, _moment(table, at), f"{name}={table[name].iloc[at]}")
        found = replace(found, rows=found.rows + int(mask.sum()))
    return found if found.rows else replace(found, lasting=_is_lasting(test, table))


def _is_lasting(test: DataTest, table: pd.DataFrame) -> bool:
    """Whether a test that passes will do so whatever rows come: a column that has two values is not constant."""
    if test.name == "constant":
        return all(has_two_values(table[name]) for name in test.columns)
    return test.name == "all_nan"


def has_two_values(column: Any) -> bool:
    """Whether a column, or an array, holds two different values: most do among a few rows."""
    return any(_differ(column[-count:]) for count in (_FEW, len(column)))


def _differ(values: Any) -> bool:
    there = np.asarray(values[~pd.isna(values)])
    return len(there) > 1 and bool((there != there[0]).any())


def _moment(table: pd.DataFrame, at: int) -> str:
    return f"{table.index[at]:%Y-%m-%d %H:%M}"
