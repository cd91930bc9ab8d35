"""Failed runs, remembered in the logs: a run that failed leaves the store itself as it was, byte for byte."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

from candlewick.errors import StoreError
from candlewick.store.publish import Run

if TYPE_CHECKING:
    from pathlib import Path

FILENAME = "logs/failed_runs.jsonl"


def record_failure(target: Path, run: Run) -> None:
    """Remember a run that published nothing.

    Errors: StoreError ``file-unwritable``.
    """
    record = {**vars(run), "started": run.started.isoformat(), "finished": run.finished.isoformat()}
    path = target / FILENAME
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")
    except OSError as error:
        raise StoreError(
            f"{path} cannot be written: {error}", code="file-unwritable", hint="check space and permissions"
        ) from None


def read_failures(target: Path) -> list[Run]:
    """The failed runs, the oldest first; a line that a killed run left unfinished is no run."""
    try:
        lines = (target / FILENAME).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return []
    return [run for line in lines if (run := _run(line)) is not None]


def _run(line: str) -> Run | None:
    try:
        record = json.loads(line)
        moments = {name: datetime.fromisoformat(record[name]) for name in ("started", "finished")}
        return Run(**{**record, **moments})
    except (ValueError, TypeError, KeyError):
        return None
