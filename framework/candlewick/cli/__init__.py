"""The command line: parse, call a function of ``candlewick.commands``, show what it returns.

To add a command, write a function in ``candlewick/commands`` that returns its result, and a click command beside the
others in this package. Nothing here imports more than click before a command runs: start-up is part of the design.
"""

from __future__ import annotations

import sys

import click

from candlewick import __version__
from candlewick.cli.artifact import export, replay, shadow
from candlewick.cli.certificate import certify
from candlewick.cli.diff import diff
from candlewick.cli.fit import dataset, fit
from candlewick.cli.frame import Group, ReaderLeft, report_error
from candlewick.cli.inspect import cost, debug, lineage, ls, show
from candlewick.cli.operators import operators
from candlewick.cli.plan import plan
from candlewick.cli.project import clean, ingest, init, ui
from candlewick.cli.run import build, retry, run, test
from candlewick.errors import WickError

VERBS = (
    *(init, debug, ingest, plan, build, run, test, retry, diff),
    *(fit, dataset, export, certify, replay, shadow),
    *(ls, show, lineage, cost, operators, ui, clean),
)


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="wick")
def wick() -> None:
    """Write each trading feature once; prove that what was trained is what trades."""


for verb in VERBS:
    wick.add_command(verb)


def main() -> None:
    """Run the command line; every error ends as a message and an exit code, never as a traceback."""
    try:
        code = wick.main(standalone_mode=False)  # click hands back the code of a command that ended with Exit
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):  # click makes the first into the second
        click.echo("Interrupted. What is published is one complete run, as before.", err=True)
        sys.exit(130)
    except ReaderLeft:
        sys.stderr.close()  # nothing more can be said
        sys.exit(141)
    except WickError as error:
        report_error(error)
        sys.exit(error.exit_code)
    except Exception as error:  # noqa: BLE001 - a defect of candlewick itself: say so without a traceback
        report_error(error)
        sys.exit(1)
    sys.exit(code)
