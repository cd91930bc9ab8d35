"""What users of a project see: tables by catalog and by view, candles, what a fit learns; and where two of them differ."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np

from candlewick.commands.dataset import dataset
from candlewick.commands.fit import fit
from candlewick.errors import WickError
from candlewick.project.project import MAIN, open_project
from candlewick.store.catalog import read_catalog, read_catalog_frame
from candlewick.store.connection import read
from candlewick.store.frames import fetch_frame

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from candlewick.store.catalog import Catalog

Frames = dict[str, "pd.DataFrame"]


def queried(root: Path, arm: str = MAIN) -> Frames:
    """Everything users can query of an arm, by the catalog; the views say the same."""
    target = root / "target"
    try:
        catalog = read_catalog(target, arm)
    except WickError:
        return {}
    frames = frames_of(target, catalog)
    if not (target / "candlewick.duckdb").exists():  # it was lost, and nothing has been built since
        return frames
    with read(target / "candlewick.duckdb") as connection:
        for model, frame in frames.items():
            difference = unlike({model: viewed(connection, arm, model)}, {model: frame})
            assert not difference, f"the view of {difference}"
    return frames


def frames_of(target: Path, catalog: Catalog) -> Frames:
    return {model: read_catalog_frame(catalog, target, model) for model in sorted(catalog.columns)}


def viewed(connection: Any, arm: str, model: str) -> pd.DataFrame:
    return fetch_frame(connection, f'SELECT * FROM "{arm}"."{model}" ORDER BY symbol, ts')


def unlike(ours: Frames, theirs: Frames) -> str:
    """Where two sets of tables differ in any bit; nothing where they do not."""
    if list(ours) != list(theirs):
        return f"models {list(ours)}, not {list(theirs)}"
    for model, frame in ours.items():
        other = theirs[model]
        if list(frame.columns) != list(other.columns):
            return f"{model}: columns {list(frame.columns)}, not {list(other.columns)}"
        if len(frame) != len(other):
            return f"{model}: {len(frame)} rows, not {len(other)}"
        for name in frame.columns:
            same = _equal(frame[name], other[name])
            if not same.all():
                at = int(np.argmin(same))
                place = f"{frame['symbol'][at]} {frame['ts'][at]:%Y-%m-%d}"
                return f"{model}.{name}: {int((~same).sum())} rows, at {place} {frame[name][at]}, not {other[name][at]}"
    return ""


def _equal(one: pd.Series, other: pd.Series) -> np.ndarray:
    if one.dtype != other.dtype:
        return np.zeros(max(len(one), 1), bool)
    if one.dtype.kind == "f":
        return (one.to_numpy().view("i8") == other.to_numpy().view("i8")) | (one.isna() & other.isna()).to_numpy()
    missing = (one.isna() & other.isna()).to_numpy()
    return missing | (one == other).fillna(value=False).to_numpy(bool)


def candles_of(root: Path) -> dict[str, dict[int, tuple]]:
    """The candles in the store, as a world writes them; none where there is no store."""
    if not (root / "target" / "candlewick.duckdb").exists():
        return {}
    with read(root / "target" / "candlewick.duckdb") as connection:
        rows = connection.execute(
            "SELECT symbol, date_diff('day', DATE '2020-01-01', ts::DATE), open, high, low, close, volume FROM candles"
        ).fetchall()
    found: dict[str, dict[int, tuple]] = {}
    for symbol, day, *row in rows:
        found.setdefault(symbol, {})[day] = tuple(row)
    return found


def told_of_candles(root: Path) -> dict[str, list[tuple]]:
    """What the store says of its candles: their data versions, and where some are missing."""
    with read(root / "target" / "candlewick.duckdb") as connection:
        tables = ("data_versions", "gaps")
        return {name: connection.execute(f"SELECT * FROM wick.{name} ORDER BY ALL").fetchall() for name in tables}


def learned(root: Path, groups: dict[str, Any]) -> dict[str, str]:
    """What a fit and a training set hold, byte for byte; or why there is none: those made before stay then."""
    found = {}
    for make in (fit, dataset):
        try:
            make(open_project(root), enable=groups["enable"], disable=groups["disable"], threads=1)
        except WickError as error:
            found[make.__name__] = error.code
    files = [root / "target" / "fit.json"] if "fit" not in found else []
    files += sorted((root / "target" / "dataset").rglob("*.parquet")) if "dataset" not in found else []
    return found | {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
