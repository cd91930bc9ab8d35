"""What stands for a library: its version where it is installed, its text where it is not.

A folder on the import path, or one installed to be edited in place, keeps its version while its code changes.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
import sysconfig
from functools import cache
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

BESIDE = ("bottleneck", "numexpr", "tzdata")
"""What pandas computes with where it is installed."""
_SHELVES = frozenset({"site-packages", "dist-packages"})


def library_version(top: str) -> str | None:
    """What stands for the library that is imported as ``top``; None when nothing does."""
    places = _places(top)
    version = _said(top)
    if not places or all(map(is_installed, places)):
        return version
    return f"{version or 'not installed'}, {_text_of(places)}"


@cache
def versions_below(top: str) -> dict[str, str]:
    """The versions of all that a library requires and that is installed, by name of the distribution."""
    found: dict[str, str] = {}
    waiting = [*_distributions(top), *(BESIDE if top == "pandas" else ())]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        distribution = _distribution(name)
        if distribution is None:
            continue
        found[name] = distribution.version
        plain = [text for text in distribution.requires or () if "extra ==" not in text]
        waiting += [each.group().lower().replace("_", "-") for text in plain if (each := re.match(r"[\w.-]+", text))]
    return {name: version for name, version in found.items() if name != top}


def files_of(top: str) -> list[Path]:
    """The files whose text stands for a library that is not installed."""
    return [path for place in _places(top) for path in _files(place)]


def is_installed(path: Path) -> bool:
    """Whether a file belongs to Python itself, to candlewick or to a library that was installed: it has a version."""
    path = path.resolve()
    return not _SHELVES.isdisjoint(path.parts) or any(path.is_relative_to(each) for each in _homes())


@cache
def installations() -> tuple[tuple[str, int], ...]:
    """The folders that libraries are installed in, and when something was last put there or taken away."""
    folders = {entry for entry in sys.path if Path(entry).name in _SHELVES}
    return tuple((folder, Path(folder).stat().st_mtime_ns) for folder in sorted(folders) if Path(folder).is_dir())


@cache
def _homes() -> tuple[Path, ...]:
    python = (sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib"))
    return (*(Path(path).resolve() for path in python), Path(__file__).resolve().parents[1])


def _places(top: str) -> list[Path]:
    """The file of a module, or the folders of a package."""
    module = sys.modules.get(top)
    try:
        spec = getattr(module, "__spec__", None) or find_spec(top)
    except (ImportError, ValueError):
        return []
    if spec is None:
        return []
    file = [spec.origin] if spec.has_location and spec.origin else []
    return [Path(each) for each in spec.submodule_search_locations or file]


def _text_of(places: list[Path]) -> str:
    """A hash of code: of text by what it says, of all else by size and time."""
    files = [path for place in places for path in _files(place)]
    return _hash(tuple((path, (found := path.stat()).st_size, found.st_mtime_ns, found.st_ctime_ns) for path in files))


def _files(place: Path) -> list[Path]:
    return [path for path in (sorted(_below(place)) if place.is_dir() else [place]) if path.is_file()]


def _below(place: Path) -> Iterator[Path]:
    """The files of a package, but for what is written by using it: caches, a checkout's, a project that lies inside."""
    for folder, folders, names in os.walk(place):
        here = Path(folder)
        folders[:] = [
            each for each in folders if not each.startswith((".", "__pycache__")) and not _is_project(here / each)
        ]
        yield from (here / name for name in names if not name.startswith("."))


def _is_project(folder: Path) -> bool:
    return (folder / "wick.yml").exists()


@cache
def _hash(files: tuple[tuple[Path, int, int, int], ...]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for path, *stamp in files:
        content = path.read_bytes() if path.suffix == ".py" else repr(stamp).encode()
        digest.update(f"\0{path}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


@cache
def _said(top: str) -> str | None:
    """The version that a library was installed as, or that it says it has."""
    installed = (found.version for name in _distributions(top) if (found := _distribution(name)))
    said = getattr(sys.modules.get(top), "__version__", None)
    return next(installed, said if isinstance(said, str) else None)


@cache
def _distributions(top: str) -> tuple[str, ...]:
    """The names of the installed distributions that a module belongs to."""
    return (top,) if _distribution(top) else tuple(_owners().get(top, ()))


def _distribution(name: str) -> metadata.Distribution | None:
    """An installed distribution; None where there is none of the name, or none that says what it is."""
    try:
        found = metadata.distribution(name)
    except (metadata.PackageNotFoundError, ValueError):
        return None
    return found if found.version else None


@cache
def _owners() -> dict[str, list[str]]:
    return dict(metadata.packages_distributions())
