"""`wick retry`: the last command that failed, with the same options."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from candlewick.errors import UsageError

if TYPE_CHECKING:
    from candlewick.project.project import Project

_TUPLES = ("select", "exclude", "enable", "disable")
_PLAIN = ("threads", "engine", "full_refresh", "allow_empty", "arm", "pair")


def last_failure(project: Project) -> tuple[str, dict[str, Any]]:
    """The verb and the options of the last run of any arm, when it failed; it published nothing, so all of it is due.

    The environment variable that toggles groups is read again.

    Errors: UsageError ``retry-nothing`` when there was no run, or the last one was fine.
    """
    found = [path for folder in project.every_reports() if (path := folder / "run_results.json").exists()]
    try:
        every = [json.loads(path.read_text(encoding="utf-8")) for path in found]
        results = max(every, key=lambda each: str(each["metadata"]["generated_at"]))
        args, fine = results["args"], results["success"]
        options = {key: tuple(args[key]) for key in _TUPLES} | {key: args[key] for key in _PLAIN if key in args}
        verb = args["which"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        what = f"no earlier run is recorded: {error}" if found else "no earlier run is recorded"
        raise UsageError(what, code="retry-nothing", hint="run `wick build`") from None
    if fine:
        raise UsageError("the last run did not fail", code="retry-nothing", hint="run `wick build` to run again")
    return verb, options
