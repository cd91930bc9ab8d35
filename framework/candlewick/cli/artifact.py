"""`wick export`: the artifact, written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from candlewick.cli.frame import with_project

if TYPE_CHECKING:
    from candlewick.project.project import Project


@click.command
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default=None, help="Where; target/NAME.wick.")
@click.option("--enable", multiple=True, metavar="GROUP", help="Switch a group on (repeatable).")
@click.option("--disable", multiple=True, metavar="GROUP", help="Switch a group off (repeatable).")
@click.option("--threads", type=click.IntRange(1), default=None, help="Symbols computed at a time.")
@with_project
def export(project: Project, out: Path | None, **options: Any) -> None:
    """Fit, and write what trades as one file: program, state of every symbol, lineage."""
    from candlewick.candles import moment
    from candlewick.cli.fit import fit_listener
    from candlewick.cli.runlog import RunLog
    from candlewick.commands.export import export

    with RunLog() as log:
        made = export(project, out, **options, listener=fit_listener(log), certified=log.certified)
        payload = made.payload
        last = max(state.ts for state in payload.symbols.values())
        log.say(f"{len(payload.columns())} columns of {', '.join(payload.enabled) or 'no groups'}")
        log.say(f"{len(payload.symbols)} symbols, the last candle opens {moment(last)}")
        log.say(f"payload {made.payload_hash[:32]}")
        log.say(f"Done. Wrote {project.relative(made.path)} ({made.size:,} bytes)", "bold")
