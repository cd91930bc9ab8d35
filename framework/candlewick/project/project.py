"""A project on disk: its folder, its configuration, and where its outputs go."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from candlewick.errors import ProjectError
from candlewick.project.config import FILENAME, Config, load_config

MAIN = "main"
"""The arm whose views stand in the schema users query first, and whose reports lie in target/ itself."""


@dataclass(frozen=True)
class Project:
    """A folder with a wick.yml that has been read."""

    root: Path
    config: Config

    @property
    def target(self) -> Path:
        """Where reports, lineage and parts go."""
        return self.root / "target"

    @property
    def store(self) -> Path:
        """The DuckDB file."""
        return self.root / self.config.store

    def reports(self, arm: str = MAIN) -> Path:
        """Where the reports of an arm lie: target/, or for another than the main one target/arms/NAME."""
        return self.target if arm == MAIN else self.target / "arms" / arm

    def every_reports(self) -> list[Path]:
        """The folders of reports there are, the main arm's first."""
        return [self.target, *sorted(path for path in self.target.glob("arms/*") if path.is_dir())]

    def relative(self, path: Path | str) -> str:
        """A path as the user would type it from the project folder."""
        path = Path(path)
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else str(path)


def is_own(path: Path, root: Path) -> bool:
    """Whether a file belongs to the project in ``root``, and not to a Python environment that lives inside it."""
    if not path.is_relative_to(root) or "site-packages" in path.relative_to(root).parts:
        return False
    prefixes = {Path(sys.prefix), Path(sys.base_prefix)}
    return not any(root in prefix.parents and path.is_relative_to(prefix) for prefix in prefixes)


def open_project(start: Path, *, exact: bool = False) -> Project:
    """The project that holds ``start``: the nearest folder upward with a wick.yml; with ``exact`` that folder or none.

    Errors: ProjectError ``project-not-found``; ConfigError when its wick.yml is not sound.
    """
    start = start.resolve()
    for folder in (start,) if exact else (start, *start.parents):
        if (folder / FILENAME).is_file():
            return Project(folder, load_config(folder / FILENAME))
    if exact:
        raise ProjectError(
            f"no {FILENAME} in {start}" if start.is_dir() else f"there is no folder {start}",
            code="project-not-found",
            hint=f"let --project-dir name the folder that holds {FILENAME}",
        )
    raise ProjectError(
        f"no {FILENAME} in {start} or any folder above it",
        code="project-not-found",
        hint="start a project with `wick init NAME`, or pass --project-dir",
    )
