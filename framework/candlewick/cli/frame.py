"""What every command shares: global options on either side of the verb, the project, the log, and errors."""

from __future__ import annotations

import errno
import functools
import gc
import logging
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from candlewick.errors import WickError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from candlewick.project.project import Project

log = logging.getLogger("candlewick")

LONGEST_LOG = 10_000_000  # bytes

ARTIFACT = click.argument("artifact", type=click.Path(exists=True, dir_okay=False, path_type=Path))
"""The exported file that a command tries, feeds or compares."""


def _remember(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    """Keep a global option where both sides of the verb can set it."""
    if value and not context.resilient_parsing:
        context.find_root().meta[f"candlewick.{parameter.name}"] = value


def global_options(command: click.Command) -> click.Command:
    """Give a command the options that stand before or after the verb."""
    command.params += [
        click.Option(
            ["--project-dir"],
            type=click.Path(path_type=Path),
            callback=_remember,
            expose_value=False,
            help="The project's folder; the current one by default.",
        ),
        click.Option(
            ["--debug"],
            is_flag=True,
            callback=_remember,
            expose_value=False,
            help="Show tracebacks and details.",
        ),
    ]
    return command


class ReaderLeft(Exception):  # noqa: N818 - no error, the end of it
    """Nobody reads our output any more."""


class Group(click.Group):
    """Lists commands in the order of work, and accepts the global options on either side of the verb."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        global_options(self)

    def add_command(self, cmd: click.Command, name: str | None = None) -> None:
        """Register a command with the global options."""
        super().add_command(global_options(cmd), name)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; nothing in it ends the process as if all were fine."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:  # of which click would make exit code 1
            raise ReaderLeft from error
        except SystemExit as error:
            if isinstance(error.__context__, BrokenPipeError):  # of which rich makes this
                raise ReaderLeft from error
            what = f"code of the project ended the command with sys.exit({error.code!r})"
            raise WickError(what, code="node-exit", hint="raise an error there; --debug shows where") from error

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order they were added."""
        del ctx
        return list(self.commands)


def project_folder() -> Path:
    """The folder the command works in."""
    return _named_folder() or Path.cwd()


def _named_folder() -> Path | None:
    folder: Path | None = click.get_current_context().find_root().meta.get("candlewick.project_dir")
    return folder


def with_project(command: Callable[..., Any]) -> Callable[..., Any]:
    """Open the project and its log, and hand the project to the command as its first argument."""

    @functools.wraps(command)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return command(opened_project(), *args, **kwargs)

    return wrapper


def with_project_if_any(command: Callable[..., Any]) -> Callable[..., Any]:
    """As `with_project`; None where nobody names a project and none is around."""

    @functools.wraps(command)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        from candlewick.errors import ProjectError

        try:
            project = opened_project()
        except ProjectError as error:
            if _named_folder() is not None or error.code != "project-not-found":
                raise
            project = None
        return command(project, *args, **kwargs)

    return wrapper


def opened_project() -> Project:
    """The project of the folder, its log open."""
    from candlewick.project.project import open_project

    project = open_project(project_folder(), exact=_named_folder() is not None)
    open_log(project)
    return project


@contextmanager
def importing() -> Iterator[None]:
    """Hold while a command imports what it needs: to look through all of it for garbage takes a tenth of a run.

    There is none, and what is imported stays: it is left out of every later look.
    """
    if "pandas" in sys.modules:  # nothing to speak of is left to import
        yield
        return
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        gc.enable()


class _LogFile(logging.FileHandler):
    """A log that stops, and says so once, when the disk takes no more."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name is logging's
        """Stop writing, and give up what is not written: the end of the process would try once more."""
        del record
        log.removeHandler(self)
        click.echo(f"The log ends here: {sys.exc_info()[1]}", err=True)
        with suppress(OSError):
            self.close()


def open_log(project: Project) -> None:
    """Write everything at debug level to target/logs/wick.log; a long one becomes wick.log.1 first."""
    path = project.target / "logs" / "wick.log"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size > LONGEST_LOG:
            path.replace(path.with_name("wick.log.1"))
        handler = _LogFile(path, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        click.echo(f"No log is written: {error}", err=True)
        return
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)
    log.propagate = False
    log.debug("wick %s", " ".join(sys.argv[1:]))


_FULL, _BARRED = "free some space, or move the project or TMPDIR to another disk", "check the permissions of the place"
_MACHINE = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), _FULL),
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), _BARRED),
    errno.EMFILE: "allow more open files (`ulimit -n`), or use fewer --threads",
    errno.ENOMEM: "free some memory, or use fewer --threads",
}
"""What the machine refuses, wherever it is met, with what to do: no defect of ours."""


def report_error(error: BaseException) -> None:
    """Say what happened, where, and what to do; the traceback goes to the log, and to the screen with --debug."""
    log.debug("", exc_info=error) if log.handlers else None
    if "--debug" in sys.argv:  # the context is gone, and errors of parsing come before it is filled
        import traceback

        click.echo("".join(traceback.format_exception(error)), err=True)
    if isinstance(error, WickError):
        title, text = f"Error [{error.code}]: ", str(error)
    elif isinstance(error, OSError) and error.errno in _MACHINE:
        title, text = "Error [system]: ", f"{error}\nHint: {_MACHINE[error.errno]}"
    else:
        title = "Error [internal]: "
        text = f"{type(error).__name__}: {error}\nHint: this is a defect of candlewick; --debug shows where"
    click.echo(click.style(title, fg="red", bold=True) + text, err=True)
