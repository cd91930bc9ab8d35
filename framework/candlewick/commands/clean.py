"""`wick clean`: remove reports and logs; the store and artifacts only when asked for by name."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

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
        paths += [project.target / "parts", project.target / "arms"]
        paths += sorted(project.target.glob("catalog*.json"))
    paths += [project.target / "history"] if store or history else []
    return [path for path in paths if path.exists()]


def clean(project: Project, *, store: bool, history: bool = False) -> list[Path]:
    """Remove them, and say which."""
    removed = to_clean(project, store=store, history=history)
    for path in removed:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return removed
