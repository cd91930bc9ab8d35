"""`wick show`: rows of what is published, read-only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from candlewick.errors import SelectionError, nearest
from candlewick.store.catalog import MAIN, read_catalog, read_rows

if TYPE_CHECKING:
    from candlewick.project.project import Project
    from candlewick.store.frames import Rows


def show(project: Project, name: str, *, symbol: str | None, limit: int, first: bool, arm: str = MAIN) -> Rows:
    """The rows of a published column or model: symbol, ts and values, the latest ones unless ``first``.

    Errors: SelectionError ``show-unknown``; StoreError ``catalog-missing`` before the first build.
    """
    catalog = read_catalog(project.target, arm)
    if name in catalog.columns:
        return read_rows(project.target, name, None, symbol, limit=limit, last=not first, arm=arm)
    model = next((model for model, columns in catalog.columns.items() if name in columns), None)
    if model is None:
        known = [*catalog.columns, *(column for columns in catalog.columns.values() for column in columns)]
        raise SelectionError(
            f"'{name}' is not published",
            code="show-unknown",
            hint=nearest(name, known) or "enable its group and run `wick build`; `wick ls` lists what is enabled",
        )
    return read_rows(project.target, model, [name], symbol, limit=limit, last=not first, arm=arm)
