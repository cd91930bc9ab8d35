"""SQL data tests over the tables a run is about to publish, together with what is published already."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from candlewick.errors import StoreError, WickError
from candlewick.run.data_tests import Offending
from candlewick.run.report import Result, judge
from candlewick.store.catalog import read_catalog
from candlewick.store.query import query_parts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from candlewick.project.project import Project
    from candlewick.run.custom_tests import SqlTest
    from candlewick.run.work import Work
    from candlewick.store.parts import Part


def run_sql_test(project: Project, test: SqlTest, work: Work, parts: Sequence[Part]) -> Result:
    """The result of one query: it passes when it returns no row.

    A query that names a model of which nothing is built (its groups are off, or it was not selected) is skipped.
    """
    columns, every = _tables(project, work, parts)
    models = {node.model for node in [*work.dag.nodes.values(), *work.dag.disabled.values()]}
    words = set(re.findall(r"\w+", test.query.casefold()))
    absent = [model for model in sorted(models - columns.keys()) if model.casefold() in words]
    if absent:
        return Result("test", test.title, "", "SKIP", message=f"{absent[0]} is not built")
    try:
        rows = query_parts(
            test.query,
            project.relative(test.path),
            target=project.target,
            store=project.store,
            columns=columns,
            parts=every,
        )
    except WickError as error:
        return Result("test", test.title, "", "ERROR", message=error.what, errors=(error,))
    return judge(test.title, "error", "", _offending(rows))


def may_vary(query: str) -> bool:
    """Whether a query may find something else in the same tables: it asks for the time, chance, the store or a file.

    By its words, so that a column of such a name counts too.
    """
    return bool(_VARYING.search(query))


_VARYING = re.compile(
    r"\b(now|today|age|random\w*|setseed|sample|tablesample|uuid\w*|gen_random_uuid|nextval|currval"
    r"|\w*current\w*|localtime\w*|transaction_timestamp|txid_\w+|getvariable|getenv|sleep_ms|duckdb_\w+|pragma_\w+"
    r"|information_schema|pg_\w+|sqlite_\w+|store|wick|read_\w+|glob|parquet_\w+|\w+_scan|attach|load)\b"
    r"|\b(from|join)\s*\(*\s*'|['\"][^'\"]*\.(csv|tsv|txt|json|jsonl|ndjson|parquet|pq|gz|xlsx|db|duckdb)\b",
    re.IGNORECASE,
)


def _tables(project: Project, work: Work, parts: Sequence[Part]) -> tuple[Mapping[str, Sequence[str]], Sequence[Part]]:
    """The columns and parts of every model: of this run where it built them, else the published ones."""
    mine = {model: [node.name for node in nodes] for model, nodes in work.tables().items()}
    if not parts:
        mine = {}
    try:
        catalog = read_catalog(project.target, work.arm)
    except StoreError:  # nothing is published yet
        return mine, parts
    others = [part for part in catalog.parts if part.model not in mine]
    return {**{model: catalog.columns[model] for model in {part.model for part in others}}, **mine}, [*others, *parts]


def _offending(rows: pd.DataFrame) -> list[Offending]:
    """The rows by symbol, when the query returns one; a query without an order gives them as the parts lie."""
    if not len(rows):
        return []
    if "ts" in rows and rows["ts"].dtype.kind == "M":
        rows = rows.sort_values("ts", kind="stable")
    # As text, and a missing symbol too: groupby would leave its rows out.
    symbols = rows["symbol"].astype(object).map(str) if "symbol" in rows else None
    groups = [(str(symbol), group) for symbol, group in rows.groupby(symbols)] if symbols is not None else [("", rows)]
    return [
        Offending(
            symbol,
            len(group),
            _moment(group["ts"].iloc[0]) if "ts" in group else "",
            ", ".join(f"{name}={group[name].iloc[0]}" for name in group.columns if name not in {"symbol", "ts"}),
        )
        for symbol, group in groups
    ]


def _moment(value: Any) -> str:
    return f"{value:%Y-%m-%d %H:%M}" if isinstance(value, datetime) and value == value else str(value)  # noqa: PLR0124
