"""Importing the project's modules: always from the text on disk, never from another project's leftovers."""

from __future__ import annotations

import contextlib
import importlib
import re
import sys
from dataclasses import dataclass
from importlib.machinery import FileFinder, SourceFileLoader
from pathlib import Path
from typing import TYPE_CHECKING

from candlewick.errors import GraphError, ImportFailed, Location, ProjectError, nearest
from candlewick.project.opened import forget, watched
from candlewick.project.project import is_own
from candlewick.project.source import Source, raised_at, read_source, said

if TYPE_CHECKING:
    from types import CodeType, ModuleType

    from candlewick.project.node import Kind
    from candlewick.project.project import Project

RESERVED_MODELS = {"candles"}
_opened_roots: dict[str, Path] = {}


@dataclass(frozen=True)
class Module:
    """One imported module of the project: a model."""

    model: str
    kind: Kind
    python: ModuleType
    source: Source


class _FromText(SourceFileLoader):
    """Compiles the source each time: a cached byte code file can be as old as the last second."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        code: CodeType = self.source_to_code(self.get_data(path), path)
        return code


def load_modules(project: Project) -> tuple[Module, ...]:
    """Import every module under the project's folders of features, labels and fit, in that order and by path.

    Errors: ProjectError ``project-empty`` when there is no module; ImportFailed ``import-syntax`` and
    ``import-raised`` at the user's line; GraphError ``graph-duplicate-model``.
    """
    _refuse_hidden(project)
    found = list(_discover(project))
    if not any(kind == "feature" for _, kind in found):
        raise ProjectError(
            f"{project.config.models.features}/ holds no Python module",
            code="project-empty",
            hint=f"write a feature in {project.config.models.features}/returns.py, or start from `wick init`",
        )
    _refuse_equal_names(project, [path for path, _ in found])
    _import_path(project)
    modules = []
    for path, kind in found:
        if not path.is_file():
            raise _import_error(project, path, OSError("it is a link to nothing"))
        python = import_module(project, path)
        modules.append(Module(path.stem, kind, python, _read(project, path)))
    return tuple(modules)


def _discover(project: Project) -> list[tuple[Path, Kind]]:
    folders: list[tuple[str, Kind]] = [
        (project.config.models.features, "feature"),
        (project.config.models.labels, "label"),
        (project.config.models.fit, "fit"),
    ]
    return [
        (path, kind)
        for folder, kind in folders
        for path in sorted((project.root / folder).rglob("*.py"))
        if not path.is_dir() and not any(part.startswith(("_", ".")) for part in path.relative_to(project.root).parts)
    ]


def _refuse_hidden(project: Project) -> None:
    """A folder's ``__init__.py`` is no table: a feature in it would be left out in silence."""
    models = project.config.models
    for folder in (models.features, models.labels, models.fit):
        for path in sorted((project.root / folder).rglob("__init__.py")):
            source = _read(project, path)
            function = next((each for each in source.functions() if not each.name.startswith("_")), None)
            if function is not None:
                raise GraphError(
                    f"'{function.name}' is in {source.file}, which is no table",
                    code="graph-hidden-function",
                    where=[source.name_of(function)],
                    hint=f"move it to a module of its own, such as {folder}/{function.name}.py",
                )


def _read(project: Project, path: Path) -> Source:
    try:
        return read_source(project, path)
    except (OSError, SyntaxError) as error:
        raise _import_error(project, path, error) from error


def _refuse_equal_names(project: Project, paths: list[Path]) -> None:
    seen: dict[str, Path] = {}
    for path in paths:
        where = [Location(project.relative(path), 1)]
        if not path.stem.isidentifier() or path.stem in RESERVED_MODELS:
            raise GraphError(
                f"the module name '{path.stem}' cannot be the name of a table",
                code="graph-model-name",
                where=where,
                hint="use letters, digits and _; the name 'candles' is taken",
            )
        twin = seen.setdefault(path.stem.casefold(), path)
        if twin is not path:
            raise GraphError(
                f"two modules are named '{path.stem}': a module is a table, and table names ignore case",
                code="graph-duplicate-model",
                where=[Location(project.relative(twin), 1), *where],
                hint="rename one of them",
            )


