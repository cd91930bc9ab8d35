"""The certificate of an exported file as people read it: its parts, what each claims, and what did not hold."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from candlewick.candles import moment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FILENAME = "certificate.json"
LONG_AGO = 10**11  # a number beyond is a time in milliseconds since 1970


@dataclass(frozen=True)
class PartLine:
    """One part: its ``status`` (pass, fail, not run), and what to say about it."""

    name: str
    status: str
    claim: str
    numbers: str
    findings: tuple[str, ...]


@dataclass(frozen=True)
class CertificateCard:
    """A certificate in lines; ``payload_hash`` names the file it is valid for."""

    payload_hash: str
    parts: tuple[PartLine, ...]
    features: tuple[dict[str, Any], ...]
    candles: str

    @property
    def holds(self) -> bool:
        """Whether every part was run and passed."""
        return bool(self.parts) and all(part.status == "pass" for part in self.parts)


def card(plain: Mapping[str, Any] | None) -> CertificateCard | None:
    """A certificate's JSON values as a card; None for none, and for what is no certificate."""
    try:
        return None if plain is None else _card(plain)
    except (KeyError, TypeError, AttributeError):
        return None


def last_certificate(target: Path) -> CertificateCard | None:
    """The certificate of the last export, whether it held or not."""
    try:
        return card(json.loads((target / FILENAME).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None


def _card(plain: Mapping[str, Any]) -> CertificateCard:
    parts = tuple(
        PartLine(
            part["name"],
            part["status"],
            part["claim"],
            " · ".join(f"{key.replace('_', ' ')}: {_spoken(value)}" for key, value in part["numbers"].items()),
            tuple(filter(None, [*(_finding(each) for each in part["findings"]), part.get("reason", "")])),
        )
        for part in plain["parts"]
    )
    candles = ", ".join(f"{symbol} {_spoken(each.get('candles', ''))}" for symbol, each in plain["candles"].items())
    return CertificateCard(str(plain["payload_hash"]), parts, tuple(map(dict, plain["features"])), candles)


def _finding(finding: Mapping[str, Any]) -> str:
    place = " ".join(str(finding[key]) for key in ("feature", "symbol") if finding.get(key))
    return f"{place}: {finding['what']}" if place else str(finding["what"])


def _spoken(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return " ".join(map(_spoken, value))
    if isinstance(value, int) and value > LONG_AGO:
        return moment(value).removesuffix("+00:00")
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return f"{value:.3g}" if isinstance(value, float) else str(value)
