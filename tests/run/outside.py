"""What lies outside of a project and decides what it computes: the variable of its groups, libraries and their versions."""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING
from unittest.mock import patch

from candlewick.project import index, libraries

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VARIABLE = "WICK_ENABLED"
INSTALLED, EDITED = "walked_installed", "walked_edited"


@dataclass
class Libraries:
    """Two libraries that a feature imports: one is installed, and one lies in a folder and is edited there.

    ``pandas`` and ``candlewick`` are versions that they say they have, where they say another than their own.
    """

    root: Path
    pandas: str = ""
    candlewick: str = ""
    number: int = 0

    @property
    def path(self) -> list[str]:
        return [str(self.root / "site-packages"), str(self.root / "own")]

    def install(self, factor: float) -> None:
        """The next version of the installed one, which may compute the same."""
        self.number += 1
        shelf = self.root / "site-packages"
        shutil.rmtree(shelf, ignore_errors=True)
        self._write(shelf, INSTALLED, f"def scale(column):\n    return column * {factor}\n")
        about = shelf / f"{INSTALLED}-{self.number}.0.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {INSTALLED}\nVersion: {self.number}.0\n")

    def edit(self, offset: float) -> None:
        """Another text of the other one, whose version stays."""
        self._write(self.root / "own", EDITED, f"__version__ = '1.0'\nOFFSET = {offset}\n")

    def _write(self, folder: Path, name: str, text: str) -> None:
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name / "__init__.py").write_text(text)

    @contextmanager
    def as_new_process(self, variable: str | None) -> Iterator[None]:
        """What a command that begins now finds: the variable of the groups, and libraries as they are."""
        _forget()
        said = {"pandas": self.pandas} if self.pandas else {}
        version = metadata.version
        given = dict(os.environ) | ({VARIABLE: variable} if variable is not None else {})
        with (
            patch.object(sys, "path", [*self.path, *sys.path]),
            patch.object(sys, "dont_write_bytecode", new=True),
            patch.dict(os.environ, given),
            patch.object(metadata, "version", lambda name: said.get(name) or version(name)),
            patch("candlewick.project.fingerprints.__version__", self.candlewick or index.__version__),
            patch("candlewick.project.index.__version__", self.candlewick or index.__version__),
        ):
            yield
        _forget()


def _forget() -> None:
    """What this process knows of libraries, as a new one knows nothing."""
    for name in (INSTALLED, EDITED):
        sys.modules.pop(name, None)
    for cached in (index._installed, *vars(libraries).values()):
        getattr(cached, "cache_clear", int)()
