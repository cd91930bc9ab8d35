"""`wick export`: the artifact, written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from candlewick.cli.frame import with_project

if TYPE_CHECKING:
    from candlewick.project.project import Project


@click.command
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default=None, help="Where; target/NAME.wick.")
@click.option("--enable", multiple=True, metavar="GROUP", help="Switch a group on (repeatable).")
@click.option("--disable", multiple=True, metavar="GROUP", help="Switch a group off (repeatable).")
@with_project
def export(project: Project, out: Path | None, enable: tuple[str, ...], disable: tuple[str, ...]) -> None:
    """Write what trades as one file: program, state of every symbol, lineage."""
    from candlewick.candles import moment
    from candlewick.commands.export import export

    made = export(project, out, enable=enable, disable=disable)
    payload = made.payload
    last = max(state.ts for state in payload.symbols.values())
    click.echo(f"Wrote {project.relative(made.path)} ({made.size:,} bytes)")
    click.echo(f"  {len(payload.columns())} columns of {', '.join(payload.enabled) or 'no groups'}")
    click.echo(f"  {len(payload.symbols)} symbols, the last candle opens {moment(last)} UTC")
    click.echo(f"  payload {made.payload_hash[:32]}")
