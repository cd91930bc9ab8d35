"""Parts three to five: the exported file in fresh processes, candle by candle, against the same candles in blocks."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors.numpy import load_file, save_file

from candlewick.artifact import decode, encode
from candlewick.certify.case import same_bits, unequal_bits
from candlewick.certify.certificate import FAIL, PASS, Finding, Part
from candlewick.errors import ArtifactError
from candlewick.live import snapshots
from candlewick.program import STAGES, run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from candlewick.certify.case import Case, Piece
    from candlewick.program.layout import Floats

WORKER = (sys.executable, "-m", "candlewick.certify.worker")
"""How a fresh process is started; the folder of its orders follows."""

LATE = 0.05
"""The share of candles after which a late reader emits."""
SEED = 20_140_101


@dataclass(frozen=True)
class _Task:
    """Candles to feed in one process: which, which of them to emit, and the snapshots it starts from and leaves."""

    name: str
    piece: Piece
    emit: np.ndarray[Any, np.dtype[np.bool_]]
    snapshot: bytes | str | None = None
    leave: str = ""

    @property
    def rows(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        """The candles whose values are read; what was resumed is read once before it is fed anything."""
        resumed = [self.piece.start - 1] if isinstance(self.snapshot, str) else []
        return np.concatenate([resumed, np.flatnonzero(self.emit) + self.piece.start]).astype(np.int64)


@dataclass
class _Compared:
    """What came of one part."""

    rows: int = 0
    values: int = 0
    findings: list[Finding] = field(default_factory=list)


def streamed(case: Case) -> tuple[tuple[Part, Part, Part], dict[str, Any]]:
    """Batch = stream, late emit and restart; and what the fresh processes said of themselves."""
    generator = np.random.default_rng(SEED)
    every, late, firsts, seconds = [], [], [], []
    for number, piece in enumerate(case.pieces):
        rows = piece.stop - piece.start
        start = _state_before(case, piece)
        every.append(_Task(f"every-{number}", piece, np.ones(rows, bool), start))
        late.append(_Task(f"late-{number}", piece, generator.random(rows) < LATE, start))
        cut = piece.start + int(generator.integers(1, rows + 1))
        left = f"restart-{number}.snapshot"
        before = type(piece)(piece.symbol, piece.start, cut)
        after = type(piece)(piece.symbol, cut, piece.stop)
        firsts.append(_Task(f"before-{number}", before, np.zeros(cut - piece.start, bool), start, left))
        seconds.append(_Task(f"after-{number}", after, np.ones(piece.stop - cut, bool), left))
    with tempfile.TemporaryDirectory(prefix="wick-certify-") as name:
        folder = Path(name)
        values, told = _process(case, folder, [*every, *late, *firsts])
        again, _ = _process(case, folder, seconds)
    batch = {piece: _batch(case, piece) for piece in case.pieces}
    return (
        _part("stream", "fed candle by candle from the file, in a fresh process, every value has the bits of the batch",
              _against(case, batch, values, every), {}),
        _part("late emit", "an emit after many candles without one has the bits of the batch",
              _against(case, batch, values, late), {"share": LATE}),
        _part("restart", "a snapshot resumes in another process, and the file reads back, to the last bit",
              _restart(case, batch, again, seconds), {}),
    ), told  # fmt: skip


def _state_before(case: Case, piece: Piece) -> bytes | None:
    """The snapshot that the candles before a piece leave; None where there are none."""
    if not piece.start:
        return None
    state = case.state(piece.symbol, piece.start)
    return snapshots.encode(case.artifact.payload, {piece.symbol: (case.time(piece.symbol, piece.start - 1), state)})


def _batch(case: Case, piece: Piece) -> Floats:
    """Every result over a piece, in blocks: (results, candles)."""
    states = {piece.symbol: case.state(piece.symbol, piece.start)}
    candles = np.ascontiguousarray(case.arrays[piece.symbol][:, piece.start : piece.stop])
    return run(case.program, {piece.symbol: candles}, states=states)[0][piece.symbol]


def _process(case: Case, folder: Path, tasks: Sequence[_Task]) -> tuple[Mapping[str, Floats], dict[str, Any]]:
    """Carry out tasks in a fresh process: the vectors that it emitted, and what it said of itself."""
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    orders = []
    for task in tasks:
        piece = task.piece
        arrays[f"{task.name}/rows"] = _records(case, piece)
        arrays[f"{task.name}/emit"] = task.emit.astype(np.uint8)
        snapshot = task.snapshot
        if isinstance(snapshot, bytes):
            (folder / f"{task.name}.snapshot").write_bytes(snapshot)
            snapshot = f"{task.name}.snapshot"
        orders.append(
            {
                "name": task.name,
                "symbol": piece.symbol,
                "snapshot": snapshot,
                "read_first": isinstance(task.snapshot, str),
                "leave": task.leave,
            }
        )
    save_file(arrays, folder / "candles.safetensors")
    order = {"artifact": str(case.path.absolute()), "tasks": orders}
    (folder / "orders.json").write_text(json.dumps(order), encoding="utf-8")
    command = [*WORKER, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ArtifactError(
            f"a fresh process could not trade {case.path}: {done.stderr.strip().splitlines()[-1:]}",
            code="certificate-worker",
            hint="`python -m candlewick.live inspect FILE` shows whether the file can be loaded here",
        )
    told: dict[str, Any] = json.loads((folder / "worker.json").read_text(encoding="utf-8"))
    return load_file(folder / "values.safetensors"), told


def _records(case: Case, piece: Piece) -> Floats:
    """Candles as live trading hands them over, one in a row, the time first."""
    columns = case.program.columns
    order = [columns.index(name) for name in ("ts", "open", "high", "low", "close", "volume")]
    return np.ascontiguousarray(case.arrays[piece.symbol][order, piece.start : piece.stop].T)


def _against(
    case: Case, batch: Mapping[Piece, Floats], values: Mapping[str, Floats], tasks: Sequence[_Task]
) -> _Compared:
    """Every vector that was emitted against the batch's column of that candle."""
    compared = _Compared()
    for task in tasks:
        piece = next(each for each in case.pieces if _within(task.piece, each))
        rows = task.rows
        compared.rows += len(rows)
        for stage in STAGES:
            expected = batch[piece][case.program.rows(stage)][:, rows - piece.start].T
            emitted = values[f"{task.name}/{stage}"]
            compared.values += emitted.size
            compared.findings += _unequal(case, stage, task.piece.symbol, rows, expected, emitted)
    return compared


