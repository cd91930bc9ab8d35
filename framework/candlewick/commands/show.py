"""`wick show`: rows of what is published, read-only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from candlewick.errors import SelectionError, WickError, nearest
from candlewick.project.index import load_index
from candlewick.project.node import CANDLE_COLUMNS
from candlewick.project.project import MAIN
from candlewick.store.catalog import read_catalog, read_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

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
        raise SelectionError(f"'{name}' is not published", code="show-unknown", hint=_hint(project, name, known))
    return read_rows(project.target, model, [name], symbol, limit=limit, last=not first, arm=arm)


def _hint(project: Project, name: str, known: Sequence[str]) -> str:
    """Why a name is not published: it is of candles, off, no column, new, or a typo."""
    if name in {"candles", *CANDLE_COLUMNS}:
        return f"the candles are the table candles of {project.config.store}; models and their columns are shown here"
    try:
        index = load_index(project)
    except WickError:  # `wick build` says what is wrong with the project; what is published can be shown all the same
        return nearest(name, known) or "`wick build` publishes; `wick ls` lists what there is"
    off = next((each for each in index.disabled.values() if name in {each.name, each.model}), None)
    if off is not None:
        return f"the group '{off.group}' is off: run `wick build --enable {off.group}`"
    node = index.nodes.get(name)
    if node is not None and not node.is_column:
        return f"it is {node.type}, which is no column; `wick lineage {name}` shows what needs it"
    if node is not None or any(each.model == name for each in index.nodes.values()):
        return "run `wick build`"
    return nearest(name, known) or "`wick ls` lists what there is"
