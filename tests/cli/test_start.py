"""What the command line costs before a command runs, and how it ends."""

from __future__ import annotations

import errno
import subprocess
import sys

import click
import pytest

from candlewick import cli
from candlewick.__main__ import main as begin
from candlewick.cli.frame import report_error
from candlewick.errors import WickError

LIST = "print(*sorted({name.partition('.')[0] for name in __import__('sys').modules}))"
HELP = f"""
import sys
sys.argv = ["wick", "--help"]
from candlewick.cli import main
try:
    main()
except SystemExit:
    pass
{LIST}
"""


def loaded(code):
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(result.stdout.splitlines()[-1].split())


def test_help_imports_nothing_but_click():
    foreign = loaded(HELP) - loaded(LIST) - set(sys.stdlib_module_names)
    assert foreign <= {"click", "candlewick", "colorama"}


def test_help_lists_the_verbs_in_the_order_of_work(call, tmp_path):
    result = call(tmp_path, "--help")
    assert result.returncode == 0
    listed = [line.split()[0] for line in result.stdout.partition("Commands:")[2].splitlines() if line.strip()]
    verbs = ["init", "debug", "ingest", "build", "run", "test", "retry", "ls", "show", "lineage", "ui", "clean"]
    assert [verb for verb in listed if verb in verbs] == verbs


@pytest.mark.parametrize(
    "words", [["biuld"], ["build", "--slect", "x"], ["show"], ["build", "--threads", "0"], ["ls", "--output", "xml"]]
)
def test_a_wrong_command_line_exits_2(call, tmp_path, words):
    result = call(tmp_path, *words)
    assert result.returncode == 2
    assert result.stdout == ""
    assert "Traceback" not in result.stderr


def test_a_reader_that_leaves_ends_the_command_without_a_word():
    words = [sys.executable, "-m", "candlewick", "operators"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as command:
        command.stdout.close()
        said = command.stderr.read()
    assert (command.returncode, said) == (141, b"")


@pytest.mark.parametrize(
    ("raised", "code", "words"),
    [
        (WickError("a fact", code="some-code", hint="do it"), 1, "Error [some-code]: a fact\nHint: do it\n"),
        (click.UsageError("no such thing"), 2, "no such thing"),
        (click.exceptions.Exit(7), 7, ""),
        (KeyboardInterrupt(), 130, "Interrupted"),
        (click.Abort(), 130, "Interrupted"),
        (SystemExit(0), 1, "Error [node-exit]: code of the project ended the command with sys.exit(0)"),
        (BrokenPipeError(), 141, ""),
        (ZeroDivisionError("oh"), 1, "Error [internal]: ZeroDivisionError: oh"),
    ],
)
def test_every_end_is_a_message_and_an_exit_code(call, tmp_path, monkeypatch, raised, code, words):
    @click.command
    def fail():
        raise raised

    monkeypatch.setitem(cli.wick.commands, "fail", fail)
    if isinstance(raised, BrokenPipeError):
        monkeypatch.setattr(sys.stderr, "close", lambda: None)
    result = call(tmp_path, "fail")
    assert result.returncode == code
    assert words in result.stderr
    assert "Traceback" not in result.stderr


def test_ctrl_c_while_the_command_line_is_imported_is_a_message_too(monkeypatch, capsys):
    class Interrupted:
        def find_spec(self, name, *_):
            if name == "candlewick.cli":
                raise KeyboardInterrupt

    monkeypatch.delitem(sys.modules, "candlewick.cli")
    monkeypatch.setattr(sys, "meta_path", [Interrupted(), *sys.meta_path])
    with pytest.raises(SystemExit) as ended:
        begin()
    assert ended.value.code == 130
    assert capsys.readouterr().err == "Interrupted. What is published is one complete run, as before.\n"


def test_what_the_machine_refuses_is_no_defect(capsys):
    report_error(OSError(errno.ENOSPC, "No space left on device", "/x"))
    report_error(OSError(errno.EIO, "odd"))
    full, odd = capsys.readouterr().err.split("Error ")[1:]
    assert full == (
        "[system]: [Errno 28] No space left on device: '/x'\n"
        "Hint: free some space, or move the project or TMPDIR to another disk\n"
    )
    assert "[internal]" in odd
