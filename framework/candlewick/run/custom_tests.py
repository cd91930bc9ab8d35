"""A project's own data tests: ``data_tests/*.py`` functions of columns, and ``data_tests/*.sql`` queries.

A Python test names its columns as parameters and returns a bool Series, True where a row offends. A SQL test is a query
that returns the offending rows.
"""

from __future__ import annotations

import inspect
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from candlewick.errors import GraphError, Location, NodeError, nearest
from candlewick.project.config import FILENAME, place_of
from candlewick.project.modules import import_module
from candlewick.project.node import CANDLE_COLUMNS
from candlewick.project.source import raised_at, read_source, said
from candlewick.run.data_tests import Offending

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from pathlib import Path

    from candlewick.project.project import Project

FOLDER = "data_tests"


@dataclass(frozen=True)
class PythonTest:
    """One function of data_tests/*.py."""

    title: str
    inputs: tuple[str, ...]
    function: Callable[..., Any]
    where: Location
    project: Project


@dataclass(frozen=True)
class SqlTest:
    """One query of data_tests/*.sql."""

    title: str
    query: str
    path: Path


def python_tests(project: Project, columns: Collection[str], disabled: Collection[str]) -> tuple[PythonTest, ...]:
    """The project's Python tests; one that reads a disabled column is left out with it.

    Errors: GraphError ``test-unknown-column`` for a parameter that names no column; those of importing a module.
    """
    tests = []
    for path in _files(project, "py"):
        module, source = import_module(project, path), read_source(project, path)
        for syntax in source.functions():
            if syntax.name.startswith("_"):
                continue
            function = getattr(module, syntax.name, None)
            if not inspect.isfunction(function) or inspect.iscoroutinefunction(function):
                raise GraphError(
                    f"the data test '{syntax.name}' is no plain function",
                    code="test-function",
                    where=[source.name_of(syntax)],
                    hint="define it with def, or start its name with _ when it is no test",
                )
            inputs = tuple(inspect.signature(function).parameters)
            unknown = [name for name in inputs if name not in {*columns, *disabled, *CANDLE_COLUMNS}]
            if unknown:
                raise GraphError(
                    f"the data test '{syntax.name}' reads '{unknown[0]}', which is no column",
                    code="test-unknown-column",
                    where=[source.name_of(syntax)],
                    hint=nearest(unknown[0], columns) or "`wick ls` lists every column",
                )
            if not set(inputs) & set(disabled):
                tests.append(PythonTest(syntax.name, inputs, function, source.name_of(syntax), project))
    return tuple(tests)


def sql_tests(project: Project) -> tuple[SqlTest, ...]:
    """The project's SQL tests.

    Errors: GraphError ``test-encoding`` for a file that is not UTF-8.
    """
    return tuple(SqlTest(path.stem, _read(project, path), path) for path in _files(project, "sql"))


def check_titles(project: Project, declared: Iterable[str], tests: Iterable[PythonTest]) -> None:
    """Refuse two tests of one title, for results are kept by title; ``declared`` are the titles of wick.yml's tests.

    Errors: GraphError ``test-duplicate-name``.
    """
    config = place_of(project.root / FILENAME, ["tests"]) or Location(FILENAME, 1)
    places = dict.fromkeys(declared, config)
    queries = [(query.title, Location(project.relative(query.path), 1)) for query in sql_tests(project)]
    for title, place in [*((test.title, test.where) for test in tests), *queries]:
        if title in places:
            raise GraphError(
                f"two data tests are named '{title}'",
                code="test-duplicate-name",
                where=[places[title], place],
                hint="rename one of them",
            )
        places[title] = place


def _files(project: Project, suffix: str) -> list[Path]:
    return sorted(path for path in (project.root / FOLDER).glob(f"[!_.]*.{suffix}") if path.is_file())


def _read(project: Project, path: Path) -> str:
    text = path.read_bytes()
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        raise GraphError(
            f"{project.relative(path)} is not UTF-8 text",
            code="test-encoding",
            where=[Location(project.relative(path), line)],
            hint="write the file as UTF-8",
        ) from None


def run_python_test(test: PythonTest, columns: pd.DataFrame, symbol: str) -> Offending:
    """How many rows of one symbol a Python test finds offending, with the first of them.

    Errors: NodeError ``test-raised`` when it raises, ``test-result`` when it returns anything but one truth per row.
    """
    arguments = {name: _column(columns, name) for name in test.inputs}
    try:
        found = test.function(**arguments)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt) and threading.current_thread() is threading.main_thread():
            raise  # Ctrl-C reaches the main thread only
        where = raised_at(error, test.project) or test.where
        raise NodeError(
            f"the data test '{test.title}' raised {said(error, symbol)}",
            code="test-raised",
            where=[where],
            hint="a data test returns a bool Series: True where a row offends",
        ) from error
    if not isinstance(found, pd.Series) or found.dtype != bool or not found.index.equals(columns.index):
        given = f"a Series of {found.dtype}" if isinstance(found, pd.Series) else type(found).__name__
        raise NodeError(
            f"the data test '{test.title}' returned {given} for {symbol}, not one truth value per row",
            code="test-result",
            where=[test.where],
            hint="return a bool Series with the index of its inputs: True where a row offends",
        )
    at = int(np.argmax(found.to_numpy()))
    rows = int(found.sum())
    values = ", ".join(f"{name}={series.iloc[at]}" for name, series in arguments.items()) if rows else ""
    return Offending(symbol, rows, f"{columns.index[at]:%Y-%m-%d %H:%M}" if rows else "", values)


def _column(columns: pd.DataFrame, name: str) -> pd.Series:
    if name == "ts":
        return pd.Series(columns.index, index=columns.index, name="ts")
    return columns[name].copy(deep=False)
