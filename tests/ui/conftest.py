from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from candlewick.commands.export import export
from candlewick.lineage.record import Outcome, build_lineage
from candlewick.project.node import Node
from candlewick.project.project import open_project
from candlewick_ui.reports import read_reports

CONFIG = "name: alpha\ncandles: {path: seeds/*.csv, interval: 1d}\n"
HOSTILE = "![x](http://example.com/x.png) <img src=http://example.com/y.png>"
ALIVE = """
name: alive
candles: {path: seeds/*.csv, interval: 1d, gaps: allow}
groups: {baseline: [moves]}
tests:
  move: [{not_null: {warm_up: 1}}, {range: {min: -0.001, max: 0.001, severity: warn}}]
  moves: [unique]
"""
MOVES = '''
import pandas as pd
from hamilton.function_modifiers import config

@config.when(enabled="moves")
def move(close: pd.Series) -> pd.Series:
    """Change of the close.

    Lookback: 1
    """
    return close.pct_change()

@config.when(enabled="smooth")
def smooth(move: pd.Series) -> pd.Series:
    """Mean move of five candles."""
    return move.rolling(5).mean()

def up(close: pd.Series) -> pd.Series:
    """Whether the close is above the one before."""
    return close > close.shift(1)
'''
PYTHON_TEST = "import pandas as pd\n\ndef moves_are_small(move: pd.Series) -> pd.Series:\n    return move.abs() > 1\n"
CANDLES = "symbol,ts,open,high,low,close,volume\n" + "".join(
    f"{symbol},2020-01-{day:02d},{base + day},{base + day + 2},{base + day - 1},{base + day + day % 3},{100 + day}\n"
    for symbol, base in (("AAA", 100), ("BBB", 50))
    for day in range(1, 29)
)


def node(name: str, *inputs: str) -> Node:
    return Node(name, "feature", "volatility", "pd.Series", inputs, "features/volatility.py", 3, doc="About it.")


@pytest.fixture
def project(tmp_path):
    (tmp_path / "wick.yml").write_text(CONFIG)
    return tmp_path


@pytest.fixture
def built(project):
    (project / "target").mkdir()
    nodes = [node("true_range", "high", "low", "close"), node("atr_14", "true_range")]
    lineage = build_lineage("alpha", nodes, outcomes={"atr_14": Outcome("ok")})
    (project / "target" / "lineage.json").write_text(lineage.dumps())
    result = {"unique_id": "model.alpha.volatility", "status": "success", "message": None}
    failed = {"unique_id": "test.alpha.finite", "status": "fail", "message": HOSTILE}
    results = {
        "metadata": {"generated_at": "2026-01-02T03:04:05.678+00:00"},
        "args": {"which": "build", "engine": "hamilton"},
        "results": [result, result, failed],
    }
    (project / "target" / "run_results.json").write_text(json.dumps(results))
    return project


@pytest.fixture(scope="session")
def alive_folder(tmp_path_factory, wick):
    """A project that `wick build` has built: two symbols, groups moves (on) and smooth (off). Tests must not change it."""
    root = tmp_path_factory.mktemp("alive")
    for name, text in (
        ("wick.yml", ALIVE),
        ("features/moves.py", MOVES),
        ("data_tests/small.py", PYTHON_TEST),
        ("seeds/candles.csv", CANDLES),
        (".env", "SECRET=1"),
    ):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text)
    done = wick(root, "build")
    assert done.returncode == 0, done.stdout + done.stderr
    return root


@pytest.fixture
def alive(alive_folder):
    return open_project(alive_folder)


@pytest.fixture
def reports(alive_folder):
    return read_reports(alive_folder)


@pytest.fixture(scope="session")
def exported(alive_folder, tmp_path_factory):
    """A copy of the built project, and the file it exports. Tests must not change it."""
    root = tmp_path_factory.mktemp("exported") / "alive"
    shutil.copytree(alive_folder, root)
    project = open_project(root)
    return project, export(project).path


@pytest.fixture
def serve():
    """`wick ui` of a folder on a free port, in a process of its own: its first address, and the process."""
    code = (
        "import sys, pathlib; from candlewick.commands.ui import ui; ui(pathlib.Path(sys.argv[1]), None, headless=True)"
    )
    processes = []

    def serve(folder):
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(folder)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "WICK_ENABLED": "moves"},  # what the server's environment says is no part of an arm
        )
        processes.append(process)
        seen = ""
        for line in process.stdout:
            seen += line
            if found := re.search(r"http://127\.0\.0\.1:(\d+)", line):
                return found[0], int(found[1]), process
        pytest.fail(f"the server did not start: {seen}")

    yield serve
    for process in processes:
        process.terminate()
        process.wait(timeout=20)
        process.stdout.close()
