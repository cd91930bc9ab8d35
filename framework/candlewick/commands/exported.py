"""What an export made: for whoever shows it, and for whoever registers it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from candlewick.artifact import Payload
    from candlewick.certify.certificate import Certificate


@dataclass(frozen=True)
class Exported:
    """The file that was written and what it holds."""

    path: Path
    size: int
    payload: Payload
    payload_hash: str
    certificate: Certificate
