"""Former holdings: what an arm held before its code or its groups last changed, to be held again when they change back.

They stand in the ledger under the name of the arm and of the run that published them, `main~RUN`, as long as that
edition is kept for comparison (`store/history.py`); with them stay their recipes, snapshots and states. No part is kept
for them: they only say what the files of an edition were computed by. What tests found in them lies beside the edition.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from candlewick.errors import StoreError
from candlewick.store.files import write_atomically
from candlewick.store.history import found_path, runs_of
from candlewick.store.ledger import FORMER, insert

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    import duckdb

    from candlewick.store.ledger import Holding

_MINE = ("arm", "model", "grp", "symbol")
_COLUMNS = {
    "holdings": "model, grp, symbol, recipe, snapshot, shown, run",
    "parts": "model, grp, symbol, path, row_count, first_ts, last_ts, digest",
}


def set_aside(
    connection: duckdb.DuckDBPyConnection, arm: str, holdings: Sequence[Holding], models: Collection[str], run: str
) -> bool:
    """Keep what ``run`` published in an arm and is about to go; whether there is any.

    It goes where ``holdings`` of another recipe take its place, and with a model that is none of ``models``.
    """
    coming = {(one.model, one.group or "", one.symbol): one.recipe for one in holdings}
    query = "SELECT model, grp, symbol, recipe FROM wick.holdings WHERE arm = ?"
    going = [
        key
        for *key, recipe in connection.execute(query, [arm]).fetchall()
        if coming.get(tuple(key), recipe) != recipe or key[0] not in models
    ]
    if not going or not run:
        return False
    name = f"{arm}{FORMER}{run}"
    _remove(connection, [(name, *key) for key in going])
    for table, columns in _COLUMNS.items():
        connection.execute(
            f"INSERT INTO wick.{table} SELECT ?, {columns} FROM wick.{table}"
            " SEMI JOIN (SELECT unnest(?) AS model, unnest(?) AS grp, unnest(?) AS symbol) USING (model, grp, symbol)"
            " WHERE arm = ?",
            [name, *map(list, zip(*going, strict=True)), arm],
        )
    return True


def forget(connection: duckdb.DuckDBPyConnection, target: Path, arm: str, run: str, kept: int) -> None:
    """Forget former holdings of editions that are not kept, and those that are held again as they are.

    ``run`` published what ``arm`` held until now: the latest of the ``kept`` editions to come.
    """
    query = "SELECT arm, model, grp, symbol, recipe FROM wick.holdings"
    former = connection.execute(f"{query} WHERE contains(arm, '{FORMER}')").fetchall()
    if not former:
        return
    held = {tuple(key) for _, *key in connection.execute(f"{query} WHERE NOT contains(arm, '{FORMER}')").fetchall()}
    arms = {name.partition(FORMER)[0] for name, *_ in former}
    runs = {each: runs_of(target, each) for each in arms} | {arm: [run, *runs_of(target, arm)][:kept]}
    there = {f"{each}{FORMER}{one}" for each, found in runs.items() for one in found}
    _remove(connection, [
        (name, *key, symbol) for name, *key, symbol, recipe in former
        if name not in there or (*key, symbol, recipe) in held
    ])  # fmt: skip


def keep_found(target: Path, arm: str, run: str, found: Mapping[str, Any]) -> None:
    """Keep what tests found in what ``run`` published, by id; where it cannot be kept they are run again."""
    with suppress(StoreError):
        write_atomically(found_path(target, arm, run), json.dumps(found), durable=False)


def found_before(target: Path, arms: Iterable[str]) -> dict[str, Any]:
    """What tests found in the former holdings among ``arms``, by id."""
    found: dict[str, Any] = {}
    for name in arms:
        arm, _, run = name.partition(FORMER)
        with suppress(OSError, ValueError, TypeError):  # none was kept, or half of it
            found |= json.loads(found_path(target, arm, run).read_bytes()) if run else {}
    return found


def _remove(connection: duckdb.DuckDBPyConnection, keys: Sequence[tuple[str, ...]]) -> None:
    if not keys:
        return
    connection.execute(f"CREATE OR REPLACE TEMP TABLE gone ({', '.join(f'{name} VARCHAR' for name in _MINE)})")
    insert(connection, "gone", keys)
    same = " AND ".join(f"old.{name} = gone.{name}" for name in _MINE)
    for table in _COLUMNS:
        connection.execute(f"DELETE FROM wick.{table} AS old USING gone WHERE {same}")
    connection.execute("DROP TABLE gone")
