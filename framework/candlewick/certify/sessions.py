"""What a fresh process is ordered to do with an exported file, and what it answers."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from candlewick.errors import ArtifactError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from candlewick.certify.case import Case, Piece
    from candlewick.program.layout import Floats

WORKER = (sys.executable, "-m", "candlewick.certify.worker")
"""How a fresh process is started; the folder of its orders follows."""


@dataclass(frozen=True, eq=False)
class Task:
    """The candles of one symbol that a session feeds, and after which of them it reads the features.

    ``candles`` (columns, candles) take the place of those of the piece.
    """

    name: str
    piece: Piece
    emit: np.ndarray[Any, np.dtype[np.bool_]]
    candles: Any = None

    def rows(self, *, read_first: bool) -> np.ndarray[Any, np.dtype[np.int64]]:
        """The candles whose values are read, with the one before them where that is read before any is fed."""
        before = [self.piece.start - 1] if read_first else []
        return np.concatenate([before, np.flatnonzero(self.emit) + self.piece.start]).astype(np.int64)


@dataclass(frozen=True, eq=False)
class Session:
    """Symbols that one process opens together and feeds in turns, or in threads.

    They begin without a past, from ``states``, from the snapshot that was left as ``restore``, or, ``own``, from the
    states in the file. Snapshots are left after some candles, and as ``last`` after all.
    """

    name: str
    tasks: tuple[Task, ...]
    states: tuple[bytes, ...] = ()
    restore: str = ""
    own: bool = False
    read_first: bool = False
    warm: int = 0
    threads: bool = False
    leave: Mapping[int, str] = field(default_factory=dict)
    last: str = ""


@dataclass(frozen=True, eq=False)
class Answers:
    """The vectors that were emitted, by task and stage; the last snapshots; and what the process said of itself."""

    values: Mapping[str, Floats]
    snapshots: Mapping[str, bytes]
    told: dict[str, Any]


def carry_out(case: Case, folder: Path, sessions: Sequence[Session]) -> Answers:
    """Carry out sessions in a fresh process.

    Errors: ArtifactError ``certificate-worker`` when it fails, ``certificate-unwritable`` when the disk is full.
    """
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    orders = []
    for session in sessions:
        restored = [session.restore] if session.restore else []
        for number, state in enumerate(session.states):
            restored.append(f"{session.name}-{number}.state")
            (folder / restored[-1]).write_bytes(state)
        for task in session.tasks:
            arrays[f"{task.name}/rows"] = _records(case, task)
            arrays[f"{task.name}/emit"] = task.emit.astype(np.uint8)
        orders.append(
            {
                "tasks": [{"name": task.name, "symbol": task.piece.symbol} for task in session.tasks],
                "restore": restored,
                "own": session.own,
                "read_first": session.read_first,
                "warm": session.warm,
                "threads": session.threads,
                "leave": {str(step): name for step, name in session.leave.items()},
                "last": session.last,
            }
        )
    try:
        save_file(arrays, folder / "candles.safetensors")
    except SafetensorError as error:  # its own, where others have an OSError
        hint = "free some space, or name another place in TMPDIR"
        what = f"the candles to try cannot be written to {folder}: {error}"
        raise ArtifactError(what, code="certificate-unwritable", hint=hint) from None
    order = {"artifact": str(case.path.absolute()), "sessions": orders}
    (folder / "orders.json").write_text(json.dumps(order), encoding="utf-8")
    done = subprocess.run([*WORKER, str(folder)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise ArtifactError(
            f"a fresh process could not trade {case.path}: {(done.stderr.strip().splitlines() or ['killed'])[-1]}",
            code="certificate-worker",
            hint="`python -m candlewick.live inspect FILE` shows whether the file can be loaded here",
        )
    told: dict[str, Any] = json.loads((folder / "worker.json").read_text(encoding="utf-8"))
    left = {session.last: (folder / session.last).read_bytes() for session in sessions if session.last}
    return Answers(load_file(folder / "values.safetensors"), left, told)


def _records(case: Case, task: Task) -> Floats:
    """Candles as live trading hands them over, one in a row, the time first."""
    columns, piece = case.program.columns, task.piece
    order = [columns.index(name) for name in ("ts", "open", "high", "low", "close", "volume")]
    whole = case.arrays[piece.symbol][:, piece.start : piece.stop] if task.candles is None else task.candles
    return np.ascontiguousarray(whole[order].T)
