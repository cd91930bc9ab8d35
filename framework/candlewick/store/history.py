"""History: what each arm published before, as catalogs whose parts are kept for comparison."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from candlewick.errors import StoreError
from candlewick.project.project import MAIN
from candlewick.store.catalog import Catalog, load_catalog, read_catalog, save_catalog

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "history"
KEPT = 5
"""Earlier editions of each arm that are kept, unless a project says otherwise."""


def editions(target: Path, arm: str) -> list[Catalog]:
    """What an arm published before, the latest first; an edition that cannot be read is none."""
    found = []
    for path in _files(target, arm):
        try:
            found.append(load_catalog(path))
        except StoreError:
            continue
    return found


def succeed(target: Path, catalog: Catalog, arm: str = MAIN) -> Catalog:
    """Before a catalog takes the place of the one there is, keep that as an edition, when it says anything else.

    The catalog comes back knowing since which run it has been so.

    Errors: StoreError ``file-unwritable``.
    """
    try:
        before = read_catalog(target, arm)
    except StoreError:
        return replace(catalog, since=catalog.run)
    if before.content == catalog.content:
        return replace(catalog, since=before.since)
    last = next(iter(_files(target, arm)), None)
    number = int(last.name.partition("-")[0]) + 1 if last else 0
    save_catalog(target / FOLDER / arm / f"{number:06}-{before.run}.json", before)
    return replace(catalog, since=catalog.run)


def prune(target: Path, arm: str, kept: int) -> None:
    """Forget all but the last ``kept`` editions of an arm; the next run sweeps the parts that only they had."""
    for path, run in list(zip(_files(target, arm), runs_of(target, arm), strict=True))[kept:]:
        path.unlink(missing_ok=True)
        found_path(target, arm, run).unlink(missing_ok=True)


def runs_of(target: Path, arm: str) -> list[str]:
    """The runs that published the editions of an arm, the latest first."""
    return [path.stem.partition("-")[2] for path in _files(target, arm)]


def found_path(target: Path, arm: str, run: str) -> Path:
    """Where it lies what tests found in the edition that a run published; see `candlewick.store.former`."""
    return target / FOLDER / arm / f"tested-{run}.json"


def kept_parts(target: Path) -> set[str]:
    """The parts of every edition that is kept."""
    folders = [path for path in (target / FOLDER).glob("*") if path.is_dir()]
    return {part.path for folder in folders for catalog in editions(target, folder.name) for part in catalog.parts}


def _files(target: Path, arm: str) -> list[Path]:
    """The files of an arm's editions, the latest first; they are numbered, as two runs may begin in one second."""
    return sorted((target / FOLDER / arm).glob(f"{'[0-9]' * 6}-*.json"), reverse=True)
