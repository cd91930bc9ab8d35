"""The catalog: which parts hold the published columns, as a JSON file that readers use instead of a connection."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from candlewick.errors import StoreError, nearest
from candlewick.project.project import MAIN
from candlewick.store.connection import cursor
from candlewick.store.files import write_atomically
from candlewick.store.frames import Rows, fetch_frame, fetch_rows
from candlewick.store.parts import Part, fetch_parts
from candlewick.store.views import model_query

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

T = TypeVar("T")
PREVIOUS = "previous"
"""What the main arm held before it last changed: no arm can have this name."""
SCHEMA_VERSION = 2


@dataclass(frozen=True)
class Catalog:
    """What is published: the columns of every model in the order they were defined, and its parts.

    ``run`` is the last run that published it, ``since`` the first.
    """

    run: str
    columns: Mapping[str, tuple[str, ...]]
    parts: tuple[Part, ...]
    since: str = field(default="", compare=False)

    @property
    def content(self) -> tuple[Mapping[str, tuple[str, ...]], tuple[Part, ...]]:
        """What it says, whichever run said so."""
        return self.columns, self.parts

    def of(self, model: str) -> list[Part]:
        """The parts of a model."""
        return [part for part in self.parts if part.model == model]


def in_order(parts: Iterable[Part]) -> tuple[Part, ...]:
    """Parts by model, group and symbol, and those of one symbol by time."""
    return tuple(
        sorted(parts, key=lambda part: (part.model, part.group or "", part.symbol, part.first_ts or 0, part.path))
    )


def catalog_path(target: Path, arm: str = MAIN) -> Path:
    """Where the catalog of an arm lies."""
    return target / ("catalog.json" if arm == MAIN else f"catalog.{arm}.json")


def arms(target: Path) -> list[str]:
    """The arms that are published, the main one first."""
    found = sorted(path.name.split(".")[1] for path in target.glob("catalog.*.json") if path.name.count(".") == 2)  # noqa: PLR2004
    main = [MAIN] if catalog_path(target).exists() else []
    return main + [arm for arm in found if arm != PREVIOUS]


def read_catalog(target: Path, arm: str = MAIN) -> Catalog:
    """The catalog of a target folder.

    Errors: StoreError ``catalog-missing`` before the first run, ``catalog-damaged``, ``catalog-newer``.
    """
    path = catalog_path(target, arm)
    if not path.exists():
        raise StoreError(
            "nothing has been published yet" if arm == MAIN else f"there is no arm '{arm}' yet",
            code="catalog-missing",
            hint="run `wick run` or `wick build`" + ("" if arm == MAIN else f" with --arm {arm}"),
        )
    return load_catalog(path)


def load_catalog(path: Path) -> Catalog:
    """The catalog in a file.

    Errors: StoreError ``catalog-damaged``, ``catalog-newer``.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["schema_version"] > SCHEMA_VERSION:
            raise StoreError(
                f"{path} has schema {document['schema_version']}; this candlewick reads {SCHEMA_VERSION}",
                code="catalog-newer",
                hint="upgrade candlewick",
            )
        columns = {model: tuple(names) for model, names in document["models"].items()}
        read = _parts_1 if document["schema_version"] == 1 else _parts
        parts = in_order(read(document["parts"]))
        return Catalog(document["run"], columns, parts, document.get("since") or document["run"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise StoreError(
            f"{path} is not a catalog: {error}",
            code="catalog-damaged",
            hint=f"remove {path.name} and run `wick build`",
        ) from None


def write_catalog(target: Path, catalog: Catalog, arm: str = MAIN) -> None:
    """Put a catalog in the place of the one before, in one step."""
    save_catalog(catalog_path(target, arm), catalog)


def save_catalog(path: Path, catalog: Catalog) -> None:
    """Write a catalog to a file, in one step."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "run": catalog.run,
        "since": catalog.since or catalog.run,
        "models": catalog.columns,
        "parts": _files(catalog.parts),
    }
    write_atomically(path, json.dumps(document))


def read_catalog_frame(
    catalog: Catalog, target: Path, model: str, columns: Sequence[str] | None = None, symbol: str | None = None
) -> pd.DataFrame:
    """As `read_frame`, of a catalog that has been read.

    Errors: as `read_frame`.
    """
    query = _query(catalog, target, model, columns, symbol, None, last=False)
    with cursor() as connection:
        return fetch_parts(connection, query, fetch_frame)


def read_frame(
    target: Path,
    model: str,
    columns: Sequence[str] | None = None,
    symbol: str | None = None,
    *,
    limit: int | None = None,
    last: bool = False,
    arm: str = MAIN,
) -> pd.DataFrame:
    """The published rows of a model: symbol, ts and its columns, sorted by symbol and ts.

    ``limit`` keeps the first rows of that order; with ``last`` the latest in time.

    Errors: StoreError ``catalog-missing``, ``catalog-model``, ``catalog-column``, ``catalog-symbol``.
    """
    return _read(fetch_frame, target, model, columns, symbol, limit, last=last, arm=arm)


def read_rows(
    target: Path,
    model: str,
    columns: Sequence[str] | None = None,
    symbol: str | None = None,
    *,
    limit: int | None = None,
    last: bool = False,
    arm: str = MAIN,
) -> Rows:
    """As `read_frame`, as plain values and without importing pandas."""
    return _read(fetch_rows, target, model, columns, symbol, limit, last=last, arm=arm)


def _read(
    fetch: Callable[[Any, str], T],
    target: Path,
    model: str,
    columns: Sequence[str] | None,
    symbol: str | None,
    limit: int | None,
    *,
    last: bool,
    arm: str,
) -> T:
    def once() -> T:
        query = _query(read_catalog(target, arm), target, model, columns, symbol, limit, last=last)
        with cursor() as connection:
            return fetch_parts(connection, query, fetch)

    try:
        return once()
    except StoreError as error:
        if error.code != "parts-missing":
            raise
    # A run published and swept between our reading the catalog and the parts: the new catalog names the new parts.
    return once()


def _query(
    catalog: Catalog,
    target: Path,
    model: str,
    columns: Sequence[str] | None,
    symbol: str | None,
    limit: int | None,
    *,
    last: bool,
) -> str:
    parts = catalog.of(model)
    if not parts:
        raise _unknown("model", model, catalog.columns, "catalog-model")
    held = {name for part in parts for name, _ in part.columns}
    known = [name for name in catalog.columns[model] if name in held]
    for name in columns or ():
        if name not in known:
            raise _unknown(f"column of {model}", name, known, "catalog-column")
    if symbol is not None and symbol not in {part.symbol for part in parts}:
        raise _unknown("symbol", symbol, sorted({part.symbol for part in parts}), "catalog-symbol")
    names = known if columns is None else list(columns)
    chosen = [
        part for part in parts if symbol in (None, part.symbol) and any(name in names for name, _ in part.columns)
    ]
    if limit is not None and not last:
        chosen = _leading(chosen, limit)
    query = model_query(target, names, chosen)
    order = "symbol, ts"
    if limit is not None:
        query += f" ORDER BY {'ts DESC, symbol' if last else order} LIMIT {int(limit)}"
    return f"SELECT * FROM ({query}) ORDER BY {order}"


def _leading(parts: list[Part], limit: int) -> list[Part]:
    """The parts of the first symbols that have ``limit`` rows between them."""
    chosen: list[Part] = []
    rows = 0
    for symbol in sorted({part.symbol for part in parts}):
        found = [part for part in parts if part.symbol == symbol]
        chosen += found
        rows += max(part.rows for part in found)  # at least: the parts of a group follow one another
        if rows >= limit:
            break
    return chosen


def _unknown(what: str, name: str, known: Iterable[str], code: str) -> StoreError:
    known = list(known)
    hint = nearest(name, known) or f"published are {', '.join(known[:20])}"
    return StoreError(f"there is no {what} {name!r} among what is published", code=code, hint=hint)


def _files(parts: Iterable[Part]) -> list[dict[str, Any]]:
    """An entry for each file of a model, which says once what is true of all its parts."""
    found: dict[tuple[str, str, str | None], dict[str, Any]] = {}
    for part in parts:
        entry = found.setdefault((part.path, part.model, part.group), {
            "path": part.path, "model": part.model, "group": part.group, "columns": part.columns,
            "rows": part.file_rows, "final": part.final, "symbols": [],
        })  # fmt: skip
        entry["symbols"].append([part.symbol, part.rows, part.first_ts, part.last_ts, part.digest])
    return list(found.values())


def _parts(entries: Iterable[dict[str, Any]]) -> Iterator[Part]:
    for entry in entries:
        columns = tuple((name, kind) for name, kind in entry["columns"])
        model, group, path = entry["model"], entry["group"], entry["path"]
        for symbol, rows, first, last, digest in entry["symbols"]:
            of_symbol = (rows, first, last, digest)
            yield Part(model, group, symbol, path, columns, *of_symbol, entry["rows"], entry["final"])


def _parts_1(entries: Iterable[dict[str, Any]]) -> Iterator[Part]:
    """The parts of a catalog of schema 1, where every file held one symbol."""
    for entry in entries:
        columns = tuple((name, kind) for name, kind in entry["columns"])
        yield Part(**{**entry, "columns": columns, "file_rows": entry["rows"]})
