"""`wick clean`: remove reports and logs; the store and artifacts only when asked for by name."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from candlewick.errors import StoreError
from candlewick.store.parts import in_use

if TYPE_CHECKING:
    from pathlib import Path

    from candlewick.project.project import Project

REPORTS = (
    *("manifest.json", "run_results.json", "tracked.json", "lineage.json", "lineage.dot", "lineage.html"),
    *("cost.json", "index.json", "receipt.json", "logs"),
)


def to_clean(project: Project, *, store: bool, history: bool = False) -> list[Path]:
    """What `clean` would remove: reports and logs of every arm; with ``store`` the store, parts and catalogs too.

    With ``history`` what arms held before, for `wick diff`; the next run sweeps the parts that nothing else holds.
    """
    paths = [folder / name for folder in project.every_reports() for name in REPORTS]
    if store:
        paths += [project.store, project.store.with_name(project.store.name + ".wal")]
        paths += [project.target / "parts"]
        paths += sorted(project.target.glob("catalog*.json"))
    paths += [project.target / "history"] if store or history else []
    return [path for path in paths if path.exists()]


def clean(project: Project, *, store: bool, history: bool = False) -> list[Path]:
    """Remove them, and say which.

    Errors: StoreError ``store-in-use`` while a run writes what ``store`` would remove, ``file-unremovable``.
    """
    if store and in_use(project.target):
        hint = "wait until it has ended; `wick debug` says who holds the store"
        raise StoreError("a run is writing to the store", code="store-in-use", hint=hint)
    removed = to_clean(project, store=store, history=history)
    for path in removed:
        try:
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        except OSError as error:
            hint = f"check the permissions of {path.parent}"
            raise StoreError(f"{path} cannot be removed: {error}", code="file-unremovable", hint=hint) from None
    return removed