def _within(inner: Piece, outer: Piece) -> bool:
    return inner.symbol == outer.symbol and outer.start <= inner.start and inner.stop <= outer.stop


def _unequal(
    case: Case, stage: str, symbol: str, rows: np.ndarray[Any, Any], expected: Floats, emitted: Floats
) -> Iterator[Finding]:
    if expected.shape != emitted.shape:
        yield Finding(f"{emitted.shape} values came of {expected.shape}", "", symbol)
        return
    wrong = unequal_bits(expected, emitted)
    for index in np.flatnonzero(wrong.any(axis=0)):
        at = int(np.argmax(wrong[:, index]))
        yield Finding(
            f"the value is {float(emitted[at, index])!r} live and {float(expected[at, index])!r} in the batch",
            case.program.stage(stage)[index].name, symbol, case.time(symbol, int(rows[at])),
        )  # fmt: skip


def _restart(
    case: Case, batch: Mapping[Piece, Floats], values: Mapping[str, Floats], tasks: Sequence[_Task]
) -> _Compared:
    """Resumed streams, the file read back, and the states it holds against those of its candles."""
    compared = _against(case, batch, values, tasks)
    payload = case.artifact.payload
    if decode(encode(payload)).payload_hash != case.artifact.payload_hash:
        compared.findings.append(Finding("the payload does not read back as it was written"))
    for symbol, state in payload.symbols.items():
        ends = symbol in case.candles and case.time(symbol, -1) == state.ts
        if ends and not same_bits(case.state(symbol, len(case.candles[symbol])), state.vector):
            compared.findings.append(
                Finding("the state in the file is not the one its candles lead to", "", symbol, state.ts)
            )
    return compared


def _part(name: str, claim: str, compared: _Compared, numbers: Mapping[str, Any]) -> Part:
    told = {"candles": compared.rows, "values": compared.values, **numbers}
    return Part(name, claim, FAIL if compared.findings else PASS, told, tuple(compared.findings))
