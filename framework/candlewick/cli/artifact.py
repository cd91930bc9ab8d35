"""`wick export`, `replay` and `shadow`: the artifact written, run as live, and compared with what it replaces."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from candlewick.cli.frame import ARTIFACT, with_project
from candlewick.cli.run import toggles

if TYPE_CHECKING:
    from collections.abc import Callable

    from candlewick.project.project import Project


@click.command
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default=None, help="Where; target/NAME.wick.")
@toggles
@click.option("--threads", type=click.IntRange(1), default=None, help="Symbols computed at a time.")
@with_project
def export(project: Project, out: Path | None, **options: Any) -> None:
    """Fit, and write what trades as one file.

    Program, state of every symbol, lineage.
    """
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


SYMBOL = click.option("--symbol", "symbols", multiple=True, metavar="SYMBOL", help="Only these (repeatable).")


def _stage(default: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The option that chooses what comes out."""
    choice = click.Choice(["features", "output"])
    return click.option("--stage", type=choice, default=default, show_default=True, help="Before or after the fit.")


@click.command
@ARTIFACT
@SYMBOL
@_stage("output")
@click.option("--cusum", type=float, default=None, metavar="H", help="A CUSUM gate of this log return before emit.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default=None, help="Vectors as .csv, .parquet.")
@with_project
def replay(project: Project, artifact: Path, out: Path | None, **options: Any) -> None:
    """Send the store's candles through an artifact one by one.

    As live trading would.
    """
    from candlewick.commands.replay import replay

    done = replay(project, artifact, out=out, **options)
    click.echo(f"{done.candles:,} candles in {done.seconds:.2f}s, {len(done.rows):,} vectors")
    click.echo(f"{'step':24} {'entered':>9} {'passed':>9} {'p50 us':>8} {'p99 us':>8}  skipped")
    for entry, timing in zip(done.funnel, done.timings, strict=True):
        skipped = ", ".join(f"{code} {count:,}" for code, count in entry.skipped.items())
        counts = f"{entry.step:24} {entry.entered:>9,} {entry.passed:>9,}"
        click.echo(f"{counts} {timing.p50:>8.1f} {timing.p99:>8.1f}  {skipped}".rstrip())
    for symbol, same in done.arrived.items():
        what = {
            True: "is the artifact's, bit for bit",
            False: "is not the artifact's, though its candles are",
            None: "is not compared: the artifact has seen other candles",
        }[same]
        click.echo(f"{symbol}: the state after the last candle {what}", err=same is False)
    if out is not None:
        click.echo(f"Wrote {out}")
    if False in done.arrived.values():
        raise click.exceptions.Exit(1)


@click.command
@ARTIFACT
@click.argument("legacy", metavar="MODULE:FUNCTION")
@SYMBOL
@_stage("features")
@click.option("--abs", "absolute", type=click.FloatRange(0), default=0.0, help="Largest absolute difference.")
@click.option(
    "--rel", "relative", type=click.FloatRange(0), default=1e-9, show_default=True, help="Largest relative difference."
)
@click.option("--ulp", type=click.IntRange(0), default=0, help="Largest difference in units in the last place.")
@click.option("--rows", type=click.IntRange(0), default=0, help="Candles of a column that may differ by more.")
@with_project
def shadow(project: Project, artifact: Path, legacy: str, symbols: tuple[str, ...], stage: str, **budget: Any) -> None:
    """Compare a legacy function with an artifact, candle by candle.

    The function takes a candle and returns a dict of values.
    """
    from candlewick.candles import moment
    from candlewick.commands.shadow import Budget, shadow

    compared = shadow(project, artifact, legacy, symbols=symbols, stage=stage, budget=Budget(**budget))
    for column in compared:
        found = column.differences
        click.echo(
            f"{'OK  ' if column.within else 'FAIL'} {column.name}: {found.beyond:,} of {found.rows:,} candles beyond; "
            f"largest {found.absolute:.3g} absolute, {found.relative:.3g} relative, {found.ulp:,} ULP"
        )
        if column.first is not None:
            at = column.first
            click.echo(f"     first {at.symbol} {moment(at.ts)}: legacy {at.legacy!r}, artifact {at.ours!r}")
    if not all(column.within for column in compared):
        raise click.exceptions.Exit(1)
