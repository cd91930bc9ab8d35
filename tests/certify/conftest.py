"""A small exported project, and ways to sabotage what is certified."""

from __future__ import annotations

import sys
import textwrap
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from candlewick.artifact import read
from candlewick.certify import sessions
from candlewick.certify.case import Case, cut_pieces
from candlewick.commands.export import export
from candlewick.commands.ingest import ingest
from candlewick.project.dag import load_dag
from candlewick.project.project import open_project
from candlewick.run.fitting import fit_project
from candlewick.store.candles import load_many

YML = """
name: tiny
candles: {path: seeds/*.csv, interval: 1d, gaps: allow}
groups: {baseline: []}
split: {train_end: 2020-04-30}
fit: {output: scaled}
"""
HEADER = "import numpy as np\nimport pandas as pd\nfrom hamilton.function_modifiers import config\n"
FEATURES = """
def move(close: pd.Series) -> pd.Series:
    return np.log(close / close.shift(1))


def spread(move: pd.Series) -> pd.Series:
    return move.rolling(5).std()


def trend(close: pd.Series) -> pd.Series:
    return close.ewm(span=6, adjust=False).mean() / close - 1


def z(close: pd.Series) -> pd.Series:
    window = close.rolling(5)
    return (close - window.mean()) / window.std()


@config.when(enabled="extra")
def up(move: pd.Series) -> pd.Series:
    return move > 0
"""
FIT = """
def mean(train: pd.DataFrame) -> pd.Series:
    return train.mean()


def scale(train: pd.DataFrame) -> pd.Series:
    return train.std()


def scaled(features: pd.DataFrame, mean: pd.Series, scale: pd.Series) -> pd.DataFrame:
    return (features - mean) / scale
"""


def candle_text(days: int = 160) -> str:
    lines = ["symbol,ts,open,high,low,close,volume"]
    for symbol, seed in (("AAA", 1), ("BBB", 2)):
        rng = np.random.default_rng(seed)
        close = 50 * np.exp(np.cumsum(rng.normal(0, 0.02, days)))
        for day, price in zip(pd.date_range("2020-01-01", periods=days), close, strict=True):
            lines.append(
                f"{symbol},{day:%Y-%m-%d},{price},{price * 1.01},{price * 0.98},{price * 1.005},{rng.integers(1, 999)}"
            )
    return "\n".join(lines) + "\n"


def write_project(root):
    for name, text in {
        "wick.yml": YML,
        "features/moves.py": HEADER + FEATURES,
        "fit/scaling.py": HEADER + FIT,
        "seeds/candles.csv": candle_text(),
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    project = open_project(root)
    ingest(project)
    return project


@pytest.fixture(scope="session")
def exported(tmp_path_factory):
    """A project and its file, certified."""
    project = write_project(tmp_path_factory.mktemp("certified"))
    return project, export(project)


@pytest.fixture(scope="session")
def fitting(exported):
    project, _ = exported
    return fit_project(load_dag(project), load_many(project.store))


@pytest.fixture(scope="session")
def case(exported, fitting):
    project, made = exported
    candles = dict(load_many(project.store))
    pieces = cut_pieces({name: len(frame) for name, frame in candles.items()}, 240, 1)
    return Case(made.path, read(made.path), candles, tuple(pieces), fitting)


@pytest.fixture
def sabotage(tmp_path, monkeypatch):
    """Let the fresh processes run with a defect: Python that is executed before they start."""

    def sabotage(text: str) -> None:
        script = tmp_path / "worker.py"
        script.write_text(
            textwrap.dedent(text) + "\nimport sys\nfrom pathlib import Path\n"
            "from candlewick.certify.worker import main\nmain(Path(sys.argv[1]))\n"
        )
        monkeypatch.setattr(sessions, "WORKER", (sys.executable, str(script)))

    return sabotage


@pytest.fixture
def without_project(case):
    return replace(case, fitting=None)
