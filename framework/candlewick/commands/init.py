"""`wick init`: copy the example project."""

from __future__ import annotations

import re
import shutil
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

import candlewick
from candlewick.errors import StoreError, UsageError
from candlewick.store.files import replaced_folder

if TYPE_CHECKING:
    from collections.abc import Iterable

# By suffix: installing a wheel byte-compiles the template's modules beside them.
SUFFIXES = {".py", ".sql", ".yml", ".md", ".parquet", ".gitignore", ""}


@dataclass(frozen=True)
class Scaffolded:
    """A new project: its folder and the files in it."""

    root: Path
    files: tuple[str, ...]


def template() -> Path:
    """The example project: inside the installed package, else the repository's own folder."""
    package = Path(candlewick.__file__).parent
    installed = package / "template"
    return installed if installed.is_dir() else package.parents[1] / "feature_project"


def init(name: str, parent: Path) -> Scaffolded:
    """Copy the example project to a new folder named ``name`` and name the project after it.

    Errors: UsageError ``init-name`` when the name cannot name a project, ``init-exists`` when the folder holds files,
    ``init-unwritable``.
    """
    if not re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII) or not isinstance(yaml.safe_load(name), str):
        hint = "use letters without accents, digits and _, for example my_alpha"
        raise UsageError(f"'{name}' cannot be the name of a project", code="init-name", hint=hint)
    root = parent / name
    if root.is_file() or (root.is_dir() and any(root.iterdir())):
        raise UsageError(f"{root} exists already", code="init-exists", hint="choose another name, or empty the folder")
    source = template()
    files = [path for path in sorted(source.rglob("*")) if path.is_file() and _belongs(path.relative_to(source))]
    try:
        with nullcontext(root) if root.exists() else replaced_folder(root) as fresh:
            _copy(files, source, fresh, name)
    except (OSError, StoreError) as error:
        what = error.strerror if isinstance(error, OSError) else error.what.partition(": ")[2]
        hint = "choose another folder with --project-dir, or check its space and permissions"
        raise UsageError(f"{root} cannot be made: {what}", code="init-unwritable", hint=hint) from None
    return Scaffolded(root, tuple(str(path.relative_to(source)) for path in files))


def _copy(files: Iterable[Path], source: Path, root: Path, name: str) -> None:
    for path in files:
        copy = root / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    config = root / "wick.yml"
    lines = config.read_text(encoding="utf-8").splitlines(keepends=True)
    named = "".join(f"name: {name}\n" if line.startswith("name:") else line for line in lines)
    config.write_text(named, encoding="utf-8")


def _belongs(path: Path) -> bool:
    private = any(part.startswith((".", "__pycache__", "target")) for part in path.parts[:-1])
    return not private and (path.suffix in SUFFIXES or path.name == ".gitignore")
