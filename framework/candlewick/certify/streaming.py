"""Parts three to five: the exported file in fresh processes, candle by candle, against the same candles in blocks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from candlewick.artifact import decode, encode
from candlewick.candles import Interval
from candlewick.certify.case import Piece, same_bits, seed, unequal_bits
from candlewick.certify.certificate import FAIL, PASS, Finding, Part
from candlewick.certify.sessions import Session, Task, carry_out
from candlewick.live import snapshots
from candlewick.program import STAGES, run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from candlewick.certify.case import Case
    from candlewick.certify.sessions import Answers
    from candlewick.program.layout import Floats

LATE = 0.05
"""The share of candles after which a late reader emits."""
LATE_CANDLES = 100_000
"""Candles of all symbols that a late reader is fed: whole histories, as far as they go."""
CUTS = 3
"""Restarts in every session."""
AFTER, WARM = 96, 40
"""Candles after the file's own states, and how many of them come as a history."""


@dataclass
class _Compared:
    """What came of one part."""

    rows: int = 0
    values: int = 0
    findings: list[Finding] = field(default_factory=list)


def streamed(case: Case) -> tuple[tuple[Part, Part, Part], dict[str, Any]]:
    """Batch = stream, late emit and restart; and what the fresh processes said of themselves."""
    generator = np.random.default_rng(seed(case.artifact))
    every = [*_every(case)]
    late = _late(case, generator)
    befores, afters = [], []
    for session in every:
        before, after = _restarts(session, generator)
        befores.append(before)
        afters += after
    own = _own(case)
    with case.folder() as folder:
        first = carry_out(case, folder, [*every, late, *befores])
        again = carry_out(case, folder, [*afters, own])
    stream, tardy, restart = _against(case, first, every), _against(case, first, [late]), _against(case, again, afters)
    for compared, answers in ((stream, first), (restart, again)):
        compared.findings += [
            Finding(f"{what} was accepted, which must change nothing", "", symbol, ts)
            for symbol, ts, what in answers.told["accepted"]
        ]
    restart.findings += _ends(case, first, [*every, late])
    _file(case, again, own, restart)
    return (
        _part("stream", "fed candle by candle from the file, symbols in turns, every value has the bits of the batch",
              stream, {}),
        _part("late emit", "an emit after many candles without one has the bits of the batch, over whole histories",
              tardy, {"share": LATE}),
        _part("restart", "a snapshot, and the file itself, resume in another process to the last bit",
              restart, {"restarts": len(afters)}),
    ), first.told  # fmt: skip


def _every(case: Case) -> Iterator[Session]:
    """The first pieces of all symbols in one session, the second ones in another, and so on: every candle is read."""
    turns: dict[str, int] = {}
    grouped: dict[int, list[Piece]] = {}
    for piece in case.pieces:
        turn = turns[piece.symbol] = turns.get(piece.symbol, -1) + 1
        grouped.setdefault(turn, []).append(piece)
    for turn, pieces in grouped.items():
        name = f"every-{turn}"
        tasks = [Task(f"{name}-{each.symbol}", each, np.ones(each.stop - each.start, bool)) for each in pieces]
        yield Session(name, tuple(tasks), states=tuple(_states_before(case, pieces)), last=f"{name}.last")


def _late(case: Case, generator: np.random.Generator) -> Session:
    """Whole histories in threads, a few candles of them read."""
    left, tasks = LATE_CANDLES, []
    for symbol in sorted(case.candles, key=lambda name: -len(case.candles[name])):
        length = len(case.candles[symbol])
        piece = Piece(symbol, max(length - left, 0), length)
        rows = piece.stop - piece.start
        if rows:
            tasks.append(Task(f"late-{symbol}", piece, generator.random(rows) < LATE))
        left -= rows
    states = tuple(_states_before(case, [task.piece for task in tasks]))
    return Session("late", tuple(tasks), states=states, threads=True, last="late.last")


def _restarts(session: Session, generator: np.random.Generator) -> tuple[Session, list[Session]]:
    """The session without a read, killed at some candles; and what goes on from each in another process."""
    longest = max(len(task.emit) for task in session.tasks)
    cuts = sorted({int(cut) for cut in generator.integers(1, longest + 1, CUTS)})
    blind = tuple(Task(f"before-{task.name}", task.piece, np.zeros(len(task.emit), bool)) for task in session.tasks)
    leave = {cut: f"before-{session.name}-{cut}.snapshot" for cut in cuts}
    before = Session(f"before-{session.name}", blind, states=session.states, leave=leave)
    return before, [
        Session(
            f"after-{session.name}-{cut}",
            tuple(_rest(task, cut, until) for task in session.tasks),
            restore=leave[cut], read_first=True,
        )
        for cut, until in zip(cuts, [*cuts[1:], longest], strict=True)
    ]  # fmt: skip


def _rest(task: Task, cut: int, until: int) -> Task:
    start, stop = (min(task.piece.start + at, task.piece.stop) for at in (cut, until))
    return Task(f"after-{cut}-{task.name}", Piece(task.piece.symbol, start, stop), np.ones(stop - start, bool))


