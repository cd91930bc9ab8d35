"""`wick debug`: a checklist of everything a run needs."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import platform
from dataclasses import dataclass
from typing import TYPE_CHECKING

from candlewick import __version__
from candlewick.candles import moment
from candlewick.errors import WickError
from candlewick.program.cache import cache_directory
from candlewick.project.dag import load_dag
from candlewick.project.project import MAIN
from candlewick.store.candles import candle_counts, gaps
from candlewick.store.ledger import read_ledger

if TYPE_CHECKING:
    from collections.abc import Callable

    from candlewick.project.project import Project

VERSIONS = ("apache-hamilton", "pandas", "numpy", "duckdb", "numba")


@dataclass(frozen=True)
class Check:
    """One line of the checklist."""

    name: str
    ok: bool
    finding: str
    hint: str = ""


def debug(project: Project) -> list[Check]:
    """Check project, candles, store, tracking and versions; a check that fails does not stop the next."""
    checks: dict[str, Callable[[Project], str]] = {
        "project": _project,
        "store": _store,
        "candles": _candles,
        "columns": _columns,
        "kernels": _kernels,
        "tracking": _tracking,
        "versions": _versions,
    }
    return [_run(name, check, project) for name, check in checks.items()]


def _run(name: str, check: Callable[[Project], str], project: Project) -> Check:
    try:
        return Check(name, ok=True, finding=check(project))
    except WickError as error:
        where = f" ({error.where[0]})" if error.where else ""
        return Check(name, ok=False, finding=f"{error.what}{where}", hint=error.hint)


def _project(project: Project) -> str:
    dag = load_dag(project)
    models = {node.model for node in dag.columns}
    groups = ", ".join(dag.toggles.enabled) or "none"
    return f"{project.root}: {len(models)} models, {len(dag.columns)} columns, groups {groups}"


def _store(project: Project) -> str:
    if not project.store.exists():
        return f"{project.relative(project.store)} does not exist yet: `wick build` makes it"
    candle_counts(project.store)
    return f"{project.relative(project.store)}: {project.store.stat().st_size / 1e6:.1f} MB, not locked"


def _candles(project: Project) -> str:
    counts = candle_counts(project.store) if project.store.exists() else []
    if not counts:
        return "none yet: `wick ingest` reads them"
    holes = sum(each.gaps for each in gaps(project.store))
    last = moment(max(each.last_ts for each in counts))
    return f"{sum(each.candles for each in counts):,} of {len(counts)} symbols, {holes} gaps, the last opens {last}"


def _columns(project: Project) -> str:
    """How far what is published is behind the candles: an ingest is one step, a run the next."""
    ledger = read_ledger(project.store, project.target)
    held = {one.symbol: one.snapshot for one in ledger.holdings.get(MAIN, ()) if one.shown}
    if not held:
        return "nothing is published yet: `wick build` does it"
    behind = sorted(symbol for symbol, now in ledger.now.items() if held.get(symbol) != now.id)
    if behind:
        return f"{len(behind)} of {len(ledger.now)} symbols have candles that no run has seen ({behind[0]}): `wick run`"
    return f"computed from the candles as they are, for {len(held)} symbols"


def _kernels(project: Project) -> str:
    del project
    folder = cache_directory()
    compiled = len(list(folder.glob("*_*"))) if folder.is_dir() else 0
    return f"{folder}: {compiled} operators compiled; a run compiles those it needs and does not find"


def _tracking(project: Project) -> str:
    uri = project.config.tracking.mlflow
    if uri == "off":
        return "off"
    if importlib.util.find_spec("mlflow") is None:
        raise WickError(
            f"{uri}: mlflow is not installed", code="track-missing-library", hint='pip install "candlewick[mlflow]"'
        )
    return uri


def _versions(project: Project) -> str:
    del project
    packages = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in VERSIONS)
    return f"wick {__version__}, Python {platform.python_version()}, {packages}"
