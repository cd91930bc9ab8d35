"""Running a user's SQL over candles and parts, where it can read those and touch nothing else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import duckdb

from candlewick.errors import Location, NodeError
from candlewick.store.connection import attached, literal, quote, scratch
from candlewick.store.frames import fetch_frame
from candlewick.store.views import model_query

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from candlewick.store.parts import Part


def query_parts(
    sql: str,
    file: str,
    *,
    target: Path,
    store: Path,
    columns: Mapping[str, Sequence[str]],
    parts: Sequence[Part],
) -> pd.DataFrame:
    """The rows of one SELECT over the view ``candles`` and one view per model, published or not.

    ``file`` is where the user wrote the query; ``columns`` and ``parts`` as for ``publish``. The query reads the store
    and these parts; every other file, the network, extensions and settings are out of its reach.

    Errors: NodeError ``sql`` at the user's line when DuckDB cannot run it, ``sql-statement`` when it is not one SELECT.
    """
    with scratch() as connection, attached(connection, store, read_only=True):
        _refuse_statements(connection, sql, file)
        connection.execute("CREATE VIEW candles AS SELECT * EXCLUDE (file) FROM store.candles")
        for model, names in columns.items():
            mine = [part for part in parts if part.model == model]
            if mine:
                connection.execute(f"CREATE VIEW {quote(model)} AS {model_query(target, names, mine)}")
        paths = ", ".join(literal(str(target.absolute() / part.path)) for part in parts)
        connection.execute(f"SET allowed_paths = [{paths}]")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        try:
            return fetch_frame(connection, sql[_start(sql) :])
        except duckdb.Error as error:
            raise _explain(sql, file, error) from None


def _refuse_statements(connection: duckdb.DuckDBPyConnection, sql: str, file: str) -> None:
    try:
        statements = connection.extract_statements(sql[_start(sql) :])
    except duckdb.Error as error:
        raise _explain(sql, file, error) from None
    if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
        raise NodeError(
            f"{file} holds {len(statements)} statements where one SELECT is expected"
            if len(statements) != 1
            else f"{file} is no SELECT",
            code="sql-statement",
            hint="write one SELECT that returns the offending rows",
        )


def _start(sql: str) -> int:
    """Where the comments above a statement end: DuckDB 2.0 points to the wrong line when it is given them."""
    above = re.match(r"(\s+|--[^\n]*|/\*.*?\*/)*", sql, re.DOTALL)
    return above.end() if above else 0


def _explain(sql: str, file: str, error: duckdb.Error) -> NodeError:
    """DuckDB's words, at the line of the user's file they are about."""
    text = str(error)
    what, _, rest = text.partition("\n")
    line = re.search(r"^LINE (\d+):", text, re.MULTILINE)
    where = []
    if line:
        number = sql[: _start(sql)].count("\n") + int(line[1])
        where = [Location(file, number, sql.splitlines()[number - 1])]
    hint = next((one for one in rest.splitlines() if one.startswith(("Did you mean", "Candidate"))), "")
    return NodeError(
        f"{file}: {what}",
        code="sql",
        where=where,
        hint=hint or "the tables are `candles` and one per model, with symbol, ts and its columns",
    )
