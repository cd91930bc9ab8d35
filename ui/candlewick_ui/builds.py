"""Builds started from the browser: the command line in a process of its own, its log read as it grows.

They belong to the server, not to a page: a page that is closed or opened again finds them as they are.
"""

from __future__ import annotations

import atexit
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from candlewick_ui.arms import ARMS, Arm, arm_folder, copy_project

if TYPE_CHECKING:
    from pathlib import Path

    from candlewick.project.project import Project

LOG = "build.log"
_TIME = re.compile(r"^\d\d:\d\d:\d\d  ")
_COUNT = re.compile(r"(\d+) of (\d+) ")
_running: dict[Path, subprocess.Popen[bytes]] = {}


@dataclass(frozen=True)
class Progress:
    """How far a build is: results ``done`` of ``total``, its ``last`` line, and its exit code once it has ended."""

    done: int = 0
    total: int = 0
    last: str = ""
    exit_code: int | None = None

    @property
    def share(self) -> float:
        """Between 0 and 1."""
        return self.done / self.total if self.total else 0.0


def build_command(folder: Path, arm: Arm) -> list[str]:
    """The command that builds an arm in its folder."""
    return [sys.executable, "-m", "candlewick", "--project-dir", str(folder), "build", *arm.options]


def start(project: Project, arm: Arm) -> None:
    """Start to build an arm, unless it is being built."""
    folder = arm_folder(project, arm.name)
    if is_running(project, arm.name):
        return
    copy_project(project, arm.name)
    (folder / "target").mkdir(exist_ok=True)
    # The toggles are in the options: what the server's own environment says about groups is not part of the arm.
    environ = {key: value for key, value in os.environ.items() if key != project.config.groups.toggle_env}
    environ |= {"NO_COLOR": "1", "PYTHONUNBUFFERED": "1"}
    with (folder / "target" / LOG).open("wb") as log:
        _running[folder] = subprocess.Popen(
            build_command(folder, arm), stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=environ
        )


def cancel(project: Project) -> None:
    """Stop every build of this project; what an arm had published before stays as it was."""
    for name in ARMS:
        process = _running.get(arm_folder(project, name))
        if process is not None and process.poll() is None:
            process.terminate()
            process.wait(timeout=20)


def is_running(project: Project, name: str) -> bool:
    """Whether an arm is being built right now."""
    process = _running.get(arm_folder(project, name))
    return process is not None and process.poll() is None


def progress(project: Project, name: str) -> Progress | None:
    """How far the build of an arm is that this server started; None when it started none."""
    folder = arm_folder(project, name)
    process = _running.get(folder)
    if process is None:
        return None
    return read_progress((folder / "target" / LOG).read_text(encoding="utf-8", errors="replace"), process.poll())


def read_progress(log: str, exit_code: int | None) -> Progress:
    """What the run log says so far.

    >>> read_progress("12:00:00  3 of 20 OK model returns ... [BUILT]", None)
    Progress(done=3, total=20, last='3 of 20 OK model returns ... [BUILT]', exit_code=None)
    """
    lines = [line for each in log.splitlines() if (line := _TIME.sub("", each).strip())]
    counted = [match for line in lines if (match := _COUNT.match(line))]
    done, total = (int(counted[-1][1]), int(counted[-1][2])) if counted else (0, 0)
    return Progress(done, total, lines[-1] if lines else "", exit_code)


def last_words(project: Project, name: str) -> str:
    """The end of an arm's log: what went wrong, in the words of the command line."""
    text = (arm_folder(project, name) / "target" / LOG).read_text(encoding="utf-8", errors="replace")
    return "\n".join(text.splitlines()[-24:])


@atexit.register
def _stop_all() -> None:
    for process in _running.values():
        if process.poll() is None:
            process.terminate()
