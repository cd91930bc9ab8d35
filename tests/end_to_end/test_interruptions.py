"""Kills, locks, full disks and folders nobody may write: what was published stays, and the next build is whole."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from functools import partial

import pytest

BUILD = [sys.executable, "-m", "candlewick", "build", "--engine", "hamilton"]
HOLD = "import duckdb, sys, time; c = duckdb.connect(sys.argv[1], read_only=sys.argv[2] == 'read'); print('held', flush=True); time.sleep(60)"
LIMITED = "import resource, runpy, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2); sys.argv = ['wick', *sys.argv[2:]]; runpy.run_module('candlewick', run_name='__main__')"

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and file limits of POSIX")


def parts(root):
    """The published bytes: path and digests of every file in the catalog, each of them checked to be there."""
    catalog = json.loads((root / "target" / "catalog.json").read_text())
    assert all((root / "target" / part["path"]).is_file() for part in catalog["parts"])
    return {part["path"]: [digest for *_, digest in part["symbols"]] for part in catalog["parts"]}


def edited(built, factor):
    built.write(
        {
            "features/moves.py": (built.root / "features" / "moves.py")
            .read_text()
            .replace("close.pct_change()", f"close.pct_change() * {factor}")
        }
    )


@posix
@pytest.mark.slow
def test_a_kill_at_any_moment_leaves_the_old_state_or_the_new(built, wick):
    old = parts(built.root)
    edited(built, 2)
    start = time.monotonic()
    assert wick(built.root, *BUILD[3:]).returncode == 0
    seconds = time.monotonic() - start
    new = parts(built.root)
    assert old != new
    rng = random.Random(7)
    for number in range(6):
        built.restore()
        assert wick(built.root, *BUILD[3:]).returncode == 0
        assert parts(built.root) == old
        edited(built, 2)
        process = subprocess.Popen(BUILD, cwd=built.root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(seconds * (0.3 + 0.75 * (number + rng.random()) / 6))
        process.kill()
        process.wait()
        assert parts(built.root) in (old, new)
        shown = wick(built.root, "show", "ret", "--output", "json")
        assert shown.returncode == 0
        assert wick(built.root, *BUILD[3:]).returncode == 0
        assert parts(built.root) == new
        left = (built.root / "target" / "parts").rglob(
            "*.parquet*"
        )  # replaced parts stay for readers until the next run
        assert {path.relative_to(built.root / "target").as_posix() for path in left} <= {*old, *new}


@posix
@pytest.mark.slow
def test_a_kill_during_the_first_build(built, wick):
    assert wick(built.root, *BUILD[3:]).returncode == 0
    reference = parts(built.root)
    for delay in (0.7, 1.0, 1.3, 1.6):
        assert wick(built.root, "clean", "--store", "--yes").returncode == 0
        process = subprocess.Popen(BUILD, cwd=built.root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(delay)
        process.kill()
        process.wait()
        shown = wick(built.root, "show", "ret")
        assert shown.returncode == 0 or "catalog-missing" in shown.stderr
        assert wick(built.root, *BUILD[3:]).returncode == 0
        assert parts(built.root) == reference


@posix
@pytest.mark.slow
@pytest.mark.parametrize(("kind", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupt_says_so_and_publishes_nothing(built, wick, kind, code):
    assert wick(built.root, *BUILD[3:]).returncode == 0
    slow = "import time\nimport pandas as pd\n\ndef slow(close: pd.Series) -> pd.Series:\n    time.sleep(2)\n    return close\n"
    built.write({"features/slow.py": slow})
    before = parts(built.root)
    heard = partial(signal.signal, kind, signal.SIG_DFL)  # what runs the tests may have it ignored
    process = subprocess.Popen(
        BUILD,
        cwd=built.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heard,  # noqa: PLW1509 - no threads here
    )
    for line in process.stdout:
        if "Groups" in line:
            break
    time.sleep(0.3)
    process.send_signal(kind)
    _, said = process.communicate(timeout=60)
    assert process.returncode == code
    assert said.strip() == "Interrupted. What is published is one complete run, as before."
    assert parts(built.root) == before


@pytest.mark.slow
def test_two_builds_at_once(built, wick):
    assert wick(built.root, *BUILD[3:]).returncode == 0
    reference = parts(built.root)
    for _ in range(2):
        both = [
            subprocess.Popen(BUILD, cwd=built.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            for _ in range(2)
        ]
        said = [process.communicate(timeout=120) for process in both]
        assert [process.returncode for process in both] == [0, 0], said
        assert parts(built.root) == reference


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["read", "write"])
def test_somebody_holds_the_store(built, wick, mode):
    """Readers of ours use the catalog and the parts; a build waits, then names the process."""
    before = parts(built.root)
    edited(built, 5)
    store = built.root / "target" / "candlewick.duckdb"
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(store), mode], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout.readline() == "held\n"
        assert wick(built.root, "show", "ret").returncode == 0
        assert wick(built.root, "ls").returncode == 0
        result = wick(built.root, *BUILD[3:])
        assert result.returncode == 1
        assert "[store-locked]" in result.stderr
        assert f"process {holder.pid}" in result.stderr
        assert "Traceback" not in result.stderr
        assert parts(built.root) == before
        if mode == "write":
            checks = wick(built.root, "debug")
            assert checks.returncode == 1
            assert f"FAIL store: process {holder.pid} holds the store" in checks.stdout
    finally:
        holder.kill()
        holder.wait()
    assert wick(built.root, *BUILD[3:]).returncode == 0


@posix
@pytest.mark.slow
@pytest.mark.parametrize("fresh", [True, False])
def test_a_disk_that_is_full(built, wick, fresh):
    """A limit on the size of a file fails writes as a full disk does: in the store, its log, the parts, the reports."""
    edited(built, 7)
    assert wick(built.root, *BUILD[3:]).returncode == 0
    new = parts(built.root)
    built.restore()
    failures = 0
    for limit in (100, 2_000, 10_000, 20_480, 60_000, 290_000, 300_000):
        if fresh:
            assert wick(built.root, "clean", "--store", "--yes").returncode == 0
        else:
            assert wick(built.root, *BUILD[3:]).returncode == 0
            old = parts(built.root)
        edited(built, 7)
        command = [sys.executable, "-c", LIMITED, str(limit), *BUILD[3:]]
        result = subprocess.run(command, cwd=built.root, capture_output=True, text=True, check=False, timeout=120)
        failures += result.returncode
        if result.returncode:
            assert result.returncode == 1, result.stderr
            assert "Traceback" not in result.stderr
            assert "internal" not in result.stderr, (limit, result.stderr)
        if not fresh:
            assert parts(built.root) in (old, new)
        assert wick(built.root, *BUILD[3:]).returncode == 0
        assert parts(built.root) == new
        built.restore()
    assert failures >= 3


def test_a_target_that_is_a_file(built, call):
    (built.root / "target").rename(built.root / "kept")
    try:
        (built.root / "target").write_text("mine")
        result = call(built.root, "build", "--engine", "hamilton")
        assert result.returncode == 1
        assert "[store-unwritable]" in result.stderr
        assert (built.root / "target").read_text() == "mine"
    finally:
        (built.root / "target").unlink()
        (built.root / "kept").rename(built.root / "target")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_target_nobody_may_write(built, call):
    target = built.root / "target"
    edited(built, 3)
    before = parts(built.root)
    folders = [target, *(path for path in target.rglob("*") if path.is_dir())]
    try:
        for folder in folders:
            folder.chmod(0o500)
        result = call(built.root, "build", "--engine", "hamilton")
    finally:
        for folder in folders:
            folder.chmod(0o700)
    assert result.returncode == 1
    assert "-unwritable]" in result.stderr
    assert parts(built.root) == before