def _import_path(project: Project) -> None:
    """Put the project first on the import path and forget what was imported from any project before."""
    root, models = project.root, project.config.models
    folders = {Path(folder).parts[0] for folder in (models.features, models.labels, models.fit)}
    _opened_roots[str(root)] = root
    for opened in _opened_roots:
        forget(opened)
    # A folder's __path__ is found through its parent's module: look at all of them before the first one goes.
    imported = {name: _places(module) for name, module in list(sys.modules.items())}
    # Other projects have folders of these names too; a package of that name is somebody's library, and an error later.
    shared = {top for top in folders & sys.modules.keys() if getattr(sys.modules[top], "__file__", None) is None}
    for name, places in imported.items():
        own = bool(places) and all(_is_opened(place) for place in places)
        if own or name.partition(".")[0] in shared:
            del sys.modules[name]
    sys.path[:] = [str(root), *(entry for entry in sys.path if str(Path(entry)) not in _opened_roots)]
    if _finder not in sys.path_hooks:
        sys.path_hooks.insert(0, _finder)
    for entry in list(sys.path_importer_cache):
        if Path(entry).is_relative_to(root):
            del sys.path_importer_cache[entry]
    importlib.invalidate_caches()


def _is_opened(place: str) -> bool:
    """Whether a file belongs to a project that this process has opened; asked of every module there is."""
    if not place.startswith(tuple(_opened_roots)):
        return False
    return any(is_own(Path(place), root) for text, root in _opened_roots.items() if place.startswith(text))


def _places(module: ModuleType) -> list[str]:
    file = getattr(module, "__file__", None)
    try:
        return [file] if file else list(getattr(module, "__path__", []))
    except KeyError:  # a namespace inside one that somebody took out of sys.modules
        return []


def _finder(path: str) -> FileFinder:
    if not _is_opened(path):
        raise ImportError(path)
    return FileFinder(path, (_FromText, [".py"]))


def import_module(project: Project, path: Path) -> ModuleType:
    """Import one file of the project, whose folder is already first on the import path.

    Errors: ImportFailed ``import-syntax``, ``import-raised`` and ``import-shadowed``.
    """
    name = ".".join(path.relative_to(project.root).with_suffix("").parts)
    try:
        # What a module prints while it is imported must not mix with what a command prints.
        with contextlib.redirect_stdout(sys.stderr), watched():
            module = importlib.import_module(name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # sys.exit() in a module is the user's error as well
        if isinstance(error, ModuleNotFoundError) and error.name in {name, name.partition(".")[0]}:
            raise _shadowed(project, path, name) from error
        raise _import_error(project, path, error) from error
    if Path(getattr(module, "__file__", None) or "") != path:
        raise _shadowed(project, path, name)
    return module


def _shadowed(project: Project, path: Path, name: str) -> ImportFailed:
    top = name.partition(".")[0]
    return ImportFailed(
        f"the name '{top}' is already taken by {sys.modules.get(top, 'another module')}",
        code="import-shadowed",
        where=[Location(project.relative(path), 1)],
        hint=f"rename the folder {top}/ (and models: in wick.yml)",
    )


def _import_error(project: Project, path: Path, error: BaseException) -> ImportFailed:
    where = raised_at(error, project) or Location(project.relative(path), 1)
    if isinstance(error, SyntaxError):
        return ImportFailed(
            f"{where.file} is not valid Python: {error.msg}",
            code="import-syntax",
            where=[where],
            hint="correct this line",
        )
    return ImportFailed(
        f"{project.relative(path)} does not import: {said(error)}",
        code="import-raised",
        where=[where],
        hint=_import_hint(error),
    )


def _import_hint(error: BaseException) -> str:
    if isinstance(error, ModuleNotFoundError):
        return f"install it in this environment, or correct the name: {error.name}"
    if isinstance(error, ImportError):
        missing = re.search(r"cannot import name '(\w+)'", str(error))
        guess = nearest(missing[1], dir(sys.modules.get(error.name or ""))) if missing else ""
        return guess or "correct the import"
    if isinstance(error, OSError):
        return "restore the file or its permissions, or remove it"
    if type(error).__module__.partition(".")[0] == "hamilton":
        return "correct the decorator"
    return "a module must import cleanly, without candles, files or the network"
