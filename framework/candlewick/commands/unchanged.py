"""A run after which nothing has changed: told from hashes, before pandas, Hamilton or DuckDB is imported.

A run that published leaves a receipt: what it followed from (the project's text, options, environment, versions), the
store as it left it, and its results. Where all of that is still so, the next run would reuse everything. Any doubt, and
the run takes its full way.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import sys
import sysconfig
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from candlewick.errors import StoreError
from candlewick.project.index import project_key
from candlewick.store.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from candlewick.project.project import Project

FILE = "receipt.json"
_FLEETING = re.compile("_|OLDPWD|PWD|SHLVL|COLUMNS|LINES|PYTEST_CURRENT_TEST|(HAMILTON|NUMBA|KMP)_.*")
"""What shells change from one command to the next, and what libraries set as they are imported."""


@dataclass(frozen=True)
class Unchanged:
    """What a run would say that reuses everything: its run_results, and facts for its log."""

    run_results: Mapping[str, Any]
    groups: str
    columns: int
    symbols: int
    rows: int


def unchanged(project: Project, verb: str, options: Mapping[str, Any]) -> Unchanged | None:
    """What a run would say when it would reuse everything; None when it has to be run to know."""
    if verb != "run" or options.get("full_refresh") or project.config.tracking.mlflow != "off":
        return None
    try:
        receipt = json.loads((project.target / FILE).read_text(encoding="utf-8"))
        still = _holds(project, options, receipt)
        return Unchanged(receipt["run_results"], *receipt["facts"]) if still else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _holds(project: Project, options: Mapping[str, Any], receipt: Mapping[str, Any]) -> bool:
    """Whether everything is as it was; what is quickly told comes first."""
    if receipt["store"] != _store(project) or receipt["foreign"] != _foreign_now(receipt["foreign"]):
        return False
    catalog = (project.target / receipt["catalog"]["file"]).read_bytes()
    if receipt["catalog"]["hash"] != _hash(catalog) or receipt["key"] != _key(project, options):
        return False
    return all((project.target / part["path"]).is_file() for part in json.loads(catalog)["parts"])


def follows_from(project: Project, options: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """What a run follows from, and the store, as they are now: equal at two times when nobody changed them between."""
    return _key(project, options), _store(project)


def write_receipt(
    project: Project,
    now: tuple[str, list[Any]],
    catalog: Path,
    results: Mapping[str, Any],
    facts: tuple[Any, ...],
) -> None:
    """Leave a receipt of a run that published; without one, the next run only takes longer."""
    foreign = list(_foreign(project))
    receipt = {
        "key": now[0],
        "store": now[1],
        "foreign": _foreign_now(dict.fromkeys(foreign)),
        "catalog": {"file": catalog.name, "hash": _hash(catalog.read_bytes())},
        "facts": facts,
        "run_results": results,
    }
    try:
        write_atomically(project.target / FILE, json.dumps(receipt))
    except StoreError:
        (project.target / FILE).unlink(missing_ok=True)


def _key(project: Project, options: Mapping[str, Any]) -> str:
    """A hash of everything the columns follow from besides the candles, and of the environment they may read."""
    environment = sorted(pair for pair in os.environ.items() if not _FLEETING.fullmatch(pair[0]))
    asked = sorted((name, value) for name, value in options.items() if name not in {"threads", "full_refresh"})
    return project_key(project, [_hash(repr(environment).encode()), repr(asked)])


def _store(project: Project) -> list[Any]:
    """The store's file as it is: whoever writes to it changes its time. A log beside it means an unfinished write."""
    found = project.store.stat()
    return [found.st_size, found.st_mtime_ns, project.store.with_name(f"{project.store.name}.wal").exists()]


def _foreign(project: Project) -> Iterator[str]:
    """Files of code that was imported from neither an installed library nor the project: no version speaks for them."""
    known = {Path(path).resolve() for path in sysconfig.get_paths().values()}
    known |= {Path(sys.prefix).resolve(), Path(sys.base_prefix).resolve(), Path(__file__).resolve().parents[1]}
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        path = Path(file).resolve() if file else None
        if path is None or path.is_relative_to(project.root):
            continue
        if "site-packages" not in path.parts and not any(path.is_relative_to(folder) for folder in known):
            yield str(path)


def _foreign_now(files: Mapping[str, Any]) -> dict[str, list[int]]:
    return {file: [(found := Path(file).stat()).st_size, found.st_mtime_ns] for file in files}


def _hash(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def reused(project: Project, nothing: Unchanged) -> list[dict[str, Any]]:
    """Write the run_results of a run that reused everything, and return its results."""
    now = datetime.now(UTC)
    rows = {"status": "success", "execution_time": 0.0, "message": None, "action": "REUSED"}
    results = [{**result, **rows, "rows": nothing.rows} for result in nothing.run_results["results"]]
    run_id = f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    metadata = {**nothing.run_results["metadata"], "run_id": run_id, "generated_at": now.isoformat()}
    document = {**nothing.run_results, "metadata": metadata, "results": results, "elapsed_time": 0.0}
    folder = project.reports(document["args"]["arm"])
    write_atomically(folder / "run_results.json", json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    return results
