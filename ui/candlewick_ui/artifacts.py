"""The exported file, in lines: what is in it, and what its certificate says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from candlewick.candles import moment
from candlewick.errors import WickError
from candlewick_ui.certificates import CertificateCard, card

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SNIPPET = """from candlewick.live import load  # numpy, numba and safetensors only

features = load("{name}").open(symbols={symbols})
# once: the candles after {last}, the last that the file has seen
features.warm_up({symbol!r}, history)
# every candle
features.update({symbol!r}, candle)
# when a gate lets it through
vector = features.emit({symbol!r})
"""


@dataclass(frozen=True)
class Held:
    """What an exported file holds; or the ``problem`` that keeps it from being read."""

    contents: Mapping[str, str] = field(default_factory=dict)
    snippet: str = ""
    certificate: CertificateCard | None = None
    problem: str = ""


def read_artifact(path: Path) -> Held | None:
    """Read an exported file as live trading does, which judges it whole; None when there is none."""
    from candlewick.artifact import read

    if not path.exists():
        return None
    try:
        artifact = read(path)
    except WickError as error:
        return Held(problem=str(error))
    payload = artifact.payload
    last = max((state.ts for state in payload.symbols.values()), default=None)
    said = f"{moment(last)}" if last is not None else "none"
    contents = {
        "file": f"{path.name}, {path.stat().st_size:,} bytes",
        "columns": f"{len(payload.columns())}, after {payload.warm_up():,} candles of warm-up",
        "groups": ", ".join(payload.enabled) or "none",
        "symbols": f"{len(payload.symbols)}: {', '.join(list(payload.symbols)[:8])}",
        "last candle": said,
        "interval": payload.interval,
        "fit": _fit(payload.fit),
        "payload": artifact.payload_hash,
        "git commit": payload.git_commit or "none",
    }
    symbols = list(payload.symbols)
    snippet = SNIPPET.format(name=path.name, symbols=symbols[:3], symbol=(symbols or ["BTC"])[0], last=said)
    return Held(contents, snippet, card(artifact.certificate))


def _fit(fit: Mapping[str, Any] | None) -> str:
    if fit is None:
        return "none: the features themselves"
    return ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in fit.items() if isinstance(value, (str, int)))
