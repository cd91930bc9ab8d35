"""The nodes of a project, remembered under a hash of everything they follow from.

Importing the project's modules, pandas and Hamilton takes most of a second. What they say about the graph is decided by
the text of the project, its toggles and the installed versions; so a listing whose hash is known is read, not made.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import candlewick
from candlewick import __version__
from candlewick.project.libraries import installations
from candlewick.project.node import Node

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from candlewick.project.project import Project

FILE = "index.json"
LIBRARIES = ("apache-hamilton", "pandas", "numpy", "numba", "llvmlite", "duckdb")
CODE = (".py", ".yml", ".yaml", ".toml", ".sql")
UNREAD = (
    *(".md", ".rst", ".ipynb", ".html", ".log", ".wick"),
    *(".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".pdf"),
    *("~", ".swp", ".swo", ".bak", ".orig", ".rej"),  # editors and merges
)
"""How files end that no feature reads. Any other one may be read, and nobody can watch libraries in C open it."""
_LEFTOVERS = (".#", "._", ".nfs", ".fuse_hidden", ".coverage", ".DS_Store")
"""How hidden files begin that editors, file systems and test runs leave; others, as ``.env``, may be read."""
_FLEETING = re.compile(
    "_|OLDPWD|PWD|SHLVL|COLUMNS|LINES|PYTEST_CURRENT_TEST|(HAMILTON|NUMBA|KMP)_.*"
    "|TERM.*|COLORTERM|DISPLAY|WINDOWID|TMUX.*|STY|(SSH|XDG_SESSION|DBUS|VSCODE|GPG|ITERM)_.*"
    "|INVOCATION_ID|JOURNAL_STREAM|MAKE.*|MFLAGS|HYPERFINE_.*"
)
"""What differs from one command or terminal to the next, what starts commands, what libraries set when imported."""


@dataclass(frozen=True)
class Index:
    """The nodes of a project under one set of toggles: those it computes, and those it leaves out.

    ``facts`` is what the trace proves about each feature, by name; empty where a feature has no streaming form.
    ``fingerprints`` are those of every node under each engine.
    """

    nodes: Mapping[str, Node]
    disabled: Mapping[str, Node]
    facts: Mapping[str, Mapping[str, Any]]
    fingerprints: Mapping[str, Mapping[str, str]]


def load_index(
    project: Project,
    *,
    environ: Mapping[str, str] = os.environ,
    enable: Iterable[str] = (),
    disable: Iterable[str] = (),
) -> Index:
    """The nodes as `load_dag` finds them; without importing anything heavy when nothing has changed since.

    Errors: those of `load_dag`.
    """
    enable, disable = tuple(enable), tuple(disable)
    key = project_key(project, [environ.get(project.config.groups.toggle_env), enable, disable, environment()])
    path = project.target / FILE
    known = _read(path, key)
    if known is not None:
        return known
    from candlewick.project.dag import load_dag
    from candlewick.project.fingerprints import fingerprints
    from candlewick.project.streaming import known_streaming

    dag = load_dag(project, environ=environ, enable=enable, disable=disable)
    streaming = known_streaming(dag)
    prints = {"program": fingerprints(dag, streaming), "hamilton": fingerprints(dag, None)}
    hashes = {engine: {name: each.hash for name, each in found.items()} for engine, found in prints.items()}
    index = Index(dag.nodes, dag.disabled, streaming.records(dag) if streaming else {}, hashes)
    _write(path, key, index)
    return index


def project_key(project: Project, more: list[object]) -> str:
    """A hash of the project's text, the installed versions, and whatever ``more`` decides."""
    digest = hashlib.blake2b(digest_size=16)
    digest.update(json.dumps([str(project.root), __version__, _installed(), sys.version, more]).encode())
    for path in sorted(text_files(project.root)):
        digest.update(f"\0{path.relative_to(project.root).as_posix()}\0".encode())
        digest.update(_content(path))
    return digest.hexdigest()


def environment() -> list[tuple[str, str]]:
    """The environment that the project's modules may read, but for what differs from one command to the next."""
    return sorted(pair for pair in os.environ.items() if not _FLEETING.fullmatch(pair[0]))


@cache
def _installed() -> tuple[Any, ...]:
    """The versions of libraries, when any was installed last, and when candlewick's own files were written.

    A checkout that is edited keeps its version.

    What a process has imported stays as it was when it was imported.
    """
    package = Path(candlewick.__file__).parent
    edition = sorted((str(path), path.stat().st_mtime_ns) for path in package.rglob("*.py"))
    return *(f"{name} {metadata.version(name)}" for name in LIBRARIES), installations(), edition


def _content(path: Path) -> bytes:
    """What stands for a file: its text, or where it is none, and may be large, its size and its times."""
    try:
        found = path.stat()
        if path.suffix in CODE:
            return f"{found.st_size}\0".encode() + path.read_bytes()
    except OSError as error:  # gone, no link to anything (an editor's lock), not ours to read
        return repr(error).encode()
    return f"{found.st_size}\0{found.st_mtime_ns}\0{found.st_ctime_ns}".encode()


def text_files(root: Path) -> Iterator[Path]:
    """The files of a project that `project_key` follows from."""
    seen: set[str] = set()
    for folder, folders, names in os.walk(root, followlinks=True):
        here, place = Path(folder), os.path.realpath(folder)
        if place in seen:  # a link to a folder above itself would lead round and round
            folders.clear()
            continue
        seen.add(place)
        folders[:] = [name for name in folders if not _foreign(here / name, top=here == root)]
        yield from (here / name for name in names if not name.startswith(_LEFTOVERS) and not name.endswith(UNREAD))


def _foreign(folder: Path, *, top: bool) -> bool:
    """Folders that hold no text of the project: outputs, seeds, hidden ones, environments."""
    name = folder.name
    hidden = name.startswith(".") or name == "__pycache__" or (top and name in {"target", "seeds"})
    return hidden or (folder / "pyvenv.cfg").exists()


def _read(path: Path, key: str) -> Index | None:
    """What was remembered under ``key``; None when it is something else, or cannot be read."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["key"] != key:
            return None
        nodes, disabled = ({each["name"]: _node(each) for each in document[part]} for part in ("nodes", "disabled"))
        return Index(nodes, disabled, dict(document["facts"]), dict(document["fingerprints"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _node(record: dict[str, Any]) -> Node:
    return Node(**{**record, "inputs": tuple(record["inputs"]), "optional": frozenset(record["optional"])})


def _write(path: Path, key: str, index: Index) -> None:
    """Remember; where nothing can be written the next listing takes a second longer, and that is all."""
    parts = {
        name: [{**asdict(node), "optional": sorted(node.optional), "tags": dict(node.tags)} for node in nodes.values()]
        for name, nodes in (("nodes", index.nodes), ("disabled", index.disabled))
    }
    temporary = path.with_name(f".{FILE}.{os.getpid()}-{secrets.token_hex(4)}.tmp")  # what a run sweeps, if left over
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(
            json.dumps({"key": key, **parts, "facts": index.facts, "fingerprints": index.fingerprints}),
            encoding="utf-8",
        )
        temporary.replace(path)
    except OSError:
        with suppress(OSError):  # where nothing can be written nothing can be removed, be it there or not
            temporary.unlink()
