"""An artifact for people: what it emits, from which candles, and what vouches for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from candlewick.candles import moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from candlewick.artifact import Artifact, Column, Payload


def lines(artifact: Artifact) -> Iterator[str]:
    """Schema, lineage, symbols, origin and certificate, line by line."""
    payload = artifact.payload
    yield f"{payload.project}: {payload.interval} candles, groups {', '.join(payload.enabled) or 'none'}"
    yield f"payload      {artifact.payload_hash}"
    yield f"git commit   {payload.git_commit or 'unknown'}"
    yield f"made with    {', '.join(f'{name} {version}' for name, version in payload.versions.items())}"
    yield f"candles      gaps: {payload.gaps}, volume: {payload.volume}"
    yield f"fit          {_fit(payload.fit)}"
    for stage, columns in payload.stages.items():
        yield ""
        yield f"{stage}: {len(columns)} columns"
        width = max(len(column.name) for column in columns)
        yield from (_column(column, width) for column in columns)
    yield ""
    yield "lineage"
    yield from (f"  {name} <- {', '.join(inputs)}" for name, inputs in payload.lineage.items())
    yield ""
    yield from _symbols(payload)
    yield ""
    yield from _certificate(artifact.certificate)


def _fit(fit: Mapping[str, Any] | None) -> str:
    if fit is None:
        return "none: the output is the features"
    window = fit["window"]
    rows = f"{window['rows']:,} training rows up to {moment(window['train_end'])}"
    return f"{fit['output']} ({', '.join(fit['parameters'])}), {rows}"


def _column(column: Column, width: int) -> str:
    lookback = "unbounded" if column.lookback is None else f"{column.lookback}"
    settled = "never" if column.warm_up is None else f"{column.warm_up}"
    return (
        f"  {column.name:{width}}  {column.dtype:5}  {column.klass}  lookback {lookback:>9}  warm-up {settled:>5}  "
        f"{', '.join(column.candles)}"
    )


def _symbols(payload: Payload) -> Iterator[str]:
    yield f"state of {len(payload.symbols)} symbols"
    for name, state in payload.symbols.items():
        yield f"  {name}: {int(state.vector[0]):,} candles, the last opens {moment(state.ts)}"


def _certificate(certificate: Mapping[str, Any] | None) -> Iterator[str]:
    if certificate is None:
        yield "not certified"
        return
    yield "certificate"
    parts = certificate.get("parts")
    for part in parts if isinstance(parts, list) else []:  # what else it says is for `wick certify` to judge
        if isinstance(part, dict):
            yield f"  {part.get('status', '?')!s:5} {part.get('name', '?')}: {part.get('claim', '')}"
