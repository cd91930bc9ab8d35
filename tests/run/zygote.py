"""A process that has everything imported and forks a child for each command: real processes to kill, at no great cost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_CODE = """
import json, os, sys
import candlewick.cli, candlewick.commands.build, candlewick.cli.runlog, candlewick.project.dag, pyarrow.parquet
from candlewick.run import pandas_columns, units
units.CHUNK = pandas_columns.CHUNK = int(sys.argv[1])
for line in sys.stdin:
    request = json.loads(line)
    if "wait" in request:
        print(os.waitstatus_to_exitcode(os.waitpid(request["wait"], 0)[1]), flush=True)
        continue
    pid = os.fork()
    if pid:
        print(pid, flush=True)
        continue
    code = 1
    try:
        os.chdir(request["folder"])
        log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(log, 1), os.dup2(log, 2)
        sys.argv = ["wick", *request["words"]]
        sys.path[:0], sys.dont_write_bytecode = request["path"], True
        os.environ |= {"WICK_ENABLED": request["named"]} if request["named"] else {}
        candlewick.cli.main()
    except SystemExit as end:
        code = end.code or 0
    finally:
        sys.stdout.flush(), sys.stderr.flush()
        os._exit(code)
"""


@dataclass
class Child:
    """A command that runs: ``end`` waits for it and gives its exit code, negative where a signal ended it."""

    zygote: Zygote
    pid: int
    log: Path

    def end(self, *, after: float | None = None, by: signal.Signals = signal.SIGKILL) -> int:
        if after is not None:
            time.sleep(after)
            os.kill(self.pid, by)  # a child that has ended is there until it is waited for
        return self.zygote.ask({"wait": self.pid})

    @property
    def said(self) -> str:
        return self.log.read_text()


class Zygote:
    """Starts commands; ``chunk`` is what the tests make of the chunk of candles."""

    def __init__(self, chunk: int, logs: Path) -> None:
        self.logs = logs
        command = [sys.executable, "-c", _CODE, str(chunk)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def start(self, folder: Path, *words: str, path: list[str], named: str | None) -> Child:
        """Run a command; ``path`` has libraries, and ``named`` are the groups in the variable."""
        log = self.logs / f"said.{time.monotonic_ns()}"
        request = {"folder": str(folder), "words": words, "log": str(log), "path": path, "named": named}
        return Child(self, self.ask(request), log)

    def ask(self, request: dict[str, object]) -> int:
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()
