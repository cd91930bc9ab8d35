"""The state of several symbols as bytes: versioned, hashed, and good for one program only."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np

from candlewick.artifact import is_state, program_hash
from candlewick.artifact.strict import canonical, parse, record, texts, typed
from candlewick.candles import NO_PREVIOUS
from candlewick.errors import ArtifactError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from candlewick.artifact import Payload

    Floats = np.ndarray[Any, np.dtype[np.float64]]
    States = Mapping[str, tuple[int, Floats]]

MAGIC = b"WICKSNAP"
FORMAT = 1
_HASH = 32


def encode(payload: Payload, states: States) -> bytes:
    """Magic, version, length of the header, header, state vectors, hash of all that."""
    head = canonical(
        {"program": program_hash(payload), "symbols": [*states], "times": [ts for ts, _ in states.values()]}
    )
    parts = [MAGIC, FORMAT.to_bytes(4, "little"), len(head).to_bytes(4, "little"), head.encode()]
    parts += [vector.astype("<f8").tobytes() for _, vector in states.values()]
    content = b"".join(parts)
    return content + hashlib.blake2b(content, digest_size=_HASH).digest()


def decode(payload: Payload, snapshot: bytes) -> dict[str, tuple[int, Floats]]:
    """The states of `encode`, for a program of the same hash.

    Errors: ArtifactError ``snapshot-damaged``, ``snapshot-newer``, ``snapshot-program``
    """
    content = bytes(snapshot) if isinstance(snapshot, bytes | bytearray | memoryview) else b""
    if content[: len(MAGIC)] != MAGIC:
        raise _damaged("it does not begin like one")
    if hashlib.blake2b(content[:-_HASH], digest_size=_HASH).digest() != content[-_HASH:]:
        raise _damaged("its hash is another")
    version, length = (int.from_bytes(content[at : at + 4], "little") for at in (8, 12))
    if version > FORMAT:
        raise ArtifactError(
            f"the snapshot has format {version}, this candlewick reads {FORMAT}",
            code="snapshot-newer",
            hint="upgrade candlewick",
        )
    try:
        head = record(parse(content[16 : 16 + length], "the header"), {"program", "symbols", "times"}, "the header")
        symbols = texts(head["symbols"], "symbols")
        times = [typed(ts, int, "a time") for ts in typed(head["times"], list, "times")]
    except ArtifactError as problem:
        raise _damaged(problem.what) from None
    if head["program"] != program_hash(payload):
        raise ArtifactError(
            "the snapshot was taken with another program",
            code="snapshot-program",
            hint="restore it with the artifact it was taken with, or warm up from the candles",
        )
    numbers = content[16 + length : -_HASH]
    size = payload.program.state_size
    if not len(symbols) == len(times) == len(numbers) / (8 * size):
        raise _damaged("it does not hold one state per symbol")
    vectors = np.frombuffer(numbers, "<f8").reshape(-1, size)
    found = {name: (ts, vector) for name, ts, vector in zip(symbols, times, vectors, strict=True)}
    if len(found) < len(symbols) or not all(_is_sound(ts, vector) for ts, vector in found.values()):
        raise _damaged("a symbol is in it twice, or its state counts no candles or has no time")
    return found


def _is_sound(ts: int, vector: Floats) -> bool:
    """Whether a stream could have left it: a symbol without a candle has no time."""
    return bool(vector[0] == 0.0) if ts == NO_PREVIOUS else is_state(ts, vector)


def _damaged(why: str) -> ArtifactError:
    return ArtifactError(
        f"these bytes are not a sound snapshot: {why}",
        code="snapshot-damaged",
        hint="restore an older one, or warm up from the candles",
    )
