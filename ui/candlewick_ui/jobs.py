"""Commands started from the browser: the command line in a process of its own, its log read as it grows.

A job is known by its log file. Jobs belong to the server, not to a page: a page that is closed or opened again finds
them as they are.
"""

from __future__ import annotations

import atexit
import os
import re
import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

PATIENCE = 20.0  # seconds that a job has to end in its own way
_TIME = re.compile(r"^\d\d:\d\d:\d\d  ")
_COUNT = re.compile(r"(\d+) of (\d+) ")
_running: dict[Path, subprocess.Popen[bytes]] = {}
_waiting: dict[Path, None] = {}
_turn = threading.Lock()  # between what begins and what is cancelled


@dataclass(frozen=True)
class Progress:
    """How far a job is: results ``done`` of ``total``, its ``last`` line, and its exit code once it has ended.

    ``waiting`` is one that begins when others have ended.
    """

    done: int = 0
    total: int = 0
    last: str = ""
    exit_code: int | None = None
    waiting: bool = False

    @property
    def share(self) -> float:
        """Between 0 and 1."""
        return self.done / self.total if self.total else 0.0


def command(folder: Path, *words: str) -> list[str]:
    """The command line of ``wick`` for the project in a folder."""
    return [sys.executable, "-m", "candlewick", "--project-dir", str(folder), *words]


def start(log: Path, words: Sequence[str], *, without: Iterable[str] = ()) -> None:
    """Start a command with its output in ``log``, unless it is running.

    ``without`` names variables of the server's environment that are no part of the job.
    """
    if not is_running(log):
        _begin(log, words, without)


def _begin(log: Path, words: Sequence[str], without: Iterable[str]) -> None:
    left_out = set(without)
    environ = {key: value for key, value in os.environ.items() if key not in left_out}
    environ |= {"NO_COLOR": "1", "PYTHONUNBUFFERED": "1"}
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as out:
        _running[log] = subprocess.Popen(
            list(words), stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=environ
        )


def start_in_turn(steps: Sequence[tuple[Path, Sequence[str]]], *, without: Iterable[str] = ()) -> None:
    """Start commands one after the other, each with its log, unless one of them is running or waiting already."""
    if any(is_running(log) for log, _ in steps):
        return
    left_out = list(without)
    _waiting.update(dict.fromkeys(log for log, _ in steps))
    for log, _ in steps:
        _running.pop(log, None)

    def work() -> None:
        for log, words in steps:
            with _turn:
                if log not in _waiting:  # it was cancelled
                    continue
                _begin(log, words, left_out)
                del _waiting[log]
            _running[log].wait()

    threading.Thread(target=work, daemon=True).start()


def cancel(logs: Iterable[Path]) -> None:
    """Stop jobs that are running, and begin none that waits; what a command had published before stays as it was."""
    logs = list(logs)
    with _turn:
        for log in logs:
            _waiting.pop(log, None)
    for log in logs:
        process = _running.get(log)
        if process is not None and process.poll() is None:
            process.terminate()
            try:
                process.wait(timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def is_running(log: Path) -> bool:
    """Whether a job is running right now, or waits for its turn."""
    process = _running.get(log)
    return log in _waiting or (process is not None and process.poll() is None)


def progress(log: Path) -> Progress | None:
    """How far a job of this server is; None when it has started none with that log."""
    if log in _waiting:
        return Progress(waiting=True)
    process = _running.get(log)
    return None if process is None else read_progress(_text(log), process.poll())


def read_progress(text: str, exit_code: int | None) -> Progress:
    """What the run log says so far.

    >>> read_progress("12:00:00  3 of 20 OK model returns ... [BUILT]", None)
    Progress(done=3, total=20, last='3 of 20 OK model returns ... [BUILT]', exit_code=None, waiting=False)
    """
    lines = [line for each in text.splitlines() if (line := _TIME.sub("", each).strip())]
    counted = [match for line in lines if (match := _COUNT.match(line))]
    done, total = (int(counted[-1][1]), int(counted[-1][2])) if counted else (0, 0)
    return Progress(done, total, lines[-1] if lines else "", exit_code)


def last_words(log: Path, lines: int = 24) -> str:
    """The end of a log: what went wrong, in the words of the command line."""
    return "\n".join(_text(log).splitlines()[-lines:])


def _text(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")


@atexit.register
def _stop_all() -> None:
    _waiting.clear()
    for process in _running.values():
        if process.poll() is None:
            process.terminate()
