"""`wick retry`: the last command that failed, with the same options."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from candlewick.errors import UsageError

if TYPE_CHECKING:
    from candlewick.project.project import Project

_TUPLES = ("select", "exclude", "enable", "disable")
_PLAIN = ("threads", "engine", "full_refresh", "allow_empty", "arm")


def last_failure(project: Project) -> tuple[str, dict[str, Any]]:
    """The verb and the options of the last run, when it failed. A failed run published nothing, so all of it is due.

    The environment variable that toggles groups is read again.

    Errors: UsageError ``retry-nothing`` when there was no run, or the last one was fine.
    """
    path = project.target / "run_results.json"
    try:
        results = json.loads(path.read_text(encoding="utf-8"))
        args = results["args"]
    except (OSError, ValueError, KeyError) as error:
        hint = "run `wick build`"
        raise UsageError(f"no earlier run is recorded: {error}", code="retry-nothing", hint=hint) from None
    if results["success"]:
        raise UsageError("the last run did not fail", code="retry-nothing", hint="run `wick build` to run again")
    options = {key: tuple(args[key]) for key in _TUPLES} | {key: args[key] for key in _PLAIN if key in args}
    return args["which"], options
