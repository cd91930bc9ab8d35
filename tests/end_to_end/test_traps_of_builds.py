"""What fools other tools' incremental builds, caches, diffs and locks; each test is named after its trap."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from candlewick.commands.build import build
from candlewick.commands.diff import diff
from candlewick.errors import WickError
from candlewick.project.dag import load_dag
from candlewick.project.fingerprints import fingerprints
from candlewick.project.project import open_project
from candlewick.run.options import Options
from candlewick.store.catalog import read_catalog, read_frame

pytestmark = pytest.mark.slow  # many whole projects

HEADER = "import numpy as np\nimport pandas as pd\nfrom hamilton.function_modifiers import config\n"
OPTIONS = Options(threads=1)
WINDOWS = """
def mean_60(close: pd.Series) -> pd.Series:
    return close.rolling(60).mean()

def spread_200(close: pd.Series) -> pd.Series:
    return close.rolling(200).std()

def wilder(close: pd.Series) -> pd.Series:
    return close.ewm(alpha=1 / 14, adjust=False).mean()
"""


def write(root, features, rows=210):
    """A project of one symbol with ``rows`` daily candles."""
    rng = np.random.default_rng(5)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.02, 400)))[:rows]
    days = pd.date_range("2020-01-01", periods=rows, freq="D")
    lines = [
        f"{day:%Y-%m-%d},{c!r},{c * 1.01!r},{c * 0.99!r},{c!r},{100 + i}"
        for i, (day, c) in enumerate(zip(days, close.tolist(), strict=True))
    ]
    (root / "seeds").mkdir(parents=True, exist_ok=True)
    (root / "features").mkdir(exist_ok=True)
    (root / "seeds" / "AAA.csv").write_text("\n".join(["ts,open,high,low,close,volume", *lines]) + "\n")
    (root / "features" / "m.py").write_text(HEADER + features)
    (root / "wick.yml").write_text("name: trap\ncandles: {path: seeds/*.csv, interval: 1d, gaps: allow}\n")
    return open_project(root)


def run(project, **options):
    outcome = build(open_project(project.root), "build", Options(threads=1, **options))
    assert not outcome.failed
    return {result.name: result.status for result in outcome.results if result.kind == "model"}


def edit(project, old, new):
    path = project.root / "features" / "m.py"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_rolling_windows_and_recursions_in_daily_batches(tmp_path):
    """Daily batches of rolling(60) and rolling(200) are wrong on 4 and 13 % of rows elsewhere; a recursion is re-seeded."""
    project = write(tmp_path / "daily", WINDOWS)
    run(project)
    for rows in (211, 212, 213, 220):
        write(project.root, WINDOWS, rows)
        assert run(project) == {"m": "APPENDED"}
    whole = write(tmp_path / "whole", WINDOWS, 220)
    run(whole)
    pd.testing.assert_frame_equal(read_frame(project.target, "m"), read_frame(whole.target, "m"), check_exact=True)
    assert not diff(project, "main", str(whole.root)).differs


@pytest.mark.parametrize("engine", ["program", "hamilton"])
def test_a_helper_function_called_by_a_node_is_edited(tmp_path, engine):
    project = write(
        tmp_path,
        "def _scale(x):\n    return x * 2\n\ndef a(close: pd.Series) -> pd.Series:\n    return _scale(close)\n",
    )
    run(project, engine=engine)
    edit(project, "x * 2", "x * 3")
    assert run(project, engine=engine) == {"m": "BUILT"}
    found = read_frame(project.target, "m")["a"]
    assert found.iloc[0] == 300 * np.exp(np.random.default_rng(5).normal(0, 0.02))


@pytest.mark.parametrize("engine", ["program", "hamilton"])
def test_a_comment_only_edit_rebuilds_nothing(tmp_path, engine):
    project = write(tmp_path, WINDOWS)
    run(project, engine=engine)
    edit(project, "    return close.rolling(60)", "    # sixty days\n    return close.rolling(60)")
    assert run(project, engine=engine) == {"m": "REUSED"}


def test_equal_values_that_differ_in_name_dtype_or_shape_are_not_one_key(tmp_path):
    """A constant 1 and a constant 1.0, an array and its transpose, are told apart."""
    text = "TABLE = np.array([[1.0, 2.0]])\nTABLE.setflags(write=False)\n\ndef a(close: pd.Series) -> pd.Series:\n    return close * TABLE.sum()\n"
    hashes = []
    for old, new in (
        ("[[1.0, 2.0]]", "[[1.0, 2.0]]"),
        ("[[1.0, 2.0]]", "[[1.0], [2.0]]"),
        ("[[1.0, 2.0]]", "[[1, 2]]"),
    ):
        project = write(tmp_path, text.replace(old, new))
        hashes.append(fingerprints(load_dag(project, environ={}), None)["a"].hash)
    assert len(set(hashes)) == 3


def test_a_diff_does_not_round(tmp_path):
    """A change in the seventh digit of every row is a change of every row."""
    project = write(tmp_path, "def a(close: pd.Series) -> pd.Series:\n    return close * 1.0000001\n")
    run(project)
    edit(project, "1.0000001", "1.0000002")
    run(project)
    (column,) = diff(project, "previous", "main").columns
    assert column.unequal == column.rows == 210


def test_a_float_is_compared_as_asked(tmp_path):
    """0.1 against 0.10000000000000009 differs, and does not within the tolerance that is named."""
    project = write(tmp_path, "def a(close: pd.Series) -> pd.Series:\n    return close * 0 + 0.1\n")
    run(project)
    edit(project, "0.1", "0.10000000000000009")
    run(project)
    assert diff(project, "previous", "main").differs
    assert not diff(project, "previous", "main", absolute=1e-12).differs


def test_a_closed_window_of_re_downloaded_candles_drifts(tmp_path, call):
    """The candle is named by ingest, by the plan and by the log; what reads it is computed anew."""
    project = write(tmp_path, WINDOWS)
    run(project)
    before = read_frame(project.target, "m")
    path = project.root / "seeds" / "AAA.csv"
    rows = path.read_text().splitlines()
    day, o, h, lo, c, v = rows[100].split(",")
    rows[100] = ",".join((day, o, h, lo, repr(float(c) * 1.0001), v))
    path.write_text("\n".join(rows) + "\n")
    said = call(project.root, "ingest").stdout
    assert f"1 old candle changed, the first at {day}" in said
    assert f"candles of AAA changed, the first at {day} 00:00" in call(project.root, "plan").stdout
    assert run(project) == {"m": "BUILT"}
    after = read_frame(project.target, "m")
    assert (after["wilder"].iloc[99:] != before["wilder"].iloc[99:]).all()
    pd.testing.assert_frame_equal(after.iloc[:99], before.iloc[:99], check_exact=True)


def test_the_toggles_are_mutated_and_then_validation_raises(tmp_path, monkeypatch, call):
    """A refused toggle leaves store, reports of what is published, and the next run as they were."""
    project = write(
        tmp_path,
        WINDOWS + '\n@config.when(enabled="extra")\ndef extra(low: pd.Series) -> pd.Series:\n    return low * 2\n',
    )
    run(project)
    catalog = (project.target / "catalog.json").read_bytes()
    monkeypatch.setenv("WICK_ENABLED", "+extar")
    with pytest.raises(WickError):
        run(project)
    assert os.environ["WICK_ENABLED"] == "+extar"
    assert (project.target / "catalog.json").read_bytes() == catalog
    monkeypatch.delenv("WICK_ENABLED")
    assert run(project) == {"m": "REUSED"}


def test_old_columns_are_not_served_under_new_toggles(tmp_path):
    """The group that goes off takes its column, and its variant, with it."""
    text = '@config.when(enabled="extra")\ndef a(close: pd.Series) -> pd.Series:\n    return close * 2\n\ndef b(close: pd.Series) -> pd.Series:\n    return close * 3\n'
    project = write(tmp_path, text)
    run(project, enable=("extra",))
    assert read_catalog(project.target).columns["m"] == ("a", "b")
    run(project)
    assert read_catalog(project.target).columns["m"] == ("b",)
    assert list(read_frame(project.target, "m").columns) == ["symbol", "ts", "b"]


def test_a_reader_is_open_and_the_command_line_writes(tmp_path):
    """Readers of the catalog and the parts, such as the browser, hold no lock."""
    project = write(tmp_path, WINDOWS)
    run(project)
    reader = (
        "import sys, time; from pathlib import Path; from candlewick.store.catalog import read_frame\n"
        "frame = read_frame(Path(sys.argv[1]), 'm'); print('open', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", reader, str(project.target)], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout.readline() == "open\n"
        edit(project, "rolling(60)", "rolling(61)")
        assert run(project) == {"m": "BUILT"}
    finally:
        holder.kill()
        holder.wait()


def test_a_part_that_is_gone_is_built_again(tmp_path):
    project = write(tmp_path, WINDOWS)
    run(project)
    shutil.rmtree(project.target / "parts" / "m")
    assert run(project) == {"m": "BUILT"}
    assert len(read_frame(project.target, "m")) == 210
