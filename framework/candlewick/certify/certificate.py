"""The certificate: what was tried on an exported file, on which candles, and what came of it. All JSON values.

In the artifact, in target/certificate.json and from ``wick certify --output json`` it is one object::

    format        1; what is added later changes it
    payload_hash  of the payload it was made from: it vouches for no other
    parts         seven: name, claim, status ("pass", "fail", "not run"), numbers (by name, of that part),
                  findings (what, feature, symbol, ts: the first place; empty when it holds), reason (of "not run")
    features      one for each column of each stage: name, stage, klass (S B R), lookback (null: unbounded), warm_up
                  (null: never settles), tolerance and why, absolute, relative and ulp (the largest differences from
                  the author's functions), first_diverging (symbol and ts, or null), rows, symbols, start, stop
    candles       by symbol: candles, first, last, source ("the store" or "drawn at random")
    environment   candlewick, python, system, processor, libraries, git_commit, groups, worker

Times are milliseconds since 1970. There is no clock time in it: the same file, candles and machine give the same text.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Self

from candlewick.errors import ArtifactError

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT = 1
PASS, FAIL, NOT_RUN = "pass", "fail", "not run"
ELSEWHERE = "the project is not at hand: run `wick certify` in it"


@dataclass(frozen=True)
class Finding:
    """One thing that is not as promised, in words, and the feature, symbol and candle where it first shows."""

    what: str
    feature: str = ""
    symbol: str = ""
    ts: int | None = None


@dataclass(frozen=True)
class Part:
    """One of the seven parts: what was claimed, whether it held, the numbers, and what did not hold."""

    name: str
    claim: str
    status: str
    numbers: Mapping[str, Any] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    reason: str = ""
    """Why it was not run."""


@dataclass(frozen=True)
class Evidence:
    """What was seen of one feature: its facts, and the largest differences from the reference."""

    name: str
    stage: str
    klass: str
    lookback: int | None
    warm_up: int | None
    tolerance: float
    why: str
    """What the tolerance allows for."""
    absolute: float
    relative: float
    ulp: int
    first_diverging: Mapping[str, Any] | None
    """Symbol and time of the first candle beyond the tolerance."""
    rows: int
    """Candles compared, of so many ``symbols``, from ``start`` to ``stop`` (ms since 1970)."""
    symbols: int
    start: int | None
    stop: int | None


@dataclass(frozen=True)
class Certificate:
    """The evidence for one payload. It is valid for the payload whose hash it names, and for no other."""

    payload_hash: str
    parts: tuple[Part, ...]
    features: tuple[Evidence, ...]
    candles: Mapping[str, Mapping[str, Any]]
    """For every symbol tried: how many candles, the first and the last time."""
    environment: Mapping[str, Any]

    @property
    def passed(self) -> bool:
        """Whether nothing failed; a part that was not run did not fail, and is named wherever this is shown."""
        return all(part.status != FAIL for part in self.parts)

    @property
    def complete(self) -> bool:
        """Whether every part was run and passed: what an export asks for."""
        return all(part.status == PASS for part in self.parts)

    def to_plain(self) -> dict[str, Any]:
        """The certificate as JSON values."""
        return {"format": FORMAT, **asdict(self)}

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        """The certificate of `to_plain`.

        Errors: ArtifactError ``certificate-damaged``, ``certificate-format``.
        """
        try:
            known = plain["format"] == FORMAT
            if known:
                parts = tuple(
                    Part(**{**part, "findings": tuple(Finding(**each) for each in part["findings"])})
                    for part in plain["parts"]
                )
                features = tuple(Evidence(**each) for each in plain["features"])
                return cls(
                    str(plain["payload_hash"]), parts, features, dict(plain["candles"]), dict(plain["environment"])
                )
        except (KeyError, TypeError, ValueError) as error:
            raise ArtifactError(
                f"the certificate cannot be read: {error}", code="certificate-damaged", hint="export again"
            ) from None
        raise ArtifactError(
            f"certificate format {plain['format']!r}, this version reads {FORMAT}",
            code="certificate-format",
            hint="upgrade candlewick",
        )
