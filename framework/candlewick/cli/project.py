"""`wick init`, `ingest`, `ui` and `clean`: the project's beginning, its candles, its browser, its leftovers."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from candlewick.cli.frame import project_folder, with_project
from candlewick.errors import UsageError

if TYPE_CHECKING:
    from candlewick.project.project import Project


@click.command
@click.argument("name")
def init(name: str) -> None:
    """Start a project that builds at once, on real candles."""
    from candlewick.commands.init import init

    made = init(name, project_folder())
    click.echo(f"Made {made.root} with {len(made.files)} files: seeds of real candles, features, labels, tests.")
    click.echo(f"Next: cd {os.path.relpath(made.root)} && wick build")


@click.command
@click.option("--check-drift", is_flag=True, help="Compare source and store without writing; name changed candles.")
@click.option("--full-refresh", is_flag=True, help="Read every file afresh and forget candles the source lost.")
@with_project
def ingest(project: Project, *, check_drift: bool, full_refresh: bool) -> None:
    """Read the candle source into the store."""
    from candlewick.cli.candles import drift_lines, ingest_lines
    from candlewick.commands import ingest as commands

    if check_drift and full_refresh:
        raise UsageError(
            "--check-drift writes nothing, --full-refresh writes everything", code="usage-options", hint="pass one"
        )
    if check_drift:
        drift = commands.check_drift(project)
        lines = drift_lines(drift)
    else:
        lines = ingest_lines(commands.ingest(project, full_refresh=full_refresh))
    for line in lines:
        click.echo(line)
    if check_drift and (drift.changed or drift.vanished):
        raise click.exceptions.Exit(1)


@click.command
@click.option("--port", type=click.IntRange(1, 65535), default=None, help="The port; a free one by default.")
@click.option("--headless", is_flag=True, help="Do not open a browser.")
@with_project
def ui(project: Project, port: int | None, *, headless: bool) -> None:
    """Open the lineage browser on 127.0.0.1."""
    from candlewick.commands.ui import ui

    ui(project.root, port, headless=headless)


@click.command
@click.option("--store", is_flag=True, help="The store and its parts as well.")
@click.option("--history", is_flag=True, help="What arms held before, which wick diff compares with, as well.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_project
def clean(project: Project, *, store: bool, history: bool, yes: bool) -> None:
    """Remove reports and logs; with --store the store as well.

    Everything in the store can be rebuilt from the candle source.
    """
    from candlewick.commands.clean import clean, to_clean

    for path in to_clean(project, store=store, history=history):
        click.echo(f"  {project.relative(path)}")
    if store and not yes and not _confirmed():
        click.echo("Nothing was removed.")
        raise click.exceptions.Exit(1)
    click.echo(f"Removed {len(clean(project, store=store, history=history))}.")


def _confirmed() -> bool:
    """Whether somebody says yes; where nobody can be asked nobody does."""
    try:
        return click.confirm("Remove these?")
    except click.Abort:
        click.echo()
        return False
