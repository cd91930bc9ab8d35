"""`wick certify`: the certificate on one page of the terminal."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import click

from candlewick.cli.frame import ARTIFACT, with_project_if_any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from candlewick.certify.certificate import Certificate, Evidence, Finding, Part
    from candlewick.project.project import Project

MOST_FINDINGS = 5
WIDTH = 100
COLORS = {"pass": "green", "fail": "red", "not run": "yellow"}


@click.command
@ARTIFACT
@click.option(
    "--output", type=click.Choice(["page", "json"]), default="page", help="A page, or the certificate itself."
)
@with_project_if_any
def certify(project: Project | None, artifact: Path, output: str) -> None:
    """Prove that a file trades what was trained.

    Here and now; in its project, against the project's own functions.
    """
    import json

    from candlewick.commands.certify import certify

    made = certify(artifact, project)
    if output == "json":
        click.echo(json.dumps(made.certificate.to_plain(), indent=1))
    else:
        for line in page(made.path, made.certificate):
            click.echo(line)
    for contradiction in made.contradictions:
        click.echo(click.style("FAIL", fg="red", bold=True) + f"  {contradiction}", err=True)
    if made.failed:
        raise click.exceptions.Exit(1)


def page(path: Path, certificate: Certificate) -> Iterator[str]:
    """The certificate as lines of text."""
    from candlewick.candles import moment

    yield f"Certificate of {path}"
    yield f"  payload  {certificate.payload_hash}"
    for symbol, tried in list(certificate.candles.items())[:MOST_FINDINGS]:
        span = f"{moment(tried['first'])} to {moment(tried['last'])}, {tried['source']}"
        yield f"  candles  {symbol}: {tried['candles']:,}, {span}"
    if len(certificate.candles) > MOST_FINDINGS:
        yield f"           and {len(certificate.candles) - MOST_FINDINGS} more symbols"
    yield ""
    for part in certificate.parts:
        yield from _part(part)
    yield ""
    yield from _features(certificate.features)
    yield ""
    yield from _environment(certificate.environment)


def _part(part: Part) -> Iterator[str]:
    from candlewick.candles import moment

    claim, *more = textwrap.wrap(part.claim, WIDTH - 22)
    yield f"{click.style(f'{part.status.upper():<8}', fg=COLORS[part.status], bold=True)} {part.name:<12} {claim}"
    yield from (f"{'':<21} {line}" for line in more)
    numbers = [f"{key.replace('_', ' ')} {_number(key, value)}" for key, value in part.numbers.items()]
    for line in textwrap.wrap(", ".join(numbers), WIDTH - 22):
        yield f"{'':<21} {line}"
    if part.reason:
        yield f"{'':<21} {part.reason}"
    for finding in part.findings[:MOST_FINDINGS]:
        yield f"{'':<21} {_finding(finding, moment)}"
    if len(part.findings) > MOST_FINDINGS:
        yield f"{'':<21} and {len(part.findings) - MOST_FINDINGS} more"


def _finding(finding: Finding, moment: Any) -> str:
    place = [finding.feature, finding.symbol, moment(finding.ts) if finding.ts is not None else ""]
    said = " ".join(filter(None, place))
    return f"{said}: {finding.what}" if said else finding.what


def _number(key: str, value: Any) -> str:
    from candlewick.candles import moment

    if key == "train_end":
        return moment(value)
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _features(features: tuple[Evidence, ...]) -> Iterator[str]:
    """A line per column: facts, and the largest differences from the reference."""
    for stage in dict.fromkeys(each.stage for each in features):
        mine = [each for each in features if each.stage == stage]
        width = max(len(each.name) for each in mine)
        yield f"{stage:<{width}}  class  lookback  warm-up  largest difference: absolute  relative          ULP"
        for each in mine:
            back = "-" if each.lookback is None else f"{each.lookback}"
            warm = "never" if each.warm_up is None else f"{each.warm_up}"
            facts = f"{each.name:<{width}}  {each.klass:^5}  {back:>8}  {warm:>7}"
            seen = f"  {each.absolute:>28.1e}  {each.relative:>8.1e}  {each.ulp:>11,}"
            yield facts + (seen if each.rows else f"{'not compared':>30}")
        for each in mine:
            if each.first_diverging is not None:
                yield f"{each.name}: {each.why}"


def _environment(environment: Any) -> Iterator[str]:
    libraries = ", ".join(f"{name} {version}" for name, version in environment["libraries"].items())
    yield f"candlewick {environment['candlewick']}, Python {environment['python']}, {environment['system']}"
    yield f"{environment['processor']}"
    yield f"{libraries}"
    yield f"commit {environment['git_commit'] or 'none'}, groups {', '.join(environment['groups']) or 'none'}"
