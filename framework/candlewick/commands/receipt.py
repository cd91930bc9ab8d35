"""Receipts: what follows from what, remembered so that a run with nothing to do can be told from hashes.

A receipt holds facts: of this text of the project, these options and these candles, this is what an arm holds, all of
it reused, and this is what its tests find. A fact stays true; whether it is about things as they are now is told by the
time of the store's file, which every writer changes. A build's fact names the files of the source as well.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from candlewick.errors import StoreError
from candlewick.project.index import environment, project_key, text_files
from candlewick.project.libraries import files_of, is_installed
from candlewick.project.opened import opened
from candlewick.project.project import MAIN
from candlewick.store.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from candlewick.project.project import Project

FILE = "receipt.json"
REPORTS = ("manifest.json", "lineage.json", "lineage.html", "lineage.dot")
"""What a run leaves besides its results; where one of them is gone, a run has something to do."""
_IDLE = {"threads", "full_refresh", "pair"}
"""Options that decide nothing about what a run computes, or that a run with a receipt does not have."""

Fact = dict[str, Any]


def facts_now(project: Project) -> Mapping[str, Fact]:
    """The facts about the store as it is, by `subject`; none when it has been written to since.

    Errors: OSError, ValueError, KeyError and TypeError, of a receipt that is not there or not sound.
    """
    receipt = json.loads((project.target / FILE).read_text(encoding="utf-8"))
    still = receipt["store"] == stamp_of_store(project) and receipt["foreign"] == _foreign_now(receipt["foreign"])
    facts: dict[str, Fact] = receipt["facts"] if still else {}
    return facts


def write_facts(project: Project, stamp: list[Any], candles: str, facts: Mapping[str, Fact], started: datetime) -> None:
    """Add facts to the receipt, under the ``stamp`` of a store that holds ``candles``; those about others go.

    A receipt that cannot be written is none, and the next run only takes longer. So it is when a file was written to
    after the run ``started``: nobody knows which of its texts the run has read.
    """
    path = project.target / FILE
    foreign = _foreign(project)
    kept: dict[str, Fact] = {}
    try:
        before = json.loads(path.read_text(encoding="utf-8"))
        if before["foreign"] == _foreign_now(before["foreign"]):
            foreign |= before["foreign"].keys()
            kept = {subject: fact for subject, fact in before["facts"].items() if fact["candles"] == candles}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass  # there is no earlier receipt, or none of this shape
    facts = {subject: fact | {"candles": candles} for subject, fact in facts.items()}
    try:
        stamps = _foreign_now(dict.fromkeys(foreign))
        if any(max(times) >= started.timestamp() * 1e9 for _, *times in stamps.values()):
            forget(project)
            return
        receipt = {"store": stamp, "foreign": stamps, "facts": kept | facts}
        write_atomically(path, json.dumps(receipt), durable=False)
    except (OSError, StoreError):  # OSError: code that is no file any more, or never was one of its own
        forget(project)


def forget(project: Project) -> None:
    """Remove the receipt: what is run next takes its full way."""
    (project.target / FILE).unlink(missing_ok=True)


def subject(verb: str, options: Mapping[str, Any]) -> str:
    """What a fact is about: one for every verb and arm."""
    return f"{verb} {options.get('arm', MAIN)}"


def key_of(project: Project, options: Mapping[str, Any]) -> str:
    """A hash of everything the columns follow from besides the candles, and of the environment they may read."""
    asked = sorted((name, value) for name, value in options.items() if name not in _IDLE)
    return _hash(f"{files_key(project)} {environment()!r} {asked!r}".encode())


def files_key(project: Project) -> str:
    """A hash of the project's text and of whatever else lies there: a module can read seeds too."""
    stamps = []
    for folder, _, names in os.walk(project.root / "seeds", followlinks=True):
        for name in names:
            path = Path(folder) / name
            with suppress(OSError):  # gone meanwhile, or a link to nothing
                found = path.stat()
                stamps.append((str(path), found.st_size, found.st_mtime_ns, found.st_ctime_ns))
    return project_key(project, [_hash(repr(sorted(stamps)).encode())])


def stamp_of_store(project: Project) -> list[Any]:
    """The store's file as it is: whoever writes to it changes its times. A log beside it means an unfinished write.

    Errors: OSError when there is none.
    """
    found = project.store.stat()
    wal = project.store.with_name(f"{project.store.name}.wal").exists()
    return [found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino, wal]


def catalog_now(path: Path) -> tuple[str, list[dict[str, Any]]]:
    """A hash of what a catalog says is published, whichever run said so, and its parts.

    Errors: OSError, ValueError, KeyError.
    """
    document = json.loads(path.read_bytes())
    parts: list[dict[str, Any]] = document["parts"]
    return _hash(json.dumps([document["models"], parts]).encode()), parts


def _foreign(project: Project) -> set[str]:
    """Files that were imported, or opened by modules, for which no hash and no version speaks.

    They are no text of the project, of candlewick or of an installed library. With a module comes all of its package.
    """

    @cache
    def place(folder: str) -> Path | None:
        """A folder's own path, where it is no installed one: there are many modules, and few folders."""
        path = Path(folder).resolve()
        return None if is_installed(path) else path

    found: dict[Path, str] = {}
    named = {getattr(module, "__file__", None): name for name, module in list(sys.modules.items())}
    for file, module in (dict.fromkeys(map(str, opened()), "") | named).items():
        if not file:
            continue
        folder, name = os.path.split(os.path.realpath(file) if os.path.islink(file) else file)  # noqa: PTH114
        path = place(folder)
        if path:
            found[path / name] = module.partition(".")[0]
    texts = {path.resolve() for path in text_files(project.root)} if found else set()
    foreign = {path for path in found.keys() - texts if "__pycache__" not in path.parts}
    packages = {found[path] for path in foreign} - {""}  # what they import or read later on is not there to be seen
    beside = {each for top in packages for each in files_of(top) if not each.is_relative_to(project.root)}
    return {str(path) for path in foreign | beside}


def _foreign_now(files: Mapping[str, Any]) -> dict[str, list[int]]:
    return {
        file: [(found := Path(file).stat()).st_size, found.st_mtime_ns, found.st_ctime_ns] for file in sorted(files)
    }


def _hash(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()