def _own(case: Case) -> Session:
    """What goes on from the states in the file: the last candles of each symbol once more, at later times."""
    step = Interval.parse(case.artifact.payload.interval).milliseconds
    tasks = []
    for symbol, state in case.artifact.payload.symbols.items():
        if symbol in case.candles:
            candles = case.arrays[symbol][:, -AFTER:].copy()
            count = candles.shape[1]
            candles[case.program.columns.index("ts")] = state.ts + step * np.arange(1, count + 1)
            emit = np.arange(count) >= min(WARM, count)
            tasks.append(Task(f"own-{symbol}", Piece(symbol, 0, count), emit, candles))
    here = all(case.exported(task.piece.symbol) is not None for task in tasks)
    return Session("own", tuple(tasks), own=True, read_first=here, warm=WARM)


def _states_before(case: Case, pieces: Sequence[Piece]) -> Iterator[bytes]:
    """The snapshots that the candles before each piece leave."""
    for piece in pieces:
        if piece.start:
            state = case.state(piece.symbol, piece.start)
            ts = case.time(piece.symbol, piece.start - 1)
            yield snapshots.encode(case.artifact.payload, {piece.symbol: (ts, state)})


def _against(case: Case, answers: Answers, sessions: Sequence[Session]) -> _Compared:
    """Every vector that was emitted against the batch's of that candle."""
    compared = _Compared()
    for session in sessions:
        for task in session.tasks:
            rows = task.rows(read_first=session.read_first)
            expected, _ = case.batch(task.piece.symbol, rows, task.piece.stop)
            _compare(case, compared, task, rows, expected, answers)
    return compared


def _ends(case: Case, answers: Answers, sessions: Sequence[Session]) -> Iterator[Finding]:
    """The states that live trading ends with, where they are not those of the batch."""
    for session in sessions:
        states = snapshots.decode(case.artifact.payload, answers.snapshots[session.last])
        for task in session.tasks:
            symbol, stop = task.piece.symbol, task.piece.stop
            ts, state = states[symbol]
            if ts != case.time(symbol, stop - 1) or not same_bits(state, case.state(symbol, stop)):
                what = "the state after the last candle is not the one of the batch"
                yield Finding(what, "", symbol, case.time(symbol, stop - 1))


def _compare(
    case: Case, compared: _Compared, task: Task, rows: np.ndarray[Any, Any], expected: Floats, answers: Answers
) -> None:
    """One task's vectors against results (results, rows)."""
    compared.rows += len(rows)
    for stage in STAGES:
        emitted = answers.values[f"{task.name}/{stage}"]
        compared.values += emitted.size
        wanted = expected[case.program.rows(stage)].T
        compared.findings += _unequal(case, stage, task, rows, wanted, emitted)


def _unequal(
    case: Case, stage: str, task: Task, rows: np.ndarray[Any, Any], expected: Floats, emitted: Floats
) -> Iterator[Finding]:
    symbol = task.piece.symbol
    if expected.shape != emitted.shape:
        yield Finding(f"{emitted.shape} values came of {expected.shape}", "", symbol)
        return
    wrong = unequal_bits(expected, emitted)
    for index in np.flatnonzero(wrong.any(axis=0)):
        at = int(np.argmax(wrong[:, index]))
        row, after = int(rows[at]), task.candles is not None
        place = f", {row + 1} candles after the state in the file" if after else ""
        yield Finding(
            f"the value is {float(emitted[at, index])!r} live and {float(expected[at, index])!r} in the batch{place}",
            case.program.stage(stage)[index].name, symbol, None if after else case.time(symbol, row),
        )  # fmt: skip


def _file(case: Case, answers: Answers, own: Session, compared: _Compared) -> None:
    """The file read back, the states it holds against those of their candles, and what goes on from them."""
    payload = case.artifact.payload
    if decode(encode(payload)).payload_hash != case.artifact.payload_hash:
        compared.findings.append(Finding("the payload does not read back as it was written"))
    for symbol, state in payload.symbols.items():
        ends = symbol in case.candles and case.time(symbol, -1) == state.ts
        if ends and not same_bits(case.state(symbol, len(case.candles[symbol])), state.vector):
            what = "the state in the file is not the one its candles lead to"
            compared.findings.append(Finding(what, "", symbol, state.ts))
    for task in own.tasks:
        symbol = task.piece.symbol
        resumed = {symbol: payload.symbols[symbol].vector}
        rows = task.rows(read_first=False)
        expected = run(case.program, {symbol: task.candles}, states=resumed)[0][symbol][:, rows]
        exported = case.exported(symbol) if own.read_first else None
        if exported is not None:
            expected = np.concatenate([exported[:, None], expected], axis=1)
            rows = np.concatenate([[-1], rows])
        _compare(case, compared, task, rows, expected, answers)


def _part(name: str, claim: str, compared: _Compared, numbers: Mapping[str, Any]) -> Part:
    told = {"candles": compared.rows, "values": compared.values, **numbers}
    return Part(name, claim, FAIL if compared.findings else PASS, told, tuple(compared.findings))
